//! What an ending does to what was received: until when it is kept, and by when its purge is proved.
//!
//! Invariant: nothing ever lengthens the retention that was signed; an ending can only shorten it, and
//! what still arrives after an ending counts from the ending.

use crate::clock::Timestamp;
use crate::domain::date::CivilDate;

/// How long the proofs may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Days from the day on which a purge falls due to its receipt.
    pub purge_receipt_days: u32,
    /// Milliseconds from a withdrawal (撤回) to the receipt of its purge.
    pub withdrawal_ms: i64,
}

impl Default for Deadlines {
    /// Seven days; 24 hours.
    fn default() -> Self {
        Self { purge_receipt_days: 7, withdrawal_ms: Timestamp::DAY }
    }
}

/// A record received under a version of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The day it was received.
    pub received_on: CivilDate,
    /// The retention of the version it came under, in days.
    pub retention_days: u32,
    /// The day on which the agreement ended, if it did.
    pub ended_on: Option<CivilDate>,
    /// When its owner called it back, if it did.
    pub withdrawn_at: Option<Timestamp>,
    /// Whether the signed purge receipt is there.
    pub receipted: bool,
}

/// Where the purge of a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurgeState {
    /// It may be kept to the end of that day.
    Kept {
        /// The last day.
        until: CivilDate,
    },
    /// 待清除: to be purged now.
    Due {
        /// When its receipt is due.
        receipt_by: Timestamp,
    },
    /// 逾期: the receipt should be there.
    Overdue {
        /// When it was due.
        since: Timestamp,
    },
    /// 已清除, with the receipt.
    Purged,
}

impl PurgeState {
    /// The wire value.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kept { .. } => "kept",
            Self::Due { .. } => "due",
            Self::Overdue { .. } => "overdue",
            Self::Purged => "purged",
        }
    }
}

impl Holding {
    /// The last day on which it may be kept: the signed retention from the day it was received, or
    /// from the ending if it came later than that.
    pub fn kept_until(&self) -> CivilDate {
        let from = self.ended_on.map_or(self.received_on, |ended| ended.min(self.received_on));
        from.plus_days(i64::from(self.retention_days))
    }

    /// Where it stands at `now`. A withdrawal makes it due at once, unless it was due before.
    pub fn state_at(&self, now: Timestamp, deadlines: &Deadlines) -> PurgeState {
        let until = self.kept_until();
        let over = until.start().plus(Timestamp::DAY);
        let receipt_days = i64::from(deadlines.purge_receipt_days);
        let aged = (over, over.plus(receipt_days * Timestamp::DAY));
        let withdrawn = self.withdrawn_at.map(|at| (at, at.plus(deadlines.withdrawal_ms)));
        let (from, receipt_by) =
            withdrawn.map_or(aged, |withdrawn| (withdrawn.0.min(aged.0), withdrawn.1.min(aged.1)));
        match () {
            () if self.receipted => PurgeState::Purged,
            () if now < from => PurgeState::Kept { until },
            () if now < receipt_by => PurgeState::Due { receipt_by },
            () => PurgeState::Overdue { since: receipt_by },
        }
    }
}

/// What has to be purged or should have been, by the name that the caller gave it: the longest due first.
pub fn purge_list<K: Copy + Ord>(
    holdings: impl IntoIterator<Item = (K, Holding)>,
    now: Timestamp,
    deadlines: &Deadlines,
) -> Vec<(K, PurgeState)> {
    let mut due: Vec<_> = holdings
        .into_iter()
        .filter_map(|(name, holding)| match holding.state_at(now, deadlines) {
            PurgeState::Kept { .. } | PurgeState::Purged => None,
            PurgeState::Due { receipt_by: by } | PurgeState::Overdue { since: by } => {
                Some((by, name, holding.state_at(now, deadlines)))
            }
        })
        .collect();
    due.sort_unstable_by_key(|(by, name, _)| (*by, *name));
    due.into_iter().map(|(_, name, state)| (name, state)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: i64) -> CivilDate {
        CivilDate::new(2026, 1, 1).unwrap().plus_days(n)
    }

    fn holding(received: i64) -> Holding {
        Holding {
            received_on: day(received),
            retention_days: 30,
            ended_on: None,
            withdrawn_at: None,
            receipted: false,
        }
    }

    #[test]
    fn a_record_is_kept_for_its_days_and_its_purge_is_proved_in_seven() {
        let state = |now: Timestamp| holding(0).state_at(now, &Deadlines::default());
        assert_eq!(state(day(31).start().plus(-1)), PurgeState::Kept { until: day(30) });
        assert_eq!(state(day(31).start()), PurgeState::Due { receipt_by: day(38).start() });
        assert_eq!(state(day(38).start()), PurgeState::Overdue { since: day(38).start() });
        let receipted = Holding { receipted: true, ..holding(0) };
        assert_eq!(receipted.state_at(day(0).start(), &Deadlines::default()), PurgeState::Purged);
    }

    #[test]
    fn an_ending_shortens_what_comes_after_it_and_lengthens_nothing() {
        let ended = |received| Holding { ended_on: Some(day(10)), ..holding(received) };
        assert_eq!(ended(0).kept_until(), day(30));
        assert_eq!(ended(20).kept_until(), day(40));
    }

    #[test]
    fn a_withdrawal_is_due_at_once() {
        let at = day(5).start();
        let holding = Holding { withdrawn_at: Some(at), ..holding(0) };
        let state = |now: Timestamp| holding.state_at(now, &Deadlines::default());
        assert_eq!(state(at.plus(-1)).code(), "kept");
        assert_eq!(state(at), PurgeState::Due { receipt_by: at.plus(Timestamp::DAY) });
        assert_eq!(state(at.plus(Timestamp::DAY)).code(), "overdue");
        let late = Holding { withdrawn_at: Some(day(99).start()), ..holding };
        let since = PurgeState::Overdue { since: day(38).start() };
        assert_eq!(late.state_at(day(99).start(), &Deadlines::default()), since);
    }

    #[test]
    fn the_list_shows_the_longest_due_first() {
        let all = [(1, holding(9)), (2, holding(0)), (3, holding(50))];
        let list = purge_list(all, day(40).start(), &Deadlines::default());
        assert_eq!(
            list.iter().map(|(name, state)| (*name, state.code())).collect::<Vec<_>>(),
            [(2, "overdue"), (1, "due")]
        );
    }

    proptest! {
        #[test]
        fn nothing_lengthens_a_retention(
            received in 0_i64..100, ended in proptest::option::of(0_i64..100),
            withdrawn in proptest::option::of(0_i64..200), now in 0_i64..300,
        ) {
            let plain = holding(received);
            let touched = Holding {
                ended_on: ended.map(day),
                withdrawn_at: withdrawn.map(|n| day(n).start()),
                ..plain
            };
            prop_assert!(touched.kept_until() <= plain.kept_until());
            let rank = |state| match state {
                PurgeState::Kept { .. } => 0,
                PurgeState::Due { .. } => 1,
                PurgeState::Overdue { .. } | PurgeState::Purged => 2,
            };
            let now = day(now).start();
            let deadlines = Deadlines::default();
            prop_assert!(rank(touched.state_at(now, &deadlines)) >= rank(plain.state_at(now, &deadlines)));
        }
    }
}
