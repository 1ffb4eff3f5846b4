//! Disclosure profiles (知悉范围): what each role of an agreement may see, as data.
//!
//! Knows rows, ladders and cells; must not know a lead, a place or a time. Invariant: a cell that
//! is not listed is closed, so that whatever is forgotten stays shut. That a place inside the
//! recipient's own territory rises to county is no cell: it holds everywhere (see `access`).

mod check;
mod default;
mod diff;
mod row;
mod wire;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::check::{CellError, CellFault};
pub use self::diff::{CellChange, Direction};
pub use self::row::{Row, grant_only};
use super::agreement::Role;
use super::claim::Claim;

codes! {
    /// When an open cell is open.
    pub enum Condition {
        Always = "always" "始终",
        ActiveAlert = "active_alert" "预警有效期间",
    }
}

/// What one role may see of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing, unless a grant opens it.
    Closed,
    /// One claim of the row's ladder.
    Open {
        /// The claim that opens.
        claim: Claim,
        /// When it does.
        condition: Condition,
    },
}

/// The disclosure matrix of an agreement. On the wire it lists each open cell once, in the order of
/// the matrix: rows as in [`Row::ALL`], then roles as in [`Role::ALL`]; other orders are refused.
/// It is complete, so what was signed does not change with a later default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "wire::ProfileText", into = "wire::ProfileText")]
pub struct Profile {
    id: String,
    version: u32,
    open: BTreeMap<(Row, Role), (Claim, Condition)>,
}

impl Profile {
    /// The matrix of the public specification: what an agreement gives unless it says otherwise.
    pub fn default_matrix() -> Self {
        default::matrix().profile.clone()
    }

    /// Whether an agreement may raise this cell above the default (marked ↑).
    pub fn raisable(row: Row, role: Role) -> bool {
        default::matrix().raisable.contains(&(row, role))
    }

    /// The name of the profile, 1–64 characters in a profile that passes [`Self::check`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version of the profile, from 1.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The cell of that row and role.
    pub fn cell(&self, row: Row, role: Role) -> Cell {
        self.open
            .get(&(row, role))
            .map_or(Cell::Closed, |&(claim, condition)| Cell::Open { claim, condition })
    }

    /// The open cells in the order of the wire form.
    pub fn open_cells(&self) -> impl Iterator<Item = (Row, Role, Claim, Condition)> + '_ {
        self.open.iter().map(|(&(row, role), &(claim, condition))| (row, role, claim, condition))
    }

    /// This profile under another name and version.
    #[must_use]
    pub fn named(mut self, id: &str, version: u32) -> Self {
        id.clone_into(&mut self.id);
        self.version = version;
        self
    }

    /// This profile with one cell replaced. Not judged here: see [`Self::check`].
    #[must_use]
    pub fn with(mut self, row: Row, role: Role, cell: Cell) -> Self {
        match cell {
            Cell::Closed => self.open.remove(&(row, role)),
            Cell::Open { claim, condition } => self.open.insert((row, role), (claim, condition)),
        };
        self
    }

    /// This profile with one cell a step coarser; closed below the coarsest step.
    #[must_use]
    pub fn lowered(self, row: Row, role: Role) -> Self {
        let cell = match self.cell(row, role) {
            Cell::Open { claim, condition } => row
                .level(claim)
                .and_then(|level| level.checked_sub(1))
                .and_then(|level| row.ladder().get(level))
                .map_or(Cell::Closed, |&claim| Cell::Open { claim, condition }),
            Cell::Closed => Cell::Closed,
        };
        self.with(row, role, cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowering_ends_closed() {
        let mut profile = Profile::default_matrix();
        let expected = [Some(Claim::BirthAge), Some(Claim::BirthBand), None, None];
        for step in expected {
            profile = profile.lowered(Row::Birth, Role::Destination);
            let claim = match profile.cell(Row::Birth, Role::Destination) {
                Cell::Open { claim, .. } => Some(claim),
                Cell::Closed => None,
            };
            assert_eq!(claim, step);
        }
    }
}
