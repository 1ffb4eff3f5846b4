//! `guitu status` of a node that exchanges: peers, lag, clocks, certificates, disk, and what wants an operator.

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use guitu::store::databases::Databases;
use serde_json::{Value, json};

use super::{refused, said};
use crate::harness::federation::{LIMIT, Serving, Site, assert_done, proposal};
use crate::harness::process::{Signal, run};
use crate::harness::shifted::ShiftedClock;
use crate::harness::wait;

fn pair(root: &std::path::Path) -> [Site; 2] {
    let sites = [LINCANG, CHONGQING].map(|node| Site::init(root, node, &[]));
    sites[0].enrol(&sites[1]);
    sites[1].enrol(&sites[0]);
    sites
}

fn stop(serving: Serving) {
    assert_eq!(serving.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
}

#[test]
fn status_tells_of_a_running_pair_and_of_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let [here, mut there] = pair(folder.path());
    let (serving, other) = (here.serve(), there.serve());
    let outcome = here.run(["status"]);
    assert_done(&outcome);
    let status = said(&outcome);
    assert_eq!((&status["node"], &status["running"]), (&json!("530900"), &json!(true)));
    let peer = &status["peers"][0];
    assert_eq!((&peer["node"], &peer["status"]), (&json!("500000"), &json!("active")));
    assert!(peer["skew_ms"].as_i64().unwrap().abs() < 300_000, "{peer}");
    let lags = status["lags"].as_array().unwrap();
    assert!(
        lags.len() == 2 && lags.iter().all(|lag| lag["waiting"] == 0 && lag["oldest_ms"].is_null()),
        "{lags:?}"
    );
    for (certificate, file) in
        status["certificates"].as_array().unwrap().iter().zip(["node.pem", "office.pem"])
    {
        let days = certificate["days_left"].as_i64().unwrap();
        assert!(certificate["file"] == file && (395..=397).contains(&days), "{certificate}");
    }
    assert!(status["disk"]["free_bytes"].as_u64().unwrap() > 0 && status["alarms"] == json!([]));
    let words = run(["status", "--dir", here.dir.to_str().unwrap()]);
    assert_eq!(words.code(), Some(0));
    for part in [
        "530900, running",
        "peer 500000",
        "active, 0 waiting, clock ",
        "node.pem",
        " days left",
        "bytes free",
    ] {
        assert!(words.stdout.contains(part), "{part}: {}", words.stdout);
    }

    stop(other);
    let silent = here.run(["status"]);
    refused(&silent, 1, "500000 does not answer; messages for it wait");
    assert_eq!(said(&silent)["peers"][0]["skew_ms"], json!(null), "it tells all the same");
    let clock = ShiftedClock::new(folder.path(), "clock");
    clock.be_off(600);
    there.clock = Some(clock);
    let other = there.serve();
    let skewed = here.run(["status"]);
    refused(&skewed, 1, "the clock of 500000 and ours differ by more than five minutes");
    let skew = said(&skewed)["peers"][0]["skew_ms"].as_i64().unwrap();
    assert!((500_000..700_000).contains(&skew), "{skew}");
    here.change("suspend", CHONGQING);
    let outcome = here.run(["status"]);
    assert_done(&outcome);
    assert_eq!(said(&outcome)["peers"][0]["status"], "suspended", "its clock is nobody's concern now");
    stop(other);
    let left = std::fs::read(here.file("run.json")).unwrap();
    stop(serving);
    assert_eq!(said(&here.run(["status"]))["running"], json!(false));
    // As a node that was killed leaves it.
    std::fs::write(here.file("run.json"), left).unwrap();
    assert_eq!(said(&here.run(["status"]))["running"], json!(false), "nobody answers there");
}

#[test]
fn status_counts_the_days_of_certificates_and_refuses_what_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let here = Site::init(folder.path(), LINCANG, &[]);
    let next = folder.path().join("next");
    let next = next.to_str().unwrap();
    assert_done(&run([
        "pki",
        "node",
        "--region",
        "530900",
        "--ca",
        here.dir.to_str().unwrap(),
        "--days",
        "20",
        "--out",
        next,
    ]));
    for name in ["node.key", "node.pem"] {
        std::fs::rename(format!("{next}/{name}"), here.file(name)).unwrap();
    }
    let ending = here.run(["status"]);
    refused(&ending, 1, "node.pem ends in ");
    let days = said(&ending)["certificates"][0]["days_left"].as_i64().unwrap();
    assert!((18..=20).contains(&days), "{days}");

    let none = folder.path().join("none");
    refused(&run(["status", "--dir", none.to_str().unwrap()]), 2, "guitu init");
    refused(&run(["status"]), 2, "--dir");
    std::fs::write(here.file("guitu.toml"), "region = ").unwrap();
    assert_eq!(here.run(["status"]).code(), Some(2), "settings that cannot be read");
}

/// The header of everything that waits cannot be read any more.
async fn damage_what_waits(here: &Site) {
    let databases = Databases::connect(&here.location()).await.unwrap();
    let mut tx = databases.node.begin().await.unwrap();
    let damage = "/* damage */ UPDATE outbox SET header = '{' WHERE state = 'waiting'";
    assert_eq!(tx.query(damage).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
    databases.close().await;
}

/// What status says of the urgent lane: the message that does not pass, and why.
fn blocked(here: &Site) -> [Value; 2] {
    let status = said(&here.run(["status"]));
    let lag = status["lags"].as_array().unwrap().iter().find(|lag| lag["lane"] == "urgent").unwrap();
    ["blocked_at", "blocked_by"].map(|name| lag[name].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_tells_which_message_does_not_pass_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there] = pair(folder.path());
    let serving = here.serve();
    let office = serving.office(&here).await;
    office.approver.post("/office/v1/agreements", &proposal(&A2, 30)).await;
    assert_eq!(blocked(&here), [Value::Null, Value::Null], "it waits for a peer that is not there");
    damage_what_waits(&here).await;
    let other = there.serve();
    wait::until("the place of the message", LIMIT, || {
        blocked(&here) == [json!(1), json!("message_unreadable")]
    });
    let words = run(["status", "--dir", here.dir.to_str().unwrap()]);
    assert!(words.stdout.contains("urgent blocked at 1 by message_unreadable"), "{}", words.stdout);
    stop(other);
    stop(serving);
    assert_eq!(blocked(&here), [Value::Null, Value::Null], "only who sends knows it");
}
