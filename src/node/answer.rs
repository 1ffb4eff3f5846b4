//! Officers' answers to received leads (签收, 受理 …): statements that flow back to the owner.

use uuid::Uuid;

use super::draft::{Draft, leave};
use super::officer::Officer;
use super::received::{LeadOf, presented};
use super::views::ReceivedView;
use super::{Error, Node, node_of};
use crate::audit::{Entry, EntryType, Incomplete};
use crate::clock::uuid_v4;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::LeadKind;
use crate::domain::lead::status::{Answer, RecipientStatus, StatusError};
use crate::domain::unit::Duty;
use crate::exchange::forms::{AnswerForm, day};
use crate::exchange::message::{Basis, Header, Kind, Unsequenced};
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::{log, outbox, received};

impl Node {
    /// Answers a received lead. When this returns, the answer is durable, in the log, and on its way.
    pub async fn answer(
        &self,
        officer: &Officer,
        lead: impl Into<LeadOf>,
        answer: RecipientStatus,
        reason: Option<String>,
    ) -> Result<ReceivedView, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison])?;
        let lead = lead.into();
        let mut tx = self.db.node.begin().await?;
        let rows = presented(&mut tx, lead).await?;
        let row = rows.last().ok_or(Error::NotFound)?;
        let (sub, owner) = (row.sub, node_of(row.peer)?);
        let header = self.header_at(&mut tx, row.leaf).await?;
        let status: RecipientStatus = row.status.parse().map_err(|_| Error::Corrupt("status"))?;
        let kind = self.kind_of(&mut tx, sub, row.peer).await?;
        let next = status.after(step(answer, reason.as_deref(), officer, kind)?)?;
        let form = AnswerForm {
            iss: self.id,
            iat: day(self.now()),
            sub,
            ver: u32::try_from(row.ver).map_err(|_| Error::Corrupt("version"))?,
            answer: next,
            reason,
        };
        let statement = jws::sign(self.keys.signing(), jws::typ::ANSWER, &form)?;
        let said = self.reply(&header, owner, &statement)?;
        outbox::put_statement(&mut tx, said.statement_digest, &statement).await?;
        if !received::move_status(&mut tx, sub, row.peer, status.code(), next.code()).await? {
            return Err(Error::Conflict);
        }
        let body = Incomplete {
            actor: Some(officer.pseudonym.clone()),
            purpose: header.purpose,
            code: Some(next.code().into()),
            x: Digest::try_from(row.x.as_slice()).ok(),
            ..Incomplete::default()
        };
        leave(&mut tx, &[Draft::note(EntryType::Answer, body), Draft::send(said, None)]).await?;
        self.commit_sequenced(tx).await?;
        self.read_received(officer, LeadOf { sub, owner: Some(owner) }).await
    }

    /// The header of the message that an entry of our log settled.
    pub(super) async fn header_at(&self, tx: &mut Tx, leaf: i64) -> Result<Header, Error> {
        let (_, entry) = log::entries_at(tx, &[leaf]).await?.pop().ok_or(Error::Corrupt("entry"))?;
        let entry = Entry::open(entry.as_bytes()).map_err(|_| Error::Corrupt("entry"))?;
        entry.body.header.ok_or(Error::Corrupt("entry"))
    }

    async fn kind_of(&self, tx: &mut Tx, sub: Uuid, owner: i64) -> Result<LeadKind, Error> {
        let kind = received::kind(tx, sub, owner).await?.ok_or(Error::NotFound)?;
        kind.parse().map_err(|_| Error::Corrupt("kind"))
    }

    /// A message that answers another, on the same agreement and to the same purpose.
    fn reply(
        &self,
        to: &Header,
        peer: crate::domain::node::NodeId,
        statement: &str,
    ) -> Result<Unsequenced, Error> {
        let Some(&Basis::Agreement { id, version, digest, .. }) = to.basis.known() else {
            return Err(Error::Corrupt("basis"));
        };
        Ok(Unsequenced {
            id: uuid_v4(self.entropy.as_ref()),
            to: peer,
            lane: Kind::Answer.lane(),
            kind: Kind::Answer,
            basis: Basis::Agreement { id, version, digest, roles: Vec::new() },
            purpose: to.purpose,
            statement_digest: Digest::of(statement.as_bytes()),
            disclosed: Vec::new(),
            person_refs_digest: None,
        })
    }
}

/// The step that an officer's answer asks for. Reasons and outcomes are codes.
fn step<'a>(
    answer: RecipientStatus,
    reason: Option<&str>,
    officer: &Officer,
    kind: LeadKind,
) -> Result<Answer<'a>, Error> {
    let bad = Error::Unreadable("the reason is not a code of its list");
    match (answer, reason) {
        (RecipientStatus::Acknowledged, None) => Ok(Answer::Acknowledge),
        (RecipientStatus::Accepted, None) => Ok(Answer::Accept { by: officer.unit, kind }),
        (RecipientStatus::Declined, Some(reason)) => reason.parse().map(Answer::Decline).map_err(|_| bad),
        (RecipientStatus::Verifying, None) => Ok(Answer::Verify),
        (RecipientStatus::Hit, None) => Ok(Answer::Hit),
        (RecipientStatus::NoHit, None) => Ok(Answer::NoHit),
        (RecipientStatus::Concluded, Some(outcome)) => {
            outcome.parse().map(|outcome| Answer::Conclude(Some(outcome))).map_err(|_| bad)
        }
        (RecipientStatus::Declined, None) => Err(Error::Unreadable("declining needs a reason code")),
        (RecipientStatus::Concluded, None) => Err(StatusError::OutcomeMissing.into()),
        (_, Some(_)) => Err(Error::Unreadable("this answer takes no reason")),
        _ => Err(StatusError::NotFromHere.into()),
    }
}
