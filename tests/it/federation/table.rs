//! The demo as somebody at its terminal sees it: the table of one lead, and a check that does not hold.

use std::path::Path;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::folder::NodeFolder;
use guitu::domain::access::Closed;
use guitu::domain::claim::{Claim, Class};
use guitu::domain::node::NodeId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::federation::{LIMIT, plain};
use crate::harness::officer::Officer;
use crate::harness::process::{Outcome, Process, Signal, guitu};

const ON_FILE: &str = "（留存，不显示）";
const EMPTY: [&str; 2] = ["（不详）", "（无）"];

/// The cells of a line; two blanks or more part them.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

/// The table in what the demo said: its head and its rows.
fn table(said: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = said.lines().skip_while(|line| !line.starts_with("字段")).map(cells);
    let head = lines.next().unwrap();
    let rows = lines.take_while(|row| row.len() == head.len()).collect();
    (head, rows)
}

#[test]
fn the_table_shows_the_owner_everything_and_each_closed_field_its_reason() {
    let mut demo = Process::start(guitu(["demo"]));
    demo.line_with("Ctrl-C", LIMIT);
    let outcome = demo.stop(Signal::Interrupt, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
    let (head, rows) = table(&outcome.stdout);
    assert_eq!(head.len(), 4, "{head:?}");
    assert_eq!(head[1], "云南省临沧市（所有者）");
    assert!(head[2].starts_with("重庆市（") && head[3].starts_with("山西省朔州市（"), "{head:?}");
    let labels: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(labels, Claim::ALL.iter().map(|claim| claim.label()).collect::<Vec<_>>());
    let (mut open, mut reasons) = (0, Vec::new());
    for (claim, row) in Claim::ALL.iter().zip(&rows) {
        let own = row[1];
        assert!(!own.starts_with('—'), "{claim}: nothing is closed to the owner");
        for cell in &row[2..] {
            match cell.strip_prefix("— ") {
                Some(reason) => {
                    reasons
                        .extend(Closed::ALL.iter().map(|known| known.label()).find(|known| *known == reason));
                }
                None => assert_eq!(cell, &own, "{claim}: a recipient sees what the owner has"),
            }
            open += usize::from(!cell.starts_with('—'));
        }
        let shut = row[2..].iter().all(|cell| cell.starts_with('—'));
        assert_eq!(
            own == ON_FILE,
            shut && claim.class() == Class::Identifier && !EMPTY.contains(&own),
            "{claim}"
        );
    }
    assert_eq!(open + reasons.len(), 2 * Claim::ALL.len(), "each closed field has its reason");
    assert!(
        open > 40 && ["须经批准", "另给其他精度", "该角色不开放"].iter().all(|why| reasons.contains(why))
    );
    assert_eq!(rows[0][1..], [ON_FILE, "— 须经批准", "— 须经批准"], "names");
}

/// What the demo printed for its user: of each node its office, its operator's listener and its CA; and the log-ins.
struct Printed<'a> {
    nodes: Vec<[&'a str; 3]>,
    logins: Vec<(&'a str, &'a str)>,
}

fn printed(said: &str) -> Printed<'_> {
    let told = |label: &'static str| {
        said.lines().filter_map(move |line| line.trim().strip_prefix(label)).map(str::trim)
    };
    let addresses = told("办公接口").zip(told("运维接口")).zip(told("信任证书"));
    let logins = told("各节点登录：").flat_map(|line| line.split('，'));
    Printed {
        nodes: addresses.map(|((office, ops), ca)| [office, ops, ca]).collect(),
        logins: logins.map(|login| login.split_once(" / ").unwrap()).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_addresses_answer_and_the_printed_log_ins_open_every_node() {
    let mut demo = Process::start(guitu(["demo"]));
    demo.line_with("Ctrl-C", LIMIT);
    let said = demo.stdout();
    let Printed { nodes, logins } = printed(&said);
    let names: Vec<&str> = logins.iter().map(|(name, _)| *name).collect();
    assert_eq!((nodes.len(), names.as_slice()), (3, ["approver", "auditor", "drafter"].as_slice()));
    for [office, ops, ca] in nodes {
        assert!(plain(&format!("{ops}/ready")).await.contains("ready"), "{ops}");
        let nobody = Officer::nobody(office, &std::fs::read(ca).unwrap());
        let front = nobody.call(Method::GET, "/", None).await.unwrap();
        assert_eq!(front.0, 200, "{office}");
        for (user, password) in &logins {
            let wrong = json!({ "user": user, "password": format!("{password}x") });
            let refused = nobody.call(Method::POST, "/office/v1/sessions", Some(&wrong)).await.unwrap();
            assert_eq!(refused.0, 401, "{user} at {office}");
            let session = json!({ "user": user, "password": password });
            let token = nobody.post("/office/v1/sessions", &session).await["token"].clone();
            let officer = nobody.with(token.as_str().unwrap());
            let list = if *user == "auditor" { "/office/v1/log" } else { "/office/v1/leads" };
            assert!(!officer.get(list).await["items"].as_array().unwrap().is_empty(), "{user} at {office}");
        }
    }
    assert_eq!(demo.stop(Signal::Interrupt, LIMIT).code(), Some(0));
}

fn check(dir: &Path) -> Outcome {
    Process::start(guitu(["--json", "demo", "--check", "--dir", dir.to_str().unwrap()])).finish(LIMIT)
}

/// One received lead is gone at `node`, behind the program's back.
async fn lose_a_lead(dir: &Path, node: NodeId) {
    let folder = NodeFolder::read(&dir.join(node.to_string())).unwrap();
    let node = folder.open_node().await.unwrap();
    let mut tx = node.databases().node.begin().await.unwrap();
    let lost = "/* lose */ DELETE FROM received WHERE sub = (SELECT min(sub) FROM received)";
    assert!(tx.query(lost).execute().await.unwrap() > 0);
    tx.commit().await.unwrap();
    node.databases().close().await;
}

/// One entry of the log of `node` says something else, whatever the database is meant to forbid.
async fn rewrite_an_entry(dir: &Path, node: NodeId) {
    let folder = NodeFolder::read(&dir.join(node.to_string())).unwrap();
    let node = folder.open_node().await.unwrap();
    let mut tx = node.databases().node.begin().await.unwrap();
    tx.query("/* unlock */ DROP TRIGGER log_entries_no_update").execute().await.unwrap();
    let rewritten =
        "/* rewrite */ UPDATE log_entries SET entry = replace(entry, '\"at\":1', '\"at\":2') WHERE leaf = 0";
    assert_eq!(tx.query(rewritten).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
    node.databases().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_does_not_hold_exits_1_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let first = check(&dir);
    assert_eq!(first.code(), Some(0), "{}", first.stderr);
    lose_a_lead(&dir, CHONGQING).await;
    rewrite_an_entry(&dir, SHUOZHOU).await;
    let second = check(&dir);
    assert_eq!(second.code(), Some(1), "{}{}", second.stdout, second.stderr);
    let said: Value = serde_json::from_str(second.stdout.lines().last().unwrap()).unwrap();
    let faults: Vec<&str> =
        said["check"]["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect();
    let told = |node: NodeId, what: &str| {
        faults.iter().any(|fault| fault.starts_with(&format!("{node}: ")) && fault.contains(what))
    };
    assert!(told(CHONGQING, "is missing"), "{faults:?}");
    assert!(told(SHUOZHOU, ""), "{faults:?}");
    assert!(!told(LINCANG, ""), "{faults:?}");
    assert!(second.stderr.contains(&CHONGQING.to_string()), "{}", second.stderr);
}
