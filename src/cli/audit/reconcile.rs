//! `guitu audit reconcile`: two nodes' bundles side by side.
//!
//! Knows files, threads and words; what is found is the audit room's. Invariant: exit 0 only if both logs
//! hold under the trust file, and with each other.

use std::path::{Path, PathBuf};
use std::thread;

use clap::Args as ClapArgs;

use super::{AskedEpoch, hint, listed, open, read_trust, unreadable, vacant};
use crate::audit::coverage::Coverage;
use crate::audit::paper;
use crate::audit::reconcile::{HeadsReport, LaneReport, Reconciliation, Side, reconcile};
use crate::audit::trust::Trust;
use crate::audit::verify::gather;
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder;
use crate::cli::output::{Output, table};
use crate::clock::Timestamp;

/// What `audit reconcile` takes.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// The one node's bundle.
    a: PathBuf,
    /// The other node's bundle.
    b: PathBuf,
    /// The trust file.
    #[arg(long)]
    trust: PathBuf,
    /// Both bundles must have been made at that time or later (RFC 3339), and a witness must have cosigned each since:
    /// name when you asked for them, because a node that shows an older one leaves out what came since.
    #[arg(long, value_name = "TIME")]
    made_since: Option<Timestamp>,
    /// The log of that node as it ended in an earlier epoch is what was asked for: the node, and the counter of that
    /// epoch. Once for each node.
    #[arg(long, value_name = "NODE:N")]
    epoch: Vec<AskedEpoch>,
    /// Write a page that prints, in Chinese (HTML), to a file that is not there.
    #[arg(long)]
    report: Option<PathBuf>,
}

pub(super) fn run(args: &Args, output: Output) -> Result<(), Failure> {
    vacant(args.report.as_deref())?;
    let trust = read_trust(&args.trust, &args.epoch)?;
    let [a, b] = both(&args.a, &args.b, &trust);
    let mut joint = reconcile(&a?, &b?).or_input()?;
    if let Some(since) = args.made_since {
        joint.demand_made_since(since);
    }
    if let Some(page) = &args.report {
        folder::write_private(page, &paper::of_pair(&joint))?;
    }
    output.result(&joint, || printed(&joint));
    if joint.holds() {
        return Ok(());
    }
    let (count, hint) = (joint.found(), hint(&joint.reports));
    Err(Failure::refused(anyhow::anyhow!("the two logs do not hold together: {count} findings{hint}")))
}

/// Reads both bundles at once, one thread each.
fn both(a: &Path, b: &Path, trust: &Trust) -> [Result<Side, Failure>; 2] {
    thread::scope(|scope| {
        let beside = scope.spawn(|| read(b, trust));
        let here = read(a, trust);
        let there = beside.join();
        [here, there.unwrap_or_else(|_| Err(Failure::wrong(format!("{} cannot be read", b.display()))))]
    })
}

fn read(bundle: &Path, trust: &Trust) -> Result<Side, Failure> {
    let (file, mut progress) = open(bundle)?;
    gather(file, trust, &mut progress).map_err(unreadable(bundle))
}

/// The result for people, in Chinese.
fn printed(joint: &Reconciliation) -> String {
    let [a, b] = &joint.reports;
    let mut lines = vec![format!("归途对账报告：{}", joint.verdict.label())];
    lines.extend([a, b].map(|report| {
        let (node, verdict, found) = (report.node, report.verdict.label(), report.findings.total);
        format!("节点 {node}：{} 条，单方核验{verdict}，发现 {found}", report.size)
    }));
    lines.extend(joint.coverage().iter().map(Coverage::sentence));
    lines.push(table(&joint.lanes.iter().map(lane).collect::<Vec<_>>()).trim_end().to_owned());
    lines.extend(joint.heads.iter().map(|heads| {
        let HeadsReport { seer, owner, confirmed, checked, .. } = heads;
        format!("{owner} 的日志至第 {confirmed} 条与 {seer} 所见日志头相符（{checked} 个）")
    }));
    let mut text = lines.join("\n") + "\n";
    for report in [a, b] {
        text += &listed(&format!("{} 发现", report.node), &report.findings);
    }
    text += &listed("对账发现", &joint.findings);
    text + &listed("对账提示", &joint.notices)
}

fn lane(report: &LaneReport) -> Vec<String> {
    let coverage = &report.coverage;
    vec![
        format!("  {}→{} {}", coverage.from, coverage.to, coverage.lane.label()),
        format!("相符 {}/{}", report.matched, report.sent),
        format!("回执 {}", report.receipted),
        format!("在途 {}", report.in_flight),
        format!("导出之后 {}", report.after_export),
        format!("另一纪元 {}", report.other_log),
        format!("仅发送方 {}", report.only_in_sender),
        format!("仅接收方 {}", report.only_in_receiver),
        format!("内容不同 {}", report.differing),
        format!("断号 {}", report.gaps),
    ]
}
