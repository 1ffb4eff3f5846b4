//! What changed between two profiles, cell by cell, in words that a person reads.

use std::cmp::Ordering;
use std::fmt;

use super::{Cell, Condition, Profile, Role, Row};

codes! {
    /// Which way a cell changed.
    pub enum Direction {
        Raised = "raised" "提高",
        Lowered = "lowered" "降低",
        Shifted = "shifted" "精度与条件一升一降",
    }
}

/// A cell that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// The row of the cell.
    pub row: Row,
    /// The role of the cell.
    pub role: Role,
    /// What it was.
    pub from: Cell,
    /// What it becomes.
    pub to: Cell,
    /// Which way it changed.
    pub direction: Direction,
}

impl Profile {
    /// Every cell that differs in `later`, in the order of the matrix.
    pub fn diff(&self, later: &Self) -> Vec<CellChange> {
        let cells = Row::ALL.iter().flat_map(|row| Role::ALL.iter().map(|role| (*row, *role)));
        cells
            .filter_map(|(row, role)| {
                let (from, to) = (self.cell(row, role), later.cell(row, role));
                let direction = direction(row, from, to)?;
                Some(CellChange { row, role, from, to, direction })
            })
            .collect()
    }
}

fn direction(row: Row, from: Cell, to: Cell) -> Option<Direction> {
    if from == to {
        return None;
    }
    let (Cell::Open { claim, condition }, Cell::Open { claim: later, condition: due }) = (from, to) else {
        return Some(if from == Cell::Closed { Direction::Raised } else { Direction::Lowered });
    };
    let finer = row.level(later).cmp(&row.level(claim));
    let looser = (condition == Condition::ActiveAlert).cmp(&(due == Condition::ActiveAlert));
    Some(match (finer, looser) {
        (Ordering::Greater | Ordering::Equal, Ordering::Greater | Ordering::Equal) => Direction::Raised,
        (Ordering::Less | Ordering::Equal, Ordering::Less | Ordering::Equal) => Direction::Lowered,
        _ => Direction::Shifted,
    })
}

/// A cell as people read it: `出生年月`, `车牌（预警有效期间）`, `不开放`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("不开放"),
            Self::Open { claim, condition: Condition::Always } => f.write_str(claim.label()),
            Self::Open { claim, condition } => write!(f, "{}（{}）", claim.label(), condition.label()),
        }
    }
}

/// `拐入地·出生：出生年 → 出生年月（提高）`.
impl fmt::Display for CellChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, role, from, to, direction } = self;
        write!(f, "{}·{}：{from} → {to}（{}）", role.label(), row.label(), direction.label())
    }
}

#[cfg(test)]
mod tests;
