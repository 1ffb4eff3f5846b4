//! Nodes on PostgreSQL, one of them as two processes that share its databases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU, agreement_for};
use guitu::cli::demo::leads::leads;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use serde_json::{Value, json};
use tokio::task::LocalSet;

use super::raw::Line;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::federation::{
    LIMIT, Office, Site, agree, assert_chain, assert_done, assert_same_exchange,
};
use crate::harness::process::Signal;
use crate::harness::wait;
use crate::matrix;

const NODES: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];
/// Leads that go through the instances in turn.
const LEADS: usize = 30;
/// Leads that one instance takes in just before it is killed.
const LEFT_BEHIND: usize = 6;

/// The second instance of a node: the same folder elsewhere, with a peer port of its own.
fn second(site: &Site, root: &Path) -> Site {
    let dir = root.join("second");
    std::fs::create_dir(&dir).unwrap();
    for entry in std::fs::read_dir(&site.dir).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.join(entry.file_name())).unwrap();
    }
    let file = dir.join("guitu.toml");
    let mut settings: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    settings["listen"]["peer"] = "127.0.0.1:0".into();
    std::fs::write(&file, settings.to_string()).unwrap();
    Site { node: site.node, dir }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_share_one_database() {
    let mut databases = Vec::new();
    for _ in NODES {
        databases.push(TestDatabase::new(Engine::Postgres).await);
    }
    let urls = databases.iter().map(TestDatabase::urls).collect();
    let local = LocalSet::new();
    let outcome = local.run_until(local.spawn_local(scenario(urls))).await;
    for database in databases {
        database.remove().await;
    }
    outcome.unwrap();
}

async fn scenario(urls: Vec<[String; 2]>) {
    let root = tempfile::tempdir().unwrap();
    let make = |(node, [main, keys]): (NodeId, &[String; 2])| {
        Site::init(root.path(), node, &["--database-url", main, "--keystore-url", keys])
    };
    let sites: Vec<Site> = NODES.into_iter().zip(&urls).map(make).collect();
    for site in &sites {
        for other in sites.iter().filter(|other| other.node != site.node) {
            site.enrol(other);
        }
    }
    let twin = second(&sites[0], root.path());
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
            let claims = held["claims"].as_array().unwrap().iter();
            let claims: BTreeMap<String, Value> = claims
                .map(|claim| (claim["claim"].as_str().unwrap().to_owned(), claim["value"].clone()))
                .collect();
            assert_eq!(expected.get(held["sub"].as_str().unwrap()), Some(&claims));
        }
    }
    the_logs_agree(&sites, &offices, root.path()).await;
    serving.push(twin.serve());
    let doors = [serving[0].url("peer"), serving[3].url("peer")];
    suspension_bites_at_both(&sites[0], &sites[1], &doors).await;
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

/// Suspending a peer closes its open lines at both instances, and their doors.
async fn suspension_bites_at_both(home: &Site, peer: &Site, doors: &[String]) {
    const POSITION: &str = "/peer/v1/position";
    let mut lines = Vec::new();
    for door in doors {
        let mut line = Line::open(peer, home, door).await.unwrap();
        assert_eq!(line.ask(POSITION).await.unwrap().status, 200);
        lines.push(line);
    }
    assert_done(&home.run(["peer", "suspend", &peer.node.to_string()]));
    for mut line in lines {
        assert_eq!(line.ask(POSITION).await.unwrap().status, 403);
    }
    for door in doors {
        wait::until_async("a shut door", LIMIT, async || {
            Line::once(peer, home, door, POSITION).await.is_none()
        })
        .await;
    }
}
