//! What an ending does to what was received: until when it is kept, and by when its purge is proved.
//!
//! Invariant: nothing ever lengthens the retention that was signed; an ending can only shorten it, and
//! what still arrives after an ending counts from the ending.

#[cfg(test)]
mod tests;

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
