//! Nodes on PostgreSQL, one of them as two processes that share its databases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU, agreement_for};
use guitu::cli::demo::leads::leads;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use serde_json::{Value, json};

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Office, Site, agree, assert_chain, assert_same_exchange};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::process::Signal;
use crate::matrix;

const NODES: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];
/// Leads that go through the instances in turn.
const LEADS: usize = 30;
/// Leads that one instance takes in just before it is killed.
const LEFT_BEHIND: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_share_one_database() {
    with_places(Engine::Postgres, NODES.len(), scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let sites = enrolled(root.path(), &NODES, &places);
    let twin = sites[0].twin();
    let mut serving: Vec<_> = sites.iter().chain([&twin]).map(Site::serve).collect();
    let mut offices = Vec::new();
    for (site, serving) in sites.iter().zip(&serving) {
        offices.push(serving.office(site).await);
    }
    let other_desk = offices[0].moved(&serving[3].url("office"));
    let agreement = agree(&A1, &sites.iter().collect::<Vec<_>>(), &offices.iter().collect::<Vec<_>>()).await;

    let mut cases = cases();
    let turns = cases.by_ref().take(LEADS).collect();
    let mut shared = share_through(&[&offices[0], &other_desk], turns, &agreement).await;
    // The last go through an instance that is killed at once: the other delivers them.
    let last = cases.take(LEFT_BEHIND).collect();
    shared.extend(share_through(&[&other_desk], last, &agreement).await);
    serving.remove(3).process.stop(Signal::Kill, LIMIT);
    assert_eq!(shared.len(), LEADS + LEFT_BEHIND);
    for office in &offices {
        office.settled().await;
    }
    for at in [1, 2] {
        let received = offices[at].approver.all("/office/v1/received").await;
        let expected: BTreeMap<&str, BTreeMap<String, Value>> =
            shared.iter().filter_map(|(sub, to)| Some((sub.as_str(), to.get(&NODES[at])?.clone()))).collect();
        assert_eq!(received.len(), expected.len(), "each exactly once at {}", NODES[at]);
        for held in received {
            let claims = matrix::arrived(&held);
            assert_eq!(expected.get(held["sub"].as_str().unwrap()), Some(&claims));
        }
    }
    the_logs_agree(&sites, &offices, root.path()).await;
}

type Promised = BTreeMap<NodeId, BTreeMap<String, Value>>;

/// A lead as posted, and its recipients with their roles.
type Case = (Value, Vec<(NodeId, Vec<&'static str>)>);

/// Leads of the first node without end that travel under A1.
fn cases() -> impl Iterator<Item = Case> {
    let today = CivilDate::of(SystemClock.now());
    (1..).flat_map(move |seed| leads(LINCANG, seed, today)).filter_map(|lead| {
        let sharing = agreement_for(LINCANG, &lead).filter(|sharing| sharing.agreement.name == A1.name)?;
        Some((serde_json::to_value(lead).unwrap(), sharing.recipients))
    })
}

/// Shares leads through the desks in turn: what each recipient must get, by public id.
async fn share_through(desks: &[&Office], cases: Vec<Case>, agreement: &str) -> BTreeMap<String, Promised> {
    let mut shared = BTreeMap::new();
    for ((lead, recipients), desk) in cases.into_iter().zip(desks.iter().cycle()) {
        let (id, sub) = desk.approved(&lead).await;
        let to: BTreeSet<NodeId> = recipients.iter().map(|(node, _)| *node).collect();
        let body = json!({ "agreement": agreement, "recipients": to });
        desk.approver.post(&format!("/office/v1/leads/{id}/share"), &body).await;
        let promised = recipients
            .iter()
            .map(|(node, roles)| (*node, matrix::expected(roles, node.region(), &lead)))
            .collect();
        shared.insert(sub, promised);
    }
    shared
}

async fn the_logs_agree(sites: &[Site], offices: &[Office], scratch: &Path) {
    let mut logs = BTreeMap::new();
    for (site, office) in sites.iter().zip(offices) {
        logs.insert(site.node, office.auditor.log().await);
    }
    assert!(assert_same_exchange(&logs) >= LEADS);
    for to in [CHONGQING, SHUOZHOU] {
        assert_chain(&logs[&LINCANG], to);
    }
    for site in sites {
        site.assert_audit_holds(sites, scratch).await;
    }
}
