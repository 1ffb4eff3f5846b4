//! `cargo bench --bench redaction [-- ROW…]`: how fast one core masks narratives and scans what is about to leave,
//! against UTF-8 validation and a search for one character over the same bytes in the same run; and what the fields of
//! a lead cost, from its claims to the presentations for ten recipients, against one signature.
//!
//! Rows: `narrative`, `gate` (each narrative by itself), `gate_once` (each with the values of its record made ready
//! for it alone), `gate_long` (all of them as one text), `fields`.
//! One JSON object a row on standard output. The texts are those of the tests (`tests/it/redaction/`);
//! `GUITU_BENCH_N` narratives (default 5,000), `GUITU_BENCH_ROUNDS` rounds (default 5), whose medians count.
#![cfg(test)]
#![allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]

#[path = "redaction/fields.rs"]
mod fields;
#[path = "redaction/narratives.rs"]
mod made;

use std::hint::black_box;

use guitu::redaction::narrative::{Gate, Known, RawText, redact};
use serde_json::json;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let chosen = |row: &str| words.is_empty() || words.iter().any(|word| word == row);
    let (n, rounds) = (setting("GUITU_BENCH_N", 5_000), setting("GUITU_BENCH_ROUNDS", 5));
    let texts = made::texts(n);
    if chosen("narrative") {
        let chars: usize = texts.iter().map(|text| text.chars().count()).sum();
        row("narrative", "chars/s/core", &texts, (chars, rounds), |text| {
            black_box(redact(&RawText::new(text.to_owned()), &[]));
        });
    }
    let gate = made_ready();
    let scan = |text: &str| {
        black_box(gate.scan(text));
    };
    let bytes = texts.iter().map(String::len).sum();
    if chosen("gate") {
        row("gate", "bytes/s/core", &texts, (bytes, rounds), scan);
    }
    if chosen("gate_once") {
        row("gate_once", "bytes/s/core", &texts, (bytes, rounds), |text| {
            black_box(made_ready().scan(text));
        });
    }
    if chosen("gate_long") {
        row("gate_long", "bytes/s/core", &[texts.concat()], (bytes, rounds), scan);
    }
    if chosen("fields") {
        fields(n / 10, rounds);
    }
}

/// The gate of a record.
fn made_ready() -> Gate {
    Gate::new(&["石小满", "13800138000"].map(Known::new))
}

/// Leads a second, each redacted, signed once and presented to ten recipients.
fn fields(n: usize, rounds: usize) {
    let desk = fields::Desk::new();
    let measured = |work: &dyn Fn() -> usize| {
        let timed = || {
            let begun = Instant::now();
            for _ in 0..n {
                black_box(work());
            }
            n as f64 / begun.elapsed().as_secs_f64()
        };
        timed();
        median((0..rounds).map(|_| timed()).collect())
    };
    let (value, floor) = (measured(&|| desk.send()), measured(&|| desk.sign()));
    println!(
        "{}",
        json!({ "row": "fields", "unit": "leads/s/core", "value": value.round(), "floor": floor.round(),
                "ratio": value / floor, "ms": 1e3 / value, "recipients": fields::RECIPIENTS,
                "n": n, "rounds": rounds, "cores": 1 })
    );
}

/// Measures `work` and the floor over all texts in each round and prints the medians.
fn row(row: &str, unit: &str, texts: &[String], (units, rounds): (usize, usize), work: impl Fn(&str)) {
    let timed = |work: &dyn Fn(&str)| {
        let begun = Instant::now();
        for text in texts {
            work(text);
        }
        units as f64 / begun.elapsed().as_secs_f64()
    };
    timed(&work);
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floors.push(timed(&|text| {
            black_box(
                std::str::from_utf8(black_box(text.as_bytes())).is_ok_and(|text| text.contains('\u{1}')),
            );
        }));
        values.push(timed(&work));
    }
    let (value, floor) = (median(values), median(floors));
    println!(
        "{}",
        json!({ "row": row, "unit": unit, "value": value.round(), "floor": floor.round(),
                "ratio": value / floor, "n": texts.len(), "rounds": rounds, "cores": 1 })
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().unwrap())
}
