//! The default matrix against the rules.

use super::*;
use crate::domain::profile::Cell;

/// `records.md`, "Default precision by the recipient's role", written down a second time:
/// `-` closed, `^` may be raised, `!` under an active alert only.
const TABLE: &str = "
    names - - - -
    id_number - - - -
    parents - - - -
    phones - - - -
    sex sex sex sex sex
    birth birth.month^ birth.age birth.year^ birth.band
    ethnicity ethnicity ethnicity.han ethnicity.han^ ethnicity.han
    nationality nationality nationality.cn nationality nationality
    household place.household.county place.household.province place.household.prefecture place.household.prefecture
    lost_place place.lost.county place.lost.prefecture place.lost.prefecture^ place.lost.prefecture
    lost_time time.lost.day time.lost.day time.lost.month^ time.lost.month
    found place.found.prefecture^ place.found.province place.found.county place.found.prefecture
    shelter - - - shelter.type
    height height height height -
    accent accent accent! accent -
    marks marks marks! marks -
    clothing clothing! clothing! clothing! -
    plate plate! plate! plate! -
    lost_hour time.lost.hour! time.lost.hour! time.lost.hour! -
    photo photo photo photo -
    means means means.coarse means means
    exploitation exploitation.flag^ - exploitation exploitation
    needs needs.flag needs.escort needs.flag -
    dna_status dna_status - dna_status dna_status
    case_number case_number.alias case_number.alias case_number.alias case_number
    narrative narrative.masked - narrative.masked -
    envelope priority priority priority -";

fn written(row: Row, role: Role) -> String {
    let mark = if Profile::raisable(row, role) { "^" } else { "" };
    match matrix().profile.cell(row, role) {
        Cell::Closed => "-".to_owned(),
        Cell::Open { claim, condition: Condition::Always } => format!("{claim}{mark}"),
        Cell::Open { claim, condition: Condition::ActiveAlert } => format!("{claim}!{mark}"),
    }
}

#[test]
fn the_embedded_matrix_is_the_table_of_the_specification() {
    let lines: Vec<_> = TABLE.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), Row::ALL.len());
    for (line, row) in lines.iter().zip(Row::ALL) {
        let cells: Vec<_> = Role::ALL.iter().map(|role| written(*row, *role)).collect();
        assert_eq!(*line, format!("{row} {}", cells.join(" ")));
    }
}

#[test]
fn the_file_lists_every_row_once_in_order() {
    let text: MatrixText = serde_json::from_str(include_str!("../data/default.json")).unwrap();
    assert_eq!(text.rows.iter().map(|row| row.row).collect::<Vec<_>>(), Row::ALL);
}
