//! The dossier of an agreement (协议档案): every statement seen, and where the agreement stands by them.
//!
//! Statements come in through `intake`. Invariant: what a dossier says depends on the set of its statements
//! and the time, never on the order or the number of their arrivals.
//!
//! Cost: one version is read in the time that the status statements and the later signed versions take, all
//! versions in the time that all statements take.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use uuid::Uuid;

use super::said::{Act, Draft, VersionKey};
use super::state::{Agreement, Standing, State};
use super::{StepFault, Terms};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// All that is known about one agreement, in all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    pub(super) id: Uuid,
    pub(super) proposals: BTreeMap<VersionKey, Proposal>,
    pub(super) statuses: BTreeMap<(NodeId, u32), BTreeSet<Act>>,
    /// The proposals by the digest of their terms.
    pub(super) by_digest: BTreeMap<Digest, VersionKey>,
    /// The versions that everybody due has signed, and every version before them.
    pub(super) signed: BTreeSet<VersionKey>,
    /// Whoever is a party of any proposal, with how many it made.
    pub(super) parties: BTreeMap<NodeId, usize>,
    /// Who gave notice of termination, whether or not it counts.
    pub(super) notices: BTreeSet<NodeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) draft: Draft,
    /// The version that it amends.
    pub(super) previous: Option<VersionKey>,
    /// Whose signatures it wants: every party of it, of the version that it amends, and of the proposal that
    /// it answers.
    pub(super) due: BTreeSet<NodeId>,
    pub(super) signed: BTreeSet<NodeId>,
}

impl Proposal {
    fn of(&self, signed: bool, superseded_from: Option<Timestamp>, standing: &Arc<Standing>) -> Agreement {
        Agreement {
            draft: self.draft.clone(),
            countersigned: self.signed.clone(),
            awaiting: self.due.difference(&self.signed).copied().collect(),
            signed,
            superseded_from,
            standing: Arc::clone(standing),
        }
    }

    fn start(&self) -> Timestamp {
        self.draft.terms().valid_from.start()
    }
}

impl Dossier {
    /// The dossier of an agreement of which nothing is known yet.
    pub const fn new(id: Uuid) -> Self {
        Self {
            id,
            proposals: BTreeMap::new(),
            statuses: BTreeMap::new(),
            by_digest: BTreeMap::new(),
            signed: BTreeSet::new(),
            parties: BTreeMap::new(),
            notices: BTreeSet::new(),
        }
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
        let started = |key: &&VersionKey| self.starts(**key).is_some_and(|start| start <= now);
        let ended = |key: &&VersionKey| self.terms(**key).is_some_and(|terms| terms.end() <= now);
        let governing = self.signed.iter().rfind(started).filter(|key| !ended(key));
        let newest = || self.signed.last();
        let proposed = || self.proposals.keys().next_back();
        self.version(*governing.or_else(newest).or_else(proposed)?)
    }

    /// One version, as it stands.
    pub fn version(&self, key: VersionKey) -> Option<Agreement> {
        let proposal = self.proposals.get(&key)?;
        let later = self.signed.range((Excluded(key), Unbounded));
        let superseded_from = later.filter_map(|other| self.starts(*other)).min();
        Some(proposal.of(self.signed.contains(&key), superseded_from, &Arc::new(self.standing())))
    }

    /// The newest version that everybody due has signed: what is to be filed (备案).
    pub fn newest_signed(&self) -> Option<Agreement> {
        self.version(*self.signed.last()?)
    }

    /// Every version, as it stands, in order.
    pub fn versions(&self) -> impl Iterator<Item = Agreement> {
        let standing = Arc::new(self.standing());
        let mut superseded_from: Option<Timestamp> = None;
        let mut versions = Vec::with_capacity(self.proposals.len());
        for (key, proposal) in self.proposals.iter().rev() {
            let signed = self.signed.contains(key);
            versions.push(proposal.of(signed, superseded_from, &standing));
            if signed {
                superseded_from =
                    Some(superseded_from.map_or(proposal.start(), |at| at.min(proposal.start())));
            }
        }
        versions.into_iter().rev()
    }

    /// Every proposal as it was written, in order.
    pub fn proposed(&self) -> impl Iterator<Item = &Draft> {
        self.proposals.values().map(|proposal| &proposal.draft)
    }

    /// Whoever is a party of any proposal.
    pub fn known_parties(&self) -> impl Iterator<Item = NodeId> {
        self.parties.keys().copied()
    }

    /// Whom a statement concerns: whoever has to sign the version that it is about, if it is about one, and the
    /// parties of the newest signed version. Whoever left is told no more.
    pub fn audience(&self, about: Option<VersionKey>) -> BTreeSet<NodeId> {
        let due = about.and_then(|key| self.signers_due(key));
        due.into_iter().flatten().copied().chain(self.members()).collect()
    }

    /// Whose signatures a version wants; `None` if it is not known.
    pub(super) fn signers_due(&self, key: VersionKey) -> Option<&BTreeSet<NodeId>> {
        self.proposals.get(&key).map(|proposal| &proposal.due)
    }

    /// Whether everybody due has signed a version, and every version before it.
    pub(super) fn is_signed(&self, key: VersionKey) -> bool {
        self.signed.contains(&key)
    }

    /// The newest version that is signed.
    pub(super) fn newest(&self) -> Option<VersionKey> {
        self.signed.last().copied()
    }

    /// Whose status statements count: whoever had to sign the newest signed version; `None` while there is none.
    ///
    /// A party that leaves with that version had to sign it, so its notice holds also if it crossed the
    /// signatures of the others. Once the next version is signed, without it, it has no say any more: nothing
    /// in the set of statements tells what it said before it left from what it said after.
    pub(super) fn speakers(&self) -> Option<&BTreeSet<NodeId>> {
        self.signers_due(self.newest()?)
    }

    /// The parties of the newest signed version.
    fn members(&self) -> impl Iterator<Item = NodeId> {
        let terms = self.newest().and_then(|key| self.terms(key));
        terms.into_iter().flat_map(|terms| terms.parties.iter().map(|party| party.node))
    }

    pub(super) fn speaks(&self, node: NodeId) -> bool {
        self.speakers().is_some_and(|speakers| speakers.contains(&node))
    }

    /// The terms of a proposal.
    pub(super) fn terms(&self, key: VersionKey) -> Option<&Terms> {
        self.proposals.get(&key).map(|proposal| proposal.draft.terms())
    }

    /// The proposal whose terms have that digest.
    pub(super) fn named(&self, digest: Digest) -> Option<VersionKey> {
        self.by_digest.get(&digest).copied()
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
        self.proposals.get(&key).map(Proposal::start)
    }

    /// Whether a notice of termination counts.
    pub(super) fn is_over(&self) -> bool {
        self.notices.iter().any(|by| self.speaks(*by))
    }

    /// The status statements, each number of a signer with the act that counts: the most forbidding.
    fn statuses(&self) -> impl Iterator<Item = (NodeId, u32, Act)> {
        self.statuses.iter().filter_map(|((node, number), acts)| Some((*node, *number, *acts.first()?)))
    }

    /// What the status statements that count add up to.
    pub(super) fn standing(&self) -> Standing {
        let mut standing = Standing::default();
        for (node, number, act) in self.statuses().filter(|(node, _, _)| self.speaks(*node)) {
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
        standing.owing = self.members().filter(|node| !answered(node)).collect();
        standing
    }

    /// A resumption lifts the suspension numbered just before it; while that one is not known, it lifts
    /// nothing: what may be missing between them might forbid.
    pub(super) fn lifts(&self, node: NodeId, number: u32) -> bool {
        let counting =
            |number: u32| self.statuses.get(&(node, number)).and_then(|acts| acts.first()).copied();
        counting(number) == Some(Act::Resume)
            && number.checked_sub(1).and_then(counting) == Some(Act::Suspend)
    }
}
