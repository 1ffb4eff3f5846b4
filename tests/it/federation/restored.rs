//! A node that went back to its backup, as processes: it waits for its partner, erases again what was taken back meanwhile,
//! goes on in a new epoch, gets again what it lost, and lists what only its partner holds.

use std::collections::BTreeSet;

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG, agreement_for};
use guitu::cli::demo::leads::leads;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use serde_json::{Value, json};

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Office, Site, agree, assert_done, assert_logs_hold};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::process::Signal;
use crate::harness::wait::until_async;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_node_goes_on_in_a_new_epoch() {
    with_places(Engine::Sqlite, 3, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_node_goes_on_in_a_new_epoch_on_postgres() {
    with_places(Engine::Postgres, 3, scenario).await;
}

/// A lead of `owner` that goes to `to` under A2.
fn lead(owner: NodeId, to: NodeId, number: usize) -> Value {
    let today = CivilDate::of(SystemClock.now());
    let goes = |lead: &guitu::domain::lead::Lead| {
        agreement_for(owner, lead).is_some_and(|sharing| {
            sharing.agreement.name == A2.name && sharing.recipients.iter().any(|(node, _)| *node == to)
        })
    };
    let lead = (1..).flat_map(|seed| leads(owner, seed, today)).filter(goes).nth(number);
    serde_json::to_value(lead.unwrap()).unwrap()
}

/// Shares a lead; its internal and its public id.
async fn share(
    office: &Office,
    from: NodeId,
    to: NodeId,
    number: usize,
    agreement: &str,
) -> (String, String) {
    let (id, sub) = office.approved(&lead(from, to, number)).await;
    let body = json!({ "agreement": agreement, "recipients": [to] });
    office.approver.post(&format!("/office/v1/leads/{id}/share"), &body).await;
    (id, sub)
}

/// The public ids of what a node has received.
async fn received(office: &Office) -> BTreeSet<String> {
    let all = office.approver.all("/office/v1/received").await;
    all.iter().map(|held| held["sub"].as_str().unwrap().to_owned()).collect()
}

/// Waits until a node has received just these.
async fn has(office: &Office, subs: &[&String]) {
    let wanted: BTreeSet<String> = subs.iter().map(|sub| (*sub).clone()).collect();
    until_async("what was sent", LIMIT, async || received(office).await == wanted).await;
}

/// The records and the key store of `site` are gone, or others; these copies are brought back.
fn go_back(site: &Site, data: &str, keys: &str, place: &Place) {
    for file in ["node.db", "keystore.db", "projections.db"] {
        for rest in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(site.file(&format!("{file}{rest}")));
        }
    }
    if let [_, records, _, keystore] = &place[..] {
        site.set("database", "url", records.as_str());
        site.set("database", "keystore_url", keystore.as_str());
    }
    assert_done(&site.run(["restore", "--data", data, "--keystore", keys]));
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let sites: [Site; 2] = enrolled(root.path(), &[LINCANG, CHONGQING], &places[..2]).try_into().unwrap();
    let copy = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let [partner, served] = [sites[0].serve(), sites[1].serve()];
    let here = served.office(&sites[1]).await;
    let there = partner.office(&sites[0]).await;
    let agreement = agree(&A2, &[&sites[0], &sites[1]], &[&there, &here]).await;
    let taken = share(&there, LINCANG, CHONGQING, 0, &agreement).await;
    let kept = share(&there, LINCANG, CHONGQING, 1, &agreement).await;
    has(&here, &[&taken.1, &kept.1]).await;
    assert_done(&sites[1].run(["backup", "--out", &copy("data")]));

    // What the backup does not have: a withdrawal, a lead from the partner, a lead to the partner.
    let withdraw = format!("/office/v1/leads/{}/withdraw", taken.0);
    there.approver.post(&withdraw, &json!({ "reason": "found" })).await;
    let late = share(&there, LINCANG, CHONGQING, 2, &agreement).await;
    let own = share(&here, CHONGQING, LINCANG, 0, &agreement).await;
    has(&here, &[&kept.1, &late.1]).await;
    has(&there, &[&own.1]).await;
    let purged = async || here.auditor.log().await.iter().any(|entry| entry["t"] == "purged");
    until_async("the purge of what was taken back", LIMIT, purged).await;
    there.settled().await;
    here.settled().await;
    assert_done(&sites[1].run(["backup", "--keystore", "--out", &copy("keys")]));
    for process in [partner.process, served.process] {
        assert_eq!(process.stop(Signal::Terminate, LIMIT).code(), Some(0));
    }

    go_back(&sites[1], &copy("data"), &copy("keys"), &places[2]);
    let mut waiting = sites[1].launch();
    waiting.line_with("\"waits\":", LIMIT);
    assert_eq!(sites[1].run(["epoch", "open"]).code(), Some(1), "its partner does not answer");
    let partner = sites[0].serve();
    let served = waiting.line_with("\"ops\":", LIMIT);
    let served: Value = serde_json::from_str(&served).unwrap();
    let here = here.moved(served["office"].as_str().unwrap());
    let there = there.moved(&partner.url("office"));
    assert!(
        !received(&here).await.contains(&taken.1),
        "what was destroyed is destroyed again before anybody reads"
    );
    has(&here, &[&kept.1, &late.1]).await;
    it_says_what_it_lost(&here, &own.1).await;
    // It goes on: what it sends now arrives.
    let next = share(&here, CHONGQING, LINCANG, 1, &agreement).await;
    has(&there, &[&own.1, &next.1]).await;
    there.settled().await;
    here.settled().await;
    assert_logs_hold(&sites).await;
    assert_eq!(waiting.stop(Signal::Terminate, LIMIT).code(), Some(0));
    assert_eq!(partner.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
}

/// Its log tells of the new epoch, and its list of the lead that only the partner has.
async fn it_says_what_it_lost(here: &Office, own: &str) {
    let log = here.auditor.log().await;
    let opened: Vec<&Value> = log.iter().filter(|entry| entry["t"] == "epoch").collect();
    assert_eq!(opened.len(), 1, "{opened:?}");
    // Whoever had seen most of the old log: the partner, unless its own last head tells as much.
    let by = &opened[0]["peer"];
    assert!(opened[0]["code"] == "restored" && (by.is_null() || *by == LINCANG.to_string()), "{}", opened[0]);
    let lost = here.auditor.get("/office/v1/losses").await;
    let records = lost["records"].as_array().unwrap();
    assert!(
        records.iter().any(|record| record["sub"] == own && record["node"] == LINCANG.to_string()),
        "{lost}"
    );
    assert!(!lost["messages"].as_array().unwrap().is_empty(), "{lost}");
}
