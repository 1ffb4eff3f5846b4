//! `idle`, `idle_cpu`: what a node holds and uses while nothing happens, with 400 peers registered, none of which can
//! be reached, so that it goes on trying each of them. In a process of its own, with both databases of the harness open.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use guitu::domain::node::NodeId;
use guitu::domain::region::{Level, table};
use serde_json::{Value, json};
use tokio::time::interval;

use crate::alike::A;
use crate::database::Engine;
use crate::pair::Side;
use crate::report::{Row, name};
use crate::stranger::Stranger;

/// How many peers are registered.
const PEERS: usize = 400;
/// Ticks of a processor's clock in a second, as the kernel counts them for processes.
pub(crate) const TICKS: f64 = 100.0;

/// Measures and prints both rows; the node is left alone for `settle` seconds, and then watched as long.
pub(crate) fn run(engine: Engine, settle: usize) {
    let own = std::env::current_exe().unwrap();
    let seconds = settle.to_string();
    let said = Command::new(own).args(["--idle-once", name(engine), &seconds]).output().unwrap();
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    for (row, unit, member) in [("idle", "MB", "resident"), ("idle_cpu", "% of a core", "share")] {
        let rounds = vec![(said[member].as_f64().unwrap(), f64::NAN)];
        Row { name: row, engine, unit, n: PEERS, rounds }.print();
    }
}

/// What the child process does and prints.
pub(crate) async fn once(engine: &str, settle: u64) {
    let engine = if engine == name(Engine::Sqlite) { Engine::Sqlite } else { Engine::Postgres };
    let (side, _) = Side::open(engine, A).await;
    for id in prefectures().take(PEERS) {
        Stranger::new(id, "https://127.0.0.1:9/".to_owned()).enrol_at(&side).await;
    }
    assert!(side.verifier.replace(side.node.peer_trust().await.unwrap()).is_empty());
    let delivery = side.deliver();
    let own = Path::new("/proc/self/stat");
    let mut periods = interval(Duration::from_secs(settle));
    periods.tick().await;
    periods.tick().await;
    let before = used(own).unwrap();
    periods.tick().await;
    let seconds = (used(own).unwrap() - before) / TICKS;
    let share = seconds / Duration::from_secs(settle).as_secs_f64() * 100.0;
    println!("{}", json!({ "resident": resident("/proc/self/status"), "share": share }));
    delivery.end().await;
    side.close().await;
}

/// Nodes of other prefectures and counties.
fn prefectures() -> impl Iterator<Item = NodeId> {
    let regions = table().all().iter().map(|region| region.code);
    regions.filter(|code| code.level() != Level::Province && !A.region().contains(*code)).map(NodeId)
}

/// Processor time that a process or a thread has used, in ticks; none if it is gone.
pub(crate) fn used(stat: &Path) -> Option<f64> {
    let stat = std::fs::read_to_string(stat).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    fields.get(11..13)?.iter().map(|ticks| ticks.parse::<f64>().ok()).sum()
}

/// Megabytes that the process of this `status` holds.
pub(crate) fn resident(status: &str) -> f64 {
    let status = std::fs::read_to_string(status).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
}
