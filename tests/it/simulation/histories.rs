//! Ten thousand histories of three nodes, in four parts that run side by side.

use super::deeds::{LARGE, SMALL, history};
use crate::harness::effort::histories;

/// How many in CI.
const HISTORIES: u32 = 10_000;

/// Seeds of histories that once failed, or came close to it.
const KEPT: &str = include_str!("seeds.txt");

fn assert_holds(seed: u64) {
    let scale = if seed.is_multiple_of(32) { LARGE } else { SMALL };
    let found = history(seed, scale, None).judged();
    assert!(found.is_empty(), "seed {seed}\n{}", found.join("\n"));
}

/// The kept seeds: of large histories.
pub(crate) fn kept() -> impl Iterator<Item = u64> {
    KEPT.lines().filter(|line| !line.starts_with('#')).map(|line| line.parse().expect("a seed"))
}

/// A quarter of them.
fn run(part: u64) {
    let count = u64::from(histories(HISTORIES));
    (0..count).filter(|n| n % 4 == part).for_each(assert_holds);
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
    for seed in kept() {
        let found = history(seed, LARGE, None).judged();
        assert!(found.is_empty(), "seed {seed}\n{}", found.join("\n"));
    }
}
