//! The demo held against the specification: what arrives, what never leaves, what both logs prove.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU, agreement_for};
use guitu::clock::{OsEntropy, random};
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use serde_json::Value;

use super::secrets::{self, Search};
use crate::harness::federation::{LIMIT, Office, Site, assert_same_exchange, plain};
use crate::harness::process::{Process, Signal, guitu, run};
use crate::matrix;

const NODES: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];

/// The running demo, entered as its officers.
pub(super) struct Demo {
    pub(super) process: Process,
    dir: tempfile::TempDir,
    pub(super) said: Value,
    sites: Vec<Site>,
    offices: BTreeMap<NodeId, Office>,
}

impl Demo {
    /// Starts it with the arguments in `more`.
    pub(super) async fn start(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let arguments = ["--json", "demo", "--dir", dir.path().to_str().unwrap()];
        let mut process = Process::start(guitu(arguments.iter().chain(more)));
        let said: Value = serde_json::from_str(&process.line_with("\"ready\":true", LIMIT)).unwrap();
        let passwords = serde_json::from_value(said["users"].clone()).unwrap();
        let (mut sites, mut offices) = (Vec::new(), BTreeMap::new());
        for (node, told) in NODES.into_iter().zip(said["nodes"].as_array().unwrap()) {
            assert_eq!(told["node"], node.to_string());
            let site = Site::at(node, told["dir"].as_str().unwrap().into());
            let office = Office::enter(&site.dir, told["office"].as_str().unwrap(), &passwords).await;
            offices.insert(node, office);
            sites.push(site);
        }
        Self { process, dir, said, sites, offices }
    }

    /// Every lead of every node, whole: owner, public id and raw record.
    pub(super) async fn leads(&self) -> Vec<(NodeId, String, Value)> {
        let mut leads = Vec::new();
        for node in NODES {
            leads.extend(self.own_leads(node).await.into_iter().map(|(sub, lead)| (node, sub, lead)));
        }
        assert_eq!(leads.len(), 180);
        leads
    }

    /// Every own lead of a node, whole: public id and raw record.
    async fn own_leads(&self, node: NodeId) -> Vec<(String, Value)> {
        let officer = &self.offices[&node].drafter;
        let mut leads = Vec::new();
        for row in officer.all("/office/v1/leads").await {
            let view = officer.get(&format!("/office/v1/leads/{}", row["id"].as_str().unwrap())).await;
            leads.push((view["sub"].as_str().unwrap().to_owned(), view["lead"].clone()));
        }
        leads
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_holds() {
    let demo = Demo::start(&[]).await;
    let leads = demo.leads().await;
    what_arrives_is_what_the_matrix_opens(&demo, &leads).await;
    raw_personal_data_stands_nowhere(&demo, &search_for(&leads), 3 * 15).await;
    recipients_read_no_personal_data(&demo, &search_for(&leads)).await;
    both_logs_hold_the_same_exchange(&demo).await;
    audits_hold_and_flipped_bytes_do_not(&demo).await;
    let outcome = demo.process.stop(Signal::Interrupt, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
}

pub(super) async fn what_arrives_is_what_the_matrix_opens(demo: &Demo, leads: &[(NodeId, String, Value)]) {
    let mut promised: BTreeMap<(NodeId, String), BTreeMap<String, Value>> = BTreeMap::new();
    for (owner, sub, raw) in leads {
        let lead: Lead = serde_json::from_value(raw.clone()).unwrap();
        for (recipient, roles) in agreement_for(*owner, &lead).unwrap().recipients {
            let claims = matrix::expected(&roles, recipient.region(), raw);
            promised.insert((recipient, sub.clone()), claims);
        }
    }
    assert!(promised.len() > leads.len(), "some leads go to two");
    for node in NODES {
        for held in demo.offices[&node].approver.all("/office/v1/received").await {
            let sub = held["sub"].as_str().unwrap().to_owned();
            let claims = matrix::arrived(&held);
            assert_eq!(promised.remove(&(node, sub.clone())), Some(claims), "{sub} at {node}");
        }
    }
    assert_eq!(promised.keys().next(), None, "it never arrived");
}

/// For everything in the leads that names or reaches somebody.
pub(super) fn search_for(leads: &[(NodeId, String, Value)]) -> Search {
    let all: BTreeSet<String> = leads.iter().flat_map(|(_, _, lead)| secrets::of_lead(lead)).collect();
    assert!(all.len() > leads.len(), "{} texts are looked for", all.len());
    let search = Search::for_all(&all);
    assert!(leads.iter().any(|(_, _, lead)| search.finds_in(lead.to_string().as_bytes())));
    search
}

/// What every node shows of what it received, decrypted, of its log, and what it exports of that.
pub(super) async fn recipients_read_no_personal_data(demo: &Demo, search: &Search) {
    let scratch = tempfile::tempdir().unwrap();
    let mut items = 0;
    for site in &demo.sites {
        let office = &demo.offices[&site.node];
        for held in office.approver.all("/office/v1/received").await {
            assert!(!search.finds_in(held.to_string().as_bytes()), "{} at {}", held["sub"], site.node);
            items += 1;
        }
        for entry in office.auditor.log().await {
            assert!(!search.finds_in(entry.to_string().as_bytes()), "an entry of {}", site.node);
        }
        let (bundle, _) = site.export(&demo.sites, scratch.path()).await;
        assert!(!search.finds_in(&std::fs::read(bundle).unwrap()), "the bundle of {}", site.node);
    }
    assert!(items > 180, "{items} items were received");
}

/// Neither in the folders of the nodes, which are more than `least` files, nor in what they measure and say.
pub(super) async fn raw_personal_data_stands_nowhere(demo: &Demo, search: &Search, least: usize) {
    let files = search.assert_absent_below(demo.dir.path());
    assert!(files > least, "{files} files");
    for node in demo.said["nodes"].as_array().unwrap() {
        let metrics = plain(&format!("{}/metrics", node["ops"].as_str().unwrap())).await;
        assert!(metrics.contains("guitu_outbox_waiting 0"), "{metrics}");
        assert!(!search.finds_in(metrics.as_bytes()));
    }
    assert!(!search.finds_in(demo.process.stderr().as_bytes()));
    assert!(!search.finds_in(demo.process.stdout().as_bytes()));
}

pub(super) async fn both_logs_hold_the_same_exchange(demo: &Demo) {
    let mut logs = BTreeMap::new();
    for node in NODES {
        logs.insert(node, demo.offices[&node].auditor.log().await);
    }
    let sent = assert_same_exchange(&logs);
    assert_eq!(demo.said["messages"], sent);
    assert!(sent > 180, "{sent} messages");
}

pub(super) async fn audits_hold_and_flipped_bytes_do_not(demo: &Demo) {
    let scratch = tempfile::tempdir().unwrap();
    for site in &demo.sites {
        site.assert_audit_holds(&demo.sites, scratch.path()).await;
    }
    let (bundle, trust) = demo.sites[0].export(&demo.sites, scratch.path()).await;
    flipped_bytes_are_noticed(Path::new(&bundle), &trust);
}

fn flipped_bytes_are_noticed(bundle: &Path, trust: &str) {
    let whole = std::fs::read(bundle).unwrap();
    let spoilt = bundle.with_extension("spoilt");
    for _ in 0..8 {
        let drawn = u64::from_be_bytes(random::<8>(&OsEntropy));
        let at = usize::try_from(drawn >> 8).unwrap() % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (drawn & 7);
        std::fs::write(&spoilt, &bytes).unwrap();
        let code = run(["audit", "verify", spoilt.to_str().unwrap(), "--trust", trust]).code();
        assert!(matches!(code, Some(1 | 2)), "bit {} of byte {at} was flipped: {code:?}", drawn & 7);
    }
}
