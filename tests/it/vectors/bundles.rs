//! Example bundles: an honest pair, and each with one planted fault; a restored node with two witnesses.
//! `GUITU_WRITE_VECTORS=1` writes them anew; else what the generator makes must be what lies there. `cases.json` says by
//! hand what an audit of each must come to.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::made::made;
use crate::foreign::{PYTHON, VECTORS, set_by_tests_run};
use crate::harness::process::run;

fn folder() -> PathBuf {
    PathBuf::from(VECTORS).join("bundles")
}

fn at(name: &str) -> String {
    folder().join(name).to_string_lossy().into_owned()
}

/// One bundle to verify, or two to reconcile, and what that must come to.
struct Case(Value);

impl Case {
    fn all() -> Vec<Self> {
        let file: Value = serde_json::from_slice(&fs::read(at("cases.json")).unwrap()).unwrap();
        file["cases"].as_array().unwrap().iter().cloned().map(Case).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.0["bundles"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
    }

    fn trust(&self) -> String {
        at(self.0["trust"].as_str().unwrap())
    }

    /// The earlier epoch that the auditor asks for.
    fn epoch(&self) -> Option<&str> {
        self.0["epoch"].as_str()
    }

    fn codes(&self, of: &str) -> BTreeSet<String> {
        self.0[of].as_array().into_iter().flatten().map(|code| code.as_str().unwrap().to_owned()).collect()
    }

    /// The exit code of the program, and its report.
    fn audited(&self) -> (Option<i32>, Value) {
        let names: Vec<String> = self.names().into_iter().map(at).collect();
        let command = if names.len() == 1 { "verify" } else { "reconcile" };
        let arguments = ["--json", "audit", command].map(str::to_owned).into_iter().chain(names);
        let asked = self.epoch().into_iter().flat_map(|epoch| ["--epoch".to_owned(), epoch.to_owned()]);
        let outcome = run(arguments.chain(["--trust".to_owned(), self.trust()]).chain(asked));
        (outcome.code(), serde_json::from_str(&outcome.stdout).unwrap_or_default())
    }
}

/// Every code in the lists of that name, of the report and of the two reports in it.
fn codes(report: &Value, of: &str) -> BTreeSet<String> {
    let single = report["reports"].as_array().into_iter().flatten().chain([report]);
    let listed = single.flat_map(|one| one[of]["listed"].as_array().into_iter().flatten());
    listed.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_example_bundles_are_what_the_generator_makes() {
    let write = std::env::var_os("GUITU_WRITE_VECTORS").is_some();
    for (name, bytes) in made() {
        let path = folder().join(name);
        if write {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes, "{name} is another: see the head of this file");
    }
}

#[test]
fn the_example_bundles_come_out_as_is_written_of_them() {
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for case in Case::all() {
        let (exit, report) = case.audited();
        let same = ["findings", "notices"].iter().all(|of| codes(&report, of) == case.codes(of));
        let graded = case.0["grade"].is_null() || report["witnessing"]["grade"] == case.0["grade"];
        if !same || !graded || exit.map(i64::from) != case.0["exit"].as_i64() {
            let (found, noted) = (codes(&report, "findings"), codes(&report, "notices"));
            wrong.push(format!("{:?}: {exit:?} {found:?} {noted:?}", case.names()));
        }
        seen.extend(case.names().into_iter().map(str::to_owned));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let bundles =
        made().into_iter().map(|(name, _)| name.to_owned()).filter(|name| name.ends_with(".bundle"));
    assert_eq!(seen, bundles.collect(), "every example is audited");
}

/// A reader in another language, which knows the document only.
#[test]
fn somebody_elses_reader_comes_to_the_same() {
    let mut reader = Command::new(set_by_tests_run(PYTHON));
    reader.args(["-B", &format!("{VECTORS}/outside_reader.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = reader.spawn().unwrap();
    let mut questions = reader.stdin.take().unwrap();
    for case in Case::all() {
        let bundles: Vec<String> = case.names().into_iter().map(at).collect();
        let question = json!({ "trust": case.trust(), "bundles": bundles, "epoch": case.epoch() });
        writeln!(questions, "{question}").unwrap();
    }
    drop(questions);
    let answers = reader.wait_with_output().unwrap();
    assert!(answers.status.success());
    let answers: Vec<Value> = answers
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    assert_eq!(answers.len(), Case::all().len());
    for (case, answer) in Case::all().iter().zip(answers) {
        let (exit, report) = case.audited();
        let what = (case.names(), &answer);
        assert_eq!(answer["exit"].as_i64(), exit.map(i64::from), "{what:?}");
        if exit == Some(0) && case.names().len() == 1 {
            assert_eq!((&answer["size"], &answer["root"]), (&report["size"], &report["root"]), "{what:?}");
            assert_eq!(answer["grade"], report["witnessing"]["grade"], "{what:?}");
        }
    }
}

#[test]
fn a_printed_report_says_what_is_covered() {
    let page = tempfile::tempdir().unwrap();
    let page = page.path().join("page.html").to_string_lossy().into_owned();
    let (own, peer, trust) = (at("530900.bundle"), at("500000.bundle"), at("trust.json"));
    let outcome = run(["audit", "reconcile", &own, &peer, "--trust", &trust, "--report", &page]);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stdout);
    let printed = fs::read_to_string(&page).unwrap();
    assert!(printed.contains("第 1 至 3 号的每一条消息均见于双方日志") && printed.contains("无需处置"));
}

#[test]
fn an_auditor_says_since_when_and_brings_the_keys() {
    let since = |time: &str| {
        let (own, peer, trust) = (at("530900.bundle"), at("500000.bundle"), at("trust.json"));
        let outcome =
            run(["--json", "audit", "reconcile", &own, &peer, "--trust", &trust, "--made-since", time]);
        let found = ["bundle_stale", "not_witnessed_since"].map(|code| outcome.stdout.matches(code).count());
        (outcome.code(), found)
    };
    assert_eq!(since("2026-05-05T03:59:00Z"), (Some(0), [0, 0]));
    assert_eq!(since("2999-01-01T00:00:00Z"), (Some(1), [2, 0]), "both may leave out what came since");
    assert_eq!(since("yesterday"), (Some(2), [0, 0]));
    let own = at("530900.bundle");
    assert_eq!(run(["audit", "verify", &own]).code(), Some(1), "it agrees with itself, under its own keys");
    let twice = run(["audit", "reconcile", &own, &own, "--trust", &at("trust.json")]);
    assert_eq!(twice.code(), Some(2), "one node is no pair");
}

#[test]
fn the_day_that_a_node_writes_into_its_bundle_is_only_its_word() {
    // Made at noon in China and a second; what the peer last cosigned was before that second.
    let demanded = |command: &str, bundles: &[String]| {
        let arguments = ["audit", command].map(str::to_owned).into_iter().chain(bundles.iter().cloned());
        let asked =
            ["--trust".to_owned(), at("trust.json"), "--made-since".into(), "2026-05-05T04:00:01Z".into()];
        run(arguments.chain(asked))
    };
    let (own, peer) = (at("530900.bundle"), at("500000.bundle"));
    for (command, bundles) in [("verify", &[own.clone()][..]), ("reconcile", &[own, peer])] {
        let outcome = demanded(command, bundles);
        assert_eq!(outcome.code(), Some(1), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("not_witnessed_since") && !outcome.stdout.contains("bundle_stale"));
        assert!(outcome.stderr.contains("ask for another export"), "{}", outcome.stderr);
    }
}

#[test]
fn only_an_epoch_that_the_trust_file_knows_can_be_asked_for() {
    let asked = |epoch: &str, trust: &str| {
        let (bundle, trust) = (at("earlier_epoch.bundle"), at(trust));
        run(["audit", "verify", &bundle, "--trust", &trust, "--epoch", epoch])
    };
    let hinted =
        run(["audit", "verify", &at("earlier_epoch.bundle"), "--trust", &at("both_epochs_trust.json")]);
    assert!(hinted.code() == Some(1) && hinted.stderr.contains("--epoch NODE:N"), "{}", hinted.stderr);
    assert_eq!(asked("530900:1", "both_epochs_trust.json").code(), Some(0));
    assert_eq!(asked("530900:2", "both_epochs_trust.json").code(), Some(1), "that is the present one");
    assert_eq!(asked("530900:1", "witnessed_trust.json").code(), Some(2));
    for wrong in ["530900:3", "500000:2", "410000:1", "530900", "530900:", "1", ":1", "530900:-1", ""] {
        assert_eq!(asked(wrong, "both_epochs_trust.json").code(), Some(2), "{wrong}");
    }
    let untrusted = run(["audit", "verify", &at("earlier_epoch.bundle"), "--epoch", "530900:1"]);
    assert_eq!(untrusted.code(), Some(2), "there is no epoch to ask for without a trust file");
}

#[test]
fn the_restored_node_has_sent_a_message_that_went_as_void() {
    let said = fs::read(at("witnessed_500000.bundle")).unwrap();
    assert!(String::from_utf8_lossy(&said).contains(r#""result":"void""#));
}
