//! Somebody else's libraries read the SD-JWT of a real lead, and refuse what we refuse.
//!
//! Two witnesses, neither of them ours: npm `@sd-jwt/core`, which follows RFC 9901 §7.1 to the letter, and
//! `PyPI` `sd-jwt`, which leaves out a disclosure that the signature does not name instead of refusing it.

#![cfg(test)]

mod questions;

use std::io::Write as _;
use std::process::{Command, Stdio};

use guitu::domain::date::CivilDate;
use guitu::statement::StatementError;
use guitu::statement::jws::typ;
use guitu::statement::sd_jwt::{VerifiedSd, verify};
use questions::{Expected, Question, received};
use serde_json::{Value, json};

/// The folder whose `node_modules` has `@sd-jwt/core`; `tests/run` installs it and sets the variable.
const NODE: &str = "GUITU_FOREIGN_NODE";
/// The Python that has `sd-jwt` of `PyPI`; `tests/run` installs it and sets the variable.
pub(crate) const PYTHON: &str = "GUITU_FOREIGN_PYTHON";

/// Where vectors lie, and the readers that others wrote.
pub(crate) const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/vectors");

pub(crate) fn set_by_tests_run(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set; use tests/run"))
}

/// What the reader says to each question, in their order.
fn ask(mut reader: Command, questions: &[Question]) -> Vec<Value> {
    let mut reader = reader.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = reader.stdin.take().unwrap();
    let lines: String = questions.iter().map(|question| question_line(question) + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = reader.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let verdicts: Vec<Value> = output.stdout.split(|byte| *byte == b'\n').filter_map(read_line).collect();
    assert_eq!(verdicts.len(), questions.len());
    verdicts
}

fn question_line(question: &Question) -> String {
    let jwk = serde_json::to_value(&question.keys.keys()[0]).unwrap();
    let now = received().seconds();
    json!({ "jwk": jwk, "presentation": question.presentation, "now": now }).to_string()
}

fn read_line(line: &[u8]) -> Option<Value> {
    serde_json::from_slice(line).ok()
}

#[test]
fn the_library_of_npm_accepts_and_refuses_what_we_do() {
    let mut reader = Command::new("node");
    reader.arg(format!("{VECTORS}/foreign_sd_jwt.mjs")).env(NODE, set_by_tests_run(NODE));
    let questions = questions::all();
    for (question, verdict) in questions.iter().zip(ask(reader, &questions)) {
        let what = question.what;
        match &question.expected {
            Expected::Read(claims) => {
                assert_eq!(verdict, json!({ "ok": true, "claims": claims }), "{what}");
            }
            Expected::Refused => assert_eq!(verdict["ok"], false, "{what}: {verdict}"),
            Expected::Unnamed(_) => {
                let why = verdict["error"].as_str().unwrap_or_default();
                assert!(why.starts_with("Unreferenced disclosure"), "{what}: {verdict}");
            }
        }
    }
}

#[test]
fn the_library_of_pypi_takes_no_value_that_was_not_signed() {
    let mut reader = Command::new(set_by_tests_run(PYTHON));
    reader.arg(format!("{VECTORS}/foreign_sd_jwt.py"));
    let questions = questions::all();
    for (question, verdict) in questions.iter().zip(ask(reader, &questions)) {
        let what = question.what;
        match &question.expected {
            Expected::Read(claims) | Expected::Unnamed(claims) => {
                assert_eq!(verdict, json!({ "ok": true, "claims": claims }), "{what}");
            }
            Expected::Refused => assert_eq!(verdict["ok"], false, "{what}: {verdict}"),
        }
    }
}

#[test]
fn we_accept_and_refuse_the_same() {
    for question in questions::all() {
        let ours = verify(&question.presentation, typ::LEAD, &question.keys, received());
        let what = question.what;
        match question.expected {
            Expected::Read(claims) => assert_eq!(read(ours.ok().unwrap()), claims, "{what}"),
            Expected::Refused => assert!(ours.is_err(), "{what}"),
            Expected::Unnamed(_) => {
                assert_eq!(ours.err(), Some(StatementError::DisclosureUnreferenced), "{what}");
            }
        }
    }
}

#[test]
fn the_command_tells_what_does_not_hold_from_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let day = CivilDate::of(received()).to_string();
    for question in questions::all() {
        let [keys, statement] = ["keys", "statement"].map(|file| folder.path().join(file));
        std::fs::write(&keys, serde_json::to_string(&question.keys).unwrap()).unwrap();
        std::fs::write(&statement, &question.presentation).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_guitu"));
        command.args(["verify", "statement", "--received", &day, "--keys"]).args([&keys, &statement]);
        let expected = match question.expected {
            Expected::Read(_) => 0,
            Expected::Refused if question.what == "dropped signature" => 2,
            Expected::Refused | Expected::Unnamed(_) => 1,
        };
        assert_eq!(command.output().unwrap().status.code(), Some(expected), "{}", question.what);
    }
}

/// Our reading in the shape of theirs.
fn read(verified: VerifiedSd) -> Value {
    let plain = verified.plain;
    let mut members = json!({
        "iss": plain.iss, "sub": plain.sub, "ver": plain.ver, "kind": plain.kind,
        "iat": plain.iat.start().seconds(), "classification": plain.classification,
    });
    for (name, value) in verified.claims {
        members[name] = value;
    }
    members
}
