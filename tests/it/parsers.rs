//! Every parser of the log and of audits, given what it should read, mangled, and what nobody wrote.
//!
//! Each has a test and half a minute of its own; what is read must be written again as it was, and nothing may panic.

#![allow(clippy::unwrap_used, reason = "the tests' own builders; a failure here is a failed test")]

mod bundles;
mod changes;
mod files;
mod records;
mod samples;
mod texts;

use proptest::prelude::*;

use self::changes::{change, changed};
use self::samples::SAMPLES;
use crate::harness::effort::exercise;

/// What a parser is given: what it should read, mostly mangled; now and then what another one should read, or what
/// nobody wrote.
fn inputs(own: &'static [Vec<u8>]) -> impl Strategy<Value = Vec<u8>> {
    let mangled = |which: &'static [Vec<u8>], most: usize| {
        (prop::sample::select(which), prop::collection::vec(change(), 0..most))
            .prop_map(|(text, changes)| changed(text, &changes))
    };
    prop_oneof![
        12 => mangled(own, 4),
        2 => mangled(&SAMPLES.all, 2),
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => prop::collection::vec(any::<char>(), 0..100).prop_map(|text| text.into_iter().collect::<String>().into()),
    ]
}

/// Gives inputs to a parser. `read` says whether it read one, and asserts what then must hold; it must read
/// every sample that is its own.
#[track_caller]
fn parse(own: &'static [Vec<u8>], read: fn(&[u8]) -> bool) {
    assert!(!own.is_empty());
    for sample in own {
        assert!(read(sample), "{}", String::from_utf8_lossy(sample));
    }
    exercise(inputs(own), |bytes| {
        read(&bytes);
    });
}

/// The same of a parser of texts.
#[track_caller]
fn parse_text(own: &'static [Vec<u8>], read: fn(&str) -> bool) {
    assert!(!own.is_empty());
    for sample in own {
        assert!(read(std::str::from_utf8(sample).unwrap()), "{}", String::from_utf8_lossy(sample));
    }
    exercise(inputs(own), move |bytes| {
        read(&String::from_utf8_lossy(&bytes));
    });
}

/// Whether it was read; then it is written as it was.
fn same<T: std::fmt::Display, E>(text: &str, read: Result<T, E>) -> bool {
    let Ok(read) = read else { return false };
    assert_eq!(read.to_string(), text);
    true
}
