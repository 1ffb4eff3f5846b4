//! The operator's commands and pages on nodes that run: what they tell, what they refuse, and with which exit code.

mod ops;
mod peers;
mod pki;
mod status;
mod users;

use serde_json::Value;

use crate::harness::process::Outcome;

/// What a command said as JSON.
fn said(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.stdout.trim_end().lines().last().unwrap_or_default()).unwrap()
}

/// It ended with that exit code, and said why in such words.
#[track_caller]
fn refused(outcome: &Outcome, code: i32, words: &str) {
    assert_eq!(outcome.code(), Some(code), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stderr.contains(words), "{words:?} is not in {:?}", outcome.stderr);
}
