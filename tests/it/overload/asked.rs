//! A busy peer names the time at which it wants to be asked again, and is not asked before.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::harness::database::Engine;
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Direct, Nodes, proposal};
use crate::harness::wait;

/// Answers the first batches with 429 or 503 and a time; then hands them over.
struct Busy {
    to: Arc<Direct>,
    statuses: Mutex<Vec<u16>>,
    asked: Mutex<Vec<Instant>>,
}

impl Transport for Busy {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>) -> Answer<'a> {
        if path != "/peer/v1/batches" {
            return Box::pin(async { Ok(Response { status: 204, retry_after: None, body: Vec::new() }) });
        }
        self.asked.lock().unwrap().push(Instant::now());
        match self.statuses.lock().unwrap().pop() {
            Some(status) => {
                Box::pin(async move { Ok(Response { status, retry_after: Some(1), body: Vec::new() }) })
            }
            None => self.to.post(peer, path, body),
        }
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        self.to.get(peer, path)
    }
}

#[tokio::test]
async fn a_busy_peer_is_left_alone_for_as_long_as_it_asks() {
    scenario(Engine::Sqlite).await;
}

#[tokio::test]
async fn it_is_left_alone_on_postgres() {
    scenario(Engine::Postgres).await;
}

async fn scenario(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING]).await;
    let here = nodes.node(LINCANG);
    let statuses = Mutex::new(vec![503, 429]);
    let busy = Arc::new(Busy { to: Arc::clone(&here.transport), statuses, asked: Mutex::default() });
    let (stop, stopping) = watch::channel(false);
    let (transport, poll): (Arc<dyn Transport>, _) = (Arc::<Busy>::clone(&busy), Duration::from_millis(10));
    let delivery = tokio::spawn(Arc::clone(&here.node).deliver(transport, poll, stopping));
    here.node.propose(None, proposal(&A2, CivilDate::of(nodes.clock.now()))).await.unwrap();
    wait::until_async("the receipt", LIMIT, async || {
        // Its contact does not shorten the pause.
        here.node.met(CHONGQING);
        here.node.figures().await.unwrap().outbox_waiting == 0
    })
    .await;
    stop.send_replace(true);
    delivery.await.unwrap();
    let asked = busy.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 3);
    for pair in asked.windows(2) {
        let pause = pair[1] - pair[0];
        assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&pause), "{pause:?}");
    }
}
