//! A lane that fails holds up neither the other lane nor what is under way.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::exchange::batch::Batch;
use guitu::exchange::message::{Header, Lane};
use guitu::node::deliver::Dialling;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport};
use tokio::time::timeout;

use super::lines::Delivering;
use super::queues::{lane_of, leave_drafts, rows, shared};
use super::windows::acknowledged;
use crate::harness::database::Engine;
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Direct, Nodes, TestNode, proposal};
use crate::harness::wait;

/// A line over which every batch fails with 500 that has this one of the normal messages in it.
struct Choking {
    to: Arc<Direct>,
    on: u64,
    /// How many items the batches had that failed.
    failed: Mutex<Vec<usize>>,
}

impl Choking {
    fn chokes(&self, path: &str, body: &[u8]) -> bool {
        if path != "/peer/v1/batches" || lane_of(body) != Lane::Normal {
            return false;
        }
        let batch: Batch = serde_json::from_slice(body).unwrap();
        let seq = |header: &str| serde_json::from_str::<Header>(header).unwrap().seq;
        let chokes = batch.items.iter().any(|item| seq(item.header.get()) == self.on);
        if chokes {
            self.failed.lock().unwrap().push(batch.items.len());
        }
        chokes
    }

    fn failed(&self) -> Vec<usize> {
        self.failed.lock().unwrap().clone()
    }
}

impl Transport for Choking {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a> {
        if self.chokes(path, &body) {
            return Box::pin(async { Ok(Response { status: 500, retry_after: None, body: Vec::new() }) });
        }
        self.to.post(peer, path, body, most)
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        self.to.get(peer, path)
    }
}

/// The number of the first normal message to 朔州 that waits.
async fn first(here: &TestNode) -> u64 {
    here.node.sequence().await.unwrap();
    let prepared = here.node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().unwrap();
    prepared.sent[0].header.seq
}

async fn overtakes(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let (lead, said) = shared(&nodes).await;
    let here = nodes.node(LINCANG);
    leave_drafts(here, lead, &said, 1).await;
    let (to, on) = (Arc::clone(&here.transport), first(here).await);
    let line = Arc::new(Choking { to, on, failed: Mutex::default() });
    let delivering = Delivering::start(&here.node, line.clone(), Dialling::default());
    // The next pause lasts six seconds at least.
    wait::until_async("failures", LIMIT, async || line.failed().len() >= 7).await;
    here.node.propose(None, proposal(&A1, CivilDate::of(nodes.clock.now()))).await.unwrap();
    let urgent = acknowledged(&here.node, Lane::Urgent);
    timeout(Duration::from_secs(5), urgent).await.expect("before the pause is over");
    delivering.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgent_ones_do_not_wait_for_the_pause_of_the_others() {
    overtakes(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgent_ones_do_not_wait_for_the_pause_of_the_others_on_postgres() {
    overtakes(Engine::Postgres).await;
}

async fn chokes(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let (lead, said) = shared(&nodes).await;
    let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
    leave_drafts(here, lead, &said, 10).await;
    let (to, on) = (Arc::clone(&here.transport), first(here).await + 5);
    let line = Arc::new(Choking { to, on, failed: Mutex::default() });
    let delivering = Delivering::start(&here.node, line.clone(), Dialling::default());
    wait::until_async("the culprit alone", LIMIT, async || line.failed().last() == Some(&1)).await;
    wait::until_async("what stands before it", LIMIT, async || rows(there).await == 6).await;
    let blocked = async || {
        let lags = here.node.lags().await.unwrap();
        let lag = lags.into_iter().find(|lag| (lag.node, lag.lane) == (SHUOZHOU, Lane::Normal)).unwrap();
        (lag.blocked_at, lag.blocked_by)
    };
    wait::until_async("its place in the list", LIMIT, async || {
        blocked().await == (Some(on), Some("http_500".to_owned()))
    })
    .await;
    assert_eq!(line.failed()[..3], [10, 10, 10]);
    delivering.end().await;
    // Once the peer is mended, everything goes.
    let delivering = Delivering::start(&here.node, here.transport.clone(), Dialling::default());
    acknowledged(&here.node, Lane::Normal).await;
    delivering.end().await;
    assert_eq!((rows(there).await, blocked().await), (11, (None, None)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_peer_chokes_on_is_sent_alone_and_can_be_seen() {
    chokes(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_peer_chokes_on_is_sent_alone_and_can_be_seen_on_postgres() {
    chokes(Engine::Postgres).await;
}
