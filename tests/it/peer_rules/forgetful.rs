//! A peer that takes what it was sent, and then says again and again that it stands further back.

use std::sync::Arc;
use std::sync::Mutex;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::domain::digest::Digest;
use guitu::exchange::batch::Batch;
use guitu::exchange::message::{Epoch, Header, Lane};
use guitu::node::deliver::Dialling;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport};
use guitu::store::log;
use serde_json::json;

use super::lines::Delivering;
use super::queues::{lane_of, leave_drafts, shared};
use super::windows::acknowledged;
use crate::harness::database::Engine;
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Direct, Nodes, TestNode};
use crate::harness::wait;

/// It goes on beyond no more than this number before it is `honest`.
const FAR: u64 = 150;

/// What the line knows.
#[derive(Default)]
struct Memory {
    /// The first message that passed: its epoch, number and exchange digest.
    first: Option<(Epoch, u64, Digest)>,
    /// How often it said that it stands there.
    back: usize,
    honest: bool,
}

struct Forgetful {
    to: Arc<Direct>,
    memory: Mutex<Memory>,
}

impl Forgetful {
    /// The answer, if the peer says that it stands further back.
    fn forgets(&self, path: &str, body: &[u8]) -> Option<Response> {
        if path != "/peer/v1/batches" || lane_of(body) != Lane::Normal {
            return None;
        }
        let batch: Batch = serde_json::from_slice(body).unwrap();
        let text = |item: usize| batch.items[item].header.get();
        let header = |item| serde_json::from_str::<Header>(text(item)).unwrap();
        let mut memory = self.memory.lock().unwrap();
        let (epoch, seq, x) = *memory
            .first
            .get_or_insert_with(|| (header(0).epoch, header(0).seq, Digest::of(text(0).as_bytes())));
        if memory.honest || header(batch.items.len() - 1).seq <= FAR {
            return None;
        }
        memory.back += 1;
        let expected = json!({ "epoch": epoch, "seq": seq, "x": x });
        let body = json!({ "code": "gap", "expected": expected }).to_string().into_bytes();
        Some(Response { status: 409, retry_after: None, body })
    }

    fn back(&self) -> usize {
        self.memory.lock().unwrap().back
    }
}

impl Transport for Forgetful {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a> {
        match self.forgets(path, &body) {
            Some(answer) => Box::pin(async { Ok(answer) }),
            None => self.to.post(peer, path, body, most),
        }
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        self.to.get(peer, path)
    }
}

/// How many entries the log has, and how many receipts are kept.
async fn kept(here: &TestNode) -> (i64, i64) {
    here.node.sequence().await.unwrap();
    let mut tx = here.node.databases().node.snapshot().await.unwrap();
    let size = log::head(&mut tx).await.unwrap().size;
    let (receipts,) = tx.query("/* kept */ SELECT count(*) FROM receipts").one::<(i64,)>().await.unwrap();
    (size, receipts)
}

async fn leaves_nothing_behind(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let (lead, said) = shared(&nodes).await;
    let here = nodes.node(LINCANG);
    leave_drafts(here, lead, &said, 200).await;
    let line = Arc::new(Forgetful { to: Arc::clone(&here.transport), memory: Mutex::default() });
    let delivering = Delivering::start(&here.node, line.clone(), Dialling::default());
    let forgets = async |times: usize| {
        let began = line.back();
        wait::until_async("going back", LIMIT, async || line.back() >= began + times).await;
    };
    // Whatever was on its way at the first time has landed by the third.
    forgets(3).await;
    let before = kept(here).await;
    forgets(3).await;
    assert_eq!(kept(here).await, before);
    line.memory.lock().unwrap().honest = true;
    acknowledged(&here.node, Lane::Normal).await;
    delivering.end().await;
    nodes.assert_log_holds(LINCANG).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_goes_back_again_and_again_leaves_nothing_behind() {
    leaves_nothing_behind(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_goes_back_again_and_again_leaves_nothing_behind_on_postgres() {
    leaves_nothing_behind(Engine::Postgres).await;
}
