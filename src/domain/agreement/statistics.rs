//! Statistics of exchange for the upper node: counts per kind and month, small cells suppressed.
//!
//! Invariant: a count of one kind in one month is shown if it is at least [`SMALLEST`], and a sum only if every count
//! of it is shown. So a sum tells nothing that the counts beside it do not, and of a hidden count nothing is known but
//! that it is small: no other number of the table depends on it.

mod month;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::month::{Month, NotAMonth};
use crate::domain::lead::codes::LeadKind;

/// The smallest count that is shown. Nothing is a small count too.
pub const SMALLEST: u64 = 11;

/// Most months of one table.
pub const MOST_MONTHS: usize = 60;

codes! {
    /// Why no statistics are told of those months.
    pub enum MonthsFault {
        NotOver = "month_not_over" "该月尚未结束",
        Unsettled = "month_not_settled" "该月发送的线索尚未全部收到回执",
        AlreadyTold = "month_already_told" "该月已报送",
        Range = "months_out_of_range" "起止月份不当",
    }
}

/// Counts per kind and month with their totals; `None`: suppressed. It can be published as it is, once for each
/// month: two tables that share a month and were counted at other times show a small difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The columns, in order.
    pub months: Vec<Month>,
    /// The rows: every kind, in the order of its list, with one count for each month and their sum.
    pub kinds: Vec<KindCounts>,
    /// The sum of all kinds for each month, where no count is hidden.
    pub totals: Vec<Option<u64>>,
    /// The sum of all, if no count is hidden.
    pub total: Option<u64>,
}

/// The counts of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindCounts {
    /// The kind.
    pub kind: LeadKind,
    /// One count for each month.
    pub counts: Vec<Option<u64>>,
    /// Their sum, if none is hidden.
    pub total: Option<u64>,
}

/// Why a table is not one that [`statistics`] makes. Whoever made it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum StatisticsFault {
    /// Its months do not follow one another, or rows and columns do not fit.
    #[error("the table has another shape")]
    Shape,
    /// A small count is shown, or a sum beside a hidden count.
    #[error("the table shows a count that it should hide")]
    Small,
}

impl Statistics {
    /// Whether the table has its shape, shows no small count and no sum of what it hides, and is summed up rightly.
    pub fn check(&self) -> Result<(), StatisticsFault> {
        let follow = self.months.windows(2).all(|pair| matches!(pair, [a, b] if a.next() == *b));
        let width = self.months.len();
        let kinds = self.kinds.iter().map(|row| row.kind).eq(LeadKind::ALL.iter().copied());
        let fit = self.kinds.iter().all(|row| row.counts.len() == width) && self.totals.len() == width;
        if !follow || !kinds || !fit || !(1..=MOST_MONTHS).contains(&width) {
            return Err(StatisticsFault::Shape);
        }
        let small =
            self.kinds.iter().flat_map(|row| row.counts.iter().flatten()).any(|count| *count < SMALLEST);
        let counts = self.kinds.iter().map(|row| row.counts.clone()).collect();
        let right = Self::summed(self.months.clone(), counts);
        let more = |told: Option<u64>, right: Option<u64>| told.is_some() && right.is_none();
        let sums = |table: &Self| {
            let rows = table.kinds.iter().map(|row| row.total);
            rows.chain(table.totals.iter().copied()).chain([table.total]).collect::<Vec<_>>()
        };
        if small || sums(self).into_iter().zip(sums(&right)).any(|(told, right)| more(told, right)) {
            return Err(StatisticsFault::Small);
        }
        if *self == right { Ok(()) } else { Err(StatisticsFault::Shape) }
    }

    /// The table of these counts, one row for each kind, with the sums of what is shown whole.
    fn summed(months: Vec<Month>, counts: Vec<Vec<Option<u64>>>) -> Self {
        let totals = (0..months.len()).map(|at| sum(counts.iter().map(|row| row.get(at).copied().flatten())));
        let totals: Vec<_> = totals.collect();
        let rows = LeadKind::ALL.iter().zip(counts);
        let kinds =
            rows.map(|(kind, counts)| KindCounts { kind: *kind, total: sum(counts.iter().copied()), counts });
        let total = sum(totals.iter().copied());
        Self { months, kinds: kinds.collect(), totals, total }
    }
}

/// The sum, if nothing of it is hidden. A count is no more than a peer can claim: the sum stays within its range.
fn sum(mut counts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    counts.try_fold(0, |sum: u64, count| Some(sum.saturating_add(count?)))
}

/// The statistics of what was exchanged in those months: a count for each kind and month. A month in which
/// nothing was exchanged is one of small counts like any other.
pub fn statistics(months: &[Month], exchanged: &BTreeMap<(LeadKind, Month), u64>) -> Statistics {
    let count = |kind: &LeadKind, month: &Month| exchanged.get(&(*kind, *month)).copied();
    let shown = |kind| {
        months.iter().map(move |month| count(kind, month).filter(|count| *count >= SMALLEST)).collect()
    };
    Statistics::summed(months.to_vec(), LeadKind::ALL.iter().map(shown).collect())
}
