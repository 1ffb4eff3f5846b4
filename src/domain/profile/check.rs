//! The rules that every profile keeps, whatever the parties sign.

use std::fmt;

use super::{Cell, Claim, Condition, Profile, Role, Row, grant_only};

codes! {
    /// Why a cell, or the profile as a whole, is refused. The label is the hint for its author.
    pub enum CellFault {
        IdentityOpened = "identity_opened" "身份类字段不得由协议开放，只能逐案申请",
        ForeignClaim = "claim_not_of_row" "该声明不属于本行的精度阶梯",
        GrantOnly = "grant_only" "该精度只能逐案申请，不得由协议开放",
        Raised = "raised" "该单元格不得高于默认精度",
        AlertRemoved = "alert_condition_removed" "该单元格只能在预警有效期间开放",
    }
}

/// A cell that breaks the rules. The author of the profile is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellError {
    /// The row of the cell.
    pub row: Row,
    /// The role of the cell.
    pub role: Role,
    /// Its place in the list of open cells of the wire form, from 0.
    pub index: usize,
    /// The rule it breaks.
    pub fault: CellFault,
}

/// `拐入地·出生：该单元格不得高于默认精度`.
impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}·{}：{}", self.role.label(), self.row.label(), self.fault.label())
    }
}

impl Profile {
    /// Every rule that a cell breaks, cell by cell; empty if the profile may be signed. Lowering always
    /// may. What is no claim at all (reporter, DNA reference, free text) cannot be written down here.
    pub fn check(&self) -> Vec<CellError> {
        let cells = self.open_cells().enumerate();
        cells
            .flat_map(|(index, (row, role, claim, condition))| {
                let faults = faults(row, role, claim, condition).into_iter().flatten();
                faults.map(move |fault| CellError { row, role, index, fault })
            })
            .collect()
    }
}

/// What is wrong with a cell: that it may not open at all, or how far, or when.
fn faults(row: Row, role: Role, claim: Claim, condition: Condition) -> [Option<CellFault>; 2] {
    let only = |fault| [Some(fault), None];
    if row.identity() {
        return only(CellFault::IdentityOpened);
    }
    if !row.ladder().contains(&claim) {
        return only(CellFault::ForeignClaim);
    }
    if grant_only(claim) {
        return only(CellFault::GrantOnly);
    }
    let Cell::Open { claim: usual, condition: due } = super::default::matrix().profile.cell(row, role) else {
        return only(CellFault::Raised);
    };
    let raised = row.level(claim) > row.level(usual) && !Profile::raisable(row, role);
    let unbound = due == Condition::ActiveAlert && condition == Condition::Always;
    [raised.then_some(CellFault::Raised), unbound.then_some(CellFault::AlertRemoved)]
}

#[cfg(test)]
mod tests;
