//! The documented bundle format names every type of entry and every closed set of codes, and no others.

use std::collections::{BTreeMap, BTreeSet};

use guitu::audit::EntryType;
use guitu::audit::words::{AlarmKind, Listed, Shown};
use guitu::domain::lead::codes::Purpose;
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};
use guitu::domain::purge::{ErasureBasis, PurgeCause};
use guitu::exchange::message::{Kind, Lane};
use guitu::exchange::problem::{BatchCode, ItemCode};
use guitu::node::export::ExportPurpose;
use guitu::redaction::narrative::LiftReason;

const FORMAT: &str = include_str!("../../src/audit/bundle/FORMAT.md");

/// The rows of the table with that head: the first cell, and the words in backticks of the second.
fn table(head: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lines = FORMAT.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let words = cells[2].split('`').skip(1).step_by(2).map(str::to_owned);
        (cells[1].trim_matches('`').to_owned(), words.collect())
    });
    rows.collect()
}

macro_rules! sets {
    ($($name:literal $set:ident)*) => {
        BTreeMap::from([$((
            $name.to_owned(),
            $set::ALL.iter().map(|one| one.code().to_owned()).collect::<BTreeSet<_>>(),
        )),*])
    };
}

#[test]
fn every_type_of_entry_is_documented_with_its_members() {
    let documented = table("| `t` | has | says |");
    let types: BTreeSet<&str> = EntryType::ALL.iter().map(|t| t.code()).collect();
    assert_eq!(documented.keys().map(String::as_str).collect::<BTreeSet<_>>(), types);
    let members = [
        "actor", "code", "count", "digest", "epoch", "first", "header", "lane", "last", "peer", "purpose",
        "ref", "result", "size", "x",
    ];
    for member in members {
        assert!(documented.values().any(|has| has.contains(member)), "no type has `{member}`");
    }
}

#[test]
fn every_closed_set_of_codes_is_documented() {
    let sets = sets! {
        "refusals of a message" ItemCode
        "refusals of a batch" BatchCode
        "alarms" AlarmKind
        "lists" Listed
        "readings" Shown
        "exports" ExportPurpose
        "purposes" Purpose
        "causes of a purge" PurgeCause
        "bases of an erasure" ErasureBasis
        "reasons of a withdrawal" WithdrawReason
        "answers" RecipientStatus
        "reasons of a lift" LiftReason
        "kinds of a statement" Kind
        "lanes" Lane
    };
    assert_eq!(table("| set | codes |"), sets);
}
