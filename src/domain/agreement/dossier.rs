//! The dossier of an agreement (协议档案): every statement seen, and where the agreement stands by them.
//!
//! Invariant: what a dossier says depends on the set of its statements and the time, never on the
//! order or the number of their arrivals. A statement is refused only for what no later one can mend,
//! or as retryable until what it rests on is there; whatever else comes is kept, even without effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::said::{Act, Draft, Said, Signed, VersionKey};
use super::state::{Agreement, Standing, State};
use super::{StepFault, Terms};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// All that is known about one agreement, in all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    id: Uuid,
    proposals: BTreeMap<VersionKey, Proposal>,
    statuses: BTreeMap<(NodeId, u32), BTreeSet<Act>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Proposal {
    draft: Draft,
    signed: BTreeSet<NodeId>,
}

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is in the dossier now.
    New,
    /// It was there already: nothing changed.
    Known,
    /// It is in the dossier now, and changes nothing as things stand, because of the fault.
    Kept(StepFault),
    /// It is not in the dossier: nothing changed.
    Refused(StepFault),
}

impl Dossier {
    /// The dossier of an agreement of which nothing is known yet.
    pub const fn new(id: Uuid) -> Self {
        Self { id, proposals: BTreeMap::new(), statuses: BTreeMap::new() }
    }

    /// The dossier that statements make, in whatever order they come, and what could not be admitted.
    pub fn replay(id: Uuid, statements: Vec<Signed>) -> (Self, Vec<(Signed, StepFault)>) {
        let mut dossier = Self::new(id);
        let mut waiting = statements;
        loop {
            let mut refused = Vec::new();
            let before = waiting.len();
            for statement in waiting {
                if let Admission::Refused(fault) = dossier.admit(statement.clone()) {
                    refused.push((statement, fault));
                }
            }
            if refused.is_empty() || refused.len() == before {
                return (dossier, refused);
            }
            waiting = refused.into_iter().map(|(statement, _)| statement).collect();
        }
    }

    /// Takes a verified statement in, once; the caller has checked that it is about this agreement.
    pub fn admit(&mut self, statement: Signed) -> Admission {
        let signer = statement.signer;
        let admitted = match statement.said {
            Said::Proposal(draft) => self.admit_proposal(signer, draft),
            Said::Countersignature(key) => self.admit_countersignature(signer, key),
            Said::Status { number, act } => self.admit_status(signer, number, act),
        };
        admitted.unwrap_or_else(Admission::Refused)
    }

    fn admit_proposal(&mut self, signer: NodeId, draft: Draft) -> Result<Admission, StepFault> {
        let (key, terms) = (draft.key(), draft.terms());
        if terms.id != self.id {
            return Err(StepFault::OtherAgreement);
        }
        if terms.proposer != signer {
            return Err(StepFault::ForeignProposer);
        }
        if self.proposals.contains_key(&key) {
            return Ok(Admission::Known);
        }
        if let Some(previous) = terms.previous {
            let previous = self.named(previous).ok_or(StepFault::PreviousUnknown)?;
            if previous.version.checked_add(1) != Some(key.version) {
                return Err(StepFault::VersionNotNext);
            }
            self.require_party(signer, previous)?;
        }
        if let Some(answered) = terms.answers {
            let answered = self.named(answered).ok_or(StepFault::AnsweredUnknown)?;
            self.require_same_step(terms, answered)?;
            self.require_party(signer, answered)?;
        }
        let late = self.signed_versions().next_back().is_some_and(|newest| newest.version >= key.version);
        self.proposals.insert(key, Proposal { draft, signed: BTreeSet::from([signer]) });
        Ok(self.effect(late.then_some(StepFault::PreviousSuperseded)))
    }

    fn admit_countersignature(&mut self, signer: NodeId, key: VersionKey) -> Result<Admission, StepFault> {
        if !self.proposals.contains_key(&key) {
            return Err(StepFault::VersionUnknown);
        }
        if !self.signers_due(key).contains(&signer) {
            return Err(StepFault::NotAParty);
        }
        let late = self.signed_versions().next_back().is_some_and(|newest| newest > key);
        let added = self.proposals.get_mut(&key).is_some_and(|proposal| proposal.signed.insert(signer));
        let effect = self.effect(late.then_some(StepFault::VersionSuperseded));
        Ok(if added { effect } else { Admission::Known })
    }

    fn admit_status(&mut self, signer: NodeId, number: u32, act: Act) -> Result<Admission, StepFault> {
        if number == 0 {
            return Err(StepFault::StatusVersionZero);
        }
        if number == 1 && act == Act::Resume {
            return Err(StepFault::ResumeWithoutSuspension);
        }
        if !self.proposals.values().any(|proposal| proposal.draft.terms().party(signer).is_some()) {
            return Err(StepFault::NotYetAParty);
        }
        if act == Act::Acknowledge && !self.noticed_beside(signer) {
            return Err(StepFault::AckWithoutNotice);
        }
        let ended = !self.standing().terminated_by.is_empty();
        if !self.statuses.entry((signer, number)).or_default().insert(act) {
            return Ok(Admission::Known);
        }
        if !self.parties().contains(&signer) {
            return Ok(Admission::Kept(StepFault::Unsigned));
        }
        Ok(match act {
            Act::Terminate | Act::Acknowledge => Admission::New,
            _ if ended => Admission::Kept(StepFault::AfterTermination),
            Act::Resume if !self.lifts(signer, number) => Admission::Kept(StepFault::ResumeWithoutSuspension),
            Act::Suspend | Act::Resume => Admission::New,
        })
    }

    fn effect(&self, fault: Option<StepFault>) -> Admission {
        let ended = !self.standing().terminated_by.is_empty();
        let fault = if ended { Some(StepFault::AfterTermination) } else { fault };
        fault.map_or(Admission::New, Admission::Kept)
    }

    /// Whether somebody else gave notice of termination.
    fn noticed_beside(&self, node: NodeId) -> bool {
        self.statuses.iter().any(|((by, _), acts)| *by != node && acts.contains(&Act::Terminate))
    }

    /// The agreement.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Where the agreement as a whole stands; `None` while nothing was proposed.
    pub fn state_at(&self, now: Timestamp) -> Option<State> {
        Some(self.current(now)?.state_at(now))
    }

    /// The version that speaks for the agreement: the one in force; else the newest that every party
    /// signed; else the newest proposal.
    pub fn current(&self, now: Timestamp) -> Option<Agreement> {
        let started = |key: &VersionKey| self.starts(*key).is_some_and(|start| start <= now);
        let ended = |key: &VersionKey| {
            let terms = self.proposals.get(key).map(|proposal| proposal.draft.terms());
            terms.is_some_and(|terms| terms.end() <= now)
        };
        let governing = self.signed_versions().rfind(started).filter(|key| !ended(key));
        let newest = || self.signed_versions().next_back();
        let proposed = || self.proposals.keys().next_back().copied();
        self.version(governing.or_else(newest).or_else(proposed)?)
    }

    /// One version, as it stands.
    pub fn version(&self, key: VersionKey) -> Option<Agreement> {
        let proposal = self.proposals.get(&key)?;
        let later = self.signed_versions().filter(|other| *other > key);
        Some(Agreement {
            draft: proposal.draft.clone(),
            countersigned: proposal.signed.clone(),
            awaiting: self.awaiting(key),
            signed: self.is_signed(key),
            superseded_from: later.filter_map(|other| self.starts(other)).min(),
            standing: Arc::new(self.standing()),
        })
    }

    /// The newest version that everybody due has signed: what is to be filed (备案).
    pub fn newest_signed(&self) -> Option<Agreement> {
        self.version(self.signed_versions().next_back()?)
    }

    /// Every version, as it stands, in order.
    pub fn versions(&self) -> impl Iterator<Item = Agreement> {
        self.proposals.keys().filter_map(|key| self.version(*key))
    }

    /// Whose signatures a version wants: every party of it, of the version that it amends, and of the
    /// proposal that it answers.
    pub(super) fn signers_due(&self, key: VersionKey) -> BTreeSet<NodeId> {
        let parties = |key: VersionKey| {
            let terms = self.proposals.get(&key).map(|proposal| proposal.draft.terms());
            terms.into_iter().flat_map(|terms| terms.parties.iter().map(|party| party.node))
        };
        let answered = self.terms(key).and_then(|terms| terms.answers).and_then(|digest| self.named(digest));
        parties(key).chain(self.previous(key).into_iter().chain(answered).flat_map(parties)).collect()
    }

    fn awaiting(&self, key: VersionKey) -> Vec<NodeId> {
        let signed = self.proposals.get(&key).map(|proposal| &proposal.signed);
        let missing = |node: &NodeId| signed.is_none_or(|signed| !signed.contains(node));
        self.signers_due(key).into_iter().filter(missing).collect()
    }

    /// Whether everybody due has signed a version, and every version before it.
    pub(super) fn is_signed(&self, key: VersionKey) -> bool {
        let mut at = Some(key);
        while let Some(key) = at {
            if !self.awaiting(key).is_empty() {
                return false;
            }
            at = self.previous(key);
        }
        true
    }

    /// The versions that everybody due has signed, in order.
    pub(super) fn signed_versions(&self) -> impl DoubleEndedIterator<Item = VersionKey> {
        self.proposals.keys().copied().filter(|key| self.is_signed(*key))
    }

    /// Whoever is a party of any version that is signed.
    pub(super) fn parties(&self) -> BTreeSet<NodeId> {
        self.signed_versions().flat_map(|key| self.signers_due(key)).collect()
    }

    /// The terms of a proposal.
    pub(super) fn terms(&self, key: VersionKey) -> Option<&Terms> {
        self.proposals.get(&key).map(|proposal| proposal.draft.terms())
    }

    /// The proposals by name, with who signed each.
    pub(super) fn proposals(&self) -> impl Iterator<Item = (VersionKey, &BTreeSet<NodeId>)> {
        self.proposals.iter().map(|(key, proposal)| (*key, &proposal.signed))
    }

    /// The proposal whose terms have that digest.
    pub(super) fn named(&self, digest: Digest) -> Option<VersionKey> {
        self.proposals.keys().copied().find(|key| key.digest == digest)
    }

    pub(super) fn previous(&self, key: VersionKey) -> Option<VersionKey> {
        let digest = self.terms(key)?.previous?;
        Some(VersionKey { version: key.version.saturating_sub(1), digest })
    }

    /// A counter-proposal is a proposal for the very step that it answers.
    pub(super) fn require_same_step(&self, terms: &Terms, answered: VersionKey) -> Result<(), StepFault> {
        let same = |other: &Terms| other.version == terms.version && other.previous == terms.previous;
        if self.terms(answered).is_some_and(same) { Ok(()) } else { Err(StepFault::AnswersOther) }
    }

    pub(super) fn require_party(&self, node: NodeId, key: VersionKey) -> Result<(), StepFault> {
        let party = self.terms(key).is_some_and(|terms| terms.party(node).is_some());
        if party { Ok(()) } else { Err(StepFault::NotAParty) }
    }

    fn starts(&self, key: VersionKey) -> Option<Timestamp> {
        self.terms(key).map(|terms| terms.valid_from.start())
    }

    /// The status statements, each number of a signer with the act that counts: the most forbidding.
    pub(super) fn statuses(&self) -> impl Iterator<Item = (NodeId, u32, Act)> {
        self.statuses.iter().filter_map(|((node, number), acts)| Some((*node, *number, *acts.first()?)))
    }

    /// What the status statements of the parties add up to.
    pub(super) fn standing(&self) -> Standing {
        let parties = self.parties();
        let mut standing = Standing::default();
        for (node, number, act) in self.statuses().filter(|(node, _, _)| parties.contains(node)) {
            match act {
                Act::Terminate => drop(standing.terminated_by.insert(node)),
                Act::Suspend => drop(standing.suspended_by.insert(node)),
                Act::Acknowledge => drop(standing.acknowledged_by.insert(node)),
                Act::Resume if self.lifts(node, number) => drop(standing.suspended_by.remove(&node)),
                Act::Resume => {}
            }
        }
        let answered =
            |node: &NodeId| standing.terminated_by.contains(node) || standing.acknowledged_by.contains(node);
        standing.owing = parties.into_iter().filter(|node| !answered(node)).collect();
        standing
    }

    /// A resumption lifts the suspension numbered just before it; while that one is not known, it lifts
    /// nothing: what may be missing between them might forbid.
    fn lifts(&self, node: NodeId, number: u32) -> bool {
        let counting =
            |number: u32| self.statuses.get(&(node, number)).and_then(|acts| acts.first()).copied();
        counting(number) == Some(Act::Resume)
            && number.checked_sub(1).and_then(counting) == Some(Act::Suspend)
    }
}
