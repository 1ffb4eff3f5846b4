//! What it costs that a reading is in the log before its answer leaves: concurrent readers of own leads, with the
//! use case as it is, and with the same opening and the same look at the texts of the same lead without the entry.

use std::hint::black_box;
use std::sync::Arc;

use guitu::cli::demo::leads::leads;
use guitu::clock::Clock as _;
use guitu::clock::SystemClock;
use guitu::domain::date::CivilDate;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use crate::database::Engine;
use crate::shelf::{Shelf, name};

/// Officers who read at once.
const READERS: usize = 200;
/// Leads that they read.
const LEADS: usize = 50;

/// Readings a second, and the time below which 99 of 100 of them stay, milliseconds.
async fn read(shelf: &Arc<Shelf>, ids: &Arc<Vec<Uuid>>, each: usize, logged: bool) -> (f64, f64) {
    let mut readers = JoinSet::new();
    let begun = Instant::now();
    for reader in 0..READERS {
        let (shelf, ids) = (Arc::clone(shelf), Arc::clone(ids));
        readers.spawn(async move {
            let mut times = Vec::with_capacity(each);
            for number in 0..each {
                let (id, begun) = (ids[(reader + number) % ids.len()], Instant::now());
                if logged {
                    shelf.node.read(&shelf.drafter, id).await.unwrap();
                } else {
                    let mut tx = shelf.node.databases().node.snapshot().await.unwrap();
                    let open = shelf.node.open_lead(&mut tx, id).await.unwrap();
                    black_box((open.texts.left(&open.lead), open.lead.value().clone()));
                    guitu::store::lead::shares(&mut tx, id).await.unwrap();
                    tx.rollback().await.unwrap();
                }
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            times
        });
    }
    let mut times: Vec<f64> = readers.join_all().await.into_iter().flatten().collect();
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    (rate, times[times.len() * 99 / 100])
}

/// Readings a second with an entry each; the floor is without.
pub(crate) async fn run(engine: Engine, n: usize, rounds: u64) {
    let shelf = Shelf::open(engine).await;
    let (own, today) = (shelf.node.id(), CivilDate::of(SystemClock.now()));
    let sample = leads(own, 1, today);
    let mut ids = Vec::new();
    for lead in sample.iter().cycle().take(LEADS) {
        ids.push(shelf.node.create(&shelf.drafter, lead.clone(), None).await.unwrap().id);
    }
    let (shelf, ids, each) = (Arc::new(shelf), Arc::new(ids), (n / READERS).max(1));
    let (mut measured, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (plain, p99_plain) = read(&shelf, &ids, each, false).await;
        let (rate, p99) = read(&shelf, &ids, each, true).await;
        shelf.node.sequence().await.unwrap();
        measured.push((rate, plain));
        with.push(p99);
        without.push(p99_plain);
    }
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2] * 1_000.0).round() / 1_000.0
    };
    let more = json!({
        "engine": name(engine), "readers": READERS, "p99_ms": middle(&mut with),
        "p99_ms_unlogged": middle(&mut without),
    });
    super::print("reads", "reads/s", (each * READERS) as u64, &measured, &more);
}
