//! `latency`, `latency_p99`: one lead in an idle system, from the call that shares it until B's list query gives it.
//!
//! Floor: two durable transactions at A, one call over the same mutual TLS, two durable transactions at B, with
//! rows of the same size; after each lead, in the same round.

use tokio::time::Instant;

use crate::alike::B;
use crate::floor::Rows;
use crate::pair::Pair;
use crate::report::{Row, quantile};
use guitu::peer::transport::Transport;

/// Measures and prints both rows.
pub(crate) async fn run(pair: &Pair, n: usize, rounds: usize) {
    let mut floors = (Rows::new(pair.engine).await, Rows::new(pair.engine).await);
    let bodies = pair.a.transport.take();
    floors.0.cut_from(&bodies);
    floors.1.cut_from(&bodies);
    let statement = bodies.last().map_or(0, Vec::len);
    let deliveries = [pair.a.deliver(), pair.b.deliver()];
    let (mut medians, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (mut values, mut least) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for _ in 0..n {
            values.push(one_lead(pair).await);
            least.push(one_floor(pair, &floors, statement).await);
        }
        medians.push((quantile(values.clone(), 0.5), quantile(least.clone(), 0.5)));
        tails.push((quantile(values, 0.99), quantile(least, 0.99)));
    }
    for delivery in deliveries {
        delivery.end().await;
    }
    for (row, rounds) in [("latency", medians), ("latency_p99", tails)] {
        Row { name: row, engine: pair.engine, unit: "ms", n, rounds }.print();
    }
    floors.0.close().await;
    floors.1.close().await;
}

/// Milliseconds until a lead that A shares is listed at B.
pub(crate) async fn one_lead(pair: &Pair) -> f64 {
    let lead = pair.approved().await;
    pair.quiet().await;
    let leaf = pair.b.end_of_list().await;
    let began = Instant::now();
    let ((), (_, ended)) = tokio::join!(pair.share(lead), pair.listed(leaf));
    pair.quiet().await;
    (ended - began).as_secs_f64() * 1_000.0
}

async fn one_floor(pair: &Pair, (a, b): &(Rows, Rows), statement: usize) -> f64 {
    assert_eq!(pair.b.address.node, B);
    let began = Instant::now();
    for rows in [a, b] {
        if std::ptr::eq(rows, b) {
            pair.a.transport.get(&pair.b.address, "/peer/v1/nothing").await.unwrap();
        }
        for _ in 0..2 {
            rows.write(&rows.open.node, [rows.row(statement / 2)]).await;
        }
    }
    began.elapsed().as_secs_f64() * 1_000.0
}
