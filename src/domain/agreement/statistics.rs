//! Statistics of exchange for the upper node: counts per kind and month, small cells suppressed.
//!
//! Invariant: every count below [`SMALLEST`] is hidden, totals included, and no hidden count follows
//! from those that are shown and the sums.

mod month;
mod suppression;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::month::Month;
use self::suppression::{follows, suppressed};
use crate::domain::lead::codes::LeadKind;

/// The smallest count that is shown.
pub const SMALLEST: u64 = 11;

/// Most months of one table.
pub const MOST_MONTHS: usize = 60;

codes! {
    /// Why no statistics are told of those months.
    pub enum MonthsFault {
        NotOver = "month_not_over" "该月尚未结束",
        AlreadyTold = "month_already_told" "该月已报送",
        Range = "months_out_of_range" "起止月份不当",
    }
}

/// Counts per kind and month with their totals; `None`: suppressed. It can be published as it is, once for each
/// month: from two tables that share a month more could follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The columns, in order.
    pub months: Vec<Month>,
    /// The rows: every kind, in the order of its list, with one count for each month and their sum.
    pub kinds: Vec<KindCounts>,
    /// The sum of all kinds for each month.
    pub totals: Vec<Option<u64>>,
    /// The sum of all.
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
    /// Their sum.
    pub total: Option<u64>,
}

/// Why a table is not one that [`statistics`] makes. Whoever made it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum StatisticsFault {
    /// Its months do not follow one another, or rows and columns do not fit.
    #[error("the table has another shape")]
    Shape,
    /// A small count is shown, or one that is hidden follows from those that are shown.
    #[error("the table shows a count that it should hide")]
    Small,
}

impl Statistics {
    /// Whether the table has its shape, shows no small count, and hides so many that none of them follows.
    pub fn check(&self) -> Result<(), StatisticsFault> {
        let follow = self.months.windows(2).all(|pair| matches!(pair, [a, b] if a.next() == *b));
        let width = self.months.len();
        let kinds = self.kinds.iter().map(|row| row.kind).eq(LeadKind::ALL.iter().copied());
        let fit = self.kinds.iter().all(|row| row.counts.len() == width) && self.totals.len() == width;
        if !follow || !kinds || !fit || !(1..=MOST_MONTHS).contains(&width) {
            return Err(StatisticsFault::Shape);
        }
        let row = |counts: &[Option<u64>], total| counts.iter().copied().chain([total]).collect::<Vec<_>>();
        let table = self.kinds.iter().map(|kind| row(&kind.counts, kind.total));
        let table: Vec<_> = table.chain([row(&self.totals, self.total)]).collect();
        let entries = || {
            let each = |(at, row): (usize, &Vec<Option<u64>>)| {
                row.iter()
                    .copied()
                    .enumerate()
                    .map(move |(column, count)| ((at, column), count))
                    .collect::<Vec<_>>()
            };
            table.iter().enumerate().flat_map(each)
        };
        let hidden = entries().filter(|(_, count)| count.is_none()).map(|(entry, _)| entry).collect();
        let small = entries().any(|(_, count)| count.is_some_and(|count| count < SMALLEST));
        if small || follows(&hidden) { Err(StatisticsFault::Small) } else { Ok(()) }
    }
}

/// The statistics of what was exchanged in those months: a count for each kind and month. A month in which
/// nothing was exchanged is one of small counts like any other.
pub fn statistics(months: &[Month], exchanged: &BTreeMap<(LeadKind, Month), u64>) -> Statistics {
    let months = months.to_vec();
    let count = |kind: &LeadKind, month: &Month| exchanged.get(&(*kind, *month)).copied().unwrap_or(0);
    let counts = LeadKind::ALL.iter().map(|kind| months.iter().map(|month| count(kind, month)).collect());
    let mut shown = suppressed(&with_totals(counts.collect()));
    let mut last = shown.pop().unwrap_or_default();
    let total = last.pop().flatten();
    let kinds = LeadKind::ALL.iter().zip(shown).map(|(kind, mut counts)| {
        let total = counts.pop().flatten();
        KindCounts { kind: *kind, counts, total }
    });
    Statistics { months, kinds: kinds.collect(), totals: last, total }
}

/// The table with a last column and a last row of sums.
fn with_totals(mut table: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    for row in &mut table {
        row.push(row.iter().sum());
    }
    let width = table.first().map_or(0, Vec::len);
    let sum = |column: usize| table.iter().filter_map(|row| row.get(column)).sum();
    let totals = (0..width).map(sum).collect();
    table.push(totals);
    table
}
