//! What this node says about agreements: each statement is durable and on its way when its use case returns.
//!
//! The dossier decides which step is allowed; one officer with the duty to approve takes it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::draft::{Draft, leave};
use super::officer::Officer;
use super::texts::judge_names;
use super::views::AgreementView;
use super::{Error, Node, dossiers};
use crate::audit::{EntryType, Incomplete};
use crate::clock::uuid_v4;
use crate::domain::agreement::{self, Act, Agreement, Dossier, Party, Said, Terms, VersionKey};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::node::NodeId;
use crate::domain::profile::Profile;
use crate::domain::unit::Duty;
use crate::exchange::agreement::AgreementStatement;
use crate::exchange::message::{Basis, Kind, Lane, Unsequenced};
use crate::statement::canonical;
use crate::store::db::Tx;
use crate::store::outbox;

/// What a proposer writes; id, version and proposer are the node's.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The parties.
    pub parties: Vec<Party>,
    /// What leads may be used for.
    pub purposes: Vec<Purpose>,
    /// Which leads may travel.
    pub kinds: Vec<LeadKind>,
    /// The disclosure profile; none: the default matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The first day.
    pub valid_from: CivilDate,
    /// The last day.
    pub valid_until: CivilDate,
    /// How long what was received is kept, days.
    pub retention_days: u32,
    /// The digest of the signed letter.
    pub text_digest: Digest,
}

/// Where a proposal stands among the versions of its agreement.
#[derive(Clone, Copy)]
struct Place {
    id: Uuid,
    version: u32,
    previous: Option<Digest>,
    answers: Option<Digest>,
}

impl Node {
    /// Proposes an agreement to its other parties (提出).
    pub async fn propose(
        &self,
        officer: Option<&Officer>,
        proposal: Proposal,
    ) -> Result<AgreementView, Error> {
        allowed(officer)?;
        self.propose_in(self.db.node.begin().await?, officer, proposal).await
    }

    /// The same, in a transaction that is open.
    pub(super) async fn propose_in(
        &self,
        tx: Tx,
        officer: Option<&Officer>,
        proposal: Proposal,
    ) -> Result<AgreementView, Error> {
        let id = uuid_v4(self.entropy.as_ref());
        let place = Place { id, version: 1, previous: None, answers: None };
        let draft = self.draft(proposal, place).await?;
        let dossier = Dossier::new(id);
        let said = dossier.propose(self.id, draft)?;
        self.say(tx, officer, dossier, said).await
    }

    /// Proposes the next version of an agreement (变更): it takes effect once everybody has signed it.
    pub async fn amend(
        &self,
        officer: &Officer,
        id: Uuid,
        proposal: Proposal,
    ) -> Result<AgreementView, Error> {
        allowed(Some(officer))?;
        self.amend_in(self.db.node.begin().await?, officer, id, proposal).await
    }

    /// The same, in a transaction that is open.
    pub(super) async fn amend_in(
        &self,
        mut tx: Tx,
        officer: &Officer,
        id: Uuid,
        proposal: Proposal,
    ) -> Result<AgreementView, Error> {
        let dossier = dossiers::one(&mut tx, id).await?;
        let (version, previous) = dossier.amendable().ok_or(agreement::StepFault::PreviousUnsigned)?;
        let place = Place { id, version, previous: Some(previous), answers: None };
        let said = dossier.amend(self.id, self.draft(proposal, place).await?)?;
        self.say(tx, Some(officer), dossier, said).await
    }

    /// Answers the proposal with that digest by another one for the same step (对案).
    pub async fn counter(
        &self,
        officer: &Officer,
        id: Uuid,
        answered: Digest,
        proposal: Proposal,
    ) -> Result<AgreementView, Error> {
        allowed(Some(officer))?;
        let mut tx = self.db.node.begin().await?;
        let dossier = dossiers::one(&mut tx, id).await?;
        let known = dossier.versions().find(|version| version.digest() == answered);
        let terms = known.as_ref().map(Agreement::terms).ok_or(Error::NotFound)?;
        let place = Place { id, version: terms.version, previous: terms.previous, answers: Some(answered) };
        let said = dossier.counter(self.id, self.draft(proposal, place).await?)?;
        self.say(tx, Some(officer), dossier, said).await
    }

    /// Countersigns the version with that digest (会签).
    pub async fn countersign(
        &self,
        officer: Option<&Officer>,
        id: Uuid,
        version: u32,
        digest: Digest,
    ) -> Result<AgreementView, Error> {
        allowed(officer)?;
        let mut tx = self.db.node.begin().await?;
        let dossier = dossiers::one(&mut tx, id).await?;
        let said = dossier.countersign(self.id, VersionKey { version, digest }, self.now())?;
        self.say(tx, officer, dossier, said).await
    }

    /// Suspends, resumes or terminates an agreement, or acknowledges its termination. It holds here at once,
    /// elsewhere when it arrives.
    pub async fn act(&self, officer: &Officer, id: Uuid, act: Act) -> Result<AgreementView, Error> {
        allowed(Some(officer))?;
        let mut tx = self.db.node.begin().await?;
        let dossier = dossiers::one(&mut tx, id).await?;
        let said = match act {
            Act::Suspend => dossier.suspend(self.id, self.now()),
            Act::Resume => dossier.resume(self.id, self.now()),
            Act::Terminate => dossier.terminate(self.id, self.now()),
            Act::Acknowledge => dossier.acknowledge(self.id),
        }?;
        self.say(tx, Some(officer), dossier, said).await
    }

    /// The terms that a proposal makes at its place.
    async fn draft(&self, proposal: Proposal, place: Place) -> Result<agreement::Draft, Error> {
        let terms = Terms {
            id: place.id,
            version: place.version,
            parties: proposal.parties,
            purposes: proposal.purposes,
            kinds: proposal.kinds,
            profile: proposal.profile.unwrap_or_else(Profile::default_matrix),
            valid_from: proposal.valid_from,
            valid_until: proposal.valid_until,
            retention_days: proposal.retention_days,
            text_digest: proposal.text_digest,
            proposer: self.id,
            previous: place.previous,
            answers: place.answers,
        };
        let digest =
            canonical::digest(&terms).map_err(|_| Error::Unreadable("the terms have no canonical form"))?;
        let draft = agreement::Draft::new(terms, digest).map_err(Error::Terms)?;
        judge_names(draft.terms()).await?;
        Ok(draft)
    }

    /// Signs a statement, keeps it and tells everybody whom it concerns, in one transaction; the version that it
    /// is about, or that is in force, as it stands then.
    async fn say(
        &self,
        mut tx: Tx,
        officer: Option<&Officer>,
        mut dossier: Dossier,
        said: Said,
    ) -> Result<AgreementView, Error> {
        let key = self.keys.signing();
        let statement = AgreementStatement::sign(key, self.id, self.now(), dossier.id(), said)?;
        if !dossiers::keep(&mut tx, &statement).await? {
            return Err(Error::Exists);
        }
        dossier.admit(&statement.signed);
        // Before the chains, as in `receive`: whoever takes both in another order waits for one who waits for him.
        let upward = self.pass_upward(&mut tx, &statement).await?;
        self.after_step(&mut tx, &dossier).await?;
        let kind = statement.kind();
        let mut drafts = Vec::new();
        let audience = dossier.audience(statement.version());
        for peer in audience.into_iter().filter(|node| *node != self.id) {
            drafts.push(self.control(&mut tx, peer, kind.lane(), kind, &statement.text).await?);
        }
        drafts.extend(upward);
        let body = Incomplete {
            actor: Some(officer.map_or_else(|| self.operator(), |officer| officer.pseudonym.clone())),
            code: Some(kind.code().into()),
            purpose: officer.and_then(|officer| officer.purpose),
            digest: Some(statement.digest()),
            ..Incomplete::default()
        };
        drafts.push(Draft::note(EntryType::Sign, body));
        leave(&mut tx, &drafts).await?;
        self.commit_sequenced(tx).await?;
        let about = match statement.version() {
            Some(version) => dossier.version(version),
            None => dossier.current(self.now()),
        };
        Ok(self.agreement_view(&about.ok_or(Error::NotFound)?))
    }

    /// A control message that carries a plain statement.
    pub(super) async fn control(
        &self,
        tx: &mut Tx,
        to: NodeId,
        lane: Lane,
        kind: Kind,
        statement: &str,
    ) -> Result<Draft, Error> {
        let statement_digest = Digest::of(statement.as_bytes());
        outbox::put_statement(tx, statement_digest, statement).await?;
        let said = Unsequenced {
            id: uuid_v4(self.entropy.as_ref()),
            to,
            lane,
            kind,
            basis: Basis::Control,
            purpose: None,
            statement_digest,
            disclosed: Vec::new(),
            person_refs_digest: None,
        };
        Ok(Draft::send(said, None))
    }
}

/// That an officer who takes a step may approve; nobody: the operator at the node itself takes it.
fn allowed(officer: Option<&Officer>) -> Result<(), Error> {
    officer.map_or(Ok(()), |officer| officer.require(&[Duty::Approver]))
}
