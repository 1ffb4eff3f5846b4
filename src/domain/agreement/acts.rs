//! What a node may say about an agreement: each step returns the statement to sign, or why not.

use super::StepFault;
use super::dossier::Dossier;
use super::said::{Act, Draft, Said, VersionKey};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

impl Dossier {
    /// 提出: the first version, where nothing was proposed before.
    pub fn propose(&self, me: NodeId, draft: Draft) -> Result<Said, StepFault> {
        self.require_own(me, &draft)?;
        if self.proposals().next().is_some() {
            return Err(StepFault::DuplicateVersion);
        }
        if draft.terms().version != 1 {
            return Err(StepFault::PreviousUnknown);
        }
        if draft.terms().answers.is_some() {
            return Err(StepFault::AnsweredUnknown);
        }
        Ok(Said::Proposal(draft))
    }

    /// The number of the next version, and the digest of the one that it amends; none while no version
    /// is signed.
    pub fn amendable(&self) -> Option<(u32, Digest)> {
        let newest = self.signed_versions().next_back()?;
        Some((newest.version.checked_add(1)?, newest.digest))
    }

    /// 变更: the version after the newest that is signed, by a party of it.
    pub fn amend(&self, me: NodeId, draft: Draft) -> Result<Said, StepFault> {
        self.require_own(me, &draft)?;
        let terms = draft.terms();
        if terms.answers.is_some() {
            return Err(StepFault::AnswersOther);
        }
        let previous = terms.previous.ok_or(StepFault::DuplicateVersion)?;
        self.require_next(me, terms.version, previous)?;
        if self.proposals().any(|(key, _)| key.version == terms.version) {
            return Err(StepFault::DuplicateVersion);
        }
        Ok(Said::Proposal(draft))
    }

    /// 对案: another proposal for a step that is still open, instead of a bare refusal.
    pub fn counter(&self, me: NodeId, draft: Draft) -> Result<Said, StepFault> {
        self.require_own(me, &draft)?;
        let terms = draft.terms();
        let answered =
            terms.answers.and_then(|digest| self.named(digest)).ok_or(StepFault::AnsweredUnknown)?;
        self.require_same_step(terms, answered)?;
        self.require_party(me, answered)?;
        match terms.previous {
            Some(previous) => self.require_next(me, terms.version, previous)?,
            None if self.signed_versions().next().is_some() => return Err(StepFault::PreviousSuperseded),
            None => {}
        }
        if self.terms(draft.key()).is_some() {
            return Err(StepFault::DuplicateVersion);
        }
        Ok(Said::Proposal(draft))
    }

    /// 会签: agrees to a version that is open and not over at `now`.
    pub fn countersign(&self, me: NodeId, key: VersionKey, now: Timestamp) -> Result<Said, StepFault> {
        self.require_alive()?;
        let terms = self.terms(key).ok_or(StepFault::VersionUnknown)?;
        if !self.signers_due(key).contains(&me) {
            return Err(StepFault::NotAParty);
        }
        if self.proposals().any(|(other, signed)| other == key && signed.contains(&me)) {
            return Err(StepFault::AlreadyCountersigned);
        }
        if self.signed_versions().any(|signed| signed.version >= key.version) {
            return Err(StepFault::VersionSuperseded);
        }
        if self.previous(key).is_some_and(|previous| !self.is_signed(previous)) {
            return Err(StepFault::PreviousUnsigned);
        }
        if terms.end() <= now { Err(StepFault::Expired) } else { Ok(Said::Countersignature(key)) }
    }

    /// 中止: nothing travels until the same party resumes.
    pub fn suspend(&self, me: NodeId, now: Timestamp) -> Result<Said, StepFault> {
        self.require_running(me, now)?;
        if self.standing().suspended_by.contains(&me) {
            return Err(StepFault::AlreadySuspended);
        }
        self.status(me, Act::Suspend)
    }

    /// 恢复: lifts the signer's own suspension, nobody else's.
    pub fn resume(&self, me: NodeId, now: Timestamp) -> Result<Said, StepFault> {
        self.require_running(me, now)?;
        if !self.standing().suspended_by.contains(&me) {
            return Err(StepFault::ResumeWithoutSuspension);
        }
        self.status(me, Act::Resume)
    }

    /// 终止: by any party, for all, for good. It holds at once for whoever knows of it.
    pub fn terminate(&self, me: NodeId, now: Timestamp) -> Result<Said, StepFault> {
        self.require_running(me, now)?;
        self.status(me, Act::Terminate)
    }

    /// 确认终止: the other parties confirm that the notice arrived.
    pub fn acknowledge(&self, me: NodeId) -> Result<Said, StepFault> {
        let standing = self.standing();
        if standing.terminated_by.is_empty() {
            return Err(StepFault::AckWithoutNotice);
        }
        if !self.parties().contains(&me) {
            return Err(StepFault::NotAParty);
        }
        if !standing.owing.contains(&me) {
            return Err(StepFault::AlreadyAcknowledged);
        }
        self.status(me, Act::Acknowledge)
    }

    fn status(&self, me: NodeId, act: Act) -> Result<Said, StepFault> {
        let last = self.statuses().filter(|(node, _, _)| *node == me).map(|(_, number, _)| number).max();
        let number = last.unwrap_or(0).checked_add(1).ok_or(StepFault::AfterTermination)?;
        Ok(Said::Status { number, act })
    }

    fn require_own(&self, me: NodeId, draft: &Draft) -> Result<(), StepFault> {
        self.require_alive()?;
        if draft.terms().id != self.id() {
            return Err(StepFault::OtherAgreement);
        }
        if draft.terms().proposer == me { Ok(()) } else { Err(StepFault::ForeignProposer) }
    }

    /// That `version` comes right after the newest signed one, which is `previous`.
    fn require_next(&self, me: NodeId, version: u32, previous: Digest) -> Result<(), StepFault> {
        let amended = self.named(previous).ok_or(StepFault::PreviousUnknown)?;
        if !self.is_signed(amended) {
            return Err(StepFault::PreviousUnsigned);
        }
        if self.signed_versions().next_back() != Some(amended) {
            return Err(StepFault::PreviousSuperseded);
        }
        if amended.version.checked_add(1) != Some(version) {
            return Err(StepFault::VersionNotNext);
        }
        self.require_party(me, amended)
    }

    fn require_alive(&self) -> Result<(), StepFault> {
        if self.standing().terminated_by.is_empty() { Ok(()) } else { Err(StepFault::AfterTermination) }
    }

    /// That the agreement is signed, has neither ended nor expired, and that `me` is a party.
    fn require_running(&self, me: NodeId, now: Timestamp) -> Result<(), StepFault> {
        self.require_alive()?;
        let newest = self.signed_versions().next_back().ok_or(StepFault::Unsigned)?;
        if !self.parties().contains(&me) {
            return Err(StepFault::NotAParty);
        }
        let over = self.terms(newest).is_some_and(|terms| terms.end() <= now);
        if over { Err(StepFault::Expired) } else { Ok(()) }
    }
}
