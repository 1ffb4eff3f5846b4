//! Filing (备案) agreements with the upper node, and answering what the nodes below file.
//!
//! Invariant: what is filed is a version that everybody has signed, and its signatures travel before it.

use uuid::Uuid;

use super::draft::{Draft, leave};
use super::filings::{FilingView, view};
use super::officer::Officer;
use super::{Error, Node, dossiers, key};
use crate::audit::{EntryType, Incomplete};
use crate::domain::agreement::{FilingAnswer, FilingFault, ReturnReason, VersionKey};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::agreement::AgreementStatement;
use crate::exchange::forms::{FilingAnswerForm, FilingForm, day};
use crate::exchange::message::Kind;
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::filing::{self as store, FilingRow};

impl Node {
    /// Files the first version of an agreement that is still owed with the upper node; `to` names the node that the officer
    /// has in mind, if any. When this returns, the filing is durable, in the log, and on its way.
    pub async fn file(&self, officer: &Officer, id: Uuid, to: Option<NodeId>) -> Result<FilingView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        store::take_turn(&mut tx, id).await?;
        let (agreement, before) = self.next_filing(&mut tx, id).await?;
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
        // What was said of it as a whole so far: from now on each goes up as it comes.
        for said in dossiers::statements(&mut tx, &[id]).await?.iter().filter(|said| said.version().is_none())
        {
            let kind = said.kind();
            drafts.push(self.control(&mut tx, upper, kind.lane(), kind, &said.text).await?);
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
        let peer = self.registered(&mut tx, party).await?.filter(|peer| peer.active);
        let peer = peer.ok_or(Error::PeerNotActive)?;
        if peer.descriptor.upper != Some(self.id) {
            return Err(FilingFault::NotTheUpper.into());
        }
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

    /// Tells the upper node, if the agreement was filed with it, what a party said about it as a whole: it must not think
    /// in force what was suspended or has ended. When a signature came is noted: from the last one on the days run.
    pub(super) async fn pass_upward(
        &self,
        tx: &mut Tx,
        said: &AgreementStatement,
    ) -> Result<Option<Draft>, Error> {
        if let Some(VersionKey { version, digest }) = said.version() {
            store::signed(tx, said.agreement, (version.into(), digest), self.now().0).await?;
            return Ok(None);
        }
        let Some(upper) = self.upper_of(tx, self.id).await? else { return Ok(None) };
        store::take_turn(tx, said.agreement).await?;
        let filed = store::find(tx, &[said.agreement]).await?;
        if !filed.iter().any(|row| row.party == key(self.id) && row.upper == key(upper)) {
            return Ok(None);
        }
        let kind = said.kind();
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
            purpose: officer.purpose,
            peer: Some(to),
            code: Some(kind.code().into()),
            digest: Some(Digest::of(statement.as_bytes())),
            ..Incomplete::default()
        };
        leave(&mut tx, &[message, Draft::note(EntryType::Sign, body)]).await?;
        self.commit_sequenced(tx).await
    }
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
