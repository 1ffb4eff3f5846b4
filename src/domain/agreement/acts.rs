//! What a node may say about an agreement: each step returns the statement to sign, or why not.

use super::StepFault;
use super::dossier::Dossier;
use super::intake::MOST_OF_A_SIGNER;
use super::said::{Act, Draft, Said, VersionKey};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

impl Dossier {
    /// 提出: the first version, where nothing was proposed before.
    pub fn propose(&self, me: NodeId, draft: Draft) -> Result<Said, StepFault> {
        self.require_own(me, &draft)?;
        if self.proposed().next().is_some() {
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
        let newest = self.newest()?;
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
        if self.proposed().any(|other| other.terms().version == terms.version) {
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
            None if self.newest().is_some() => return Err(StepFault::PreviousSuperseded),
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
        let proposal = self.proposals.get(&key).ok_or(StepFault::VersionUnknown)?;
        if !proposal.due.contains(&me) {
            return Err(StepFault::NotAParty);
        }
        if proposal.signed.contains(&me) {
            return Err(StepFault::AlreadyCountersigned);
        }
        if self.newest().is_some_and(|newest| newest.version >= key.version) {
            return Err(StepFault::VersionSuperseded);
        }
        if proposal.previous.is_some_and(|previous| !self.is_signed(previous)) {
            return Err(StepFault::PreviousUnsigned);
        }
        if proposal.draft.terms().end() <= now {
            Err(StepFault::Expired)
        } else {
            Ok(Said::Countersignature(key))
        }
    }

    /// 中止: nothing travels until the same party resumes.
    pub fn suspend(&self, me: NodeId, now: Timestamp) -> Result<Said, StepFault> {
        self.require_party(me, self.require_running(me, now)?)?;
        if self.standing().suspended_by.contains(&me) {
            return Err(StepFault::AlreadySuspended);
        }
        self.status(me, Act::Suspend)
    }

    /// 恢复: lifts the signer's own suspension, nobody else's. Whoever left while it held lifts it too.
    pub fn resume(&self, me: NodeId, now: Timestamp) -> Result<Said, StepFault> {
        self.require_running(me, now)?;
        if !self.standing().suspended_by.contains(&me) {
            return Err(StepFault::ResumeWithoutSuspension);
        }
        self.status(me, Act::Resume)
    }

    /// 终止: by any party, for all, for good. It holds at once for whoever knows of it.
    pub fn terminate(&self, me: NodeId, now: Timestamp) -> Result<Said, StepFault> {
        self.require_party(me, self.require_running(me, now)?)?;
        self.status(me, Act::Terminate)
    }

    /// 确认终止: the other parties confirm that the notice arrived.
    pub fn acknowledge(&self, me: NodeId) -> Result<Said, StepFault> {
        let standing = self.standing();
        if standing.terminated_by.is_empty() {
            return Err(StepFault::AckWithoutNotice);
        }
        self.require_party(me, self.newest().ok_or(StepFault::Unsigned)?)?;
        if !standing.owing.contains(&me) {
            return Err(StepFault::AlreadyAcknowledged);
        }
        self.status(me, Act::Acknowledge)
    }

    /// The next number of `me`. Under the last one there is room for what ends an agreement, which beats
    /// whatever else stands there, and for no suspension that could not be lifted.
    fn status(&self, me: NodeId, act: Act) -> Result<Said, StepFault> {
        let last =
            self.statuses.range((me, 0)..=(me, u32::MAX)).next_back().map_or(0, |((_, number), _)| *number);
        let most = MOST_OF_A_SIGNER - u32::from(act == Act::Suspend);
        match act {
            Act::Suspend | Act::Resume if last >= most => Err(StepFault::TooMany),
            _ => Ok(Said::Status { number: last.saturating_add(1).min(most), act }),
        }
    }

    fn require_own(&self, me: NodeId, draft: &Draft) -> Result<(), StepFault> {
        self.require_alive()?;
        if self.parties.get(&me).is_some_and(|made| *made >= MOST_OF_A_SIGNER as usize) {
            return Err(StepFault::TooMany);
        }
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
        if self.newest() != Some(amended) {
            return Err(StepFault::PreviousSuperseded);
        }
        if amended.version.checked_add(1) != Some(version) {
            return Err(StepFault::VersionNotNext);
        }
        self.require_party(me, amended)
    }

    fn require_alive(&self) -> Result<(), StepFault> {
        if self.is_over() { Err(StepFault::AfterTermination) } else { Ok(()) }
    }

    /// That the agreement is signed, has neither ended nor expired, and that what `me` says counts; its newest
    /// version.
    fn require_running(&self, me: NodeId, now: Timestamp) -> Result<VersionKey, StepFault> {
        self.require_alive()?;
        let newest = self.newest().ok_or(StepFault::Unsigned)?;
        if !self.speaks(me) {
            return Err(StepFault::NotAParty);
        }
        let over = self.terms(newest).is_some_and(|terms| terms.end() <= now);
        if over { Err(StepFault::Expired) } else { Ok(newest) }
    }
}
