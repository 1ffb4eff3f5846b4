//! `cargo bench --bench simulation [-- ROW…]`: what the country costs its nodes in a virtual day: messages, bytes,
//! lag and CPU, with the product's own rules, signatures and logs, and without databases and sockets.
//!
//! One JSON object a figure on standard output. `country`: 34 provinces and 333 prefectures; `counties`: with so many
//! counties that there are 3,200 nodes. Each at 10,000 leads a day times `GUITU_BENCH_LOADS` (default `1,10`).
//! The CPU is that of the whole simulation over the number of nodes: an upper bound of what the rules cost.
#![cfg(test)]
#![allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]

#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../it/harness"]
mod harness {
    pub(crate) mod effort;
    pub(crate) mod exports;
    pub(crate) mod two_logs;
}
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../it/simulation"]
mod simulation {
    pub(crate) mod agenda;
    pub(crate) mod bugs;
    pub(crate) mod cases;
    pub(crate) mod checker;
    pub(crate) mod deeds;
    pub(crate) mod dice;
    pub(crate) mod keys;
    pub(crate) mod log;
    pub(crate) mod network;
    pub(crate) mod observe;
    pub(crate) mod office;
    pub(crate) mod receiver;
    pub(crate) mod regions;
    pub(crate) mod sender;
    pub(crate) mod site;
    pub(crate) mod world;
}

use guitu::clock::Timestamp;
use serde_json::json;

use simulation::regions::{DAILY, country};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The rows, and how many counties have a node in each: with the second, 3,200 nodes have corridors.
const ROWS: [(&str, usize); 2] = [("country", 0), ("counties", 2_933)];

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let loads = std::env::var("GUITU_BENCH_LOADS").unwrap_or_else(|_| "1,10".to_owned());
    let loads: Vec<u64> = loads.split(',').map(|load| load.parse().expect("a number")).collect();
    for (row, counties) in ROWS {
        if chosen.is_empty() || chosen.iter().any(|name| name == row) {
            for load in &loads {
                measure(row, counties, *load);
            }
        }
    }
}

fn measure(row: &str, counties: usize, times: u64) {
    let mut world = country(counties, DAILY * times, Timestamp::DAY);
    let before = cpu();
    assert!(world.run(), "everything arrives");
    let (cpu, load) = (cpu() - before, world.load());
    let node = |value: f64| value / load.nodes as f64;
    let figures = [
        ("messages", "per node and day", node(load.messages as f64)),
        ("batches", "per node and day", node(load.batches as f64)),
        ("bytes", "per node and day", node(load.bytes as f64)),
        ("cpu", "ms per node and day", node(cpu)),
        ("lag_p50", "ms", load.lag.0 as f64),
        ("lag_p99", "ms", load.lag.1 as f64),
    ];
    for (figure, unit, value) in figures {
        let value = (value * 1_000.0).round() / 1_000.0;
        let leads = DAILY * times;
        println!(
            "{}",
            json!({ "row": format!("{row}/{figure}"), "value": value, "unit": unit, "n": load.nodes, "leads": leads })
        );
    }
}

/// The CPU time of this thread so far, milliseconds.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}
