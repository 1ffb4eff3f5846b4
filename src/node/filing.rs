//! Filing (备案) agreements with the upper node, and answering what the nodes below file.
//!
//! Invariant: what is filed is the newest version that everybody has signed, and its signatures travel before it.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::draft::{Draft, leave};
use super::officer::Officer;
use super::upper::{answer_of, digest_of};
use super::{Error, Node, dossiers, key, node_of};
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::agreement::{
    Agreement, Filing, FilingAnswer, FilingFault, FilingState, ReturnReason, VersionKey,
};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::agreement::AgreementStatement;
use crate::exchange::forms::{FilingAnswerForm, FilingForm, day};
use crate::exchange::message::Kind;
use crate::statement::jws;
use crate::store::agreement as agreements;
use crate::store::db::Tx;
use crate::store::filing::{self as store, FilingRow};

/// A filing, own or of a node below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilingView {
    /// The agreement.
    pub agreement: Uuid,
    /// The newest version that everybody has signed, or the one that was filed here.
    pub version: u32,
    /// The digest of its terms.
    pub digest: Digest,
    /// Whose filing.
    pub party: NodeId,
    /// With whom; none: the party has no upper node and is exempt.
    pub upper: Option<NodeId>,
    /// How often it was filed.
    pub number: u32,
    /// `exempt`, `due`, `overdue`, `filed`, `acknowledged` or `returned`.
    pub state: &'static str,
    /// The last day, while it is to be filed.
    pub by: Option<CivilDate>,
    /// Why it was returned last.
    pub reason: Option<ReturnReason>,
}

impl Node {
    /// Files the newest signed version of an agreement with the upper node; `to` names the node that the officer
    /// has in mind, if any. When this returns, the filing is durable, in the log, and on its way.
    pub async fn file(&self, officer: &Officer, id: Uuid, to: Option<NodeId>) -> Result<FilingView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let agreement = dossiers::one(&mut tx, id).await?.newest_signed().ok_or(FilingFault::NotSigned)?;
        let before = self.own_filing(&mut tx, &agreement).await?;
        let upper = before.upper().ok_or(FilingFault::Exempt)?;
        let filing = before.file(to.unwrap_or(upper))?;
        let peer = self.registered(&mut tx, upper).await?;
        peer.filter(|peer| peer.active).ok_or(Error::PeerNotActive)?;
        let VersionKey { version, digest } = agreement.key();
        let (iss, iat, number) = (self.id, day(self.now()), filing.number());
        let form = FilingForm { iss, iat, agreement: id, version, digest, number };
        let statement = jws::sign(self.keys.signing(), jws::typ::FILING, &form)?;
        let row = row_of(&form, upper);
        if !store::add(&mut tx, row, &statement).await? {
            return Err(Error::Conflict);
        }
        let mut drafts = self.signatures_for(&mut tx, upper, Kind::Filing.lane(), &agreement).await?;
        for said in dossiers::statements(&mut tx, &[id]).await? {
            drafts.extend(self.pass_upward(&mut tx, &said).await?);
        }
        leave(&mut tx, &drafts).await?;
        self.tell(tx, officer, upper, Kind::Filing, &statement).await?;
        Ok(view(&agreement, &filing, self.now()))
    }

    /// Acknowledges or returns the newest filing of these terms by a node below (备案通过, 退回). When this returns,
    /// the answer is durable, in the log, and on its way.
    pub async fn answer_filing(
        &self,
        officer: &Officer,
        digest: Digest,
        party: NodeId,
        answer: FilingAnswer,
    ) -> Result<FilingView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let (agreement, before) = self.filing_below(&mut tx, digest, party).await?;
        let number = before.number();
        let filing = before.answer(self.id, number, answer)?;
        let form = FilingAnswerForm {
            iss: self.id,
            iat: day(self.now()),
            agreement: agreement.terms().id,
            version: agreement.terms().version,
            digest,
            party,
            number,
            reason: answer.returned(),
        };
        let statement = jws::sign(self.keys.signing(), jws::typ::FILING_ANSWER, &form)?;
        if !self.keep_filing_answer(&mut tx, &form, &statement).await? {
            return Err(FilingFault::AlreadyAnswered.into());
        }
        self.tell(tx, officer, party, Kind::FilingAnswer, &statement).await?;
        Ok(view(&agreement, &filing, self.now()))
    }

    /// Every filing that this node owes or made, and those of the nodes below. Holds no case data.
    pub async fn filings(&self) -> Result<Vec<FilingView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let ids = agreements::all(&mut tx).await?;
        let known = dossiers::load(&mut tx, &ids).await?;
        let upper = self.upper_of(&mut tx, self.id).await?;
        let rows = store::find(&mut tx, &ids).await?;
        let mut views = Vec::new();
        for agreement in known.values().filter_map(|dossier| dossier.newest_signed()) {
            if agreement.roles_given(self.id).is_some() {
                let filing = made(&mut tx, &agreement, self.id, upper, &rows).await?;
                views.push(view(&agreement, &filing, self.now()));
            }
        }
        for ((digest, party), row) in below(&rows, key(self.id))? {
            let version = VersionKey { version: number(row.version)?, digest };
            let agreement = known.get(&row.agreement).and_then(|dossier| dossier.version(version));
            let agreement = agreement.ok_or(Error::Corrupt("filing"))?;
            let filing = made(&mut tx, &agreement, party, Some(self.id), &rows).await?;
            views.push(view(&agreement, &filing, self.now()));
        }
        views.sort_by_key(|view| (view.agreement, view.version, view.party));
        Ok(views)
    }

    /// Those of [`Node::filings`] that are overdue (逾期).
    pub async fn overdue_filings(&self) -> Result<Vec<FilingView>, Error> {
        let mut views = self.filings().await?;
        views.retain(|view| view.state == "overdue");
        Ok(views)
    }

    /// Tells the upper node with whom an agreement was filed what a party said about it as a whole: it must not think
    /// in force what was suspended or has ended.
    pub(super) async fn pass_upward(
        &self,
        tx: &mut Tx,
        said: &AgreementStatement,
    ) -> Result<Option<Draft>, Error> {
        if said.kind() != Kind::AgreementStatus {
            return Ok(None);
        }
        let filed = store::find(tx, &[said.agreement]).await?;
        let Some(last) = filed.iter().rfind(|row| row.party == key(self.id)) else { return Ok(None) };
        let (kind, upper) = (said.kind(), node_of(last.upper)?);
        self.control(tx, upper, kind.lane(), kind, &said.text).await.map(Some)
    }

    /// Keeps what a node below filed with us.
    pub(super) async fn keep_filing(
        &self,
        tx: &mut Tx,
        form: &FilingForm,
        statement: &str,
    ) -> Result<(), Error> {
        Ok(store::add(tx, row_of(form, self.id), statement).await.map(drop)?)
    }

    /// Keeps the answer to a filing, our own one or the upper node's; false if there is one.
    pub(super) async fn keep_filing_answer(
        &self,
        tx: &mut Tx,
        form: &FilingAnswerForm,
        statement: &str,
    ) -> Result<bool, Error> {
        let name = (form.digest, key(form.party), key(form.iss), i64::from(form.number));
        Ok(store::answer(tx, name, form.reason.map(ReturnReason::code), statement).await?)
    }

    /// Sends a statement between a node and its upper node, logs it, and commits.
    pub(super) async fn tell(
        &self,
        mut tx: Tx,
        officer: &Officer,
        to: NodeId,
        kind: Kind,
        statement: &str,
    ) -> Result<(), Error> {
        let message = self.control(&mut tx, to, kind.lane(), kind, statement).await?;
        let body = Incomplete {
            actor: Some(officer.pseudonym.clone()),
            peer: Some(to),
            code: Some(kind.code().into()),
            digest: Some(Digest::of(statement.as_bytes())),
            ..Incomplete::default()
        };
        leave(&mut tx, &[message, Draft::note(EntryType::Sign, body)]).await?;
        tx.commit().await?;
        self.sequence().await
    }

    async fn own_filing(&self, tx: &mut Tx, agreement: &Agreement) -> Result<Filing, Error> {
        let upper = self.upper_of(tx, self.id).await?;
        let rows = store::find(tx, &[agreement.terms().id]).await?;
        made(tx, agreement, self.id, upper, &rows).await
    }

    /// The newest filing of these terms by a node below, with the agreement.
    async fn filing_below(
        &self,
        tx: &mut Tx,
        digest: Digest,
        party: NodeId,
    ) -> Result<(Agreement, Filing), Error> {
        let ids = agreements::all(tx).await?;
        let rows = store::find(tx, &ids).await?;
        let row = below(&rows, key(self.id))?.remove(&(digest, party)).ok_or(Error::NotFound)?;
        let version = VersionKey { version: number(row.version)?, digest };
        let agreement = dossiers::one(tx, row.agreement).await?.version(version);
        let agreement = agreement.ok_or(Error::Corrupt("filing"))?;
        let filing = made(tx, &agreement, party, Some(self.id), &rows).await?;
        Ok((agreement, filing))
    }
}

/// A party's filing of a version as the rows have it.
async fn made(
    tx: &mut Tx,
    agreement: &Agreement,
    party: NodeId,
    upper: Option<NodeId>,
    rows: &[FilingRow],
) -> Result<Filing, Error> {
    let signed_at = dossiers::signed_at(tx, agreement).await?;
    let filing = Filing::of(agreement, party, upper, signed_at)?;
    let mut answers = Vec::new();
    for row in rows.iter().filter(|row| row.party == key(party) && Some(row.upper) == upper.map(key)) {
        if digest_of(row)? == agreement.digest() {
            answers.push(answer_of(row)?);
        }
    }
    Ok(filing.with(&answers))
}

/// By terms and party, the last row of what was filed with `upper`.
fn below(rows: &[FilingRow], upper: i64) -> Result<BTreeMap<(Digest, NodeId), &FilingRow>, Error> {
    let mine = rows.iter().filter(|row| row.upper == upper);
    mine.map(|row| Ok(((digest_of(row)?, node_of(row.party)?), row))).collect()
}

fn row_of(form: &FilingForm, upper: NodeId) -> FilingRow {
    FilingRow {
        digest: form.digest.bytes().to_vec(),
        party: key(form.iss),
        upper: key(upper),
        number: i64::from(form.number),
        agreement: form.agreement,
        version: i64::from(form.version),
        answered: false,
        reason: None,
    }
}

fn number(version: i64) -> Result<u32, Error> {
    u32::try_from(version).map_err(|_| Error::Corrupt("filing"))
}

fn view(agreement: &Agreement, filing: &Filing, now: Timestamp) -> FilingView {
    let state = filing.state_at(now);
    let (by, reason) = match state {
        FilingState::Due { by } | FilingState::Overdue { since: by } => (Some(by), None),
        FilingState::Returned { reason, by } => (Some(by), Some(reason)),
        FilingState::Exempt | FilingState::Filed | FilingState::Acknowledged => (None, None),
    };
    FilingView {
        agreement: agreement.terms().id,
        version: agreement.terms().version,
        digest: agreement.digest(),
        party: filing.party(),
        upper: filing.upper(),
        number: filing.number(),
        state: state.code(),
        by,
        reason,
    }
}
