//! A node that nobody can call, and its partner: real processes, mutual TLS, one side dials.

use std::collections::BTreeMap;

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG, agreement_for};
use guitu::cli::demo::leads::leads;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use serde_json::{Value, json};

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Office, Site, agree, assert_chain, assert_same_exchange};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::line::Line;
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_nobody_can_call_fetches_and_sends() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_nobody_can_call_fetches_and_sends_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

/// Leads of the first node that travel to the second, as an officer writes them.
fn cases() -> impl Iterator<Item = Value> {
    let today = CivilDate::of(SystemClock.now());
    (1..).flat_map(move |seed| leads(LINCANG, seed, today)).filter_map(|lead| {
        let sharing = agreement_for(LINCANG, &lead).filter(|sharing| sharing.agreement.name == A2.name)?;
        sharing
            .recipients
            .iter()
            .any(|(node, _)| *node == CHONGQING)
            .then(|| serde_json::to_value(lead).unwrap())
    })
}

async fn share(office: &Office, agreement: &str, lead: &Value) -> String {
    let (id, sub) = office.approved(lead).await;
    let body = json!({ "agreement": agreement, "recipients": [CHONGQING] });
    office.approver.post(&format!("/office/v1/leads/{id}/share"), &body).await;
    sub
}

async fn scenario(mut places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    places[1].extend(["--peer-url".to_owned(), String::new()]);
    let sites = enrolled(root.path(), &[LINCANG, CHONGQING], &places);
    let serving = [sites[0].serve(), sites[1].serve()];
    let offices = [serving[0].office(&sites[0]).await, serving[1].office(&sites[1]).await];
    let agreement = agree(&A2, &[&sites[0], &sites[1]], &[&offices[0], &offices[1]]).await;
    let mut subs = Vec::new();
    for lead in cases().take(5) {
        subs.push(share(&offices[0], &agreement, &lead).await);
    }
    let received = wait::until_some_async("the leads", LIMIT, async || {
        let received = offices[1].approver.all("/office/v1/received").await;
        (received.len() == subs.len()).then_some(received)
    })
    .await;
    let got: Vec<&str> = received.iter().map(|lead| lead["sub"].as_str().unwrap()).collect();
    assert_eq!(got, subs, "in the order in which they were shared");
    for office in &offices {
        office.settled().await;
    }
    wrong_questions(&sites, &serving[0].url("peer")).await;
    let mut logs = BTreeMap::new();
    for (site, office) in sites.iter().zip(&offices) {
        logs.insert(site.node, office.auditor.log().await);
    }
    assert!(assert_same_exchange(&logs) > subs.len());
    assert_chain(&logs[&LINCANG], CHONGQING);
    for site in &sites {
        site.assert_audit_holds(&sites, root.path()).await;
    }
}

async fn wrong_questions(sites: &[Site], url: &str) {
    for (query, status, code) in [
        ("", 400, "query_invalid"),
        ("?lane=slow", 400, "query_invalid"),
        ("?lane=normal&after=-1", 400, "query_invalid"),
        ("?lane=normal&more=1", 400, "query_invalid"),
        ("?lane=normal&wait=31", 400, "wait_too_long"),
        ("?lane=normal&after=100000", 409, "gap"),
    ] {
        let path = format!("/peer/v1/batches{query}");
        let answer = Line::once(&sites[1], &sites[0], url, &path).await.unwrap();
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, body["code"].as_str()), (status, Some(code)), "{query}");
    }
}
