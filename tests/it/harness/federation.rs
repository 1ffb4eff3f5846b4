//! Nodes as processes of the program, and the officers who use them over HTTPS.
//!
//! Knows folders, commands and the office API as an outsider does; looks into no database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guitu::cli::demo::agreements::{DemoAgreement, DemoParty};
use guitu::cli::folder::NodeFolder;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use reqwest::Client;
use serde_json::{Value, json};

use super::officer::{Officer, client};
use super::process::{Outcome, Process, guitu, run};
use super::shifted::ShiftedClock;
use super::wait;

/// How long anything may take on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

const PASSWORD: &str = "correct horse battery";

/// The folder of a node.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) node: NodeId,
    pub(crate) dir: PathBuf,
    /// The clock that its processes see; none: the machine's.
    pub(crate) clock: Option<ShiftedClock>,
}

impl Site {
    /// A folder that is there, or will be.
    pub(crate) const fn at(node: NodeId, dir: PathBuf) -> Self {
        Self { node, dir, clock: None }
    }

    /// Makes the folder of `node` below `root`, with a drafter, an approver and an auditor.
    pub(crate) fn init(root: &Path, node: NodeId, more: &[&str]) -> Self {
        let site = Self::at(node, root.join(node.to_string()));
        let region = node.to_string();
        let init = ["init", "--region", &region].into_iter().chain(more.iter().copied());
        assert_done(&site.run(init));
        let secret = root.join("password");
        std::fs::write(&secret, PASSWORD).unwrap();
        for name in ["drafter", "approver", "auditor"] {
            let secret = secret.to_str().unwrap();
            let add = ["user", "add", name, "--duty", name, "--unit", "police", "--password-file", secret];
            assert_done(&site.run(add));
        }
        site
    }

    /// Runs a command on this folder.
    pub(crate) fn run<'a>(&'a self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let dir = ["--dir", self.dir.to_str().unwrap()];
        run(["--json"].into_iter().chain(arguments).chain(dir))
    }

    /// Enrols the node of another folder.
    pub(crate) fn enrol(&self, other: &Self) {
        let file = other.file("descriptor.jws");
        assert_done(&self.run(["peer", "add", &file, "--yes"]));
    }

    /// Changes the standing of a peer.
    pub(crate) fn change(&self, change: &str, peer: NodeId) {
        assert_done(&self.run(["peer", change, &peer.to_string()]));
    }

    /// The path of a file of the folder.
    pub(crate) fn file(&self, name: &str) -> String {
        self.dir.join(name).to_str().unwrap().to_owned()
    }

    /// Starts the node without waiting for it.
    pub(crate) fn launch(&self) -> Process {
        let mut command = guitu(["--json", "serve", "--dir", self.dir.to_str().unwrap()]);
        if let Some(clock) = &self.clock {
            clock.give_to(&mut command);
        }
        Process::start(command)
    }

    /// Starts the node and waits until it serves.
    #[track_caller]
    pub(crate) fn serve(&self) -> Serving {
        let mut process = self.launch();
        let ready = serde_json::from_str(&process.line_with("\"ops\":", LIMIT)).unwrap();
        Serving { process, ready }
    }

    /// What this node holds as the descriptor of a peer.
    pub(crate) async fn descriptor_of(&self, peer: NodeId) -> String {
        let node = NodeFolder::read(&self.dir).unwrap().open_node().await.unwrap();
        let text = node.descriptor_of(peer).await.unwrap();
        node.databases().close().await;
        text
    }

    /// Exports the log to `scratch`, with a trust file of what the *other* nodes hold; bundle and trust.
    pub(crate) async fn export(&self, all: &[Self], scratch: &Path) -> (String, String) {
        let path = |name: &str| scratch.join(format!("{}-{name}", self.node)).to_str().unwrap().to_owned();
        let (bundle, trust) = (path("bundle"), path("trust"));
        let mut held: BTreeMap<NodeId, String> = BTreeMap::new();
        for holder in all.iter().filter(|holder| holder.node != self.node) {
            held.insert(holder.node, holder.file("descriptor.jws"));
        }
        for holder in all.iter().filter(|holder| holder.node != self.node) {
            for about in all.iter().filter(|about| about.node != holder.node) {
                let file = path(&format!("{}.jws", about.node));
                std::fs::write(&file, holder.descriptor_of(about.node).await).unwrap();
                held.insert(about.node, file);
            }
        }
        let from = held.values().flat_map(|file| ["--from", file]);
        assert_done(&run(["audit", "trust"].into_iter().chain(from).chain(["--out", &trust])));
        // Of an earlier look.
        let _ = std::fs::remove_file(&bundle);
        assert_done(&self.run(["audit", "export", "--out", &bundle]));
        (bundle, trust)
    }

    /// Exports the log and verifies it as an auditor with what the others hold.
    pub(crate) async fn assert_audit_holds(&self, all: &[Self], scratch: &Path) -> (String, String) {
        let (bundle, trust) = self.export(all, scratch).await;
        assert_done(&run(["audit", "verify", &bundle, "--trust", &trust]));
        (bundle, trust)
    }
}

/// The logs of two nodes hold, each by itself and side by side.
pub(crate) async fn assert_logs_hold(sites: &[Site; 2]) {
    let scratch = tempfile::tempdir().unwrap();
    let (one, trust) = sites[0].assert_audit_holds(sites, scratch.path()).await;
    let (other, _) = sites[1].assert_audit_holds(sites, scratch.path()).await;
    assert_done(&run(["audit", "reconcile", &one, &other, "--trust", &trust]));
}

/// Fails with what a command said unless it exited 0.
#[track_caller]
pub(crate) fn assert_done(outcome: &Outcome) {
    assert_eq!(outcome.code(), Some(0), "{}{}", outcome.stdout, outcome.stderr);
}

/// A node that serves.
pub(crate) struct Serving {
    pub(crate) process: Process,
    ready: Value,
}

impl Serving {
    /// The base URL of a listener: `peer`, `office`, `ops`.
    pub(crate) fn url(&self, listener: &str) -> String {
        self.ready[listener].as_str().unwrap().to_owned()
    }

    /// Logs the three officers of a [`Site`] in.
    pub(crate) async fn office(&self, site: &Site) -> Office {
        let passwords = ["drafter", "approver", "auditor"].map(|name| (name.to_owned(), PASSWORD.to_owned()));
        Office::enter(&site.dir, &self.url("office"), &passwords.into_iter().collect()).await
    }
}

/// The three officers of a node.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) drafter: Officer,
    pub(crate) approver: Officer,
    pub(crate) auditor: Officer,
}

impl Office {
    /// Logs all three in at `base`.
    pub(crate) async fn enter(dir: &Path, base: &str, passwords: &BTreeMap<String, String>) -> Self {
        let client = client(&std::fs::read(dir.join("ca.pem")).unwrap());
        let log_in = async |name: &str| {
            let nobody = Officer { client: client.clone(), base: base.to_owned(), token: String::new() };
            let body = json!({ "user": name, "password": passwords[name] });
            let session = nobody.post("/office/v1/sessions", &body).await;
            Officer { token: session["token"].as_str().unwrap().to_owned(), ..nobody }
        };
        Self {
            drafter: log_in("drafter").await,
            approver: log_in("approver").await,
            auditor: log_in("auditor").await,
        }
    }

    /// The same officers at another address of their node: its sessions live in tokens.
    pub(crate) fn moved(&self, base: &str) -> Self {
        let moved = |officer: &Officer| Officer { base: base.to_owned(), ..officer.clone() };
        Self { drafter: moved(&self.drafter), approver: moved(&self.approver), auditor: moved(&self.auditor) }
    }

    /// Brings a lead to its approval; its internal and its public id.
    pub(crate) async fn approved(&self, lead: &Value) -> (String, String) {
        let made = self.drafter.post("/office/v1/leads", lead).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let (id, sub) = (text("id"), text("sub"));
        self.drafter.act(&format!("/office/v1/leads/{id}/submit")).await;
        self.approver.act(&format!("/office/v1/leads/{id}/approve")).await;
        (id, sub)
    }

    /// Waits until no message of this node waits for its receipt.
    pub(crate) async fn settled(&self) {
        wait::until_async("receipts of everything", LIMIT, async || {
            let lanes = self.approver.get("/office/v1/peers").await;
            lanes.as_array().unwrap().iter().all(|lane| lane["waiting"] == 0)
        })
        .await;
    }
}

/// The text at a plain URL of the operator's listener.
#[allow(clippy::disallowed_methods, reason = "the operator's client, not the node's")]
pub(crate) async fn plain(url: &str) -> String {
    guitu::peer::identity::install_provider();
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    client.get(url).send().await.unwrap().text().await.unwrap()
}

/// That every message that one log has as sent, the other has exactly once as settled: same header, same
/// digest. Returns how many there are.
pub(crate) fn assert_same_exchange(logs: &BTreeMap<NodeId, Vec<Value>>) -> usize {
    let mut settled: BTreeMap<(String, String), &Value> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for (node, log) in logs {
        for entry in log {
            if ["received", "refused", "void"].iter().any(|t| entry["t"] == **t) {
                assert_eq!(entry["header"]["to"], node.to_string());
                let twice = settled.insert((node.to_string(), text(&entry["x"])), entry);
                assert!(twice.is_none(), "{node} settled a message twice");
            }
        }
    }
    let mut sent = 0;
    for (node, log) in logs {
        for entry in log.iter().filter(|entry| entry["t"] == "sent") {
            assert_eq!(entry["header"]["from"], node.to_string());
            let there = settled.remove(&(text(&entry["header"]["to"]), text(&entry["x"])));
            assert_eq!(there.map(|there| &there["header"]), Some(&entry["header"]), "{}", entry["x"]);
            sent += 1;
        }
    }
    assert!(settled.is_empty(), "{} messages were settled and never sent", settled.len());
    sent
}

/// That the messages a node sent to a peer are numbered from 1 without a gap, each naming the one before.
pub(crate) fn assert_chain(log: &[Value], peer: NodeId) {
    let mut lanes: BTreeMap<String, (u64, Value)> = BTreeMap::new();
    let to = peer.to_string();
    for entry in log.iter().filter(|entry| entry["t"] == "sent" && entry["header"]["to"] == to) {
        let header = &entry["header"];
        let zero = (0, json!("A".repeat(43)));
        let end = lanes.entry(header["lane"].as_str().unwrap().to_owned()).or_insert(zero);
        assert_eq!((header["seq"].as_u64(), &header["prev"]), (Some(end.0 + 1), &end.1));
        *end = (end.0 + 1, entry["x"].clone());
    }
}

/// Proposes an agreement of the demo at the first office, countersigns it at each, and waits until it is in
/// force everywhere; its id.
pub(crate) async fn agree(terms: &DemoAgreement, sites: &[&Site], offices: &[&Office]) -> String {
    agree_for(terms, 365, sites, offices).await
}

/// The same, valid for so many days.
pub(crate) async fn agree_for(
    terms: &DemoAgreement,
    days: i64,
    sites: &[&Site],
    offices: &[&Office],
) -> String {
    const PATH: &str = "/office/v1/agreements";
    let proposal = proposal(terms, days);
    offices[0].approver.post(PATH, &proposal).await;
    let known = async |office: &Office, wanted: fn(&Value) -> bool| {
        wait::until_some_async("the agreement", LIMIT, async || {
            let list = office.approver.get(PATH).await;
            let mut items = list.get("items").unwrap_or(&list).as_array().unwrap().iter();
            items.find(|one| one["terms"]["text_digest"] == proposal["text_digest"] && wanted(one)).cloned()
        })
        .await
    };
    let mut id = String::new();
    for (site, office) in sites.iter().zip(offices) {
        let found = known(office, |_| true).await;
        id = found["id"].as_str().unwrap().to_owned();
        if !found["countersigned"].as_array().unwrap().contains(&json!(site.node)) {
            let body = json!({ "version": found["version"], "digest": found["digest"] });
            office.approver.post(&format!("{PATH}/{id}/countersign"), &body).await;
        }
    }
    for office in offices {
        known(office, |one| one["state"] == "in_force").await;
    }
    id
}

/// The demo's agreement as an officer proposes it, valid for so many days.
pub(crate) fn proposal(terms: &DemoAgreement, days: i64) -> Value {
    let today = CivilDate::of(SystemClock.now());
    let party = |party: &DemoParty| {
        json!({ "node": party.node, "roles": party.roles, "government": party.government,
            "office": party.office })
    };
    json!({
        "parties": terms.parties.iter().map(party).collect::<Vec<_>>(),
        "purposes": terms.purposes,
        "kinds": terms.kinds,
        "valid_from": today,
        "valid_until": today.plus_days(days),
        "retention_days": terms.retention_days,
        "text_digest": Digest::of(terms.title.as_bytes()),
    })
}
