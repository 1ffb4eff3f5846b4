//! `catch_up`: leads that waited while B was away, from the first call until all are readable at B.
//!
//! Floor: the Ed25519 signature and the hash of each of the same statements, and their bulk insert with their
//! headers, 500 in a transaction, one after the other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guitu::domain::digest::Digest;
use guitu::exchange::batch::Batch;
use guitu::node::Node;
use tokio::time::Instant;

use crate::floor::Rows;
use crate::pair::Pair;
use crate::report::{Row, rate};

/// Rows of one transaction.
const BULK: usize = 500;

/// Measures and prints the row.
pub(crate) async fn run(pair: &Pair, n: usize, rounds: usize) {
    let mut row =
        Row { name: "catch_up", engine: pair.engine, unit: "leads/s", n, rounds: Vec::with_capacity(rounds) };
    let floor = Rows::new(pair.engine).await;
    for _ in 0..rounds {
        let leaf = pair.b.end_of_list().await;
        pair.write_and_share(n).await;
        pair.a.transport.take();
        let (began, delivery) = (Instant::now(), pair.a.deliver());
        let ended = pair.b.readable(leaf, n).await;
        pair.quiet().await;
        delivery.end().await;
        assert_eq!(pair.read_list(leaf).await, n, "B's list is complete");
        let items = items(&pair.a.transport.take());
        assert_eq!(items.len(), n, "each lead went once");
        row.rounds.push((rate(n, ended - began), floor_rate(&floor, &pair.a.node, items).await));
    }
    row.print();
    floor.close().await;
}

/// Header and statement of each item, as posted.
fn items(bodies: &[Vec<u8>]) -> Vec<(String, String)> {
    let batches = bodies.iter().map(|body| serde_json::from_slice::<Batch>(body).unwrap());
    let items = batches.flat_map(|batch| batch.items);
    items.map(|item| (item.header.get().to_owned(), item.statement.unwrap())).collect()
}

async fn floor_rate(floor: &Rows, sender: &Node, items: Vec<(String, String)>) -> f64 {
    let n = items.len();
    let key = sender.keys().signing().verifying_key();
    let began = Instant::now();
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        let rows: Vec<String> = items
            .by_ref()
            .take(BULK)
            .map(|(header, statement)| {
                let compact = statement.split('~').next().unwrap();
                let (signed, signature) = compact.rsplit_once('.').unwrap();
                let signature = URL_SAFE_NO_PAD.decode(signature).unwrap().try_into().unwrap();
                assert!(key.verifies(signed.as_bytes(), &signature));
                format!("{header}{statement}{}", Digest::of(statement.as_bytes()))
            })
            .collect();
        floor.write(&floor.open.node, rows).await;
    }
    rate(n, began.elapsed())
}
