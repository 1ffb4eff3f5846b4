//! The two state machines of a lead: the owner's own record, and the answer of one recipient.
//!
//! Pure and total: every step from every status is allowed or refused by a code. Knows no database
//! and no peers. Status towards peers is per (lead, recipient): one may accept what another declines.

use thiserror::Error;

use super::codes::LeadKind;
use crate::domain::node::NodeId;
use crate::domain::unit::UnitType;

codes! {
    /// Where the owner's own record stands.
    pub enum Status {
        Draft = "draft" "草稿",
        Submitted = "submitted" "送审",
        Approved = "approved" "审批通过",
        Shared = "shared" "已共享",
        Concluded = "concluded" "办结",
        Withdrawn = "withdrawn" "撤回",
        Expired = "expired" "到期",
        Purged = "purged" "清除",
    }
}

codes! {
    /// Where a lead stands at one recipient.
    pub enum RecipientStatus {
        Pending = "pending" "待签收",
        Acknowledged = "acknowledged" "签收",
        Accepted = "accepted" "受理",
        Declined = "declined" "不予受理",
        Redirected = "redirected" "转办",
        Verifying = "verifying" "核查",
        Hit = "hit" "比中",
        NoHit = "no_hit" "未比中",
        Concluded = "concluded" "办结",
        Withdrawn = "withdrawn" "撤回",
        Expired = "expired" "到期",
        Purged = "purged" "清除",
    }
}

codes! {
    /// Why an approver sends a lead back to its drafter (退回).
    pub enum ReturnReason {
        Incomplete = "incomplete" "要素不全",
        WrongBasis = "wrong_basis" "依据不当",
        TooMuch = "too_much" "超出必要范围",
        Duplicate = "duplicate" "重复",
        Other = "other" "其他",
    }
}

codes! {
    /// Why the owner takes a lead back (撤回).
    pub enum WithdrawReason {
        Mistake = "mistake" "录入错误",
        Found = "found" "人员已找到",
        Duplicate = "duplicate" "重复",
        BasisEnded = "basis_ended" "依据终止",
        PersonObjects = "person_objects" "当事人要求",
        Other = "other" "其他",
    }
}

codes! {
    /// Why a recipient does not take a lead on (不予受理).
    pub enum DeclineReason {
        NotOurRegion = "not_our_region" "非本地管辖",
        NotOurUnit = "not_our_unit" "非本单位职责",
        Insufficient = "insufficient" "线索不足",
        Duplicate = "duplicate" "重复",
        AlreadySolved = "already_solved" "已办结",
        Other = "other" "其他",
    }
}

codes! {
    /// How a case ended (办结).
    pub enum Outcome {
        Rescued = "rescued" "已解救",
        Identified = "identified" "身份查明",
        Reunited = "reunited" "已团聚",
        CaseOpened = "case_opened" "已立案",
        Unfounded = "unfounded" "查否",
        NotFound = "not_found" "未找到",
        Deceased = "deceased" "死亡",
        Other = "other" "其他",
    }
}

/// What the owner does with the own record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The drafter hands it in (送审).
    Submit,
    /// The approver sends it back to draft (退回).
    Return(ReturnReason),
    /// The approver agrees. Both are the officers' ids of the user register.
    Approve {
        /// Who drafted it.
        drafter: &'a str,
        /// Who approves it.
        approver: &'a str,
    },
    /// It goes to a recipient; again for each further one.
    Share {
        /// Whether an agreement in force covers kind and purpose, or an alert is active.
        basis_in_force: bool,
    },
    /// The owner ends the case; an outcome is needed.
    Conclude(Option<Outcome>),
    /// The owner takes it back.
    Withdraw(WithdrawReason),
    /// Its date has passed.
    Expire,
    /// Its content is destroyed.
    Purge,
}

/// What happens at a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// 签收
    Acknowledge,
    /// 受理, by a unit of that type.
    Accept {
        /// The unit that takes it on.
        by: UnitType,
        /// The kind of the lead.
        kind: LeadKind,
    },
    /// 不予受理
    Decline(DeclineReason),
    /// 转办: the owner stays the same.
    Redirect {
        /// The node it shall go to.
        to: NodeId,
        /// The nodes it has passed, owner and this recipient among them.
        passed: &'a [NodeId],
    },
    /// 核查
    Verify,
    /// 比中
    Hit,
    /// 未比中
    NoHit,
    /// 办结; an outcome is needed.
    Conclude(Option<Outcome>),
    /// The owner took it back.
    Withdraw(WithdrawReason),
    /// Its date has passed.
    Expire,
    /// Its content is destroyed.
    Purge,
}

/// Why a step is refused. Whoever asked for it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum StatusError {
    /// The step does not lead on from this status.
    #[error("this step does not lead on from the present status")]
    NotFromHere,
    /// Whoever drafts does not approve.
    #[error("the approver is the drafter")]
    ApproverIsDrafter,
    /// Nothing crosses without a basis in force.
    #[error("no agreement in force and no active alert covers it")]
    NoBasis,
    /// Criminal kinds are for police units.
    #[error("a lead of a criminal kind is accepted by police units only")]
    PoliceOnly,
    /// A lead passes a node once only.
    #[error("the lead has passed that node already")]
    AlreadyPassed,
    /// A conclusion says how the case ended.
    #[error("a conclusion needs an outcome")]
    OutcomeMissing,
}

impl StatusError {
    /// The wire value.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFromHere => "not_from_here",
            Self::ApproverIsDrafter => "approver_is_drafter",
            Self::NoBasis => "no_basis",
            Self::PoliceOnly => "police_only",
            Self::AlreadyPassed => "already_passed",
            Self::OutcomeMissing => "outcome_missing",
        }
    }
}

impl Status {
    /// The status after `step`. Withdrawn, expired and concluded records can only be purged.
    pub fn after(self, step: Step<'_>) -> Result<Self, StatusError> {
        let next = match (self, step) {
            (Self::Draft, Step::Submit) => Self::Submitted,
            (Self::Submitted, Step::Return(_)) => Self::Draft,
            (Self::Submitted, Step::Approve { .. }) => Self::Approved,
            (Self::Approved | Self::Shared, Step::Share { .. }) => Self::Shared,
            (Self::Shared, Step::Conclude(_)) => Self::Concluded,
            (Self::Draft | Self::Submitted | Self::Approved | Self::Shared, Step::Withdraw(_)) => {
                Self::Withdrawn
            }
            (Self::Draft | Self::Submitted | Self::Approved | Self::Shared, Step::Expire) => Self::Expired,
            (Self::Concluded | Self::Withdrawn | Self::Expired, Step::Purge) => Self::Purged,
            _ => return Err(StatusError::NotFromHere),
        };
        match step {
            Step::Approve { drafter, approver } if drafter == approver => Err(StatusError::ApproverIsDrafter),
            Step::Share { basis_in_force: false } => Err(StatusError::NoBasis),
            Step::Conclude(None) => Err(StatusError::OutcomeMissing),
            _ => Ok(next),
        }
    }
}

impl RecipientStatus {
    /// Whether an officer of the recipient moves it from here to `next`: what an owner takes from it.
    pub const fn leads_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Acknowledged)
                | (Self::Acknowledged, Self::Accepted | Self::Declined)
                | (Self::Accepted, Self::Verifying)
                | (Self::Verifying, Self::Hit | Self::NoHit)
                | (Self::Hit | Self::NoHit, Self::Concluded)
        )
    }

    /// Whether such steps, one or several, lead from here to `next`.
    pub fn leads_on_to(self, next: Self) -> bool {
        let mut steps = Self::ALL.iter().filter(|step| self.leads_to(**step));
        steps.any(|step| *step == next || step.leads_on_to(next))
    }

    /// Whether the recipient still holds content, as far as its owner knows.
    pub const fn holds(self) -> bool {
        !matches!(self, Self::Withdrawn | Self::Purged)
    }

    /// The status after `answer`. A withdrawal, an expiry and a purge reach every recipient that still holds
    /// content, whatever it answered.
    pub fn after(self, answer: Answer<'_>) -> Result<Self, StatusError> {
        let next = match (self, answer) {
            (Self::Pending, Answer::Acknowledge) => Self::Acknowledged,
            (Self::Acknowledged, Answer::Accept { .. }) => Self::Accepted,
            (Self::Acknowledged, Answer::Decline(_)) => Self::Declined,
            (Self::Acknowledged, Answer::Redirect { .. }) => Self::Redirected,
            (Self::Accepted, Answer::Verify) => Self::Verifying,
            (Self::Verifying, Answer::Hit) => Self::Hit,
            (Self::Verifying, Answer::NoHit) => Self::NoHit,
            (Self::Hit | Self::NoHit, Answer::Conclude(_)) => Self::Concluded,
            (Self::Withdrawn | Self::Expired, Answer::Withdraw(_) | Answer::Expire) | (Self::Purged, _) => {
                return Err(StatusError::NotFromHere);
            }
            (_, Answer::Withdraw(_)) => Self::Withdrawn,
            (_, Answer::Expire) => Self::Expired,
            (_, Answer::Purge) => Self::Purged,
            _ => return Err(StatusError::NotFromHere),
        };
        match answer {
            Answer::Accept { by, kind } if kind.criminal() && by != UnitType::Police => {
                Err(StatusError::PoliceOnly)
            }
            Answer::Redirect { to, passed } if passed.contains(&to) => Err(StatusError::AlreadyPassed),
            Answer::Conclude(None) => Err(StatusError::OutcomeMissing),
            _ => Ok(next),
        }
    }
}

#[cfg(test)]
mod tests;
