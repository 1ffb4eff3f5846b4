//! The demo with every node on PostgreSQL and the first node as two instances; and what it refuses.

use std::net::TcpListener;

use serde_json::Value;

use super::demo::{self, Demo};
use crate::harness::database::Role;
use crate::harness::federation::{LIMIT, plain};
use crate::harness::process::{Outcome, Process, Signal, guitu};

/// Runs `demo --check` to its end with the arguments in `more`.
fn check(more: &[&str]) -> Outcome {
    let arguments = ["--json", "demo", "--check"];
    Process::start(guitu(arguments.iter().chain(more))).finish(LIMIT)
}

fn summary(outcome: &Outcome) -> Value {
    assert_eq!(outcome.code(), Some(0), "{}{}", outcome.stdout, outcome.stderr);
    serde_json::from_str(outcome.stdout.trim_end()).unwrap()
}

/// How many requests a node has answered at its office, as its metrics say.
fn requests(metrics: &str) -> f64 {
    let lines =
        metrics.lines().filter(|line| line.starts_with("guitu_requests_total") && line.contains("/office/"));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_holds_and_resumes_with_its_databases() {
    let role = Role::new("CREATEDB").await;
    let (dir, url) = (tempfile::tempdir().unwrap(), role.url());
    let dir = ["--dir", dir.path().to_str().unwrap()];
    let first = summary(&check(&[dir[0], dir[1], "--postgres", &url]));
    assert_eq!((&first["leads"], &first["check"]["logs"]), (&180.into(), &3.into()));
    assert_eq!(first["check"]["faults"], Value::Array(Vec::new()));
    assert_eq!(first["messages"], first["receipts"]);
    assert_eq!(role.databases().await.len(), 6, "two for each node");
    let again = summary(&check(&dir));
    assert_eq!((&again["resumed"], &again["messages"]), (&true.into(), &first["messages"]));
    assert!(again["nodes"][0]["second"]["office"].is_string(), "two instances again");
    let moved = check(&[dir[0], dir[1], "--postgres", "postgres://elsewhere/postgres"]);
    assert_eq!(moved.code(), Some(2), "{}", moved.stderr);
    role.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_leaves_nothing_behind() {
    let role = Role::new("CREATEDB").await;
    let said = summary(&check(&["--postgres", &role.url()]));
    assert_eq!(said["messages"], said["receipts"]);
    assert_eq!(role.databases().await, Vec::<String>::new());
    role.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_instances_take_their_share_and_all_holds() {
    let role = Role::new("CREATEDB").await;
    let demo = Demo::start(&["--postgres", &role.url()]).await;
    let first = &demo.said["nodes"][0];
    for instance in [first, &first["second"]] {
        let metrics = plain(&format!("{}/metrics", instance["ops"].as_str().unwrap())).await;
        // Half of the 60 leads with four requests each.
        let requests = requests(&metrics);
        assert!(requests > 100.0, "{requests} requests:\n{metrics}");
    }
    let leads = demo.leads().await;
    demo::what_arrives_is_what_the_matrix_opens(&demo, &leads).await;
    demo::both_logs_hold_the_same_exchange(&demo).await;
    demo::audits_hold_and_flipped_bytes_do_not(&demo).await;
    let outcome = demo.process.stop(Signal::Interrupt, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
    role.remove().await;
}

#[tokio::test]
async fn wrong_servers_are_told_apart() {
    let role = Role::new("").await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let missing = role.url().replacen("/postgres?", "/none_such?", 1);
    let refused = |url: &str, code: i32, words: &str| {
        let outcome = check(&["--postgres", url]);
        assert_eq!(outcome.code(), Some(code), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("secret"), "{}", outcome.stderr);
    };
    refused("http://u:secret@localhost/x", 2, "postgres://user@host/database");
    refused("postgres://u:secret@local host", 2, "address cannot be read");
    refused("postgres://u:secret@localhost/x?dbname=y", 2, "as a parameter");
    refused(&missing, 2, "there is no database of this name");
    refused(&format!("postgres://u:secret@{nobody}/postgres"), 3, "is not available");
    refused(&role.url(), 3, "not allowed");
    role.remove().await;
}
