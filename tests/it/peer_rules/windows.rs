//! Several batches of a lane in flight: order and exactly-once under loss, early batches, changes on their way.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::domain::agreement::Act;
use guitu::exchange::batch::{Batch, MAX_ITEMS};
use guitu::exchange::message::Lane;
use guitu::exchange::problem::{BatchCode, ItemCode};
use guitu::exchange::receipt::{Outcome, Receipt, ReceiptBody};
use guitu::exchange::window::{MOST_BATCHES, MOST_BYTES, Room};
use guitu::node::deliver::Dialling;
use guitu::node::dispatch::{Ask, Prepared};
use guitu::node::{Error, Node};
use guitu::peer::identity::PeerCertificate;
use guitu::store::chain::{self, Direction};
use tokio::time::timeout;

use super::lines::{Delivering, Fault, Line};
use super::queues::{leave_drafts, rows, shared};
use crate::harness::database::{Engine, on_both_engines};
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Nodes, TestNode, pin};
use crate::harness::wait;

fn caller() -> PeerCertificate {
    PeerCertificate { node: LINCANG, pin: pin(LINCANG) }
}

/// Whether every message of the lane has its receipt.
pub(super) async fn is_acknowledged(node: &Node, lane: Lane) -> bool {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let peer = i64::from(SHUOZHOU.region().number());
    let chain = chain::find(&mut tx, peer, lane, Direction::Out).await.unwrap();
    chain.acked.cast_unsigned() == chain.end.seq
}

/// Waits until that holds.
pub(super) async fn acknowledged(node: &Node, lane: Lane) {
    let mut bell = node.listen();
    loop {
        bell.mark_unchanged();
        if is_acknowledged(node, lane).await {
            return;
        }
        timeout(LIMIT, bell.changed()).await.expect("receipts of everything").unwrap();
    }
}

/// How many messages of a node with a lead were stored by their recipients, and how many have another end.
pub(super) async fn ends(node: &Node) -> (i64, i64) {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let sql = "/* ends */ SELECT CAST(coalesce(sum(CASE WHEN state = 'stored' THEN 1 ELSE 0 END), 0) AS BIGINT), \
               CAST(coalesce(sum(CASE WHEN state = 'stored' THEN 0 ELSE 1 END), 0) AS BIGINT) FROM outbox \
               WHERE lead IS NOT NULL";
    tx.query(sql).one().await.unwrap()
}

/// Batches of ten messages each, prepared one behind the other before any of them goes.
async fn in_a_row(here: &TestNode, count: usize) -> Vec<Prepared> {
    let mut batches: Vec<Prepared> = Vec::new();
    for _ in 0..count {
        let after = batches.last().map(|batch| batch.sent.last().unwrap().header.seq);
        let witness = batches.is_empty().then_some(0);
        let ask = Ask { after, room: Room { items: 10, bytes: MOST_BYTES }, witness };
        batches.push(here.node.prepare_batch(SHUOZHOU, Lane::Normal, ask).await.unwrap().unwrap());
    }
    batches
}

fn results(receipt: &str) -> Vec<Outcome> {
    let receipt: Receipt = serde_json::from_str(receipt).unwrap();
    let body: ReceiptBody = serde_json::from_str(receipt.body.get()).unwrap();
    body.entries.iter().map(|entry| entry.result).collect()
}

on_both_engines! {
    async fn what_is_lost_of_a_window_goes_again_in_order_and_once(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        leave_drafts(here, lead, &said, 1_500).await;
        here.node.sequence().await.unwrap();
        let plan = |_: &str, call| match call % 9 {
            4 => Fault::AnswerLost,
            7 => Fault::Reset,
            _ => Fault::None,
        };
        let line = Arc::new(Line::new(caller(), &there.node, plan));
        let delivering = Delivering::start(&here.node, line.clone(), Dialling::default());
        acknowledged(&here.node, Lane::Normal).await;
        delivering.end().await;
        let most = *line.most.lock().unwrap();
        assert!((2..=MOST_BATCHES).contains(&most.calls) && most.bytes <= MOST_BYTES, "{most:?}");
        assert_eq!(rows(there).await, 1_501, "each once");
        assert_eq!(ends(&here.node).await, (1_501, 0));
        let alarms = there.node.alarms().await.unwrap();
        assert!(alarms.is_empty(), "no fork, no equivocation");
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn an_early_batch_waits_for_those_before_it(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        leave_drafts(here, lead, &said, 30).await;
        here.node.sequence().await.unwrap();
        let batches = in_a_row(here, 3).await;
        let from = caller();
        let take = |at: usize| there.node.receive(&from, &batches[at].bytes);
        let (third, second, first) = tokio::join!(take(2), take(1), take(0));
        for receipt in [&first, &second, &third] {
            assert_eq!(results(receipt.as_ref().unwrap()), [Outcome::Stored; 10]);
        }
        assert_eq!(rows(there).await, 31);
        // A repetition out of order is answered too.
        assert_eq!(results(&take(1).await.unwrap()), [Outcome::Stored; 10]);
        assert_eq!(rows(there).await, 31);
    }

    async fn a_batch_beyond_the_window_or_without_a_seat_is_told_at_once_where_the_chain_stands(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        leave_drafts(here, lead, &said, MOST_BATCHES * MAX_ITEMS + 20).await;
        here.node.sequence().await.unwrap();
        let first = in_a_row(here, 2).await;
        let start = first[0].sent[0].header.seq;
        let after = Some(start + (MOST_BATCHES * MAX_ITEMS) as u64);
        let ask = Ask { after, room: Room { items: 10, bytes: MOST_BYTES }, witness: None };
        let far = here.node.prepare_batch(SHUOZHOU, Lane::Normal, ask).await.unwrap().unwrap();
        let from = caller();
        let told = timeout(Duration::from_secs(1), there.node.receive(&from, &far.bytes)).await.expect("at once");
        let Err(Error::Batch(refusal)) = told else { panic!("taken in") };
        assert_eq!((refusal.code, refusal.expected.unwrap().seq), (BatchCode::Gap, start - 1));
        // The same early batch many times: only so many wait for the one before it.
        let early: Arc<[u8]> = first[1].bytes.clone().into();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..=2 * (MOST_BATCHES - 1) {
            let (node, early) = (Arc::clone(&there.node), Arc::clone(&early));
            waiting.spawn(async move { node.receive(&caller(), &early).await });
        }
        let told = timeout(Duration::from_millis(1_500), waiting.join_next()).await.expect("one finds no seat");
        assert!(matches!(told.unwrap().unwrap(), Err(Error::Batch(refusal)) if refusal.code == BatchCode::Gap));
        let rest = waiting.join_all().await;
        assert!(rest.iter().all(Result::is_err), "nobody waits for ever");
        assert_eq!(rows(there).await, 1, "nothing was consumed");
    }

    async fn a_suspension_bites_in_the_middle_of_a_window(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let (agreement, ..) = said.basis.agreement().unwrap();
        leave_drafts(here, lead, &said, 40).await;
        here.node.sequence().await.unwrap();
        let batches = in_a_row(here, 3).await;
        let from = caller();
        let first = there.node.receive(&from, &batches[0].bytes).await.unwrap();
        assert_eq!(results(&first), [Outcome::Stored; 10]);
        // The third waits for the second while 朔州 suspends: it is judged at its turn.
        let third = there.node.receive(&from, &batches[2].bytes);
        let second = async {
            there.node.act(&there.approver, agreement, Act::Suspend).await.unwrap();
            there.node.receive(&from, &batches[1].bytes).await
        };
        let (third, second) = tokio::join!(third, second);
        // On a machine so busy that it waited too long, it comes again.
        let third = match third {
            Err(_) => there.node.receive(&from, &batches[2].bytes).await,
            taken => taken,
        };
        let refused = [Outcome::Refused(ItemCode::AgreementSuspended); 10];
        assert_eq!((results(&second.unwrap()), results(&third.unwrap())), (refused.to_vec(), refused.to_vec()));
        assert_eq!(rows(there).await, 11);
        // Once the sender hears of it, the rest of the window goes void.
        there.push(LINCANG).await;
        let ask = Ask { after: Some(batches[2].sent[9].header.seq), room: Room::WHOLE, witness: None };
        let rest = here.node.prepare_batch(SHUOZHOU, Lane::Normal, ask).await.unwrap().unwrap();
        let rest: Batch = serde_json::from_slice(&rest.bytes).unwrap();
        assert_eq!(rest.items.len(), 10);
        for item in rest.items {
            assert_eq!((item.void, item.statement), (Some(ItemCode::AgreementSuspended), None));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_need_not_wait_for_the_end_of_a_pause() {
    let nodes = Nodes::open(Engine::Sqlite, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let (lead, said) = shared(&nodes).await;
    let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
    leave_drafts(here, lead, &said, 1).await;
    let plan = |_: &str, call| if call < 9 { Fault::Reset } else { Fault::None };
    let line = Arc::new(Line::new(caller(), &there.node, plan));
    let delivering = Delivering::start(&here.node, line.clone(), Dialling::default());
    // A hello, a head, and seven batches: the next pause lasts six seconds at least.
    wait::until_async("failures", LIMIT, async || line.calls.load(Ordering::SeqCst) >= 9).await;
    assert_eq!(here.node.hasten(&here.auditor, SHUOZHOU).await.unwrap_err().code(), "forbidden");
    assert_eq!(here.node.hasten(&here.approver, LINCANG).await.unwrap_err().code(), "not_found");
    let sent = async {
        while !is_acknowledged(&here.node, Lane::Normal).await {
            here.node.hasten(&here.approver, SHUOZHOU).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), sent).await.expect("before the pause is over");
    delivering.end().await;
}
