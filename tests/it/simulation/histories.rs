//! Ten thousand histories of three nodes, in four parts that run side by side.

use super::deeds::{LARGE, SMALL, Scale, history};
use crate::harness::effort::histories;

/// How many in CI.
const HISTORIES: u32 = 10_000;

/// Seeds of histories that once failed, or came close to it.
const KEPT: &str = include_str!("seeds.txt");

fn assert_holds(seed: u64, scale: Scale) {
    let found = history(seed, scale, None).judged();
    let kept = if scale == LARGE { "large" } else { "small" };
    assert!(found.is_empty(), "to be kept in seeds.txt: {kept} {seed}\n{}", found.join("\n"));
}

/// The kept seeds, each with how much happens.
pub(crate) fn kept() -> impl Iterator<Item = (u64, Scale)> {
    let scale = |name| if name == "large" { LARGE } else { SMALL };
    let lines = KEPT.lines().filter_map(|line| line.split_once(' ').filter(|(name, _)| *name != "#"));
    lines.map(move |(name, seed)| (seed.parse().expect("a seed"), scale(name)))
}

/// A quarter of them.
fn run(part: u64) {
    let count = u64::from(histories(HISTORIES));
    for seed in (0..count).filter(|seed| seed % 4 == part) {
        assert_holds(seed, if seed.is_multiple_of(61) { LARGE } else { SMALL });
    }
}

#[test]
fn every_history_holds_in_the_first_quarter() {
    run(0);
}

#[test]
fn every_history_holds_in_the_second_quarter() {
    run(1);
}

#[test]
fn every_history_holds_in_the_third_quarter() {
    run(2);
}

#[test]
fn every_history_holds_in_the_fourth_quarter() {
    run(3);
}

#[test]
fn histories_that_failed_once_hold() {
    assert!(kept().count() >= 4);
    kept().for_each(|(seed, scale)| assert_holds(seed, scale));
}
