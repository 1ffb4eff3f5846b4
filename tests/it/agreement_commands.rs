//! `guitu agreement` and `guitu lead` from outside, on the folders that a demo left: what they do, and what they
//! refuse with which exit code.

use std::fs;
use std::time::Duration;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG};
use guitu::cli::folder::NodeFolder;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::node::search::Filter;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::nodes::proposal;
use crate::harness::process::{Outcome, Process, guitu, run};

const LIMIT: Duration = Duration::from_mins(2);

/// No such thing: an id and a digest that nobody gave.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
const NOTHING: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a demo with upper nodes left.
struct Left {
    scratch: TempDir,
    said: Value,
}

impl Left {
    fn behind() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let dir = scratch.path().join("demo");
        let arguments = ["--json", "demo", "--check", "--uppers", "--dir", dir.to_str().unwrap()];
        let outcome = Process::start(guitu(arguments)).finish(LIMIT);
        assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
        let left = Self { said: last(&outcome.stdout), scratch };
        for user in ["approver", "drafter"] {
            left.write(user, left.said["users"][user].as_str().unwrap());
        }
        left.write("wrong", "not the password");
        left.write("none.json", "{");
        left.write("terms.json", &json!(proposal(&A1, today())).to_string());
        left
    }

    fn file(&self, name: &str) -> String {
        self.scratch.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    fn dir(&self, node: &str) -> String {
        self.scratch.path().join("demo").join(node).to_str().unwrap().to_owned()
    }

    /// A command of a user of 临沧; words that begin with `@` are files of this test.
    fn by(&self, user: &str, command: &str) -> Outcome {
        self.at("530900", user, command)
    }

    fn at(&self, node: &str, user: &str, command: &str) -> Outcome {
        let words = command.split(' ').map(|word| match word.strip_prefix('@') {
            Some(file) => self.file(file),
            None => word.to_owned(),
        });
        let name = if user == "wrong" { "approver" } else { user };
        let who = ["--user".into(), name.into(), "--password-file".into(), self.file(user)];
        let place = ["--json".into(), "--dir".into(), self.dir(node)];
        run(words.chain(who).chain(place))
    }

    #[track_caller]
    fn done(&self, user: &str, command: &str) -> Value {
        let outcome = self.by(user, command);
        assert_eq!(outcome.code(), Some(0), "{command}: {}", outcome.stderr);
        last(&outcome.stdout)
    }

    #[track_caller]
    fn refused(&self, code: i32, user: &str, command: &str, words: &str) {
        refused(&self.by(user, command), code, command, words);
    }

    fn shown(&self, node: &str, what: &str) -> Value {
        let outcome = run(["--json", "agreement", what, "--dir", &self.dir(node)]);
        assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
        last(&outcome.stdout)
    }
}

fn today() -> CivilDate {
    CivilDate::of(SystemClock.now())
}

fn last(text: &str) -> Value {
    serde_json::from_str(text.trim_end().lines().last().unwrap_or_default()).unwrap()
}

#[track_caller]
fn refused(outcome: &Outcome, code: i32, command: &str, words: &str) {
    assert_eq!(outcome.code(), Some(code), "{command}: {}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stderr.contains(words), "{command}: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "{command}");
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() {
    let left = Left::behind();
    let before = left.shown("530900", "list");
    steps(&left);
    risks(&left);
    filings(&left);
    drafts(&left);
    offers(&left);
    assert_eq!(left.shown("530900", "list"), before, "nothing that was refused left a trace");
    taking_back(&left);
}

fn steps(left: &Left) {
    left.refused(2, "approver", "agreement propose @missing.json", "missing.json");
    left.refused(2, "approver", "agreement propose @none.json", "EOF");
    left.write("more.json", &json!({ "parties": [], "colour": "red" }).to_string());
    left.refused(2, "approver", "agreement propose @more.json", "colour");
    let mut ended = json!(proposal(&A1, today()));
    ended["valid_until"] = json!("2020-01-01");
    left.write("ended.json", &ended.to_string());
    left.refused(2, "approver", "agreement propose @ended.json", "break a rule");
    left.refused(1, "drafter", "agreement propose @terms.json", "duty");
    left.refused(1, "wrong", "agreement propose @terms.json", "password");
    let countersign = format!("agreement countersign {NOBODY} --digest {NOTHING}");
    left.refused(1, "approver", &countersign, "no such record");
    left.refused(2, "approver", "agreement countersign nobody --digest 00", "<ID>");
    left.refused(2, "approver", &format!("agreement status pause {NOBODY}"), "suspend");
    left.refused(1, "approver", &format!("agreement status suspend {NOBODY}"), "no such record");
    left.refused(1, "approver", &format!("agreement amend {NOBODY} @terms.json"), "no such record");
    left.refused(
        1,
        "approver",
        &format!("agreement counter {NOBODY} @terms.json --answers {NOTHING}"),
        "no such",
    );
}

fn risks(left: &Left) {
    left.refused(2, "approver", "agreement risk nobody", "<ID>");
    left.refused(2, "approver", "agreement risk", "<ID>");
    left.refused(1, "approver", &format!("agreement risk {NOBODY}"), "no such record");
    left.refused(1, "drafter", &format!("agreement risk {NOBODY}"), "duty");
    left.refused(1, "wrong", &format!("agreement risk {NOBODY}"), "password");
    let known = left.shown("530900", "list");
    let in_force = known.as_array().unwrap().iter().find(|it| it["state"] == "in_force").unwrap();
    let counted = left.done("approver", &format!("agreement risk {}", in_force["id"].as_str().unwrap()));
    assert!(
        counted.as_array().unwrap().iter().all(|row| row["leads"].is_u64() && row.get("names").is_none())
    );
}

fn filings(left: &Left) {
    let known = left.shown("530900", "filings");
    let filed = known.as_array().unwrap().iter().find(|filing| filing["state"] == "acknowledged").unwrap();
    let (id, digest) = (filed["agreement"].as_str().unwrap(), filed["digest"].as_str().unwrap());
    left.refused(1, "approver", &format!("agreement file {NOBODY}"), "no such record");
    left.refused(1, "approver", &format!("agreement file {id} --upper 140000"), "refused");
    left.refused(1, "drafter", &format!("agreement file {id}"), "duty");
    let answer = |rest: &str, node| left.at(node, "approver", &format!("agreement answer-filing {rest}"));
    refused(
        &answer(&format!("{digest} --party 530900 --reason ugly"), "530000"),
        2,
        "unknown reason",
        "incomplete",
    );
    refused(&answer(&format!("{digest} --party 530900"), "530000"), 1, "answered before", "refused");
    refused(&answer(&format!("{NOTHING} --party 530900"), "530000"), 1, "not filed", "no such record");
    left.refused(2, "approver", "agreement tell-statistics --from october --until 2026-10", "not a month");
    left.refused(1, "approver", "agreement tell-statistics --from 2199-01 --until 2199-01", "cannot be told");
    let exempt = left.at("500000", "approver", "agreement tell-statistics --from 2026-01 --until 2026-01");
    refused(&exempt, 1, "no upper node", "refused");
    assert!(left.shown("530000", "statistics").is_array());
}

fn drafts(left: &Left) {
    left.refused(2, "drafter", "agreement draft write @none.json", "EOF");
    left.refused(1, "approver", "agreement draft write @terms.json", "duty");
    let written = left.done("drafter", "agreement draft write @terms.json");
    let id = written["id"].as_str().unwrap();
    assert_eq!(
        left.done("drafter", &format!("agreement draft edit {id} @terms.json --version 1"))["version"],
        2
    );
    left.refused(1, "drafter", &format!("agreement draft edit {id} @terms.json --version 1"), "changed");
    left.refused(1, "drafter", &format!("agreement draft propose {id} --version 2"), "duty");
    left.refused(1, "approver", &format!("agreement draft propose {id} --version 1"), "changed");
    assert_eq!(left.done("approver", "agreement draft list").as_array().unwrap().len(), 1);
    assert_eq!(
        left.done("approver", &format!("agreement draft drop {id} --version 2")),
        json!({ "dropped": id })
    );
    left.refused(1, "approver", &format!("agreement draft drop {id} --version 2"), "no such record");
}

fn offers(left: &Left) {
    left.refused(1, "approver", &format!("agreement offers {NOBODY}"), "no such record");
    let known = left.shown("530900", "list");
    let in_force = known.as_array().unwrap().iter().find(|it| it["state"] == "in_force").unwrap();
    let id = in_force["id"].as_str().unwrap();
    let offers = left.done("approver", &format!("agreement offers {id}"));
    assert_eq!(offers["digest"], in_force["digest"]);
    left.refused(
        2,
        "approver",
        &format!("agreement share {id} @none.json --digest {NOTHING}"),
        "expected a sequence",
    );
    left.write("chosen.json", "[]");
    left.refused(1, "approver", &format!("agreement share {id} @chosen.json --digest {NOTHING}"), "changed");
}

/// A lead that 重庆 holds is narrowed, then withdrawn; nothing of it is printed.
fn taking_back(left: &Left) {
    let (id, name, claim) = held_by_chongqing(left);
    left.refused(1, "approver", &format!("lead withdraw {NOBODY} --reason mistake"), "no such record");
    left.refused(2, "approver", &format!("lead withdraw {id} --reason boredom"), "duplicate");
    left.refused(1, "drafter", &format!("lead withdraw {id} --reason mistake"), "duty");
    let narrow = format!("lead narrow {id} --recipient 500000 --reason person_objects --keep");
    left.refused(2, "approver", &format!("{narrow} shoes"), "--keep");
    left.refused(1, "approver", &format!("{narrow} names"), "keep some");
    assert_eq!(left.done("approver", &format!("{narrow} {claim}"))["version"], 2);
    let told = left.done("approver", &format!("lead withdraw {id} --reason person_objects"));
    assert_eq!(told["status"], "withdrawn");
    assert!(!told.to_string().contains(&name) && told.get("lead").is_none());
    left.refused(1, "approver", &format!("lead withdraw {id} --reason mistake"), "");
    let purges = left.done("approver", "lead purges");
    let due = purges["due"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["sub"] == told["sub"] && it["node"] == "500000");
    assert_eq!(due.count(), 2, "of the versions below, and of all");
}

/// The internal id of a lead of 临沧 of which 重庆 has the first version, a name in it, and one of several claims that
/// 重庆 has.
fn held_by_chongqing(left: &Left) -> (String, String, &'static str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let node = NodeFolder::read(left.dir("530900").as_ref()).unwrap().open_node().await.unwrap();
        assert_eq!(node.id(), LINCANG);
        let password = fs::read_to_string(left.file("approver")).unwrap();
        let officer = node.log_in("approver", &password).await.unwrap();
        for row in node.list(&officer, Filter::default(), 0, 200).await.unwrap().items {
            let view = node.read(&officer, row.id).await.unwrap();
            let held = view.recipients.iter().find(|it| it.node == CHONGQING && it.claims.len() > 3);
            let (Some(held), Some(name)) = (held, view.lead.person.names.first()) else { continue };
            if view.version == 1 && row.status.code() == "shared" {
                return (row.id.to_string(), name.clone(), held.claims.first().unwrap().code());
            }
        }
        panic!("no lead of the demo is with Chongqing")
    })
}
