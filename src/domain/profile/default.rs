//! The default matrix: embedded data, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Claim, Condition, Profile, Role, Row};

/// The default profile and the cells that an agreement may raise (↑).
pub(super) struct Matrix {
    pub(super) profile: Profile,
    pub(super) raisable: BTreeSet<(Row, Role)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatrixText {
    id: String,
    version: u32,
    rows: Vec<RowText>,
}

/// One row; a role without a cell sees nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    row: Row,
    origin: Option<CellText>,
    transit: Option<CellText>,
    destination: Option<CellText>,
    upper: Option<CellText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellText {
    claim: Claim,
    #[serde(default)]
    alert_only: bool,
    #[serde(default)]
    raisable: bool,
}

/// The matrix as read from the embedded file.
pub(super) fn matrix() -> &'static Matrix {
    static MATRIX: LazyLock<Matrix> = LazyLock::new(read);
    &MATRIX
}

#[allow(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
fn read() -> Matrix {
    let text: MatrixText =
        serde_json::from_str(include_str!("data/default.json")).expect("the embedded matrix is well formed");
    let mut matrix = Matrix {
        profile: Profile { id: text.id, version: text.version, open: BTreeMap::new() },
        raisable: BTreeSet::new(),
    };
    for row in text.rows {
        matrix.add(row);
    }
    matrix
}

impl Matrix {
    fn add(&mut self, text: RowText) {
        let cells = [
            (Role::Origin, text.origin),
            (Role::Transit, text.transit),
            (Role::Destination, text.destination),
            (Role::Upper, text.upper),
        ];
        for (role, cell) in cells {
            let Some(cell) = cell else { continue };
            let condition = if cell.alert_only { Condition::ActiveAlert } else { Condition::Always };
            self.profile.open.insert((text.row, role), (cell.claim, condition));
            if cell.raisable {
                self.raisable.insert((text.row, role));
            }
        }
    }
}

#[cfg(test)]
mod tests;
