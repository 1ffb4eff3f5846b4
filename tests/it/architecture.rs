//! The rules of the house, read from the source: floors, purity, sizes, names, heads and habits.
//!
//! Each rule is a function from source to findings; its own file proves that it can fail.

mod embedded;
mod floors;
mod habits;
mod paths;
mod sizes;
pub(crate) mod source;
pub(crate) mod tokens;
mod traits;

use std::collections::BTreeMap;

use source::{Finding, Source, expect_none, sources};

fn everywhere() -> Vec<Source> {
    let mut all = sources("src");
    all.extend(sources("tests"));
    all
}

fn check(sources: &[Source], rule: impl Fn(&Source) -> Vec<Finding>) {
    assert!(sources.len() > 5, "the source was not found");
    expect_none(&sources.iter().flat_map(rule).collect::<Vec<_>>());
}

#[test]
fn imports_go_down_only() {
    check(&sources("src"), floors::imports);
}

#[test]
fn the_rooms_from_clock_to_audit_are_pure() {
    check(&sources("src"), floors::purity);
}

#[test]
fn no_file_and_no_function_is_long() {
    check(&everywhere(), sizes::longest);
}

#[test]
fn the_median_file_and_function_are_small() {
    assert_eq!(sizes::medians(&everywhere()), Ok(()));
}

#[test]
fn module_names_say_something() {
    check(&everywhere(), habits::names);
}

#[test]
fn every_file_opens_with_its_head() {
    check(&everywhere(), habits::heads);
}

#[test]
fn nothing_is_silenced_ignored_or_left_to_do() {
    check(&everywhere(), habits::excuses);
}

#[test]
fn tests_do_not_sleep() {
    check(&sources("tests"), habits::sleeps);
}

#[test]
fn three_traits_have_more_than_one_implementation() {
    expect_none(&traits::implementations(&everywhere()));
}

#[test]
fn what_is_embedded_is_small() {
    let all: BTreeMap<String, u64> = sources("src").iter().flat_map(embedded::files).collect();
    for part in ["tagger.bin", "words.txt", "given.txt", "verbs.txt", "regions.tsv", "default.json"] {
        assert!(all.keys().any(|file| file.ends_with(part)), "{part} was not found");
    }
    let total: u64 = all.values().sum();
    assert!(total <= 5_000_000, "{total} bytes: {all:?}");
}
