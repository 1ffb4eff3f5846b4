//! Taking statements into a dossier: each once, in whatever order they come.
//!
//! A statement is refused only for what no later one can mend, or as retryable until what it rests on is there;
//! whatever else comes is kept, even without effect. Only the bound of one signer's proposals asks how much
//! came before: a signer that keeps to it is never refused for it.
//!
//! Cost: a statement takes time in the logarithm of what is known, beside the parties and the proposals that
//! cross at its step; a replay takes each statement once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::StepFault;
use super::dossier::{Dossier, Proposal};
use super::said::{Act, Draft, Said, Signed, VersionKey};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// Most proposals of one signer for one agreement, and the highest number of its status statements: far more
/// than an office comes to, and few enough that nobody fills another's database.
pub const MOST_OF_A_SIGNER: u32 = 256;

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
    /// The dossier that statements make, in whatever order they come, and what could not be admitted.
    pub fn replay(id: Uuid, mut statements: Vec<Signed>) -> (Self, Vec<(Signed, StepFault)>) {
        let mut dossier = Self::new(id);
        let (mut refused, mut waiting) = (Vec::new(), BTreeMap::<Digest, Vec<Signed>>::new());
        statements.sort_by_key(|statement| Reverse(rank(&statement.said)));
        while let Some(statement) = statements.pop() {
            match dossier.take_in(&statement) {
                Ok(_) => {
                    let Said::Proposal(draft) = &statement.said else { continue };
                    statements.extend(waiting.remove(&draft.key().digest).unwrap_or_default());
                }
                Err(fault) => match answered_by(&statement.said) {
                    Some(digest) if fault == StepFault::AnsweredUnknown => {
                        waiting.entry(digest).or_default().push(statement);
                    }
                    _ => refused.push((statement, fault)),
                },
            }
        }
        let lost = waiting.into_values().flatten();
        refused.extend(lost.map(|statement| (statement, StepFault::AnsweredUnknown)));
        (dossier, refused)
    }

    /// Takes a verified statement in, once; the caller has checked that it is about this agreement.
    pub fn admit(&mut self, statement: &Signed) -> Admission {
        match self.take_in(statement) {
            Err(fault) => Admission::Refused(fault),
            Ok(false) => Admission::Known,
            Ok(true) => self.without_effect(statement).map_or(Admission::New, Admission::Kept),
        }
    }

    /// Whether it was new.
    fn take_in(&mut self, statement: &Signed) -> Result<bool, StepFault> {
        let signer = statement.signer;
        match &statement.said {
            Said::Proposal(draft) => self.take_proposal(signer, draft),
            Said::Countersignature(key) => self.take_countersignature(signer, *key),
            Said::Status { number, act } => self.take_status(signer, *number, *act),
        }
    }

    fn take_proposal(&mut self, signer: NodeId, draft: &Draft) -> Result<bool, StepFault> {
        let (key, terms) = (draft.key(), draft.terms());
        if terms.id != self.id {
            return Err(StepFault::OtherAgreement);
        }
        if terms.proposer != signer {
            return Err(StepFault::ForeignProposer);
        }
        if self.proposals.contains_key(&key) {
            return Ok(false);
        }
        let previous = match terms.previous {
            Some(digest) => Some(self.named(digest).ok_or(StepFault::PreviousUnknown)?),
            None => None,
        };
        if let Some(previous) = previous {
            if previous.version.checked_add(1) != Some(key.version) {
                return Err(StepFault::VersionNotNext);
            }
            self.require_party(signer, previous)?;
        }
        let mut due: BTreeSet<NodeId> = terms.parties.iter().map(|party| party.node).collect();
        let mut rests_on = Vec::from_iter(previous);
        if let Some(digest) = terms.answers {
            let answered = self.named(digest).ok_or(StepFault::AnsweredUnknown)?;
            self.require_same_step(terms, answered)?;
            self.require_party(signer, answered)?;
            rests_on.push(answered);
        }
        let made = self.parties.get(&signer).copied().unwrap_or_default();
        if made >= MOST_OF_A_SIGNER as usize {
            return Err(StepFault::TooMany);
        }
        for key in rests_on {
            let terms = self.terms(key).into_iter();
            due.extend(terms.flat_map(|terms| terms.parties.iter().map(|party| party.node)));
        }
        for party in &terms.parties {
            self.parties.entry(party.node).or_default();
        }
        *self.parties.entry(signer).or_default() += 1;
        self.by_digest.insert(key.digest, key);
        let signed = BTreeSet::from([signer]);
        self.proposals.insert(key, Proposal { draft: draft.clone(), previous, due, signed });
        self.complete(key);
        Ok(true)
    }

    fn take_countersignature(&mut self, signer: NodeId, key: VersionKey) -> Result<bool, StepFault> {
        let proposal = self.proposals.get_mut(&key).ok_or(StepFault::VersionUnknown)?;
        if !proposal.due.contains(&signer) {
            return Err(StepFault::NotAParty);
        }
        let new = proposal.signed.insert(signer);
        self.complete(key);
        Ok(new)
    }

    fn take_status(&mut self, signer: NodeId, number: u32, act: Act) -> Result<bool, StepFault> {
        if number == 0 {
            return Err(StepFault::StatusVersionZero);
        }
        if number > MOST_OF_A_SIGNER {
            return Err(StepFault::TooMany);
        }
        if number == 1 && act == Act::Resume {
            return Err(StepFault::ResumeWithoutSuspension);
        }
        if !self.parties.contains_key(&signer) {
            return Err(StepFault::NotYetAParty);
        }
        if act == Act::Acknowledge && !self.notices.iter().any(|by| *by != signer) {
            return Err(StepFault::AckWithoutNotice);
        }
        if act == Act::Terminate {
            self.notices.insert(signer);
        }
        Ok(self.statuses.entry((signer, number)).or_default().insert(act))
    }

    /// Notes that a version is signed once it is, and then the versions that amend it.
    fn complete(&mut self, key: VersionKey) {
        let mut open = vec![key];
        while let Some(key) = open.pop() {
            let Some(proposal) = self.proposals.get(&key) else { continue };
            let before = proposal.previous.is_none_or(|previous| self.signed.contains(&previous));
            if !before || !proposal.due.is_subset(&proposal.signed) || !self.signed.insert(key) {
                continue;
            }
            let Some(version) = key.version.checked_add(1) else { continue };
            let next = self.proposals.range(VersionKey { version, digest: Digest([0; 32]) }..);
            let next = next.take_while(|(next, _)| next.version == version);
            open.extend(next.filter(|(_, next)| next.previous == Some(key)).map(|(next, _)| *next));
        }
    }

    /// Why a statement that is in the dossier changes nothing as things stand.
    fn without_effect(&self, statement: &Signed) -> Option<StepFault> {
        let newest = self.newest();
        let over = self.is_over().then_some(StepFault::AfterTermination);
        match &statement.said {
            Said::Proposal(draft) => {
                let late = newest.is_some_and(|newest| newest.version >= draft.key().version);
                over.or(late.then_some(StepFault::PreviousSuperseded))
            }
            Said::Countersignature(key) => {
                let late = newest.is_some_and(|newest| newest > *key);
                over.or(late.then_some(StepFault::VersionSuperseded))
            }
            Said::Status { .. } if newest.is_none() => Some(StepFault::Unsigned),
            Said::Status { .. } if !self.speaks(statement.signer) => Some(StepFault::NotAParty),
            Said::Status { act: Act::Terminate | Act::Acknowledge, .. } => None,
            Said::Status { act: Act::Suspend, .. } => over,
            Said::Status { number, act: Act::Resume } => {
                let lifts = self.lifts(statement.signer, *number);
                over.or((!lifts).then_some(StepFault::ResumeWithoutSuspension))
            }
        }
    }
}

/// Where a statement stands in a replay: behind whatever it may rest on, but for the proposal that it answers.
fn rank(said: &Said) -> (u8, u32) {
    match said {
        Said::Proposal(draft) => (0, draft.key().version),
        Said::Countersignature(_) => (1, 0),
        Said::Status { act: Act::Acknowledge, .. } => (3, 0),
        Said::Status { .. } => (2, 0),
    }
}

fn answered_by(said: &Said) -> Option<Digest> {
    match said {
        Said::Proposal(draft) => draft.terms().answers,
        Said::Countersignature(_) | Said::Status { .. } => None,
    }
}
