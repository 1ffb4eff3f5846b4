//! `cargo bench --bench evidence [-- ROW…]`: what it costs to check a log, against SHA-256 of the same bytes
//! in the same run.
//!
//! One JSON object a row on standard output. Two synthetic logs of `GUITU_BENCH_N` entries each (default
//! 1,000,000) that exchange in batches of 500, with receipts and heads; `GUITU_BENCH_ROUNDS` rounds (default 5),
//! whose medians count. Each round of `reconcile` runs in a process of its own, so that its memory is its own.
//! `append` (which prints `append_left` too) and `reads` have `GUITU_BENCH_ROWS` entries and readings a round (default
//! 20,000), on SQLite and on the PostgreSQL that `GUITU_TEST_PG` names, or one that ends with this process.
#![cfg(test)]
#![allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
#![allow(clippy::large_futures, reason = "a bench runs one future at a time")]

#[path = "evidence/append.rs"]
mod append;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../it/harness/database.rs"]
mod database;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../it/harness/exports.rs"]
mod exports;
#[path = "evidence/logs.rs"]
mod logs;
#[path = "evidence/proofs.rs"]
mod proofs;
#[path = "evidence/reads.rs"]
mod reads;
#[path = "evidence/shelf.rs"]
mod shelf;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../it/harness/two_logs.rs"]
mod two_logs;

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::Command;
use std::thread;

use guitu::audit::reconcile::reconcile;
use guitu::audit::trust::Trust;
use guitu::audit::verify::{gather, verify};
use guitu::domain::digest::Digest;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::database::Engine;
use self::logs::Bundles;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: [&str; 5] = ["verify", "reconcile", "inclusion", "append", "reads"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [flag, a, b, trust] = &words[..]
        && flag == "--reconcile-once"
    {
        println!("{}", reconcile_once(Path::new(a), Path::new(b), Path::new(trust)));
        return;
    }
    let chosen = |row: &str| words.is_empty() || words.iter().any(|word| word == row);
    let (n, rounds) = (setting("GUITU_BENCH_N", 1_000_000), setting("GUITU_BENCH_ROUNDS", 5));
    if ROWS[..2].iter().any(|row| chosen(row)) {
        let bundles = Bundles::make(n);
        if chosen("verify") {
            verify_rows(&bundles, rounds);
        }
        if chosen("reconcile") {
            reconcile_rows(&bundles, rounds);
        }
    }
    if chosen("inclusion") {
        proofs::run(setting("GUITU_BENCH_TREE", 10_000_000), rounds);
    }
    let stored: Vec<&str> = ROWS[3..].iter().copied().filter(|row| chosen(row)).collect();
    if !stored.is_empty() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(measure_stored(&stored, rounds));
    }
}

/// The rows that need a store, on both engines.
async fn measure_stored(rows: &[&str], rounds: u64) {
    let n = usize::try_from(setting("GUITU_BENCH_ROWS", 20_000)).unwrap();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for row in rows {
            match *row {
                "append" => append::run(engine, n, rounds).await,
                _ => reads::run(engine, n, rounds).await,
            }
        }
    }
}

/// Entries a second on one core, all of a bundle's checks together.
fn verify_rows(bundles: &Bundles, rounds: u64) {
    let trust = bundles.trust();
    let mut measured = Vec::new();
    for _ in 0..rounds {
        let floor = bundles.entries as f64 / hashed(&bundles.a);
        let begun = Instant::now();
        let report =
            verify(BufReader::with_capacity(1 << 16, File::open(&bundles.a).unwrap()), Some(&trust)).unwrap();
        let value = report.size as f64 / begun.elapsed().as_secs_f64();
        assert!(report.holds(), "{:?}", report.findings);
        measured.push((value, floor));
    }
    print("verify", "entries/s/core", bundles.entries, &measured, &json!({}));
}

/// Seconds for both bundles, and the peak of memory.
fn reconcile_rows(bundles: &Bundles, rounds: u64) {
    let (mut measured, mut peak) = (Vec::new(), 0);
    for _ in 0..rounds {
        let begun = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| hashed(&bundles.b));
            hashed(&bundles.a);
        });
        let floor = begun.elapsed().as_secs_f64();
        let own = std::env::current_exe().unwrap();
        let said = Command::new(own)
            .arg("--reconcile-once")
            .args([&bundles.a, &bundles.b, &bundles.trust_file])
            .output()
            .unwrap();
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!((&said["holds"], said["matched"].as_u64().unwrap() > 0), (&json!(true), true));
        measured.push((said["seconds"].as_f64().unwrap(), floor));
        peak = peak.max(said["peak_mb"].as_u64().unwrap());
    }
    print("reconcile", "s", 2 * bundles.entries, &measured, &json!({ "peak_mb": peak }));
}

fn reconcile_once(a: &Path, b: &Path, trust: &Path) -> Value {
    let trust = Trust::open(&std::fs::read(trust).unwrap()).unwrap();
    let read = |path: &Path| {
        gather(BufReader::with_capacity(1 << 16, File::open(path).unwrap()), &trust, &mut |_| {}).unwrap()
    };
    let begun = Instant::now();
    let (a, b) = thread::scope(|scope| {
        let beside = scope.spawn(|| read(b));
        (read(a), beside.join().unwrap())
    });
    let joint = reconcile(&a, &b).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let matched: u64 = joint.lanes.iter().map(|lane| lane.matched).sum();
    json!({ "holds": joint.holds(), "matched": matched, "seconds": seconds, "peak_mb": peak_mb() })
}

/// The most memory that this process ever held (`VmHWM`).
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

/// How many seconds SHA-256 takes over the bytes of a file, read in pieces of an entry's size.
fn hashed(path: &Path) -> f64 {
    let begun = Instant::now();
    let (mut file, mut piece) = (BufReader::with_capacity(1 << 16, File::open(path).unwrap()), [0; 1_024]);
    loop {
        let length = file.read(&mut piece).unwrap();
        if length == 0 {
            return begun.elapsed().as_secs_f64();
        }
        black_box(Digest::of(&piece[..length]));
    }
}

/// Prints a row: medians over the rounds, with whatever else was seen.
fn print(row: &str, unit: &str, n: u64, rounds: &[(f64, f64)], more: &Value) {
    let median = |pick: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2] * 1_000.0).round() / 1_000.0
    };
    let load = std::fs::read_to_string("/proc/loadavg").ok();
    let load = load.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let mut said = json!({
        "row": row,
        "value": median(|(value, _)| *value),
        "unit": unit,
        "floor": median(|(_, floor)| *floor),
        "ratio": median(|(value, floor)| value / floor),
        "n": n,
        "rounds": rounds.len(),
        "load": load,
    });
    said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    println!("{said}");
}

/// A number from the environment.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}
