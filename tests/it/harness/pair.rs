//! Two nodes as processes, one of which shares leads with the other: what the fault tests disturb, and what must
//! hold afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use guitu::cli::demo::leads::leads;
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::lead::place::PlaceRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::federation::{
    LIMIT, Office, Serving, Site, agree, assert_chain, assert_logs_hold, assert_same_exchange,
};
use super::instances::Place;
use super::line::Line;
use super::wait;
use super::wire::{Network, Wire};

/// A lead that its owner has approved.
#[derive(Clone, Debug)]
pub(crate) struct Approved {
    pub(crate) id: String,
    pub(crate) sub: String,
}

/// Leads without end that may go from 临沧 to 重庆.
pub(crate) fn cases() -> impl Iterator<Item = Lead> {
    let today = CivilDate::of(SystemClock.now());
    (1..).flat_map(move |seed| leads(LINCANG, seed, today)).filter(|lead| {
        A2.purposes.contains(&lead.purpose)
            && lead.places.iter().any(|place| {
                CHONGQING.region().contains(place.code)
                    && matches!(place.role, PlaceRole::Destination | PlaceRole::Found)
            })
    })
}

/// Brings leads to their approval.
pub(crate) async fn approved(office: &Office, cases: impl Iterator<Item = Lead>) -> Vec<Approved> {
    let mut stock = Vec::new();
    for lead in cases {
        let (id, sub) = office.approved(&serde_json::to_value(lead).unwrap()).await;
        stock.push(Approved { id, sub });
    }
    stock
}

/// That 重庆 holds exactly these leads, each once, that 临沧 has the receipt of each, and that both logs say so.
pub(crate) async fn everything_arrived_once([from, to]: [&Office; 2], all: &[Approved]) {
    let received = to.approver.all("/office/v1/received").await;
    let subs: BTreeSet<&str> = received.iter().map(|held| held["sub"].as_str().unwrap()).collect();
    assert_eq!(subs, all.iter().map(|lead| lead.sub.as_str()).collect());
    assert_eq!(received.len(), all.len(), "a lead arrived twice");
    assert!(received.iter().all(|held| held["version"] == 1));
    for lead in all {
        let receipts = from.approver.get(&format!("/office/v1/leads/{}/receipts", lead.id)).await;
        let states: Vec<&Value> = receipts.as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["stored"]);
    }
    let logs = BTreeMap::from([(LINCANG, from.auditor.log().await), (CHONGQING, to.auditor.log().await)]);
    assert!(assert_same_exchange(&logs) >= all.len());
    assert_chain(&logs[&LINCANG], CHONGQING);
    assert_chain(&logs[&CHONGQING], LINCANG);
}

/// 临沧 and 重庆, each one process, with an agreement between them.
pub(crate) struct Duo {
    pub(crate) sites: [Site; 2],
    pub(crate) serving: [Option<Serving>; 2],
    pub(crate) offices: [Office; 2],
    pub(crate) shared: Vec<Approved>,
    agreement: String,
    cases: Box<dyn Iterator<Item = Lead>>,
}

impl Duo {
    /// Makes both folders below `root`, each at its place, with more arguments for `guitu init`; enrols them.
    pub(crate) fn init(root: &Path, places: &[Place], more: [&[&str]; 2]) -> [Site; 2] {
        let site = |at: usize, node| {
            let arguments: Vec<&str> =
                places[at].iter().map(String::as_str).chain(more[at].iter().copied()).collect();
            Site::init(root, node, &arguments)
        };
        let sites = [site(0, LINCANG), site(1, CHONGQING)];
        sites[0].enrol(&sites[1]);
        sites[1].enrol(&sites[0]);
        sites
    }

    /// Starts both and makes their agreement. `known` learns where each serves before they first speak.
    pub(crate) async fn start(sites: [Site; 2], known: impl FnOnce([&Serving; 2])) -> Self {
        let serving = [sites[0].serve(), sites[1].serve()];
        known([&serving[0], &serving[1]]);
        let offices = [serving[0].office(&sites[0]).await, serving[1].office(&sites[1]).await];
        let agreement = agree(&A2, &[&sites[0], &sites[1]], &[&offices[0], &offices[1]]).await;
        let serving = serving.map(Some);
        Self { sites, serving, offices, agreement, shared: Vec::new(), cases: Box::new(cases()) }
    }

    /// Approves and shares so many more leads.
    pub(crate) async fn share(&mut self, count: usize) {
        for lead in self.approve(count).await {
            self.share_if_taken(lead).await.unwrap();
        }
    }

    /// Approves so many more leads.
    pub(crate) async fn approve(&mut self, count: usize) -> Vec<Approved> {
        approved(&self.offices[0], self.cases.by_ref().take(count)).await
    }

    /// Shares a lead, if the node takes it; else the lead and what the node says.
    pub(crate) async fn share_if_taken(&mut self, lead: Approved) -> Result<(), (Approved, Value)> {
        let body = json!({ "agreement": self.agreement, "recipients": [CHONGQING] });
        let path = format!("/office/v1/leads/{}/share", lead.id);
        let (status, answer) = self.offices[0].approver.call(Method::POST, &path, Some(&body)).await.unwrap();
        if !(200..300).contains(&status) {
            return Err((lead, answer));
        }
        self.shared.push(lead);
        Ok(())
    }

    /// Shares so many leads while nothing passes, and waits until the first of them is on its way.
    pub(crate) async fn set_out(&mut self, wire: &Wire, count: usize) {
        wire.becomes(Network::Cut);
        self.share(count).await;
        wire.becomes(Network::Fair);
        wait::until("a message on its way", LIMIT, || wire.met() > 0);
    }

    /// The officers of one of the two log in once more.
    pub(crate) async fn log_in_again(&mut self, who: usize) {
        self.offices[who] = self.serving[who].as_ref().unwrap().office(&self.sites[who]).await;
    }

    /// How many messages of the sender wait for their receipts, over both lanes.
    pub(crate) async fn waiting(&self) -> i64 {
        let lanes = self.offices[0].approver.get("/office/v1/peers").await;
        lanes.as_array().unwrap().iter().map(|lane| lane["waiting"].as_i64().unwrap()).sum()
    }

    /// Ends one of the two in a way of the test's own; a process that is dropped is killed.
    pub(crate) fn stop(&mut self, who: usize) -> Serving {
        self.serving[who].take().unwrap()
    }

    /// Starts one of the two again.
    pub(crate) fn start_again(&mut self, who: usize) -> &Serving {
        let serving = self.sites[who].serve();
        self.offices[who] = self.offices[who].moved(&serving.url("office"));
        self.serving[who].insert(serving)
    }

    /// The receiver says hello, so that the sender's pause ends.
    pub(crate) async fn called(&self) {
        let [sender, receiver] = &self.sites;
        let url = self.serving[0].as_ref().unwrap().url("peer");
        let mut line = Line::open(receiver, sender, &url).await.unwrap();
        let hello =
            b"POST /peer/v1/hello HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        line.say(hello).await.unwrap();
        let answer = line.last_words().await;
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    /// Waits until both nodes read from their databases.
    pub(crate) async fn both_answer(&self) {
        wait::until_async("both nodes to answer", LIMIT, async || {
            let mut answers = true;
            for office in &self.offices {
                let answer = office.approver.call(Method::GET, "/office/v1/peers", None).await;
                answers &= answer.is_ok_and(|(status, _)| status == 200);
            }
            answers
        })
        .await;
    }

    /// Waits until everything has its receipt; then everything arrived once, and both logs hold.
    pub(crate) async fn all_arrived(&self) {
        for office in &self.offices {
            office.settled().await;
        }
        everything_arrived_once([&self.offices[0], &self.offices[1]], &self.shared).await;
        assert_logs_hold(&self.sites).await;
    }
}
