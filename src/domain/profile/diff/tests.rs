//! What changed between two profiles, for people.

use super::*;
use crate::domain::claim::Claim;

fn open(claim: Claim, condition: Condition) -> Cell {
    Cell::Open { claim, condition }
}

#[test]
fn every_change_is_named_with_its_direction() {
    let usual = Profile::default_matrix();
    let later = usual
        .clone()
        .with(Row::Birth, Role::Destination, open(Claim::BirthMonth, Condition::Always))
        .with(Row::Means, Role::Origin, Cell::Closed)
        .with(Row::Photo, Role::Transit, open(Claim::Photo, Condition::ActiveAlert))
        .with(Row::Needs, Role::Upper, open(Claim::NeedsFlag, Condition::Always));
    let lines: Vec<_> = usual.diff(&later).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "拐入地·出生：出生年 → 出生年月（提高）",
            "中转地·照片：有无照片 → 有无照片（预警有效期间）（降低）",
            "拐出地·手段：手段 → 不开放（降低）",
            "上级·健康、残疾需要：不开放 → 有无健康、残疾需要（提高）",
        ]
    );
    assert_eq!(usual.diff(&usual), []);
    let back: Vec<_> = later.diff(&usual).iter().map(|change| change.direction).collect();
    assert_eq!(back, [Direction::Lowered, Direction::Raised, Direction::Raised, Direction::Lowered]);
}

#[test]
fn finer_but_under_a_condition_is_neither_raised_nor_lowered() {
    let from = open(Claim::MeansCoarse, Condition::Always);
    let to = open(Claim::Means, Condition::ActiveAlert);
    assert_eq!(direction(Row::Means, from, to), Some(Direction::Shifted));
    assert_eq!(direction(Row::Means, to, from), Some(Direction::Shifted));
}

#[test]
fn lowering_shows_as_lowered_in_every_cell() {
    let usual = Profile::default_matrix();
    for (row, role) in Row::ALL.iter().flat_map(|row| Role::ALL.iter().map(|role| (*row, *role))) {
        let changes = usual.diff(&usual.clone().lowered(row, role));
        let closed = usual.cell(row, role) == Cell::Closed;
        assert_eq!(changes.len(), usize::from(!closed));
        assert!(changes.iter().all(|change| change.direction == Direction::Lowered));
    }
}
