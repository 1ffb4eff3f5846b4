//! Nodes killed in the middle of an exchange: nothing is lost, doubled or forgotten.
//!
//! A kill counts only if messages waited for their receipts at that moment.

use std::collections::{BTreeMap, BTreeSet};

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use guitu::cli::demo::leads::leads;
use guitu::clock::{Clock as _, OsEntropy, SystemClock, random};
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::lead::place::PlaceRole;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tokio::task::JoinSet;

use crate::harness::federation::{LIMIT, Office, Serving, Site, agree, assert_chain, assert_same_exchange};
use crate::harness::process::Signal;
use crate::harness::wait;

/// Kills that must count.
const KILLS: usize = 20;
/// Leads that are shared at once.
const AT_ONCE: usize = 12;

/// A lead that its owner has approved.
#[derive(Clone)]
struct Approved {
    id: String,
    sub: String,
}

/// A sender and a receiver.
struct Pair {
    sites: [Site; 2],
    serving: [Option<Serving>; 2],
    offices: [Office; 2],
    agreement: String,
}

impl Pair {
    async fn start(root: &std::path::Path) -> Self {
        let sites = [LINCANG, CHONGQING].map(|node| Site::init(root, node, &[]));
        sites[0].enrol(&sites[1]);
        sites[1].enrol(&sites[0]);
        let serving = [sites[0].serve(), sites[1].serve()];
        let offices = [serving[0].office(&sites[0]).await, serving[1].office(&sites[1]).await];
        let agreement = agree(&A2, &[&sites[0], &sites[1]], &[&offices[0], &offices[1]]).await;
        Self { sites, serving: serving.map(Some), offices, agreement }
    }

    fn kill(&mut self, who: usize) {
        self.serving[who].take().unwrap().process.stop(Signal::Kill, LIMIT);
    }

    fn restart(&mut self, who: usize) {
        let serving = self.sites[who].serve();
        self.offices[who] = self.offices[who].moved(&serving.url("office"));
        self.serving[who] = Some(serving);
    }

    /// How many messages of the sender wait for their receipts, as its database has it.
    async fn waiting(&self) -> i64 {
        let path = self.sites[0].file("node.db");
        let mut database = SqliteConnection::connect(&format!("sqlite://{path}?mode=rw")).await.unwrap();
        let (count,) = sqlx::query_as::<_, (i64,)>("SELECT count(*) FROM outbox WHERE state = 'waiting'")
            .fetch_one(&mut database)
            .await
            .unwrap();
        database.close().await.unwrap();
        count
    }

    /// Asks to share these leads, whatever becomes of the answers.
    fn share(&self, leads: &[Approved]) -> JoinSet<()> {
        let mut asking = JoinSet::new();
        for lead in leads {
            let (officer, path) =
                (self.offices[0].approver.clone(), format!("/office/v1/leads/{}/share", lead.id));
            let body = json!({ "agreement": self.agreement, "recipients": [CHONGQING] });
            asking.spawn(async move { _ = officer.call(Method::POST, &path, Some(&body)).await });
        }
        asking
    }

    /// Shares what a killed sender forgot to have been asked for.
    async fn share_the_rest(&self, leads: &[Approved]) {
        for lead in leads {
            let view = self.offices[0].drafter.get(&format!("/office/v1/leads/{}", lead.id)).await;
            if view["status"] != "shared" {
                self.share(std::slice::from_ref(lead)).join_all().await;
            }
        }
    }
}

/// After a random number of polls below `most`.
async fn a_moment_later(most: u8) {
    let mut polls = random::<1>(&OsEntropy)[0] % most;
    wait::until_async("a moment", LIMIT, async || {
        polls = polls.saturating_sub(1);
        polls == 0
    })
    .await;
}

/// Leads without end that go from the sender to the receiver.
fn cases() -> impl Iterator<Item = Lead> {
    let today = CivilDate::of(SystemClock.now());
    (1..).flat_map(move |seed| leads(LINCANG, seed, today)).filter(|lead| {
        A2.purposes.contains(&lead.purpose)
            && lead.places.iter().any(|place| {
                CHONGQING.region().contains(place.code)
                    && matches!(place.role, PlaceRole::Destination | PlaceRole::Found)
            })
    })
}

async fn approved(office: &Office, cases: impl Iterator<Item = Lead>) -> Vec<Approved> {
    let mut stock = Vec::new();
    for lead in cases {
        let (id, sub) = office.approved(&serde_json::to_value(lead).unwrap()).await;
        stock.push(Approved { id, sub });
    }
    stock
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled() {
    let root = tempfile::tempdir().unwrap();
    let mut pair = Pair::start(root.path()).await;
    let (mut cases, mut all, mut counted) = (cases(), Vec::new(), Vec::new());
    for round in 0.. {
        if counted.len() == KILLS {
            break;
        }
        assert!(round < KILLS * 25, "too few kills met messages without receipt: {counted:?}");
        let who = usize::from(random::<1>(&OsEntropy)[0] & 1);
        // By turns: into a running exchange, and onto what earlier kills left behind.
        let running = round % 3 != 0;
        if running {
            pair.offices[0].settled().await;
        }
        let batch = approved(&pair.offices[0], cases.by_ref().take(AT_ONCE)).await;
        let asking = pair.share(&batch);
        all.extend(batch);
        a_moment_later(if running { 20 } else { 60 }).await;
        pair.kill(who);
        let waiting = pair.waiting().await;
        asking.join_all().await;
        pair.restart(who);
        if waiting > 0 {
            counted.push((who, running, waiting));
        }
    }
    pair.share_the_rest(&all).await;
    pair.offices[0].settled().await;
    pair.offices[1].settled().await;
    println!(
        "{} leads; kills (0 the sender, 1 the receiver; exchange running; messages waiting): {counted:?}",
        all.len()
    );
    everything_arrived_once(&pair, &all).await;
    let scratch = tempfile::tempdir().unwrap();
    for site in &pair.sites {
        site.assert_audit_holds(&pair.sites, scratch.path()).await;
    }
}

async fn everything_arrived_once(pair: &Pair, all: &[Approved]) {
    let received = pair.offices[1].approver.all("/office/v1/received").await;
    let subs: BTreeSet<&str> = received.iter().map(|held| held["sub"].as_str().unwrap()).collect();
    assert_eq!(subs, all.iter().map(|lead| lead.sub.as_str()).collect());
    assert_eq!(received.len(), all.len(), "a lead arrived twice");
    assert!(received.iter().all(|held| held["version"] == 1));
    for lead in all {
        let receipts = pair.offices[0].approver.get(&format!("/office/v1/leads/{}/receipts", lead.id)).await;
        let states: Vec<&Value> = receipts.as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["stored"]);
    }
    let (from, to) = (pair.sites[0].node, pair.sites[1].node);
    let logs = BTreeMap::from([
        (from, pair.offices[0].auditor.log().await),
        (to, pair.offices[1].auditor.log().await),
    ]);
    assert!(assert_same_exchange(&logs) >= all.len());
    assert_chain(&logs[&from], to);
    assert_chain(&logs[&to], from);
}
