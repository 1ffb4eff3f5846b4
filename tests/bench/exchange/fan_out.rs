//! `fan_out`: one lead to 32 peers, signed once: from the call that shares it until it is listed at all of them.
//!
//! Floor: a call to each peer over the same mutual TLS, two signatures verified and two durable transactions for each,
//! one of them at the sender, all at once.

use std::sync::Arc;

use guitu::domain::digest::Digest;
use guitu::peer::transport::Transport;
use guitu::statement::keys::SigningKey;
use guitu::store::db::{Pool, Value};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::alike::A;
use crate::database::Engine;
use crate::report::Row;
use crate::star::Star;

/// How many peers.
const PEERS: usize = 32;
/// Bytes of a row of the floor: about a message.
const BYTES: usize = 2_000;

/// Measures and prints the row.
pub(crate) async fn run(engine: Engine, rounds: usize) {
    let star = Star::open(engine, PEERS).await;
    for side in star.rays.iter().chain([&star.hub]) {
        let mut tx = side.node.databases().node.begin().await.unwrap();
        tx.query("/* floor */ CREATE TABLE floor_rows (id BIGINT PRIMARY KEY, body TEXT NOT NULL)")
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let delivery = star.hub.deliver();
    let mut measured = Vec::new();
    for round in 0..rounds {
        let (lead, ends) = (star.approved().await, star.ends().await);
        let began = Instant::now();
        let ((), ended) = tokio::join!(star.share(lead), star.readable(&ends, 1));
        star.acknowledged().await;
        measured.push(((ended - began).as_secs_f64() * 1_000.0, floor(&star, round).await));
    }
    delivery.end().await;
    Row { name: "fan_out", engine, unit: "ms", n: PEERS, rounds: measured }.print();
    star.close().await;
}

/// Milliseconds for the least that has to be done for all peers.
async fn floor(star: &Star, round: usize) -> f64 {
    let mut calls = JoinSet::new();
    let began = Instant::now();
    for (number, ray) in star.rays.iter().enumerate() {
        let (transport, address) = (Arc::clone(&star.hub.transport), ray.address.clone());
        let pools = [&star.hub, ray].map(|side| side.node.databases().node.clone());
        let id = i64::try_from(round * PEERS + number).unwrap();
        calls.spawn(async move {
            write(&pools[0], id).await;
            transport.get(&address, "/peer/v1/nothing").await.unwrap();
            verify_twice();
            write(&pools[1], id).await;
        });
    }
    calls.join_all().await;
    began.elapsed().as_secs_f64() * 1_000.0
}

async fn write(pool: &Pool, id: i64) {
    let mut tx = pool.begin().await.unwrap();
    let row = [Value::from(id), Value::from("x".repeat(BYTES))];
    tx.insert_rows("/* floor */ INSERT INTO floor_rows (id, body) VALUES", [row], "").await.unwrap();
    tx.commit().await.unwrap();
}

fn verify_twice() {
    let key = SigningKey::from_seed(A, Digest::of(b"floor").bytes()).unwrap();
    let text = [7; BYTES];
    let signature = key.sign(&text);
    for _ in 0..2 {
        assert!(key.verifying_key().verifies(&text, &signature));
    }
}
