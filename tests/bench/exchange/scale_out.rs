//! `scale_out`, `scale_out_locks`: processor time of the sender, and time that its transactions wait for each other's
//! locks, for each lead of a backlog to 8 peers: two instances on one PostgreSQL, against one, in turn.
//!
//! The instances run on threads of their own, whose time is counted; the peers on the others.

use std::sync::Arc;
use std::time::Duration;

use guitu::node::Node;
use guitu::peer::transport::Transport;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::interval;

use crate::database::Engine;
use crate::idle::TICKS;
use crate::pair::POLL;
use crate::report::Row;
use crate::star::Star;

/// How many peers.
const PEERS: usize = 8;
/// What the senders' threads are called.
const NAME: &str = "sender";
/// How often it is looked who waits for a lock.
const LOOK: Duration = Duration::from_millis(5);

/// What a backlog cost for each lead, milliseconds.
struct Cost {
    processor: f64,
    locks: f64,
}

/// Measures and prints both rows; `n` leads wait in each round.
pub(crate) async fn run(n: usize, rounds: usize) {
    let star = Star::open(Engine::Postgres, PEERS).await;
    let second = star.hub.twin().await;
    let senders =
        Builder::new_multi_thread().worker_threads(2).thread_name(NAME).enable_all().build().unwrap();
    let (mut processor, mut locks) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let one = delivered(&star, &senders, &[&star.hub.node], n).await;
        let two = delivered(&star, &senders, &[&star.hub.node, &second], n).await;
        processor.push((two.processor, one.processor));
        locks.push((two.locks, one.locks));
    }
    for (name, rounds) in [("scale_out", processor), ("scale_out_locks", locks)] {
        let row = Row { name, engine: Engine::Postgres, unit: "ms/lead", n, rounds };
        row.print_with(&json!({ "peers": PEERS }));
    }
    second.databases().close().await;
    star.close().await;
    senders.shutdown_background();
}

/// Leaves a backlog, and has these instances deliver it.
async fn delivered(star: &Star, senders: &Runtime, instances: &[&Arc<Node>], n: usize) -> Cost {
    for _ in 0..n {
        star.share(star.approved().await).await;
    }
    star.hub.node.sequence().await.unwrap();
    let (ends, before) = (star.ends().await, used());
    let (stop, stopped) = watch::channel(false);
    let mut deliveries = Vec::new();
    for instance in instances {
        let transport: Arc<dyn Transport> = star.hub.transport.clone();
        let delivery = Arc::clone(instance).deliver(transport, POLL, stopped.clone());
        deliveries.push(senders.spawn(delivery));
    }
    let mut waited = Duration::ZERO;
    let mut looks = interval(LOOK);
    let watching = async {
        loop {
            looks.tick().await;
            waited += LOOK * waiting(&star.hub.node).await;
        }
    };
    tokio::select! {
        _ = star.readable(&ends, n) => {}
        () = watching => {}
    }
    star.acknowledged().await;
    stop.send(true).unwrap();
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    let leads = f64::from(u32::try_from(n * PEERS).unwrap());
    Cost { processor: (used() - before) * 1_000.0 / leads, locks: waited.as_secs_f64() * 1_000.0 / leads }
}

/// How many transactions of the sender wait for a lock.
async fn waiting(node: &Node) -> u32 {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let sql = "/* bench */ SELECT CAST(count(*) AS BIGINT) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let (waiting,) = tx.query(sql).one::<(i64,)>().await.unwrap();
    u32::try_from(waiting).unwrap()
}

/// Seconds of processor time of the senders' threads.
fn used() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().map(|thread| thread.unwrap().path());
    let ours = threads
        .filter(|path| std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim_end() == NAME));
    ours.filter_map(|path| crate::idle::used(&path.join("stat"))).sum::<f64>() / TICKS
}
