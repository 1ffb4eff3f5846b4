//! Entries that the sequencer appends in its group commit, against the engine's bulk insert of the same bytes.

use guitu::audit::{EntryType, Incomplete};
use guitu::domain::digest::Digest;
use guitu::node::draft::{Draft, leave};
use guitu::store::db::Value;
use guitu::store::log;
use serde_json::json;
use tokio::time::Instant;

use crate::database::Engine;
use crate::shelf::{Shelf, name};

/// Rows of one transaction, as in a round of the sequencer.
const TOGETHER: usize = 1_000;

/// A reading: what most entries of a busy office are.
fn body(number: usize) -> Incomplete {
    Incomplete {
        actor: Some(format!("{:032x}", number % 97)),
        reference: Some(Digest::of(&number.to_be_bytes())),
        ..Incomplete::default()
    }
}

/// Leaves the drafts that will be sequenced.
async fn drafted(shelf: &Shelf, n: usize) {
    for first in (0..n).step_by(TOGETHER) {
        let drafts: Vec<Draft> = (first..n.min(first + TOGETHER))
            .map(|number| Draft::note(EntryType::Read, body(number)))
            .collect();
        let mut tx = shelf.node.databases().node.begin().await.unwrap();
        leave(&mut tx, &drafts).await.unwrap();
        tx.commit().await.unwrap();
    }
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
    let mut measured = Vec::new();
    for round in 0..rounds {
        let from = i64::try_from(round).unwrap() * i64::try_from(n).unwrap();
        drafted(&shelf, n).await;
        let begun = Instant::now();
        shelf.node.sequence().await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        let floor = inserted(&shelf, from, round).await;
        measured.push((n as f64 / seconds, n as f64 / floor));
    }
    super::print("append", "entries/s", n as u64, &measured, &json!({ "engine": name(engine) }));
    shelf.close().await;
}
