//! `flat`: what a lead costs with a long history behind it in its lane and in both logs, against a short one; pairs of
//! both, in turn, each the median of a few leads.
//!
//! The histories go through the nodes' own sequencers in bulk: messages of the form of a real one, settled and
//! receipted, and readings; nothing but the payloads of the messages is missing.

use guitu::audit::{EntryType, Incomplete};
use guitu::domain::digest::Digest;
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::message::{Header, Lane, Unsequenced};
use guitu::exchange::receipt::Outcome;
use guitu::node::Node;
use guitu::node::draft::{Draft, leave};
use guitu::store::chain::{self, Direction};
use guitu::store::db::{Pool, Tx};
use guitu::store::outbox::{self, Waiting};
use serde_json::json;
use uuid::Uuid;

use crate::alike::{A, B};
use crate::database::Engine;
use crate::latency::one_lead;
use crate::pair::{Pair, Side};
use crate::report::{Row, median, quantile};

/// Pairs of measurements at the least.
const PAIRS: usize = 12;
/// The short history: messages, and entries.
const SHORT: (usize, usize) = (1_000, 1_000);
/// How much of a history is made at a time.
const TOGETHER: usize = 1_000;
const LANE: Lane = Lane::Normal;

/// Measures and prints the row; `n` leads on either side of a pair, `long`: messages behind, and entries.
pub(crate) async fn run(engine: Engine, n: usize, rounds: usize, long: (usize, usize)) {
    let [old, young] = [Pair::open(engine).await, Pair::open(engine).await];
    for (pair, (messages, entries)) in [(&old, long), (&young, SHORT)] {
        exchange(pair, messages).await;
        for side in [&pair.a, &pair.b] {
            read(side, entries.saturating_sub(messages)).await;
            take_stock(side).await;
        }
    }
    let deliveries = [old.a.deliver(), old.b.deliver(), young.a.deliver(), young.b.deliver()];
    let mut measured = Vec::new();
    for _ in 0..rounds.max(PAIRS) {
        measured.push((cost(&old, n).await, cost(&young, n).await));
    }
    for delivery in deliveries {
        delivery.end().await;
    }
    let ratios: Vec<f64> = measured.iter().map(|(old, young)| old / young).collect();
    let interval = [0.1, 0.9].map(|q| quantile(ratios.clone(), q));
    let row = Row { name: "flat", engine, unit: "ms", n, rounds: measured };
    row.print_with(&json!({ "ratio_p10_p90": interval, "messages": long.0, "entries": long.1 }));
    old.close().await;
    young.close().await;
}

async fn cost(pair: &Pair, n: usize) -> f64 {
    let mut times = Vec::with_capacity(n);
    for _ in 0..n {
        times.push(one_lead(pair).await);
    }
    median(times)
}

/// `n` messages from A to B that both have settled.
async fn exchange(pair: &Pair, n: usize) {
    let first = sent(&pair.a.node, 0).await.remove(0);
    let form: Header = serde_json::from_str(&first.header).unwrap();
    for from in (0..n).step_by(TOGETHER) {
        let drafts: Vec<Draft> =
            (from..n.min(from + TOGETHER)).map(|number| Draft::send(like(&form, number), None)).collect();
        let mut tx = pair.a.node.databases().node.begin().await.unwrap();
        let before = chain::find(&mut tx, number_of(B), LANE, Direction::Out).await.unwrap();
        leave(&mut tx, &drafts).await.unwrap();
        tx.commit().await.unwrap();
        pair.a.node.sequence().await.unwrap();
        let rows = sent(&pair.a.node, before.acked).await;
        assert_eq!(rows.len(), drafts.len());
        settle(&pair.b.node, &rows).await;
        let (first, last) = (rows[0].seq, rows[rows.len() - 1].seq);
        let (peer, epoch) = (number_of(B), pair.a.node.epoch().to_string());
        let mut tx = pair.a.node.databases().node.begin().await.unwrap();
        outbox::settle(&mut tx, peer, LANE.code(), &epoch, first, last, "stored").await.unwrap();
        chain::acknowledge(&mut tx, (peer, LANE, &epoch), first, last).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What A sent to B after that number, at most as much as is made at a time.
async fn sent(node: &Node, after: i64) -> Vec<Waiting> {
    let (epoch, most) = (node.epoch().to_string(), i64::try_from(TOGETHER).unwrap());
    let mut tx = node.databases().node.snapshot().await.unwrap();
    outbox::after(&mut tx, number_of(B), LANE.code(), &epoch, after, most).await.unwrap()
}

/// A message of that form.
fn like(form: &Header, number: usize) -> Unsequenced {
    Unsequenced {
        id: Uuid::from_u128(number as u128),
        to: form.to,
        lane: form.lane,
        kind: *form.kind.known().unwrap(),
        basis: form.basis.known().unwrap().clone(),
        purpose: form.purpose,
        statement_digest: Digest::of(&number.to_be_bytes()),
        disclosed: form.disclosed.clone(),
        person_refs_digest: form.person_refs_digest,
    }
}

/// B has stored these messages of A.
async fn settle(node: &Node, rows: &[Waiting]) {
    let mut tx: Tx = node.databases().node.begin().await.unwrap();
    let before = chain::find(&mut tx, number_of(A), LANE, Direction::In).await.unwrap();
    let mut end = before.end;
    let mut drafts = Vec::with_capacity(rows.len());
    for row in rows {
        let x = Digest::of(row.header.as_bytes());
        end = ChainEnd { seq: row.seq.cast_unsigned(), x, ..end };
        drafts.push(Draft::Settle { header: row.header.clone(), x, result: Outcome::Stored, read: None });
    }
    assert!(chain::advance(&mut tx, number_of(A), LANE, Direction::In, before, end).await.unwrap());
    leave(&mut tx, &drafts).await.unwrap();
    tx.commit().await.unwrap();
    node.sequence().await.unwrap();
}

/// What PostgreSQL's housekeeping does within a minute of any load: its statistics are of what is there, and its queues
/// are rid of what was in them.
async fn take_stock(side: &Side) {
    if let Pool::Postgres { server, .. } = &side.node.databases().node {
        sqlx::raw_sql("VACUUM ANALYZE").execute(server).await.unwrap();
    }
}

/// `n` readings in the log.
async fn read(side: &Side, n: usize) {
    for from in (0..n).step_by(TOGETHER) {
        let drafts: Vec<Draft> = (from..n.min(from + TOGETHER))
            .map(|number| {
                let reference = Some(Digest::of(&number.to_be_bytes()));
                Draft::note(EntryType::Read, Incomplete { reference, ..Incomplete::default() })
            })
            .collect();
        let mut tx = side.node.databases().node.begin().await.unwrap();
        leave(&mut tx, &drafts).await.unwrap();
        tx.commit().await.unwrap();
        side.node.sequence().await.unwrap();
    }
}

/// A node as the store names it.
fn number_of(node: guitu::domain::node::NodeId) -> i64 {
    i64::from(node.region().number())
}
