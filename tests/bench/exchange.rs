//! `cargo bench --bench exchange [-- ROW…]`: what a lead costs on its way from node A to node B, against
//! floors that are measured in the same run on the same bytes.
//!
//! Two nodes in this process, each with its own databases, mutual TLS between them, everything durable at both.
//! One JSON object a row on standard output. `GUITU_BENCH_N` leads wait for `catch_up` (default 2,000; a quarter
//! of it for `sustained`, a twentieth for `latency`); `GUITU_BENCH_ROUNDS` rounds (default 5), whose medians count.
//! PostgreSQL is the cluster that `GUITU_TEST_PG` names, or one that ends with this process.
#![cfg(test)]
#![allow(clippy::large_futures, reason = "a bench runs one future at a time")]

#[path = "exchange/alike.rs"]
mod alike;
#[path = "exchange/catch_up.rs"]
mod catch_up;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../it/harness/database.rs"]
mod database;
#[path = "exchange/desk.rs"]
mod desk;
#[path = "exchange/floor.rs"]
mod floor;
#[path = "exchange/latency.rs"]
mod latency;
#[path = "exchange/pair.rs"]
mod pair;
#[path = "exchange/report.rs"]
mod report;
#[path = "exchange/sustained.rs"]
mod sustained;

use database::Engine;
use pair::Pair;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The rows in the order in which they are measured.
const ROWS: [&str; 3] = ["catch_up", "sustained", "latency"];

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let (leads, rounds) = (setting("GUITU_BENCH_N", 2_000), setting("GUITU_BENCH_ROUNDS", 5));
    guitu::peer::identity::install_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            for row in ROWS.iter().filter(|row| chosen.is_empty() || chosen.iter().any(|name| name == *row)) {
                measure(row, engine, leads, rounds).await;
            }
        }
    });
}

async fn measure(row: &str, engine: Engine, leads: usize, rounds: usize) {
    let pair = Pair::open(engine).await;
    match row {
        "catch_up" => catch_up::run(&pair, leads, rounds).await,
        "sustained" => sustained::run(&pair, (leads / 4).max(8), rounds).await,
        _ => latency::run(&pair, (leads / 20).max(20), rounds).await,
    }
    pair.close().await;
}

/// A number from the environment.
fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}
