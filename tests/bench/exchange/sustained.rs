//! `sustained`: eight officers draft, approve and share one lead at a time while A delivers: leads/s until all are
//! readable at B. The officers call the node's use cases, not the office API.
//!
//! Floor: eight writers without HTTP and crypto, with as many bytes and as many durable transactions at A and B
//! for each lead as the nodes just needed: theirs are counted, not assumed.

use std::sync::Mutex;

use guitu::store::db::Pool;
use tokio::time::Instant;

use crate::desk::OFFICERS;
use crate::floor::Rows;
use crate::pair::{Pair, Side};
use crate::report::{Row, rate};

/// What was written, so far or for each lead.
#[derive(Clone, Copy, Default)]
struct Written {
    /// Transactions of the sequencer, at A and at B.
    sequencings: [i64; 2],
    /// Bytes of log entries, at A and at B.
    entries: [i64; 2],
    /// Bytes of raw leads, of signed versions, of headers, and of received leads.
    raw: i64,
    versions: i64,
    headers: i64,
    received: i64,
}

/// Measures and prints the row.
pub(crate) async fn run(pair: &Pair, n: usize, rounds: usize) {
    let mut row = Row {
        name: "sustained",
        engine: pair.engine,
        unit: "leads/s",
        n,
        rounds: Vec::with_capacity(rounds),
    };
    let mut floors = (Rows::new(pair.engine).await, Rows::new(pair.engine).await);
    let deliveries = [pair.a.deliver(), pair.b.deliver()];
    for _ in 0..rounds {
        let (leaf, before) = (pair.b.end_of_list().await, written(pair).await);
        pair.a.transport.take();
        let began = Instant::now();
        let ((), ended) = tokio::join!(pair.write_and_share(n), pair.b.readable(leaf, n));
        pair.quiet().await;
        assert_eq!(pair.read_list(leaf).await, n, "B's list is complete");
        let bodies = pair.a.transport.take();
        floors.0.cut_from(&bodies);
        floors.1.cut_from(&bodies);
        let work = Work::new(before, written(pair).await, bodies.len(), n);
        row.rounds.push((rate(n, ended - began), work.rate(&floors, n).await));
    }
    for delivery in deliveries {
        delivery.end().await;
    }
    row.print();
    floors.0.close().await;
    floors.1.close().await;
}

async fn written(pair: &Pair) -> Written {
    let bytes = |side: &Side, sql: &'static str| {
        let pool = side.node.databases().node.clone();
        async move { number(&pool, sql).await }
    };
    let rounds = "/* bench */ SELECT CAST(count(*) AS BIGINT) FROM checkpoints";
    let entries = "/* bench */ SELECT CAST(coalesce(sum(octet_length(entry)), 0) AS BIGINT) FROM log_entries";
    Written {
        sequencings: [bytes(&pair.a, rounds).await, bytes(&pair.b, rounds).await],
        entries: [bytes(&pair.a, entries).await, bytes(&pair.b, entries).await],
        raw: bytes(&pair.a, "/* bench */ SELECT CAST(coalesce(sum(octet_length(raw)), 0) AS BIGINT) FROM leads").await,
        versions: bytes(&pair.a, "/* bench */ SELECT CAST(coalesce(sum(octet_length(jws) + octet_length(disclosures)), 0) AS BIGINT) FROM lead_versions").await,
        headers: bytes(&pair.a, "/* bench */ SELECT CAST(coalesce(sum(octet_length(header)), 0) AS BIGINT) FROM outbox").await,
        received: bytes(&pair.b, "/* bench */ SELECT CAST(coalesce(sum(octet_length(presentation)), 0) AS BIGINT) FROM received").await,
    }
}

async fn number(pool: &Pool, sql: &'static str) -> i64 {
    let mut tx = pool.snapshot().await.unwrap();
    tx.query(sql).one::<(i64,)>().await.unwrap().0
}

/// What one lead costs the engine.
struct Work {
    /// Bytes of the rows of each of the officers' four transactions at A.
    steps: [usize; 4],
    /// Transactions beside those, at A and at B, and bytes of a lead's rows in them.
    beside: [(f64, usize); 2],
}

/// Bytes of a wrapped data key with its id.
const KEY: usize = 76;

impl Work {
    /// From what was written between two looks, and in how many batches `n` leads went.
    fn new(before: Written, after: Written, batches: usize, n: usize) -> Self {
        let each = |from: i64, to: i64| usize::try_from(to - from).unwrap() / n;
        let raw = each(before.raw, after.raw);
        let version = each(before.versions, after.versions);
        let header = each(before.headers, after.headers);
        let received = each(before.received, after.received);
        let entries = [0, 1].map(|side| each(before.entries[side], after.entries[side]));
        // A draft is about as long as the entry that it becomes, and A's entries are four a lead.
        let draft = entries[0] / 4;
        let count = |side: usize, batch: usize| {
            let sequencings = usize::try_from(after.sequencings[side] - before.sequencings[side]).unwrap();
            fraction(sequencings + batch * batches, n)
        };
        Self {
            steps: [raw + draft, raw + draft, raw + version + draft, raw + header + draft],
            // Beside the sequencer: A files the receipt; B makes keys and settles.
            beside: [(count(0, 1), entries[0] + header), (count(1, 2), KEY + received + 2 * entries[1])],
        }
    }

    async fn rate(&self, floors: &(Rows, Rows), n: usize) -> f64 {
        let due = Mutex::new([(0.0, 0); 2]);
        let began = Instant::now();
        let one = |writer: usize| {
            let due = &due;
            async move {
                for _ in (writer..n).step_by(OFFICERS) {
                    self.one_lead(floors, due).await;
                }
            }
        };
        tokio::join!(one(0), one(1), one(2), one(3), one(4), one(5), one(6), one(7));
        rate(n, began.elapsed())
    }

    async fn one_lead(&self, floors: &(Rows, Rows), due: &Mutex<[(f64, usize); 2]>) {
        let a = &floors.0;
        a.write(&a.open.keystore, [a.row(KEY)]).await;
        for bytes in self.steps {
            a.write(&a.open.node, [a.row(bytes)]).await;
        }
        for (side, rows) in [a, &floors.1].into_iter().enumerate() {
            let (transactions, leads) = taken(&mut due.lock().unwrap()[side], self.beside[side].0);
            let mut leads = leads;
            for _ in 0..transactions {
                let bodies: Vec<String> = (0..leads.max(1)).map(|_| rows.row(self.beside[side].1)).collect();
                rows.write(&rows.open.node, bodies).await;
                leads = 0;
            }
        }
    }
}

/// One lead more is due; how many whole transactions with how many leads this writer does now.
fn taken(due: &mut (f64, usize), each: f64) -> (usize, usize) {
    due.0 += each;
    due.1 += 1;
    let mut transactions = 0;
    while due.0 >= 1.0 {
        due.0 -= 1.0;
        transactions += 1;
    }
    (transactions, if transactions == 0 { 0 } else { std::mem::take(&mut due.1) })
}

fn fraction(a: usize, b: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    number(a) / number(b)
}
