//! `guitu audit`: trust files, bundles, and what a bundle proves.
//!
//! Knows files and words; the verdict is the audit room's. Invariant: exit 0 only under a trust file.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::slice;
use std::str::FromStr;

use clap::Subcommand;
use serde_json::json;

use super::failure::{Blame as _, Failure, one_line};
use super::folder;
use super::output::{Output, table};
use super::progress::Progress;
use crate::audit::bundle::BundleError;
use crate::audit::paper;
use crate::audit::trust::Trust;
use crate::audit::verify::report::Fingerprint;
use crate::audit::verify::{Fault, Findings, Report, Verdict, verify_with};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::exchange::descriptor::Descriptor;

mod export;
mod reconcile;

/// The auditor's tools.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a trust file from descriptors that were obtained elsewhere, and whose fingerprints were
    /// compared.
    Trust {
        /// The nodes' descriptors. Of a node whose log goes on in a new epoch, that of an earlier one too, if bundles
        /// from before are to be verified.
        #[arg(long, required = true, num_args = 1..)]
        from: Vec<PathBuf>,
        /// The descriptors of the nodes that witness: theirs are the cosignatures that count. Without any, those of
        /// every node named count.
        #[arg(long, num_args = 1..)]
        witness: Vec<PathBuf>,
        /// The trust file to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Write the node's log as one bundle, as a directory of tiles, or both. It is restricted: only its owner may
    /// read the files.
    Export(export::Args),
    /// Verify a bundle: entries, tree, signatures, chains, receipts, witnesses.
    Verify {
        /// The bundle.
        bundle: PathBuf,
        /// The trust file; without it nothing is proved.
        #[arg(long)]
        trust: Option<PathBuf>,
        /// The bundle must have been made at that time or later (RFC 3339), and a witness must have cosigned since: name
        /// when you asked for it, because a node that shows an older one leaves out what came since.
        #[arg(long, value_name = "TIME")]
        made_since: Option<Timestamp>,
        /// The log as it ended in an earlier epoch is what was asked for: the node, and the counter of that epoch.
        #[arg(long, value_name = "NODE:N", requires = "trust")]
        epoch: Option<AskedEpoch>,
        /// Write a page that prints, in Chinese (HTML), to a file that is not there.
        #[arg(long)]
        report: Option<PathBuf>,
    },
    /// Hold two nodes' bundles side by side: every message of one must be in the other, every head that
    /// one saw in the other's tree.
    Reconcile(reconcile::Args),
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Trust { from, witness, out } => trust(&from, &witness, &out, output),
        Command::Export(args) => export::run(&args, output).await,
        Command::Verify { bundle, trust, made_since, epoch, report } => {
            vacant(report.as_deref())?;
            let trust = trust.map(|trust| read_trust(&trust, epoch.as_slice())).transpose()?;
            let mut found = examine(&bundle, trust.as_ref())?;
            if let Some(since) = made_since {
                found.demand_made_since(since);
            }
            if let Some(page) = report {
                folder::write_private(&page, &paper::of_log(&found))?;
            }
            output.result(&found, || printed(&found));
            judge(&found)
        }
        Command::Reconcile(args) => reconcile::run(&args, output),
    }
}

fn trust(from: &[PathBuf], witness: &[PathBuf], out: &Path, output: Output) -> Result<(), Failure> {
    let read = |paths: &[PathBuf]| paths.iter().map(|path| descriptor(path)).collect::<Result<Vec<_>, _>>();
    let (mut known, witnesses) = (read(from)?, read(witness)?);
    for witness in &witnesses {
        // Whoever only witnesses is trusted too; a descriptor that was named twice is one.
        if !known.contains(witness) {
            known.push(witness.clone());
        }
    }
    let mut trust = Trust::of(&known).or_input()?;
    if !witnesses.is_empty() {
        trust = trust.witnessed_by(witnesses.iter().map(|witness| witness.iss).collect()).or_input()?;
    }
    if vacant(Some(out)).is_err() && read_trust(out, &[]).is_err() {
        let no_trust = format!("{} exists already and is no trust file: name another file", out.display());
        return Err(Failure::wrong(no_trust));
    }
    let text = String::from_utf8(trust.to_bytes().or_environment()?).or_environment()?;
    folder::write(out, &format!("{text}\n"))?;
    let nodes: Vec<_> = trust.nodes().iter().flat_map(Fingerprint::of).collect();
    let named = trust.nodes().iter().map(|one| one.node);
    let witnesses: Vec<_> = named.filter(|node| trust.is_witness(*node)).collect();
    output.result(&json!({ "nodes": nodes, "witnesses": witnesses }), || {
        let lines = fingerprints(&nodes);
        let named = witnesses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "trusted, if these are the fingerprints that the operators read out:\n{lines}witnesses: {named}"
        )
    });
    Ok(())
}

/// A descriptor as of the day it was signed on: the log to be audited may be years old.
fn descriptor(path: &Path) -> Result<Descriptor, Failure> {
    let text = folder::read(path)?;
    Descriptor::open_as_issued(text.trim_end())
        .or_input()
        .map_err(|failure| failure.during(format!("{} is no descriptor", path.display())))
}

fn examine(bundle: &Path, trust: Option<&Trust>) -> Result<Report, Failure> {
    let (file, mut progress) = open(bundle)?;
    verify_with(file, trust, &mut progress).map_err(unreadable(bundle))
}

/// The bundle at `path`, and what says on standard error how far it was read.
fn open(path: &Path) -> Result<(BufReader<File>, impl FnMut(u64)), Failure> {
    let file = File::open(path)
        .or_input()
        .map_err(|failure| failure.during(format!("{} cannot be read", path.display())))?;
    let length = file.metadata().or_input()?.len();
    let mut progress = Progress::new(path.display(), length);
    Ok((BufReader::with_capacity(1 << 16, file), move |read| progress.at(read)))
}

/// A bundle that cannot be read, or is none: the file that the user named is at fault.
fn unreadable(path: &Path) -> impl Fn(BundleError) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::input(error).during(format!("{path} cannot be read as a bundle"))
}

/// A file to be written must not be there: it could be evidence.
fn vacant(place: Option<&Path>) -> Result<(), Failure> {
    match place.filter(|place| place.symlink_metadata().is_ok()) {
        Some(place) => Err(Failure::wrong(format!("{} exists already: name another file", place.display()))),
        None => Ok(()),
    }
}

/// An epoch that an auditor asks for: the node, and the counter.
#[derive(Clone, Copy, Debug)]
pub struct AskedEpoch(NodeId, u32);

impl FromStr for AskedEpoch {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let asked =
            text.split_once(':').and_then(|(node, n)| Some(Self(node.parse().ok()?, n.parse().ok()?)));
        asked.ok_or("not a node and the counter of an epoch, like 530900:1")
    }
}

/// The trust file of an auditor who asks for these epochs, and else for the present ones.
fn read_trust(path: &Path, asked: &[AskedEpoch]) -> Result<Trust, Failure> {
    let text = folder::read(path)?;
    let trust = Trust::open(text.as_bytes())
        .or_input()
        .map_err(|failure| failure.during(format!("{} is no trust file", path.display())))?;
    asked.iter().try_fold(trust, |trust, AskedEpoch(node, counter)| trust.asking(*node, *counter)).or_input()
}

/// What the auditor can do at once about some findings.
const HINTS: [(Fault, &str); 3] = [
    (
        Fault::EpochUnknown,
        "; it ends in an epoch that the trust file does not know: make the trust file from the node's descriptors of \
         both epochs, or ask for a bundle of the present one",
    ),
    (
        Fault::EpochEarlier,
        "; it ends in an earlier epoch and has nothing of what came since: ask for a bundle of the present one, or say \
         with --epoch NODE:N that this is what you asked for",
    ),
    (
        Fault::NotWitnessedSince,
        "; no witness cosigned it since then, so the day is only the node's word: ask for another export some minutes \
         later, because the export itself is an entry that witnesses cosign",
    ),
];

/// The first hint that there is for what was found.
fn hint(reports: &[Report]) -> &'static str {
    let fits = |fault: Fault| reports.iter().any(|report| report.findings.has(fault));
    HINTS.iter().find(|(fault, _)| fits(*fault)).map_or("", |(_, hint)| hint)
}

fn judge(report: &Report) -> Result<(), Failure> {
    match report.verdict {
        Verdict::Holds => Ok(()),
        Verdict::Fails => {
            let count = report.findings.total;
            let hint = hint(slice::from_ref(report));
            Err(Failure::refused(anyhow::anyhow!("the bundle does not hold: {count} findings{hint}")))
        }
        Verdict::SelfConsistent => {
            let words = "the bundle is self-consistent only: make a trust file from the nodes' descriptors, \
                         compare the fingerprints, and verify with --trust";
            Err(Failure::refused(anyhow::anyhow!(words)))
        }
    }
}

/// The report for people, in Chinese.
fn printed(report: &Report) -> String {
    let counts = &report.counts;
    let line = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        line("结论", report.verdict.label().to_owned()),
        line("节点", report.node.to_string()),
        line("日志", one_line(&report.log_origin)),
        line("导出时间", report.made_at.rfc3339()),
        line("条目", format!("{}，根 {}", report.size, hex::encode(report.root.bytes()))),
        line("检查点", counts.checkpoints.to_string()),
        line("发送", format!("{} 条，其中 {} 条有可验证的回执", counts.sent, counts.receipted)),
        line("接收", format!("{} 条", counts.received)),
        line("回执", counts.receipts.to_string()),
        line("对端日志头", counts.heads.to_string()),
    ];
    rows.extend(report.witnessing.as_ref().map(|witnessing| line("见证", paper::witnessed(witnessing))));
    let mut text = format!("归途审计报告\n{}", table(&rows));
    text += &listed("发现", &report.findings);
    text += &listed("提示", &report.notices);
    if !report.ask_for.is_empty() {
        text += "请向各节点核对指纹：\n";
        text += &fingerprints(&report.ask_for);
    }
    text
}

fn listed(title: &str, findings: &Findings) -> String {
    let rows: Vec<Vec<String>> = findings
        .listed
        .iter()
        .map(|one| vec![format!("  {}", one.code), one.place.clone(), one.code.label().to_owned()])
        .collect();
    format!("{title} {}\n{}", findings.total, table(&rows))
}

fn fingerprints(nodes: &[Fingerprint]) -> String {
    let rows: Vec<Vec<String>> =
        nodes.iter().map(|one| vec![format!("  {}", one.node), one.fingerprint.clone()]).collect();
    table(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::folder::DESCRIPTOR;
    use crate::cli::init;
    use crate::node::export::ExportPurpose;

    const QUIET: Output = Output { json: true };

    async fn node(folder: &Path, code: &str) -> PathBuf {
        let dir = folder.join(code);
        init::make(init::Args::new(code.parse().unwrap(), dir.clone())).await.unwrap();
        dir
    }

    fn code(result: Result<(), Failure>) -> u8 {
        result.map_or_else(|failure| failure.code(), |()| 0)
    }

    #[tokio::test]
    async fn a_new_nodes_bundle_holds_under_its_descriptor_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let [own, other] = [node(folder.path(), "530900").await, node(folder.path(), "500000").await];
        let trusted = async |from: &[&Path], out: &str| {
            let from = from.iter().map(|dir| dir.join(DESCRIPTOR)).collect();
            code(run(Command::Trust { from, witness: Vec::new(), out: path(out) }, QUIET).await)
        };
        assert_eq!(trusted(&[&own, &other], "trust").await, 0);
        assert_eq!(trusted(&[&other], "stranger").await, 0);
        assert_eq!(trusted(&[&own, &own], "doubled").await, 2);
        assert_eq!(trusted(&[folder.path()], "missing").await, 2);
        let exported = async |dir: &Path| {
            let (dir, out) = (dir.to_owned(), Some(path("bundle")));
            let args = export::Args { dir, out, tiles: None, purpose: ExportPurpose::Audit };
            code(run(Command::Export(args), QUIET).await)
        };
        assert_eq!(exported(&path("nowhere")).await, 2);
        assert_eq!(exported(&own).await, 0);
        assert_eq!(trusted(&[&own, &other], "bundle").await, 2, "a slip costs no evidence");
        let verify = async |bundle: &str, trust: Option<&str>, made_since: Option<&str>| {
            let (bundle, trust, report) = (path(bundle), trust.map(path), Some(path("page")));
            let made_since = made_since.map(|since| since.parse().unwrap());
            code(run(Command::Verify { bundle, trust, made_since, epoch: None, report }, QUIET).await)
        };
        let verified = async |bundle: &str, trust: Option<&str>| {
            let _ = std::fs::remove_file(path("page"));
            verify(bundle, trust, None).await
        };
        assert_eq!(verified("bundle", Some("trust")).await, 0);
        assert_eq!(verified("bundle", None).await, 1);
        assert_eq!(verified("bundle", Some("stranger")).await, 1);
        assert_eq!(verified("bundle", Some("bundle")).await, 2);
        assert_eq!(verified("trust", Some("trust")).await, 2);
        assert_eq!(verified("nowhere", Some("trust")).await, 2);
        assert_eq!(verified("530900", Some("trust")).await, 2, "a folder cannot be read as a bundle");
        let trust = read_trust(&path("trust"), &[]).unwrap();
        let report = examine(&path("bundle"), Some(&trust)).unwrap();
        assert!(printed(&report).contains("成立"));
        assert_eq!(verified("bundle", Some("trust")).await, 0);
        assert!(folder::read(&path("page")).unwrap().starts_with("<!DOCTYPE html>"));
        assert_eq!(verify("bundle", Some("trust"), None).await, 2, "no file is written over");
        assert_eq!(exported(&own).await, 2, "nor by an export");
        for (since, code) in
            [("2000-01-01T00:00:00Z", "not_witnessed_since"), ("2999-01-01T08:00:00+08:00", "bundle_stale")]
        {
            std::fs::remove_file(path("page")).unwrap();
            assert_eq!(
                verify("bundle", Some("trust"), Some(since)).await,
                1,
                "nobody ever cosigned: {since}"
            );
            assert!(folder::read(&path("page")).unwrap().contains(code), "{since}");
        }
    }
}
