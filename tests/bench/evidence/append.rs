//! Entries that the sequencer appends, against the engine's bulk insert of the same bytes in transactions of the same
//! size: those that a group commit brings (`append`), and those that others left and committed before (`append_left`).

use guitu::audit::{EntryType, Incomplete};
use guitu::domain::digest::Digest;
use guitu::node::draft::{Draft, leave};
use guitu::store::db::Value;
use guitu::store::log;
use serde_json::json;
use tokio::time::Instant;

use crate::database::Engine;
use crate::shelf::{Shelf, name};

/// Rows of one transaction: as many as one commit writes down together, and as a round of the sequencer takes.
const TOGETHER: usize = 1_000;

/// A reading: what most entries of a busy office are.
fn body(number: usize) -> Incomplete {
    Incomplete {
        actor: Some(format!("{:032x}", number % 97)),
        reference: Some(Digest::of(&number.to_be_bytes())),
        ..Incomplete::default()
    }
}

fn drafts(n: usize) -> impl Iterator<Item = Vec<Draft>> {
    let draft = |number| Draft::note(EntryType::Read, body(number));
    (0..n).step_by(TOGETHER).map(move |first| (first..n.min(first + TOGETHER)).map(draft).collect())
}

/// Seconds for the entries that group commits bring.
async fn brought(shelf: &Shelf, n: usize) -> f64 {
    let all: Vec<_> = drafts(n).collect();
    let begun = Instant::now();
    for together in all {
        shelf.node.write_down(together).await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

/// Seconds for the entries that others left.
async fn left(shelf: &Shelf, n: usize) -> f64 {
    for drafts in drafts(n) {
        let mut tx = shelf.node.databases().node.begin().await.unwrap();
        leave(&mut tx, &drafts).await.unwrap();
        tx.commit().await.unwrap();
    }
    let begun = Instant::now();
    shelf.node.sequence().await.unwrap();
    begun.elapsed().as_secs_f64()
}

/// Seconds for the engine to take in the entries from index `from` on as rows, durably, and nothing else.
async fn inserted(shelf: &Shelf, from: i64, round: u64) -> f64 {
    let pool = &shelf.node.databases().node;
    let mut batches = Vec::new();
    let mut tx = pool.begin().await.unwrap();
    tx.query("/* floor */ CREATE TABLE IF NOT EXISTS floor_rows (round BIGINT, leaf BIGINT, entry TEXT, PRIMARY KEY (round, leaf))")
        .execute()
        .await
        .unwrap();
    let mut next = from;
    loop {
        let page = log::entries(&mut tx, next, i64::try_from(TOGETHER).unwrap()).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        next = last + 1;
        batches.push(page);
    }
    tx.commit().await.unwrap();
    let round = i64::try_from(round).unwrap();
    let begun = Instant::now();
    for batch in batches {
        let rows = batch.into_iter().map(|(leaf, entry)| [Value::from(round), leaf.into(), entry.into()]);
        let mut tx = pool.begin().await.unwrap();
        tx.insert_rows("/* floor */ INSERT INTO floor_rows (round, leaf, entry) VALUES", rows, "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

/// Entries a second.
pub(crate) async fn run(engine: Engine, n: usize, rounds: u64) {
    let shelf = Shelf::open(engine).await;
    let (mut groups, mut leavings) = (Vec::new(), Vec::new());
    for round in 0..2 * rounds {
        let from = i64::try_from(round).unwrap() * i64::try_from(n).unwrap();
        let grouped = round % 2 == 0;
        let seconds = if grouped { brought(&shelf, n).await } else { left(&shelf, n).await };
        let floor = inserted(&shelf, from, round).await;
        let measured = if grouped { &mut groups } else { &mut leavings };
        measured.push((n as f64 / seconds, n as f64 / floor));
    }
    for (row, measured) in [("append", groups), ("append_left", leavings)] {
        super::print(row, "entries/s", n as u64, &measured, &json!({ "engine": name(engine) }));
    }
    shelf.close().await;
}
