//! Vectors that others published, through the program itself; and the example bundles.
//!
//! Each file under `vectors/` states its source; `tests/recipes/vectors.py` and `checkpoints.py` make them.

#![allow(clippy::unwrap_used, reason = "the tests' own builders; a failure here is a failed test")]

mod bundles;
mod made;
mod tiles;

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::process::guitu;

/// Runs every case of a file; the exit code and, if it is given, the output must be as it says.
fn run_all(text: &str) {
    let file: Value = serde_json::from_str(text).unwrap();
    assert!(file["source"].is_string());
    let command = file["command"].as_str().unwrap();
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let (exit, out) = run_case(command, case);
        let same = case["stdout"].as_str().is_none_or(|wanted| wanted.as_bytes() == out);
        if exit != case["exit"].as_i64() || !same {
            wrong.push(format!("{}: exit {exit:?}, {}", case["name"], String::from_utf8_lossy(&out)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn run_case(command: &str, case: &Value) -> (Option<i64>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments: Vec<String> =
        case["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
    for (name, text) in case["files"].as_object().into_iter().flatten() {
        let path = folder.path().join(name);
        std::fs::write(&path, text.as_str().unwrap()).unwrap();
        for word in arguments.iter_mut().filter(|word| **word == format!("{{{name}}}")) {
            *word = path.to_string_lossy().into_owned();
        }
    }
    let mut child = guitu([command.to_owned()].into_iter().chain(arguments))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = case["stdin"].as_str().unwrap_or_default().as_bytes();
    // A program that has seen enough may have closed its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let ended = child.wait_with_output().unwrap();
    if ended.status.code() != Some(0) {
        let lines = ended.stderr.split_inclusive(|byte| *byte == b'\n').count();
        assert!(ended.stderr.starts_with(b"guitu: ") && lines == 1, "one line says why");
    }
    (ended.status.code().map(i64::from), ended.stdout)
}

#[test]
fn the_known_answers_of_rfc_6962_hold_and_mangled_ones_do_not() {
    run_all(include_str!("vectors/known_answers.json"));
}

#[test]
fn the_proofs_of_a_public_log_hold_and_mangled_ones_do_not() {
    run_all(include_str!("vectors/public_log.json"));
}

#[test]
fn the_published_notes_verify_and_mangled_ones_do_not() {
    run_all(include_str!("vectors/notes.json"));
}

#[test]
fn the_heads_of_public_logs_verify_and_mangled_ones_do_not() {
    run_all(include_str!("vectors/checkpoints.json"));
}

#[test]
fn the_samples_of_rfc_8785_come_out_and_ambiguous_texts_are_refused() {
    run_all(include_str!("vectors/canon.json"));
}

#[test]
fn bytes_that_are_no_text_have_no_canonical_form() {
    let mut child =
        guitu(["canon"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\"\xff\"").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stdout), (Some(2), Vec::new()));
}
