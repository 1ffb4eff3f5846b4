//! Statistics of exchange for the upper node: counts per kind and month, small cells suppressed.
//!
//! Invariant: every count below [`SMALLEST`] is hidden, totals included, and no hidden count follows
//! from those that are shown and the sums: hidden entries form a graph between the rows and the
//! columns of the table with its totals, and an entry follows exactly when it is a bridge of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::date::CivilDate;
use crate::domain::lead::codes::LeadKind;

/// The smallest count that is shown.
pub const SMALLEST: u64 = 11;

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// The month, 1–12.
    pub month: u8,
}

impl Month {
    /// The month of that day.
    pub const fn of(date: CivilDate) -> Self {
        Self { year: date.year(), month: date.month() }
    }
}

/// Counts per kind and month with their totals; `None`: suppressed. It can be published as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindCounts {
    /// The kind.
    pub kind: LeadKind,
    /// One count for each month.
    pub counts: Vec<Option<u64>>,
    /// Their sum.
    pub total: Option<u64>,
}

/// The statistics of what was exchanged: a count for each kind and month.
pub fn statistics(exchanged: &BTreeMap<(LeadKind, Month), u64>) -> Statistics {
    let months: Vec<Month> =
        exchanged.keys().map(|(_, month)| *month).collect::<BTreeSet<_>>().into_iter().collect();
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
    while let Some((one, other)) = hidden.iter().find_map(|entry| bridge(*entry, &hidden)) {
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

/// The two sides of a hidden entry, if nothing else ties them: then it follows from the sums.
fn bridge(entry: Entry, hidden: &BTreeSet<Entry>) -> Option<(Tied, Tied)> {
    let row = Tied { rows: BTreeSet::from([entry.0]), columns: BTreeSet::new() }.grown(entry, hidden);
    if row.columns.contains(&entry.1) {
        return None;
    }
    let column = Tied { rows: BTreeSet::new(), columns: BTreeSet::from([entry.1]) };
    Some((row, column.grown(entry, hidden)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const N: usize = 3;

    fn shown(counts: [[u64; N]; N]) -> Vec<Vec<Option<u64>>> {
        suppressed(&with_totals(counts.map(Vec::from).to_vec()))
    }

    #[test]
    fn a_small_count_takes_others_with_it() {
        let table = shown([[5, 20, 30], [40, 50, 60], [70, 80, 90]]);
        assert_eq!(table[0], [None, None, Some(30), Some(55)]);
        assert_eq!(table[1], [None, None, Some(60), Some(150)]);
        assert_eq!(table[2], [Some(70), Some(80), Some(90), Some(240)]);
        assert_eq!(table[3], [Some(115), Some(150), Some(180), Some(445)]);
    }

    #[test]
    fn large_counts_are_all_shown_and_small_ones_never() {
        let all = shown([[11; N]; N]);
        assert!(all.iter().flatten().all(Option::is_some));
        assert!(shown([[0; N]; N]).iter().flatten().all(Option::is_none));
        let empty = statistics(&BTreeMap::new());
        assert!(empty.total.is_none() && empty.kinds.iter().all(|kind| kind.total.is_none()));
    }

    #[test]
    fn rows_are_kinds_and_columns_months() {
        let month = Month::of(CivilDate::new(2026, 6, 30).unwrap());
        let next = Month { month: 7, ..month };
        let each = LeadKind::ALL.iter().flat_map(|kind| [((*kind, month), 20), ((*kind, next), 30)]);
        let statistics = statistics(&each.collect());
        assert_eq!(statistics.months, [month, next]);
        assert_eq!(statistics.kinds[3].counts, [Some(20), Some(30)]);
        assert_eq!((statistics.kinds[3].total, statistics.total), (Some(50), Some(500)));
        assert_eq!(statistics.totals, [Some(200), Some(300)]);
    }

    /// Solves for what the sums tell: a line with one hidden entry gives it away; so do combinations of
    /// lines, found by elimination over the rationals (here: modulo a large prime).
    fn derivable(table: &[Vec<Option<u64>>]) -> usize {
        const P: i64 = 1_000_003;
        let width = table[0].len();
        let hidden: Vec<Entry> = (0..table.len())
            .flat_map(|row| (0..width).map(move |column| (row, column)))
            .filter(|(row, column)| table[*row][*column].is_none())
            .collect();
        let sign = |at: usize, length: usize| if at + 1 == length { P - 1 } else { 1 };
        let in_row = |row: usize| {
            hidden.iter().map(|e| if e.0 == row { sign(e.1, width) } else { 0 }).collect::<Vec<_>>()
        };
        let in_column = |column: usize| {
            hidden.iter().map(|e| if e.1 == column { sign(e.0, table.len()) } else { 0 }).collect::<Vec<_>>()
        };
        let mut lines: Vec<Vec<i64>> =
            (0..table.len()).map(in_row).chain((0..width).map(in_column)).collect();
        let mut rank = 0;
        for column in 0..hidden.len() {
            let Some(pivot) = (rank..lines.len()).find(|line| lines[*line][column] != 0) else { continue };
            lines.swap(rank, pivot);
            let scale = power(lines[rank][column], P - 2, P);
            let row: Vec<i64> = lines[rank].iter().map(|x| x * scale % P).collect();
            lines[rank].clone_from(&row);
            for (_, line) in lines.iter_mut().enumerate().filter(|(at, _)| *at != rank) {
                let factor = line[column];
                for (x, y) in line.iter_mut().zip(&row) {
                    *x = (*x + (P - factor) * y) % P;
                }
            }
            rank += 1;
        }
        lines.iter().filter(|line| line.iter().filter(|x| **x != 0).count() == 1).count()
    }

    fn power(base: i64, exponent: i64, modulus: i64) -> i64 {
        let (mut result, mut base, mut rest) = (1, base % modulus, exponent);
        while rest > 0 {
            if rest % 2 == 1 {
                result = result * base % modulus;
            }
            base = base * base % modulus;
            rest /= 2;
        }
        result
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_hidden_follows_and_what_is_shown_is_true(
            counts in proptest::array::uniform3(proptest::array::uniform3(prop_oneof![0_u64..15, 0_u64..200])),
        ) {
            let truth = with_totals(counts.map(Vec::from).to_vec());
            let table = shown(counts);
            for (row, true_row) in table.iter().zip(&truth) {
                for (count, true_count) in row.iter().zip(true_row) {
                    prop_assert!(count.is_none_or(|count| count == *true_count && count >= SMALLEST));
                }
            }
            prop_assert_eq!(derivable(&table), 0);
        }
    }
}
