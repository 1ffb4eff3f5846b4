//! How a profile is written: its open cells, each once, in the order of the matrix.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Claim, Condition, Profile, Role, Row};

/// The wire form of a profile.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileText {
    id: String,
    version: u32,
    cells: Vec<CellText>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellText {
    row: Row,
    role: Role,
    claim: Claim,
    condition: Condition,
}

/// A cell listed twice or out of order. Whoever wrote the profile is at fault.
#[derive(Debug, Error)]
#[error("cells of a profile are listed once each, in the order of the matrix")]
pub(super) struct OutOfOrder;

impl TryFrom<ProfileText> for Profile {
    type Error = OutOfOrder;

    fn try_from(text: ProfileText) -> Result<Self, OutOfOrder> {
        let mut open = BTreeMap::new();
        for cell in text.cells {
            let key = (cell.row, cell.role);
            if open.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(OutOfOrder);
            }
            open.insert(key, (cell.claim, cell.condition));
        }
        Ok(Self { id: text.id, version: text.version, open })
    }
}

impl From<Profile> for ProfileText {
    fn from(profile: Profile) -> Self {
        let cells = profile
            .open_cells()
            .map(|(row, role, claim, condition)| CellText { row, role, claim, condition })
            .collect();
        Self { id: profile.id, version: profile.version, cells }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_reads_back() {
        let profile = Profile::default_matrix();
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
    }

    #[test]
    fn doubled_misplaced_and_unknown_cells_are_refused() {
        let cell =
            |row: &str| format!(r#"{{"row":"{row}","role":"origin","claim":"sex","condition":"always"}}"#);
        let read = |cells: &[String]| {
            let text = format!(r#"{{"id":"p","version":1,"cells":[{}]}}"#, cells.join(","));
            serde_json::from_str::<Profile>(&text).is_ok()
        };
        assert!(read(&[cell("sex"), cell("birth")]));
        assert!(!read(&[cell("sex"), cell("sex")]));
        assert!(!read(&[cell("birth"), cell("sex")]));
        assert!(!read(&[cell("reporter")]));
        assert!(!read(&[cell("sex").replace("claim", "claims")]));
        assert!(!read(&[cell("sex").replace('}', r#","note":"x"}"#)]));
    }
}
