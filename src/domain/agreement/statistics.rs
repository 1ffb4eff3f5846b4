//! Statistics of exchange for the upper node: counts per kind and month, small cells suppressed.
//!
//! Invariant: every count below [`SMALLEST`] is hidden, totals included, and no hidden count follows
//! from those that are shown and the sums: hidden entries form a graph between the rows and the
//! columns of the table with its totals, and an entry follows exactly when it is a bridge of it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::domain::date::{CivilDate, NotADate};
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

/// A calendar month in China, written `YYYY-MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    month: u8,
}

impl Month {
    /// The month of that day.
    pub const fn of(date: CivilDate) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    /// The month after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self { year, month: 12 } => Self { year: year + 1, month: 1 },
            Self { year, month } => Self { year, month: month + 1 },
        }
    }

    /// The months from this one to `last`, both included, at most [`MOST_MONTHS`]; empty if `last` is earlier.
    pub fn to(self, last: Self) -> Vec<Self> {
        let months = std::iter::successors(Some(self), |month| Some(month.next()));
        months.take_while(|month| *month <= last).take(MOST_MONTHS).collect()
    }
}

impl FromStr for Month {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        format!("{text}-01").parse().map(Self::of)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
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
        if small || given_away(&hidden).is_some() { Err(StatisticsFault::Small) } else { Ok(()) }
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

/// An entry: its row and its column.
type Entry = (usize, usize);

/// The table with every small entry hidden, and as many more, the smallest first, as it takes.
fn suppressed(table: &[Vec<u64>]) -> Vec<Vec<Option<u64>>> {
    let each = || {
        let row = |(at, row): (usize, &Vec<u64>)| {
            row.iter()
                .copied()
                .enumerate()
                .map(move |(column, count)| ((at, column), count))
                .collect::<Vec<_>>()
        };
        table.iter().enumerate().flat_map(row)
    };
    let mut hidden: BTreeSet<Entry> =
        each().filter(|(_, count)| *count < SMALLEST).map(|(entry, _)| entry).collect();
    while let Some((one, other)) = given_away(&hidden) {
        let open = || each().filter(|(entry, _)| !hidden.contains(entry));
        let least = |fits: &dyn Fn(&Entry) -> bool| {
            open().filter(|(entry, _)| fits(entry)).min_by_key(|(entry, count)| (*count, *entry))
        };
        let smaller = if other.size() < one.size() { &other } else { &one };
        let joining = least(&|entry| one.joins(&other, *entry));
        let Some((entry, _)) = joining.or_else(|| least(&|entry| smaller.leaves(*entry))) else { break };
        hidden.insert(entry);
    }
    let show = |(at, row): (usize, &Vec<u64>)| {
        let shown = row.iter().enumerate();
        shown.map(|(column, count)| (!hidden.contains(&(at, column))).then_some(*count)).collect()
    };
    table.iter().enumerate().map(show).collect()
}

/// Rows and columns that hidden entries tie together.
struct Tied {
    rows: BTreeSet<usize>,
    columns: BTreeSet<usize>,
}

impl Tied {
    fn size(&self) -> usize {
        self.rows.len() + self.columns.len()
    }

    /// Whether the entry ties this to what is not part of it.
    fn leaves(&self, (row, column): Entry) -> bool {
        self.rows.contains(&row) != self.columns.contains(&column)
    }

    /// Whether the entry ties the two together.
    fn joins(&self, other: &Self, (row, column): Entry) -> bool {
        let ties = |a: &Self, b: &Self| a.rows.contains(&row) && b.columns.contains(&column);
        ties(self, other) || ties(other, self)
    }

    /// Grows by every tie but that of `entry`.
    fn grown(mut self, entry: Entry, hidden: &BTreeSet<Entry>) -> Self {
        loop {
            let before = self.size();
            for other in hidden.iter().filter(|other| **other != entry) {
                if self.leaves(*other) {
                    self.rows.insert(other.0);
                    self.columns.insert(other.1);
                }
            }
            if self.size() == before {
                return self;
            }
        }
    }
}

/// The two sides of the first hidden entry that follows from the sums.
fn given_away(hidden: &BTreeSet<Entry>) -> Option<(Tied, Tied)> {
    hidden.iter().find_map(|entry| bridge(*entry, hidden))
}

/// The two sides of a hidden entry, if nothing else ties them: then it follows from the sums.
fn bridge(entry: Entry, hidden: &BTreeSet<Entry>) -> Option<(Tied, Tied)> {
    let row = Tied { rows: BTreeSet::from([entry.0]), columns: BTreeSet::new() }.grown(entry, hidden);
    if row.columns.contains(&entry.1) {
        return None;
    }
    let column = Tied { rows: BTreeSet::new(), columns: BTreeSet::from([entry.1]) };
    Some((row, column.grown(entry, hidden)))
}
