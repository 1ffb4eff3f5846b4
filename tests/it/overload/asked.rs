//! A busy peer names the time at which it wants to be asked again, and is not asked before.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::node::deliver::Dialling;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::harness::database::Engine;
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Direct, Nodes, proposal};
use crate::harness::wait;

/// Answers the first calls for batches with such a status, and perhaps a time; then hands them over.
struct Busy {
    to: Arc<Direct>,
    answers: Mutex<Vec<(u16, Option<u32>)>>,
    asked: Mutex<Vec<Instant>>,
}

impl Busy {
    /// A line from 临沧; the last of `answers` is given first.
    fn from(nodes: &Nodes, answers: Vec<(u16, Option<u32>)>) -> Arc<Self> {
        let to = Arc::clone(&nodes.node(LINCANG).transport);
        Arc::new(Self { to, answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn answer(&self) -> Option<Response> {
        self.asked.lock().unwrap().push(Instant::now());
        let (status, retry_after) = self.answers.lock().unwrap().pop()?;
        Some(Response { status, retry_after, body: Vec::new() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// How long it was left alone, each time.
    fn pauses(&self) -> Vec<Duration> {
        self.asked.lock().unwrap().windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

fn nothing() -> Response {
    Response { status: 204, retry_after: None, body: Vec::new() }
}

impl Transport for Busy {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a> {
        if path != "/peer/v1/batches" {
            return Box::pin(async { Ok(nothing()) });
        }
        match self.answer() {
            Some(answer) => Box::pin(async move { Ok(answer) }),
            None => self.to.post(peer, path, body, most),
        }
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        if !path.starts_with("/peer/v1/batches") {
            return self.to.get(peer, path);
        }
        let answer = path.contains("lane=normal").then(|| self.answer()).flatten();
        Box::pin(async move { Ok(answer.unwrap_or_else(nothing)) })
    }
}

/// 临沧 delivers over the line, with a message for 重庆, until `done`; between two looks at that, `meanwhile` happens.
async fn deliver(
    nodes: &Nodes,
    busy: &Arc<Busy>,
    dialling: Dialling,
    mut done: impl AsyncFnMut() -> bool,
    mut meanwhile: impl AsyncFnMut(),
) {
    let here = nodes.node(LINCANG);
    let (stop, stopping) = watch::channel(false);
    let (transport, poll): (Arc<dyn Transport>, _) = (Arc::<Busy>::clone(busy), Duration::from_millis(10));
    let delivery = tokio::spawn(Arc::clone(&here.node).deliver_as(transport, poll, dialling, stopping));
    here.node.propose(None, proposal(&A2, CivilDate::of(nodes.clock.now()))).await.unwrap();
    wait::until_async("the end of what is delivered", LIMIT, async || {
        meanwhile().await;
        done().await
    })
    .await;
    stop.send_replace(true);
    delivery.await.unwrap();
}

async fn sent(nodes: &Nodes) -> bool {
    nodes.node(LINCANG).node.figures().await.unwrap().outbox_waiting == 0
}

fn within_reason(pauses: &[Duration]) {
    for pause in pauses {
        assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(pause), "{pause:?}");
    }
}

async fn left_alone(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING]).await;
    let busy = Busy::from(&nodes, vec![(503, Some(1)), (429, Some(1))]);
    // Its contact does not shorten the pause.
    let met = async || nodes.node(LINCANG).node.met(CHONGQING);
    deliver(&nodes, &busy, Dialling::default(), async || sent(&nodes).await, met).await;
    assert_eq!(busy.asked(), 3);
    within_reason(&busy.pauses());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_peer_is_left_alone_for_as_long_as_it_asks() {
    left_alone(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_peer_is_left_alone_for_as_long_as_it_asks_on_postgres() {
    left_alone(Engine::Postgres).await;
}

async fn not_fetched_from(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING]).await;
    let busy = Busy::from(&nodes, vec![(503, Some(1)), (429, Some(1))]);
    let met = async || nodes.node(LINCANG).node.met(CHONGQING);
    // What goes to it goes by itself.
    let dialling =
        Dialling { fetch_from: vec![CHONGQING], fetched_by: vec![CHONGQING], ..Dialling::default() };
    deliver(&nodes, &busy, dialling, async || busy.asked() >= 3, met).await;
    within_reason(&busy.pauses()[..2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_peer_is_not_fetched_from_before_its_time() {
    not_fetched_from(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_peer_is_not_fetched_from_before_its_time_on_postgres() {
    not_fetched_from(Engine::Postgres).await;
}

async fn refused(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING]).await;
    let busy = Busy::from(&nodes, vec![(400, None); 6]);
    let met = async || nodes.node(LINCANG).node.met(CHONGQING);
    deliver(&nodes, &busy, Dialling::default(), async || sent(&nodes).await, met).await;
    let pauses = busy.pauses();
    assert_eq!(pauses.len(), 6);
    for (at, pause) in pauses.into_iter().enumerate().skip(1) {
        assert!(pause >= Duration::from_millis(45 << at), "{at}: {pause:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contact_with_a_peer_that_refuses_wakes_a_sender_less_and_less() {
    refused(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contact_with_a_peer_that_refuses_wakes_a_sender_less_and_less_on_postgres() {
    refused(Engine::Postgres).await;
}

async fn hastened(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING]).await;
    let busy = Busy::from(&nodes, vec![(429, Some(300))]);
    let here = nodes.node(LINCANG);
    let hastened = async || here.node.hasten(&here.approver, CHONGQING).await.unwrap();
    deliver(&nodes, &busy, Dialling::default(), async || sent(&nodes).await, hastened).await;
    assert_eq!(busy.asked(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_need_not_wait_for_a_busy_peer() {
    hastened(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_need_not_wait_for_a_busy_peer_on_postgres() {
    hastened(Engine::Postgres).await;
}
