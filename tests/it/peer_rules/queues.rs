//! Queues: urgent before normal, a lost answer, a crash at each stage, two instances of one node.

use std::sync::Arc;

use guitu::cli::demo::agreements::{A1, A2, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock, OsEntropy, Timestamp, uuid_v4};
use guitu::domain::date::CivilDate;
use guitu::exchange::batch::{Batch, BatchHeader};
use guitu::exchange::message::{Header, Lane, Unsequenced};
use guitu::exchange::receipt::{Receipt, ReceiptBody};
use guitu::node::deliver::Step;
use guitu::node::draft::Draft;
use guitu::node::register::PeerChange;
use guitu::peer::transport::Transport;
use guitu::statement::jws;
use guitu::store::draft;
use serde_json::Value;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, TestNode, Weather, leads_for, proposal};
use crate::harness::rogue::unplaced;

/// 临沧 has shared one lead with 朔州; its internal id, and the message as a draft would repeat it.
pub(super) async fn shared(nodes: &Nodes) -> (uuid::Uuid, Unsequenced) {
    let agreement = nodes.agree(&A1, LINCANG).await;
    let here = nodes.node(LINCANG);
    let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
    let id = here.approved(lead).await;
    here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
    let prepared = here.node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().unwrap();
    let batch: Batch = serde_json::from_slice(&prepared.bytes).unwrap();
    let header: Header = serde_json::from_str(batch.items.last().unwrap().header.get()).unwrap();
    nodes.settle().await;
    (id, Unsequenced { id: uuid_v4(&OsEntropy), ..unplaced(header) })
}

/// Commits `count` more messages with that lead as drafts, and does not sequence them.
pub(super) async fn leave_drafts(here: &TestNode, lead: uuid::Uuid, said: &Unsequenced, count: usize) {
    let draft = |_| {
        let said = Unsequenced { id: uuid_v4(&OsEntropy), ..said.clone() };
        serde_json::to_string(&Draft::send(said, Some((lead, 1)))).unwrap()
    };
    let mut tx = here.node.databases().node.begin().await.unwrap();
    draft::add(&mut tx, (0..count).map(draft).collect()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Lengthens the normal lane to 朔州 by so many rows: copies of its last message, which are never sent here.
async fn crowd(here: &TestNode, count: i64) {
    let peer = i64::from(SHUOZHOU.region().number());
    let mut tx = here.node.databases().node.begin().await.unwrap();
    tx.query(
        "/* crowd */ WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
         INSERT INTO outbox (peer, lane, epoch, seq, x, header, lead, ver, attempts, state) \
         SELECT o.peer, o.lane, o.epoch, o.seq + n.i, o.x, o.header, o.lead, o.ver, o.attempts, o.state \
         FROM outbox o JOIN chains c ON c.peer = o.peer AND c.lane = o.lane AND c.seq = o.seq CROSS JOIN n \
         WHERE o.peer = $2 AND o.lane = 'normal' AND c.direction = 'out'",
    )
    .bind(count)
    .bind(peer)
    .execute()
    .await
    .unwrap();
    let longer = "/* crowd::chain */ UPDATE chains SET seq = seq + $1 WHERE peer = $2 AND lane = 'normal' AND direction = 'out'";
    tx.query(longer).bind(count).bind(peer).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// The lane of a batch.
pub(super) fn lane_of(body: &[u8]) -> Lane {
    let batch: Batch = serde_json::from_slice(body).unwrap();
    let header: BatchHeader = serde_json::from_value(jws::claimed_payload(&batch.header).unwrap()).unwrap();
    header.lane
}

fn bears_checkpoint(body: &[u8]) -> bool {
    let batch: Batch = serde_json::from_slice(body).unwrap();
    batch.checkpoint.is_some()
}

/// The core entries of a receipt, as text, and its body.
fn read(receipt: &str) -> (String, ReceiptBody) {
    let receipt: Receipt = serde_json::from_str(receipt).unwrap();
    let value: Value = serde_json::from_str(receipt.body.get()).unwrap();
    (value["entries"].to_string(), serde_json::from_str(receipt.body.get()).unwrap())
}

pub(super) async fn states(here: &TestNode, lead: uuid::Uuid) -> Vec<(u64, String)> {
    let receipts = here.node.receipts(&here.drafter, lead).await.unwrap();
    receipts.into_iter().map(|receipt| (receipt.seq, receipt.state)).collect()
}

/// Distinct received messages.
pub(super) async fn rows(there: &TestNode) -> i64 {
    let mut tx = there.node.databases().node.snapshot().await.unwrap();
    tx.query("/* rows */ SELECT count(*) FROM received").one::<(i64,)>().await.unwrap().0
}

on_both_engines! {
    async fn an_urgent_message_overtakes_a_hundred_thousand_normal_ones(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        let here = nodes.node(LINCANG);
        *here.transport.weather.lock().unwrap() = Weather::Down;
        leave_drafts(here, lead, &said, 500).await;
        here.node.sequence().await.unwrap();
        crowd(here, 100_000).await;
        let down = here.round(SHUOZHOU).await;
        assert_eq!(down, Step::Failed);
        here.node.propose(None, proposal(&A1, CivilDate::of(nodes.clock.now()))).await.unwrap();
        let waiting = here.node.figures().await.unwrap().outbox_waiting;
        assert!(waiting > 100_000);
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        here.transport.posted.lock().unwrap().clear();
        assert_eq!(here.round(SHUOZHOU).await, Step::Moved);
        let posted = here.transport.posted.lock().unwrap().clone();
        // Calls that are under way together may arrive in either order: the batch that was made first bears the checkpoint.
        let mut made: Vec<_> = posted.iter().map(|body| (!bears_checkpoint(body), lane_of(body).code())).collect();
        made.sort_unstable();
        assert_eq!(made, [(false, "urgent"), (true, "normal")], "the first thing that goes, beside one batch of the others");
    }

    async fn a_lost_answer_is_given_again_with_the_same_entries(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(CHONGQING));
        here.node.propose(None, proposal(&A2, CivilDate::of(nodes.clock.now()))).await.unwrap();
        *here.transport.weather.lock().unwrap() = Weather::AnswerLost;
        assert_eq!(here.round(CHONGQING).await, Step::Failed);
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        assert_eq!(here.round(CHONGQING).await, Step::Moved);
        assert_eq!(here.round(CHONGQING).await, Step::Idle);
        let receipts = here.transport.receipts.lock().unwrap().clone();
        let [(first, _), (second, body)] = [read(&receipts[0]), read(&receipts[1])];
        assert_eq!(first, second);
        assert!(body.cosignature.is_some());
        assert_eq!(there.node.agreements().await.unwrap().len(), 1);
    }

    async fn committed_drafts_survive_a_crash_and_go_once(db) {
        let mut nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (lead, said) = shared(&nodes).await;
        leave_drafts(nodes.node(LINCANG), lead, &said, 1).await;
        nodes.restart(LINCANG).await;
        assert!(!nodes.node(LINCANG).node.has_drafts().await.unwrap());
        *nodes.node(LINCANG).transport.weather.lock().unwrap() = Weather::AnswerLost;
        assert_eq!(nodes.node(LINCANG).round(SHUOZHOU).await, Step::Failed);
        // The receiver has stored it; the answer is lost, and both start again.
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 2);
        nodes.restart(SHUOZHOU).await;
        nodes.restart(LINCANG).await;
        *nodes.node(LINCANG).transport.weather.lock().unwrap() = Weather::Fair;
        nodes.settle().await;
        let states = states(nodes.node(LINCANG), lead).await;
        assert_eq!(states.len(), 2);
        assert!(states.iter().all(|(_, state)| state == "stored"), "{states:?}");
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_of_a_node_share_one_log_and_one_queue() {
    let nodes = Nodes::open(Engine::Postgres, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let (lead, said) = shared(&nodes).await;
    let here = nodes.node(LINCANG);
    let other = nodes.another(LINCANG).await;
    leave_drafts(here, lead, &said, 100).await;
    let work = |node: Arc<guitu::node::Node>| async move {
        for _ in 0..10 {
            node.sequence().await.unwrap();
            node.deliver_round(Arc::clone(&here.transport) as Arc<dyn Transport>, SHUOZHOU).await.unwrap();
        }
    };
    let more = leave_drafts(here, lead, &said, 100);
    tokio::join!(work(Arc::clone(&here.node)), work(Arc::clone(&other)), more);
    // Whichever holds the lease may be gone.
    nodes.clock.set(nodes.clock.now().plus(60 * Timestamp::SECOND));
    nodes.settle().await;
    let states = states(here, lead).await;
    assert_eq!(states.len(), 201);
    assert!(states.iter().all(|(_, state)| state == "stored"));
    assert!(states.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1), "no gap");
    assert_eq!(rows(nodes.node(SHUOZHOU)).await, 201);
    let alarms = nodes.node(SHUOZHOU).node.alarms().await.unwrap();
    assert!(alarms.is_empty(), "no fork, no equivocation");
    other.change_peer(SHUOZHOU, PeerChange::Suspend).await.unwrap();
    leave_drafts(here, lead, &said, 1).await;
    here.node.sequence().await.unwrap();
    assert!(here.node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().is_none());
}
