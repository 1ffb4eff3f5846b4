//! A restored node and a peer that it cannot call: the peer says by itself where it stands, and what it holds.

use std::sync::Arc;
use std::time::Duration;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::exchange::message::Lane;
use guitu::exchange::position::{HeldRecord, HeldRecords, MAX_RECORDS};
use guitu::exchange::standing::Order;
use guitu::node::Node;
use guitu::node::deliver::Dialling;
use guitu::node::standing::Start;
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport};
use guitu::store::chain::{self, Direction};
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::lines::{Delivering, Fault, Line};
use super::queues::{leave_drafts, rows, shared};
use crate::harness::database::on_both_engines;
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Nodes, Weather, pin};
use crate::harness::restores::Back;

fn caller() -> PeerCertificate {
    PeerCertificate { node: SHUOZHOU, pin: pin(SHUOZHOU) }
}

/// Whether everything that was said to 朔州 in the present epoch has its receipt, and something was.
async fn is_done(node: &Node) -> bool {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let peer = i64::from(SHUOZHOU.region().number());
    let chain = chain::find(&mut tx, peer, Lane::Normal, Direction::Out).await.unwrap();
    chain.end.epoch == Some(node.epoch()) && chain.end.seq > 0 && chain.acked.cast_unsigned() == chain.end.seq
}

/// 朔州 fetches until it has everything that 临沧 has for it.
async fn fetched(nodes: &Nodes) {
    let here = &nodes.node(LINCANG).node;
    let line = Arc::new(Line::new(caller(), here, |_, _| Fault::None));
    let fetches = Dialling { fetch_from: vec![LINCANG], ..Dialling::default() };
    let fetching = Delivering::start(&nodes.node(SHUOZHOU).node, line, fetches);
    let mut bell = here.listen();
    while !is_done(here).await {
        timeout(LIMIT, bell.changed()).await.expect("receipts of everything").unwrap();
    }
    fetching.end().await;
}

/// A peer that asks where we stand, whatever it was told.
struct Asks(watch::Sender<usize>);

impl Transport for Asks {
    fn post<'a>(
        &'a self,
        _peer: &'a PeerAddress,
        _path: &'a str,
        _body: Vec<u8>,
        _most: usize,
    ) -> Answer<'a> {
        Box::pin(async { Ok(Response { status: 204, retry_after: None, body: Vec::new() }) })
    }

    fn get<'a>(&'a self, _peer: &'a PeerAddress, _path: &'a str) -> Answer<'a> {
        self.0.send_modify(|calls| *calls += 1);
        let body = b"{\"code\":\"position_unknown\"}".to_vec();
        Box::pin(async { Ok(Response { status: 409, retry_after: None, body }) })
    }
}

on_both_engines! {
    async fn a_restored_node_hears_from_a_peer_that_only_fetches(db) {
        let mut nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let copies = tempfile::tempdir().unwrap();
        nodes.back_up(LINCANG, copies.path()).await;
        leave_drafts(nodes.node(LINCANG), lead, &said, 5).await;
        nodes.node(LINCANG).node.sequence().await.unwrap();
        fetched(&nodes).await;
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 6);

        nodes.go_back(LINCANG, copies.path(), Back::Restored, None).await;
        *nodes.node(LINCANG).transport.weather.lock().unwrap() = Weather::Down;
        let without = [CHONGQING, SHUOZHOU];
        assert!(matches!(nodes.start(LINCANG, Order::Open, &without, None).await, Start::Opened(_)));
        leave_drafts(nodes.node(LINCANG), lead, &said, 2).await;
        nodes.node(LINCANG).node.sequence().await.unwrap();
        fetched(&nodes).await;
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 8, "each once");
        let losses = nodes.node(LINCANG).node.losses().await.unwrap();
        let [messages] = &losses.messages[..] else { panic!("{losses:?}") };
        assert_eq!((messages.node, messages.lane, messages.last - messages.first), (SHUOZHOU, Lane::Normal, 4));
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
        let joint = nodes.reconciled(LINCANG, SHUOZHOU).await;
        assert!(joint.holds(), "{:?}", joint.findings);
    }

    async fn nobody_is_heard_who_was_not_asked(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, _) = shared(&nodes).await;
        let here = nodes.node(LINCANG);
        let sub = here.node.read(&here.drafter, lead).await.unwrap().sub;
        let held = |sub| HeldRecord { sub, ver: Some(9), digest: None, below: Some(u32::MAX) };
        let page = HeldRecords { items: vec![held(sub)], next: None };
        here.node.hear_records(&caller(), page).await.unwrap();
        let read = here.node.read(&here.drafter, lead).await.unwrap();
        assert_eq!(read.status, guitu::domain::lead::status::Status::Shared, "nothing was taken back");
        assert!(here.node.losses().await.unwrap().records.is_empty());
        let many = HeldRecords { items: vec![held(Uuid::nil()); MAX_RECORDS + 1], next: None };
        assert_eq!(here.node.hear_records(&caller(), many).await.err().map(|error| error.code()), Some("too_large"));
        let stranger = PeerCertificate { node: SHUOZHOU, pin: pin(LINCANG) };
        let page = HeldRecords { items: Vec::new(), next: None };
        assert!(here.node.hear_records(&stranger, page).await.is_err());
    }

    async fn a_peer_that_asks_for_ever_is_asked_seldom(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, SHUOZHOU]).await;
        let (calls, mut called) = watch::channel(0);
        let fetches = Dialling { fetch_from: vec![LINCANG], ..Dialling::default() };
        let fetching = Delivering::start(&nodes.node(SHUOZHOU).node, Arc::new(Asks(calls)), fetches);
        timeout(LIMIT, called.wait_for(|calls| *calls > 2)).await.expect("a second time").unwrap();
        let paused = timeout(Duration::from_secs(2), called.wait_for(|calls| *calls > 60)).await.is_err();
        assert!(paused, "it is asked in a loop");
        fetching.end().await;
    }
}
