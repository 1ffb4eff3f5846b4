//! Filing (备案): each party tells its upper node of a version within 30 days of its last signature.
//!
//! Knows days and digests; must not know a lead. Invariant: what an acknowledgement or a return says
//! counts only from the node that is the upper one, about the filing that was made.

#[cfg(test)]
mod tests;

use super::{Agreement, VersionKey};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::node::NodeId;

/// How long a party has, in days after the day of the last signature.
pub const FILING_DAYS: i64 = 30;

codes! {
    /// Why an upper node returns a filing.
    pub enum ReturnReason {
        Incomplete = "incomplete" "材料不齐",
        BeyondAuthority = "beyond_authority" "超越权限",
        ConflictsWithRules = "conflicts_with_rules" "与上级规定抵触",
        Unreadable = "unreadable" "无法核对",
    }
}

/// What the upper node answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilingAnswer {
    /// 备案通过
    Acknowledged,
    /// 退回
    Returned(ReturnReason),
}

impl From<Option<ReturnReason>> for FilingAnswer {
    fn from(returned: Option<ReturnReason>) -> Self {
        returned.map_or(Self::Acknowledged, Self::Returned)
    }
}

impl FilingAnswer {
    /// Why it was returned; none: it was acknowledged.
    pub const fn returned(self) -> Option<ReturnReason> {
        match self {
            Self::Acknowledged => None,
            Self::Returned(reason) => Some(reason),
        }
    }
}

/// One party's filing of one version with its upper node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    version: VersionKey,
    party: NodeId,
    upper: Option<NodeId>,
    signed_on: CivilDate,
    filings: u32,
    answer: Option<(u32, FilingAnswer)>,
}

/// Where a filing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilingState {
    /// 免报: the party has no upper node, and says so.
    Exempt,
    /// 待报
    Due {
        /// The last day.
        by: CivilDate,
    },
    /// 逾期: not filed, or returned and not filed again.
    Overdue {
        /// What was the last day.
        since: CivilDate,
    },
    /// 已报
    Filed,
    /// 已备案
    Acknowledged,
    /// 退回, to be filed again.
    Returned {
        /// Why.
        reason: ReturnReason,
        /// The last day.
        by: CivilDate,
    },
}

codes! {
    /// Why a step of a filing is refused.
    pub enum FilingFault {
        NotSigned = "agreement_not_countersigned" "协议尚未签齐",
        NotAParty = "not_a_party" "备案方不是签署方",
        Exempt = "filing_exempt" "没有上级节点，无须备案",
        NotTheUpper = "not_the_upper_node" "不是备案方的上级节点",
        NotFiled = "not_filed" "尚未报送",
        AlreadyFiled = "already_filed" "已经报送，等待答复",
        AlreadyAnswered = "already_answered" "已经答复",
    }
}

impl FilingState {
    /// The wire value.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exempt => "exempt",
            Self::Due { .. } => "due",
            Self::Overdue { .. } => "overdue",
            Self::Filed => "filed",
            Self::Acknowledged => "acknowledged",
            Self::Returned { .. } => "returned",
        }
    }
}

impl Agreement {
    /// Whether every party signed it and its first day has come before a later version took its place: it is to be filed
    /// even if another one speaks for the agreement now.
    pub fn was_in_force(&self, now: Timestamp) -> bool {
        let from = self.terms().valid_from.start();
        self.was_signed().is_ok() && from <= now && self.superseded_from.is_none_or(|until| from <= until)
    }
}

impl Filing {
    /// What `party` owes once every signature is there: `signed_at` is when the last one arrived.
    pub fn of(
        agreement: &Agreement,
        party: NodeId,
        upper: Option<NodeId>,
        signed_at: Timestamp,
    ) -> Result<Self, FilingFault> {
        agreement.was_signed().map_err(|_| FilingFault::NotSigned)?;
        agreement.roles_given(party).ok_or(FilingFault::NotAParty)?;
        let signed_on = CivilDate::of(signed_at);
        Ok(Self { version: agreement.key(), party, upper, signed_on, filings: 0, answer: None })
    }

    /// With the filings that were made before, oldest first, each with its answer once there is one.
    #[must_use]
    pub fn with(mut self, made: &[Option<FilingAnswer>]) -> Self {
        for (number, answer) in (1..).zip(made) {
            self.filings = number;
            self.answer = answer.map(|answer| (number, answer)).or(self.answer);
        }
        self
    }

    /// The version that is filed.
    pub const fn version(&self) -> VersionKey {
        self.version
    }

    /// Whose filing it is.
    pub const fn party(&self) -> NodeId {
        self.party
    }

    /// With whom it is filed; none: the party has no upper node.
    pub const fn upper(&self) -> Option<NodeId> {
        self.upper
    }

    /// The number of the last filing; 0: none was made.
    pub const fn number(&self) -> u32 {
        self.filings
    }

    /// Files with `to`, for the first time or again after a return.
    pub fn file(mut self, to: NodeId) -> Result<Self, FilingFault> {
        self.require_upper(to)?;
        match self.answered() {
            Some(FilingAnswer::Acknowledged) => return Err(FilingFault::AlreadyAnswered),
            None if self.filings > 0 => return Err(FilingFault::AlreadyFiled),
            _ => self.filings += 1,
        }
        Ok(self)
    }

    /// Takes the answer of `from` to filing `number`; one that repeats what is known changes nothing.
    pub fn answer(mut self, from: NodeId, number: u32, answer: FilingAnswer) -> Result<Self, FilingFault> {
        self.require_upper(from)?;
        if number == 0 || number > self.filings {
            return Err(FilingFault::NotFiled);
        }
        match self.answer {
            Some(known) if known == (number, answer) => {}
            Some((answered, _)) if answered >= number => return Err(FilingFault::AlreadyAnswered),
            _ => self.answer = Some((number, answer)),
        }
        Ok(self)
    }

    /// Where it stands at `now`. The last day counts whole, in China.
    pub fn state_at(&self, now: Timestamp) -> FilingState {
        let by = self.signed_on.plus_days(FILING_DAYS);
        let late = now >= by.start().plus(Timestamp::DAY);
        match (self.upper, self.answered()) {
            (None, _) => FilingState::Exempt,
            (_, Some(FilingAnswer::Acknowledged)) => FilingState::Acknowledged,
            (_, None) if self.filings > 0 => FilingState::Filed,
            _ if late => FilingState::Overdue { since: by },
            (_, Some(FilingAnswer::Returned(reason))) => FilingState::Returned { reason, by },
            _ => FilingState::Due { by },
        }
    }

    /// The answer to the last filing.
    fn answered(&self) -> Option<FilingAnswer> {
        self.answer.filter(|(number, _)| *number == self.filings).map(|(_, answer)| answer)
    }

    fn require_upper(&self, node: NodeId) -> Result<(), FilingFault> {
        match self.upper {
            None => Err(FilingFault::Exempt),
            Some(upper) if upper == node => Ok(()),
            Some(_) => Err(FilingFault::NotTheUpper),
        }
    }
}
