//! `cargo bench --bench exchange [-- ROW…]`: what a lead costs on its way from node A to node B, against
//! floors that are measured in the same run on the same bytes.
//!
//! Nodes in this process, each with its own databases, mutual TLS between them, everything durable at all.
//! One JSON object a row on standard output. `GUITU_BENCH_N` leads wait for `catch_up` (default 2,000; other rows have
//! a part of it); `GUITU_BENCH_ROUNDS` rounds (default 5), whose medians count. `flat` has `GUITU_BENCH_BEHIND` messages
//! and `GUITU_BENCH_ENTRIES` entries behind it (defaults 50,000 and 100,000; 1,000,000 and 10,000,000 take half an hour
//! to make); `idle` takes twice `GUITU_BENCH_IDLE_S` seconds (default 60), `front_door` (the demo) as much each round.
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
#[path = "exchange/fan_out.rs"]
mod fan_out;
#[path = "exchange/flat.rs"]
mod flat;
#[path = "exchange/floor.rs"]
mod floor;
#[path = "exchange/front_door.rs"]
mod front_door;
#[path = "exchange/idle.rs"]
mod idle;
#[path = "exchange/latency.rs"]
mod latency;
#[path = "exchange/noisy_peer.rs"]
mod noisy_peer;
#[path = "exchange/pair.rs"]
mod pair;
#[path = "exchange/report.rs"]
mod report;
#[path = "exchange/scale_out.rs"]
mod scale_out;
#[path = "exchange/star.rs"]
mod star;
#[path = "exchange/stranger.rs"]
mod stranger;
#[path = "exchange/sustained.rs"]
mod sustained;

use database::Engine;
use pair::Pair;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The rows in the order in which they are measured.
const ROWS: [&str; 9] =
    ["catch_up", "sustained", "latency", "fan_out", "flat", "noisy_peer", "scale_out", "idle", "front_door"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let (leads, rounds) = (setting("GUITU_BENCH_N", 2_000), setting("GUITU_BENCH_ROUNDS", 5));
    guitu::peer::identity::install_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let [flag, engine, settle] = &words[..]
        && flag == "--idle-once"
    {
        runtime.block_on(idle::once(engine, settle.parse().unwrap()));
        return;
    }
    runtime.block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            for row in ROWS.iter().filter(|row| words.is_empty() || words.iter().any(|name| name == *row)) {
                measure(row, engine, leads, rounds).await;
            }
        }
    });
}

async fn measure(row: &str, engine: Engine, leads: usize, rounds: usize) {
    match row {
        "fan_out" => return fan_out::run(engine, rounds).await,
        "flat" => {
            let long = (setting("GUITU_BENCH_BEHIND", 50_000), setting("GUITU_BENCH_ENTRIES", 100_000));
            return flat::run(engine, (leads / 200).max(5), rounds, long).await;
        }
        // Several instances share a PostgreSQL only.
        "scale_out" if engine == Engine::Sqlite => return,
        "scale_out" => return scale_out::run((leads / 20).max(20), rounds).await,
        "idle" => return idle::run(engine, setting("GUITU_BENCH_IDLE_S", 60)),
        // The demo's own default.
        "front_door" if engine == Engine::Postgres => return,
        "front_door" => return front_door::run(rounds, setting("GUITU_BENCH_IDLE_S", 60)).await,
        _ => {}
    }
    let pair = Pair::open(engine).await;
    match row {
        "catch_up" => catch_up::run(&pair, leads, rounds).await,
        "sustained" => sustained::run(&pair, (leads / 4).max(8), rounds).await,
        "noisy_peer" => noisy_peer::run(&pair, (leads / 40).max(20), rounds).await,
        _ => latency::run(&pair, (leads / 20).max(20), rounds).await,
    }
    pair.close().await;
}

/// A number from the environment.
fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}
