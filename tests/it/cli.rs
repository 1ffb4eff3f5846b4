//! The program from outside: exit codes, a node's life, and the demo's own check.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::harness::process::{Outcome, Process, Signal, guitu, run};

const LIMIT: Duration = Duration::from_mins(2);

fn init(dir: &Path) -> Outcome {
    run(["--json", "init", "--region", "530900", "--dir", dir.to_str().unwrap()])
}

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim_end().lines().last().unwrap_or_default()).unwrap()
}

#[test]
fn exit_codes_say_who_is_at_fault() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("node");
    let made = init(&dir);
    assert_eq!(made.code(), Some(0), "{}", made.stderr);
    assert_eq!(json(&made.stdout)["node"], "530900");
    assert_eq!(init(&dir).code(), Some(2), "the folder exists");
    assert_eq!(run(["frobnicate"]).code(), Some(2));
    let missing = run(["user", "list", "--dir", folder.path().join("none").to_str().unwrap()]);
    assert_eq!(missing.code(), Some(2));
    assert!(missing.stderr.contains("guitu init"), "{}", missing.stderr);
    let own = dir.join("descriptor.jws");
    let refused = run(["peer", "add", own.to_str().unwrap(), "--yes", "--dir", dir.to_str().unwrap()]);
    assert_eq!(refused.code(), Some(2), "a node does not enrol itself");
}

#[test]
fn status_shows_the_free_disk() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("node");
    assert_eq!(init(&dir).code(), Some(0));
    let shown = json(&run(["--json", "status", "--dir", dir.to_str().unwrap()]).stdout);
    let disk = &shown["disk"];
    assert!(disk["folder_bytes"].as_u64().unwrap() > 0 && disk["free_bytes"].as_u64().unwrap() > 0);
    let percent = disk["free_percent"].as_u64().unwrap();
    assert_eq!(disk["low"], percent < 10);
    let text = run(["status", "--dir", dir.to_str().unwrap()]).stdout;
    assert!(text.contains(" bytes free ("), "{text}");
}

#[test]
fn a_node_enrols_only_what_was_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (home, other) = (folder.path().join("home"), folder.path().join("other"));
    assert_eq!(init(&home).code(), Some(0));
    let made = run(["--json", "init", "--region", "140600", "--dir", other.to_str().unwrap()]);
    let fingerprint = json(&made.stdout)["fingerprint"].as_str().unwrap().to_owned();
    let file = other.join("descriptor.jws");
    let add = |more: &[&str]| {
        let base = ["peer", "add", file.to_str().unwrap(), "--dir", home.to_str().unwrap()];
        run(base.iter().chain(more)).code()
    };
    assert_eq!(add(&[]), Some(1), "nothing was compared");
    assert_eq!(add(&["--fingerprint", "0000-0000"]), Some(1), "something else was read out");
    let list = || run(["--json", "peer", "list", "--dir", home.to_str().unwrap()]);
    assert_eq!(json(&list().stdout), Value::Array(Vec::new()));
    assert_eq!(add(&["--fingerprint", &fingerprint]), Some(0));
    assert_eq!(json(&list().stdout)[0]["status"], "active");
    let change = |what: &str| run(["peer", what, "140600", "--dir", home.to_str().unwrap()]).code();
    assert_eq!((change("suspend"), change("suspend"), change("revoke")), (Some(0), Some(1), Some(0)));
    assert_eq!(change("resume"), Some(1), "revoked is for good");
}

#[test]
fn a_node_serves_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("node");
    assert_eq!(init(&dir).code(), Some(0));
    let mut process = Process::start(guitu(["--json", "serve", "--dir", dir.to_str().unwrap()]));
    let ready = json(&process.line_with("\"pid\"", LIMIT));
    let written: Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("run.json")).unwrap()).unwrap();
    assert_eq!(ready, written);
    let outcome = process.stop(Signal::Terminate, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
    assert!(!dir.join("run.json").exists());
}

#[test]
fn the_demo_files_with_upper_nodes() {
    let outcome = Process::start(guitu(["--json", "demo", "--check", "--uppers"])).finish(LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
    let said = json(&outcome.stdout);
    let uppers: Vec<_> = said["uppers"].as_array().unwrap().iter().map(|node| &node["node"]).collect();
    assert_eq!(uppers, ["530000", "140000"]);
    assert_eq!((&said["check"]["logs"], &said["check"]["faults"]), (&5.into(), &Value::Array(Vec::new())));
    assert_eq!(said["messages"], said["receipts"]);
    let filed: Vec<_> = said["filed"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let expected = [
        "备案 A1 530900：已由 530000 备案，报送 1 次",
        "备案 A1 500000：没有上级节点，免报",
        "备案 A1 140600：已由 140000 备案，报送 1 次",
        "备案 A2 530900：已由 530000 备案，报送 2 次",
        "备案 A2 500000：没有上级节点，免报",
    ];
    assert_eq!(filed, expected);
}

#[test]
fn the_demo_holds_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let play = || {
        let arguments = ["--json", "demo", "--check", "--dir", dir.to_str().unwrap()];
        let outcome = Process::start(guitu(arguments)).finish(LIMIT);
        assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
        json(&outcome.stdout)
    };
    let first = play();
    assert_eq!((&first["leads"], &first["check"]["logs"]), (&180.into(), &3.into()));
    assert_eq!(first["messages"], first["receipts"]);
    let second = play();
    assert_eq!(second["resumed"], true);
    assert_eq!(second["messages"], first["messages"], "nothing is loaded twice");
}
