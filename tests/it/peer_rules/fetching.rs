//! One side cannot be called: the other fetches what is for it, and gives its receipts back.

use std::sync::Arc;
use std::time::Duration;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::exchange::batch::Batch;
use guitu::exchange::message::{Lane, Unsequenced};
use guitu::exchange::problem::BatchCode;
use guitu::exchange::receipt::{Receipt, Returned};
use guitu::exchange::standing::Order;
use guitu::node::deliver::Dialling;
use guitu::node::fetch::Fetch;
use guitu::node::standing::{Ordered, Start};
use guitu::node::{Error, Node};
use guitu::peer::identity::{PeerCertificate, Until};
use guitu::peer::transport::Transport;
use guitu::store::witness;
use tokio::time::timeout;

use super::lines::{Closed, Delivering, FOREVER, Fault, Line};
use super::queues::{leave_drafts, rows, shared};
use super::windows::{acknowledged, ends, is_acknowledged};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, pin, proposal};
use crate::harness::restores::Back;

fn caller() -> PeerCertificate {
    PeerCertificate { node: SHUOZHOU, pin: pin(SHUOZHOU) }
}

fn normal(after: Option<u64>, wait: u64) -> Fetch {
    Fetch { lane: Lane::Normal, after, seen: None, wait: Duration::from_secs(wait), until: FOREVER }
}

async fn cosigned(node: &Node, by: i64) -> Option<u64> {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    witness::cosigned_size(&mut tx, by, node.epoch().counter).await.unwrap()
}

/// So many more messages wait at 临沧, and 朔州 fetches; its first words of where it stands are lost.
async fn fetched(nodes: &Nodes, lead: uuid::Uuid, said: &Unsequenced, count: usize) {
    let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
    leave_drafts(here, lead, said, count).await;
    here.node.sequence().await.unwrap();
    let plan = |path: &str, call: usize| match (path, call) {
        ("/peer/v1/hello", 0..8) => Fault::Reset,
        _ => Fault::None,
    };
    let line = Arc::new(Line::new(caller(), &here.node, plan));
    let fetches = Dialling { fetch_from: vec![LINCANG], ..Dialling::default() };
    let fetching = Delivering::start(&there.node, line, fetches);
    acknowledged(&here.node, Lane::Normal).await;
    fetching.end().await;
}

fn code(error: Error) -> BatchCode {
    match error {
        Error::Batch(refusal) => refusal.code,
        other => panic!("{}", other.code()),
    }
}

on_both_engines! {
    async fn a_pair_of_which_one_side_calls_exchanges_everything(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let before = cosigned(&here.node, 140_600).await;
        leave_drafts(here, lead, &said, 1_200).await;
        here.node.sequence().await.unwrap();
        let plan = |path: &str, call: usize| match (path, call % 5) {
            ("/peer/v1/receipts", 2) => Fault::AnswerLost,
            ("/peer/v1/receipts", 3) | (_, 4) => Fault::Reset,
            _ => Fault::None,
        };
        let line = Arc::new(Line::new(caller(), &here.node, plan));
        let fetches = Dialling { fetch_from: vec![LINCANG], ..Dialling::default() };
        let fetching = Delivering::start(&there.node, line, fetches);
        let waits = Dialling { fetched_by: vec![SHUOZHOU], ..Dialling::default() };
        let waiting = Delivering::start(&here.node, Arc::new(Closed), waits);
        here.node.propose(None, proposal(&A1, CivilDate::of(nodes.clock.now()))).await.unwrap();
        for lane in [Lane::Urgent, Lane::Normal] {
            acknowledged(&here.node, lane).await;
        }
        fetching.end().await;
        waiting.end().await;
        assert_eq!((rows(there).await, ends(&here.node).await), (1_201, (1_201, 0)));
        assert_eq!(there.node.agreements().await.unwrap().len(), 2);
        assert!(cosigned(&here.node, 140_600).await > before, "the caller witnesses");
        assert!(cosigned(&there.node, 530_900).await.is_some(), "and is witnessed");
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn a_restored_node_that_fetches_gets_again_what_it_lost(db) {
        let mut nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let copies = tempfile::tempdir().unwrap();
        nodes.back_up(SHUOZHOU, copies.path()).await;
        fetched(&nodes, lead, &said, 20).await;
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 21);
        nodes.go_back(SHUOZHOU, copies.path(), Back::Restored, None).await;
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 1);
        let transport: Arc<dyn Transport> = nodes.node(SHUOZHOU).transport.clone();
        let ordered = Ordered { order: Order::Nothing, without: Vec::new() };
        // On a busy server older transactions may hold up the scrubbing.
        while !matches!(nodes.node(SHUOZHOU).node.start(&transport, &ordered).await, Ok(Start::Opened(_))) {}
        nodes.reopen(SHUOZHOU, None).await;
        nodes.node(SHUOZHOU).node.begin().await.unwrap();
        assert_eq!(nodes.node(SHUOZHOU).node.epoch().counter, 2);
        fetched(&nodes, lead, &said, 1).await;
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 22, "each once");
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn a_waiting_call_is_answered_as_soon_as_something_comes_and_acknowledges_nothing(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let here = nodes.node(LINCANG);
        assert!(here.node.fetch(&caller(), normal(None, 0)).await.unwrap().is_none());
        let node = Arc::clone(&here.node);
        let waiting = tokio::spawn(async move { node.fetch(&caller(), normal(None, 30)).await.unwrap() });
        leave_drafts(here, lead, &said, 3).await;
        here.node.sequence().await.unwrap();
        let batch = timeout(Duration::from_secs(10), waiting).await.expect("long before its time").unwrap();
        let batch: Batch = serde_json::from_slice(&batch.unwrap()).unwrap();
        assert_eq!(batch.items.len(), 3);
        let again = here.node.fetch(&caller(), normal(None, 0)).await.unwrap().unwrap();
        let again: Batch = serde_json::from_slice(&again).unwrap();
        let first = |batch: &Batch| batch.items[0].header.get().to_owned();
        assert_eq!((again.items.len(), first(&again)), (3, first(&batch)));
        assert!(!is_acknowledged(&here.node, Lane::Normal).await);
    }

    async fn a_waiting_call_gets_nothing_once_its_certificate_has_ended(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let here = nodes.node(LINCANG);
        let until = Until(nodes.clock.now().plus(60_000));
        let node = Arc::clone(&here.node);
        let ending = Fetch { until, ..normal(None, 30) };
        let waiting = tokio::spawn(async move { node.fetch(&caller(), ending).await.unwrap() });
        nodes.clock.set(until.0);
        leave_drafts(here, lead, &said, 1).await;
        here.node.sequence().await.unwrap();
        let got = timeout(Duration::from_secs(10), waiting).await.expect("it was woken").unwrap();
        assert!(got.is_none(), "the lead waits for a connection that stands");
        assert!(here.node.fetch(&caller(), normal(None, 0)).await.unwrap().is_some());
    }

    async fn what_does_not_fit_is_refused_and_acknowledges_nothing(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        leave_drafts(here, lead, &said, 20).await;
        here.node.sequence().await.unwrap();
        let end = here.node.position(&caller(), None).await.unwrap().sequenced.normal.seq;
        let beyond = here.node.fetch(&caller(), normal(Some(end + 1), 0)).await.unwrap_err();
        assert_eq!(code(beyond), BatchCode::Gap);
        assert!(here.node.fetch(&caller(), normal(Some(end), 0)).await.unwrap().is_none());
        for malformed in ["", "{}", r#"{"receipt":{"header":"a.b.c","body":{}}}"#] {
            let refused = here.node.take_receipt(&caller(), malformed.as_bytes()).await.unwrap_err();
            assert_eq!(code(refused), BatchCode::Malformed, "{malformed}");
        }
        let whole = here.node.fetch(&caller(), normal(None, 0)).await.unwrap().unwrap();
        let from = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        let receipt = there.node.receive(&from, &whole).await.unwrap();
        let returned = |receipt: &str| {
            let receipt: Receipt = serde_json::from_str(receipt).unwrap();
            serde_json::to_vec(&Returned { receipt, consistency: Vec::new() }).unwrap()
        };
        // Signed by the caller, about what it was not sent: another's receipt, and one with a changed body.
        let altered = receipt.replacen("stored", "void", 1);
        let refused = here.node.take_receipt(&caller(), &returned(&altered)).await.unwrap_err();
        assert_eq!(refused.code(), "unreadable");
        let stranger = PeerCertificate { node: CHONGQING, pin: pin(CHONGQING) };
        assert!(here.node.take_receipt(&stranger, &returned(&receipt)).await.is_err());
        // A part of it, given later: what lies before has no receipt.
        let part = here.node.fetch(&caller(), normal(Some(end - 5), 0)).await.unwrap().unwrap();
        let late = there.node.receive(&from, &part).await.unwrap();
        let refused = here.node.take_receipt(&caller(), &returned(&late)).await.unwrap_err();
        assert_eq!(code(refused), BatchCode::Gap);
        assert!(!is_acknowledged(&here.node, Lane::Normal).await);
        for _ in 0..2 {
            here.node.take_receipt(&caller(), &returned(&receipt)).await.unwrap();
            assert!(is_acknowledged(&here.node, Lane::Normal).await);
        }
    }
}
