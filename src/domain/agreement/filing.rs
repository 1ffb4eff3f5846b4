//! Filing (备案): each party tells its upper node of a version within 30 days of its last signature.
//!
//! Knows days and digests; must not know a lead. Invariant: what an acknowledgement or a return says
//! counts only from the node that is the upper one, about the filing that was made.

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

    /// The version that is filed.
    pub const fn version(&self) -> VersionKey {
        self.version
    }

    /// Whose filing it is.
    pub const fn party(&self) -> NodeId {
        self.party
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

#[cfg(test)]
mod tests {
    use super::super::samples::{dossier, draft, proposal, signed, terms};
    use super::*;
    use crate::domain::agreement::Role;
    use crate::domain::profile::Profile;

    const SIGNED: Timestamp = Timestamp(1_782_000_000_000);

    fn node(code: &str) -> NodeId {
        code.parse().unwrap()
    }

    fn agreement() -> Agreement {
        let parties: [(&str, &[Role]); 2] = [("140600", &[Role::Origin]), ("500000", &[Role::Destination])];
        signed(terms(&parties, Profile::default_matrix()))
    }

    fn filing() -> Filing {
        Filing::of(&agreement(), node("140600"), Some(node("140000")), SIGNED).unwrap()
    }

    #[test]
    fn a_filing_is_due_within_30_days_and_then_overdue() {
        let end = CivilDate::of(SIGNED).plus_days(31).start();
        let by = CivilDate::of(SIGNED).plus_days(30);
        assert_eq!(filing().state_at(end.plus(-1)), FilingState::Due { by });
        assert_eq!(filing().state_at(end), FilingState::Overdue { since: by });
        let filed = filing().file(node("140000")).unwrap();
        assert_eq!(filed.state_at(end), FilingState::Filed);
        assert_eq!(filed.file(node("140000")), Err(FilingFault::AlreadyFiled));
    }

    #[test]
    fn the_upper_node_acknowledges_or_returns() {
        let upper = node("140000");
        let filed = filing().file(upper).unwrap();
        let returned = FilingAnswer::Returned(ReturnReason::Incomplete);
        assert_eq!(filing().answer(upper, 1, returned), Err(FilingFault::NotFiled));
        assert_eq!(filed.clone().answer(node("500000"), 1, returned), Err(FilingFault::NotTheUpper));
        assert_eq!(filing().file(node("500000")), Err(FilingFault::NotTheUpper));
        let back = filed.answer(upper, 1, returned).unwrap();
        assert_eq!(back.state_at(SIGNED).code(), "returned");
        assert_eq!(back.state_at(SIGNED.plus(31 * Timestamp::DAY)).code(), "overdue");
        let again = back.clone().file(upper).unwrap();
        assert_eq!(again.state_at(SIGNED), FilingState::Filed);
        let again = again.answer(upper, 1, returned).unwrap();
        let done = again.answer(upper, 2, FilingAnswer::Acknowledged).unwrap();
        assert_eq!(done.state_at(SIGNED.plus(99 * Timestamp::DAY)), FilingState::Acknowledged);
        assert_eq!(done.clone().answer(upper, 2, returned), Err(FilingFault::AlreadyAnswered));
        assert_eq!(done.file(upper), Err(FilingFault::AlreadyAnswered));
    }

    #[test]
    fn whoever_has_no_upper_node_is_exempt() {
        let exempt = Filing::of(&agreement(), node("500000"), None, SIGNED).unwrap();
        assert_eq!(exempt.state_at(SIGNED.plus(99 * Timestamp::DAY)), FilingState::Exempt);
        assert_eq!(exempt.file(node("140000")), Err(FilingFault::Exempt));
        let stranger = Filing::of(&agreement(), node("330000"), None, SIGNED);
        assert_eq!(stranger, Err(FilingFault::NotAParty));
        let drafted = draft(agreement().terms().clone());
        let open = dossier(vec![proposal(&drafted)]).version(drafted.key()).unwrap();
        assert_eq!(Filing::of(&open, node("140600"), None, SIGNED), Err(FilingFault::NotSigned));
    }
}
