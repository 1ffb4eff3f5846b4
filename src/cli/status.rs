//! `guitu status`: what an operator wants to know of a node, whether or not it runs.
//!
//! Knows counts, days and addresses; no record. Exit 1 if something wants an operator.

mod running;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use serde::Serialize;
use tokio::time::timeout;

use self::running::Running;

use super::disk::Disk;
use super::failure::{Blame as _, Failure};
use super::folder::{NODE_CERT, NODE_KEY, NodeFolder, OFFICE_CERT, OFFICE_KEY};
use super::output::{Output, table};
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::config::Retention;
use crate::domain::node::NodeId;
use crate::exchange::position::Position;
use crate::node::Node;
use crate::node::concerns::AlarmView;
use crate::node::follow_up::Figures;
use crate::node::lag::LagView;
use crate::node::losses::LossesView;
use crate::node::standing::Waiting;
use crate::peer::identity::Identity;
use crate::peer::transport::{HttpsTransport, PeerAddress, Transport as _};
use crate::peer::verifier::PeerVerifier;

const PATIENCE: Duration = Duration::from_secs(5);
/// Fewer days than these want an operator.
const RENEW_DAYS: i64 = 30;
/// Batches are refused beyond this difference of clocks, milliseconds.
const MOST_SKEW: i64 = 300_000;

/// Show peers and their lag, certificates, clocks, figures, free disk and alarms. Exit 1 if a certificate ends
/// within 30 days, a peer's clock is off by more than 5 minutes, a peer cannot be reached, or the node waits because its
/// log was set back.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
}

#[derive(Serialize)]
struct Status {
    node: NodeId,
    /// The folder says where a running node listens.
    running: bool,
    figures: Figures,
    /// What a running node says, which knows what is under way; else what waits.
    lags: Vec<LagView>,
    peers: Vec<Reach>,
    certificates: Vec<Certificate>,
    alarms: Vec<AlarmView>,
    disk: Disk,
    /// How long the audit log and the log lines are kept.
    retention: Retention,
    /// When the backup was made from which the node was restored, until an operator accepts it.
    restored: Option<String>,
    /// Why the node waits, or would if it were started.
    waits: Option<Waiting>,
    /// What a restore lost, as the peers told.
    losses: LossesView,
}

/// Whether a peer answers, and by how much its clock differs.
#[derive(Serialize)]
struct Reach {
    node: NodeId,
    status: String,
    /// Milliseconds that its clock is ahead; none: it did not answer.
    skew_ms: Option<i64>,
}

#[derive(Serialize)]
struct Certificate {
    file: &'static str,
    days_left: i64,
}

/// Runs the command.
pub async fn run(args: Args, output: Output) -> Result<(), Failure> {
    let folder = NodeFolder::read(&args.dir)?;
    let node = folder.open_waiting().await?;
    let running = Running::of(&folder).await;
    let status = Status {
        node: node.id(),
        running: running.is_some(),
        figures: node.figures().await?,
        lags: match running.and_then(|running| running.lags) {
            Some(lags) => lags,
            None => node.lags().await?,
        },
        peers: reach(&folder, &node).await?,
        certificates: certificates(&folder)?,
        alarms: node.alarms().await?,
        disk: Disk::of(&args.dir).or_environment()?,
        retention: folder.settings.retention,
        restored: node.restored().await?,
        waits: node.would_wait(&super::epoch::transport(&folder, &node).await?).await?,
        losses: node.losses().await?,
    };
    node.databases().close().await;
    output.result(&status, || words(&status));
    match fault(&status) {
        Some(fault) => Err(Failure::refused(anyhow::anyhow!(fault))),
        None => Ok(()),
    }
}

fn fault(status: &Status) -> Option<String> {
    if let Some(waits) = &status.waits {
        return Some(format!("the node waits: {}", waits.advice()));
    }
    if let Some(made_at) = &status.restored {
        return Some(format!(
            "the node was restored from a backup of {made_at}; serve it, and it goes on in a new epoch"
        ));
    }
    let ending = status.certificates.iter().find(|certificate| certificate.days_left < RENEW_DAYS);
    if let Some(Certificate { file, days_left }) = ending {
        return Some(format!("{file} ends in {days_left} days; make a new one with `guitu pki`"));
    }
    let active = || status.peers.iter().filter(|peer| peer.status == "active");
    if let Some(peer) = active().find(|peer| peer.skew_ms.is_none()) {
        return Some(format!("{} does not answer; messages for it wait", peer.node));
    }
    let off = active()
        .find(|peer| peer.skew_ms.is_some_and(|skew| skew.unsigned_abs() > MOST_SKEW.unsigned_abs()))?;
    Some(format!("the clock of {} and ours differ by more than five minutes", off.node))
}

fn certificates(folder: &NodeFolder) -> Result<Vec<Certificate>, Failure> {
    let now = SystemClock.now();
    let days = |(file, key): (&'static str, &str)| {
        let identity = Identity::load(&folder.file(file), &folder.file(key)).or_input()?;
        let ends = identity.not_after().unwrap_or(now);
        Ok(Certificate { file, days_left: (ends.0 - now.0).div_euclid(Timestamp::DAY) })
    };
    [(NODE_CERT, NODE_KEY), (OFFICE_CERT, OFFICE_KEY)].into_iter().map(days).collect()
}

async fn reach(folder: &NodeFolder, node: &Node) -> Result<Vec<Reach>, Failure> {
    let verifier = PeerVerifier::new();
    verifier.replace(node.peer_trust().await?);
    let identity = Identity::load(&folder.file(NODE_CERT), &folder.file(NODE_KEY)).or_input()?;
    let transport = HttpsTransport::new(identity, verifier, Arc::new(SystemClock));
    let mut reached = Vec::new();
    for peer in node.peers().await? {
        let address = PeerAddress { node: peer.node, base_url: peer.peer_url };
        let asking = transport.get(&address, "/peer/v1/position");
        let answer = timeout(PATIENCE, asking).await.ok().and_then(Result::ok);
        let position = answer.and_then(|answer| serde_json::from_slice::<Position>(&answer.body).ok());
        let skew_ms = position.map(|position| position.now.saturating_sub(SystemClock.now().0));
        reached.push(Reach { node: peer.node, status: peer.status, skew_ms });
    }
    Ok(reached)
}

fn words(status: &Status) -> String {
    let Status { node, running, figures, lags, peers, certificates, alarms, disk, losses, .. } = status;
    let mut rows = vec![
        vec!["node".to_owned(), format!("{node}{}", if *running { ", running" } else { "" })],
        vec!["log".to_owned(), format!("{} entries", figures.log_size)],
        vec!["outbox".to_owned(), format!("{} waiting", figures.outbox_waiting)],
        vec!["received".to_owned(), format!("{} leads", figures.received)],
        vec!["folder".to_owned(), format!("{} bytes", disk.folder_bytes)],
        vec!["disk".to_owned(), disk.words()],
        vec!["alarms".to_owned(), alarms.len().to_string()],
    ];
    rows.extend(
        certificates.iter().map(|one| vec![one.file.to_owned(), format!("{} days left", one.days_left)]),
    );
    let mut told: Vec<&str> = Vec::new();
    for AlarmView { code, peer, advice, .. } in alarms {
        if !told.contains(&code.as_str()) {
            told.push(code);
            let about = peer.map_or_else(String::new, |peer| format!("{peer}: "));
            rows.push(vec![format!("alarm {code}"), format!("{about}{}", advice.label())]);
        }
    }
    if !(losses.records.is_empty() && losses.messages.is_empty()) {
        let lost = losses.messages.iter().map(|lost| lost.last.saturating_sub(lost.first).saturating_add(1));
        let messages = lost.fold(0, i64::saturating_add);
        let words = format!("{} records, {messages} messages: partners hold them", losses.records.len());
        rows.push(vec!["lost by restore".to_owned(), words]);
    }
    for peer in peers {
        let behind = behind(&lags.iter().filter(|lag| lag.node == peer.node).collect::<Vec<_>>());
        let clock = peer.skew_ms.map_or("does not answer".to_owned(), |skew| format!("clock {skew:+} ms"));
        rows.push(vec![format!("peer {}", peer.node), format!("{}, {behind}, {clock}", peer.status)]);
    }
    table(&rows)
}

/// What waits for a peer over both lanes, the oldest of it, what it refused, and which message of a lane does not pass.
fn behind(lags: &[&LagView]) -> String {
    let sum = |of: fn(&LagView) -> i64| lags.iter().map(|lag| of(lag)).sum::<i64>();
    let mut words = vec![format!("{} waiting", sum(|lag| lag.waiting))];
    words.extend(
        lags.iter().filter_map(|lag| lag.oldest_ms).max().map(|ms| format!("oldest {} s", ms / 1_000)),
    );
    for (count, what) in [(sum(|lag| lag.again), "go again"), (sum(|lag| lag.refused), "refused for good")] {
        words.extend((count > 0).then(|| format!("{count} {what}")));
    }
    for lag in lags {
        let blocked = lag.blocked_at.zip(lag.blocked_by.as_deref());
        words.extend(blocked.map(|(at, by)| format!("{} blocked at {at} by {by}", lag.lane)));
    }
    words.join(", ")
}
