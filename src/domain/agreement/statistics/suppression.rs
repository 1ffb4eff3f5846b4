//! Which counts of a table with its sums are hidden, so that none of them follows from the rest.
//!
//! Invariant: hidden entries form a graph between the rows and the columns of the table with its totals, and an entry
//! follows exactly when it is a bridge of it.

use std::collections::BTreeSet;

use super::SMALLEST;

/// An entry: its row and its column.
pub(super) type Entry = (usize, usize);

/// The table with every small entry hidden, and as many more, the smallest first, as it takes.
pub(super) fn suppressed(table: &[Vec<u64>]) -> Vec<Vec<Option<u64>>> {
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

/// Whether one of the hidden entries follows from the sums.
pub(super) fn follows(hidden: &BTreeSet<Entry>) -> bool {
    given_away(hidden).is_some()
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
