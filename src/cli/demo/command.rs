//! `guitu demo`: a federation of three regions on this machine, with invented leads.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use super::federation::{self, ENTROPY, NODES, Region, State, name};
use super::process::Process;
use super::{check, filings, life, report, scenario};
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::CA_CERT;
use crate::cli::output::Output;
use crate::clock::{Clock as _, SystemClock, Timestamp, random};

/// Run three nodes (临沧, 重庆, 朔州) on this machine: agreements, 180 leads about people who do not
/// exist, an acknowledgement and a correction; with --uppers the filing of the agreements. Stays up until Ctrl-C.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// Run the scenario to its end, with the life of one more agreement (amended, suspended, resumed, terminated, its
    /// leads destroyed), check it from outside, and exit 0 if everything holds, else 1.
    #[arg(long)]
    check: bool,
    /// Keep the data there; a second start resumes. Without it they are removed at the end.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Run every node on this PostgreSQL server, and the first as two instances: the address of a role that may
    /// create databases, `postgres://user@host/database`. Each node gets two databases of its own, which
    /// are kept with --dir and removed at the end without it.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Run two upper nodes more, 云南 and 山西, with whom 临沧 and 朔州 file the agreements; 重庆 has none.
    #[arg(long)]
    uppers: bool,
}

/// What the demo says with `--json`.
#[derive(Serialize)]
struct Summary {
    ready: bool,
    resumed: bool,
    seconds_to_ready: f64,
    leads: usize,
    messages: usize,
    receipts: usize,
    users: Value,
    nodes: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    uppers: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filed: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<check::Outcome>,
}

/// Runs the command.
pub async fn run(args: Args, output: Output) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).or_environment()?;
    let mut terminate = signal(SignalKind::terminate()).or_environment()?;
    let stopped = async {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    };
    tokio::pin!(stopped);
    let home = Home::of(args.dir)?;
    let state = State::of(home.path(), args.postgres.as_deref(), args.uppers, &ENTROPY).await?;
    let outcome = async {
        let regions = tokio::select! {
            done = play(home.path(), &state, args.check, output) => done?,
            () = &mut stopped => return Err(Failure::environment(anyhow::anyhow!("interrupted before it was ready"))),
        };
        if !args.check {
            stopped.await;
        }
        federation::each(regions.into_iter().map(Region::stop)).await.map(drop)
    }
    .await;
    let removed = if home.temporary { state.remove_databases().await } else { Ok(()) };
    outcome.and(removed)
}

/// Plays the scenario; the nodes that it returns are up and have received everything.
async fn play(dir: &Path, state: &State, check: bool, output: Output) -> Result<Vec<Region>, Failure> {
    let begun = SystemClock.now();
    output.progress(if state.loaded { "节点重新启动……" } else { "节点正在建立……" });
    let all = federation::start(dir, state).await?;
    let (regions, uppers) = all.split_at(NODES.len().min(all.len()));
    let agreements = scenario::agree(regions, state.today).await?;
    let lead = scenario::shown(regions, agreements, state).await?;
    let mut loaded = Vec::new();
    if !state.loaded || check {
        loaded = scenario::load(regions, agreements, state).await?;
        let recipient = regions.iter().find(|region| lead.1.recipients.contains(&region.node));
        if let Some(recipient) = recipient {
            scenario::answer_and_correct(lead.0, recipient, &lead.1).await?;
        }
    }
    if state.uppers {
        filings::settle(&all, agreements).await?;
    }
    scenario::settle_all(&all).await?;
    State::is_loaded(dir)?;
    let seconds = since(begun);
    let leads = regions.len() * super::leads::PER_NODE;
    output.progress(&format!("ready（{seconds:.1} 秒，{leads} 条线索，全部消息均有回执）\n"));
    output.progress(&report::view(regions, lead.0, &lead.1).await?.table());
    let filed = if state.uppers { filings::words(&all, agreements).await? } else { Vec::new() };
    output.progress(&filed.join("\n"));
    let life = if check { Some(life::play(dir, regions, state).await?) } else { None };
    scenario::settle_all(&all).await?;
    let traffic = scenario::traffic(&all).await?;
    let outcome = match &life {
        Some(life) => Some(check::run(dir, &all, &loaded, life, state.uppers.then_some(agreements)).await?),
        None => None,
    };
    let summary = Summary {
        ready: true,
        resumed: state.loaded,
        seconds_to_ready: seconds,
        leads,
        messages: traffic.messages,
        receipts: traffic.receipts,
        users: json!(state.passwords),
        nodes: regions.iter().map(described).collect(),
        uppers: uppers.iter().map(described).collect(),
        filed,
        check: outcome,
    };
    output.result(&summary, || addresses(&summary, &all, state));
    match summary.check.as_ref().filter(|outcome| !outcome.holds()) {
        Some(outcome) => Err(Failure::refused(anyhow::anyhow!("{}", outcome.words()))),
        None => Ok(all),
    }
}

fn since(begun: Timestamp) -> f64 {
    let ms = i32::try_from(SystemClock.now().0 - begun.0).unwrap_or(i32::MAX);
    f64::from(ms) / 1_000.0
}

fn described(region: &Region) -> Value {
    let mut node = json!({
        "node": region.node,
        "name": name(region.node),
        "dir": region.dir,
        "peer": region.process.ready.peer,
        "office": region.process.ready.office,
        "ops": region.process.ready.ops,
        "ca": region.dir.join(CA_CERT),
    });
    if let Some((dir, Process { ready, .. })) = &region.second {
        node["second"] = json!({ "dir": dir, "peer": ready.peer, "office": ready.office, "ops": ready.ops });
    }
    node
}

fn addresses(summary: &Summary, regions: &[Region], state: &State) -> String {
    let mut lines = vec![];
    for region in regions {
        lines.push(format!("{} {}", region.node, name(region.node)));
        lines.push(format!("  办公接口 {}", region.process.ready.office));
        lines.push(format!("  运维接口 {}", region.process.ready.ops));
        if let Some((_, Process { ready, .. })) = &region.second {
            lines.push(format!("  第二实例 办公接口 {}，运维接口 {}", ready.office, ready.ops));
        }
        lines.push(format!("  信任证书 {}", region.dir.join(CA_CERT).display()));
    }
    let logins = state.passwords.iter().map(|(user, password)| format!("{user} / {password}"));
    lines.push(format!("各节点登录：{}", logins.collect::<Vec<_>>().join("，")));
    lines.push(match &summary.check {
        Some(outcome) => outcome.words(),
        None => "按 Ctrl-C 结束。".to_owned(),
    });
    lines.join("\n")
}

/// The folder of the demo; a temporary one is removed when the demo ends.
struct Home {
    path: PathBuf,
    temporary: bool,
}

impl Home {
    fn of(dir: Option<PathBuf>) -> Result<Self, Failure> {
        let temporary = dir.is_none();
        let tag = hex::encode(random::<6>(&ENTROPY));
        let path = dir.unwrap_or_else(|| std::env::temp_dir().join(format!("guitu-demo-{tag}")));
        std::fs::create_dir_all(&path).or_environment()?;
        let path = path.canonicalize().or_environment()?;
        Ok(Self { path, temporary })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.temporary {
            // Nothing in it is anybody's; what cannot be removed is the system's to clean.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
