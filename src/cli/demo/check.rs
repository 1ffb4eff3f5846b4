//! The demo checked from outside: over HTTP as an officer sees it, and offline as an auditor does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use tokio::process::Command;

use super::federation::Region;
use super::filings;
use super::life::{self, Life};
use super::report::preview_of;
use super::scenario::{Agreements, Shared};
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::{self, NodeFolder};
use crate::domain::node::NodeId;

/// What was checked, and what does not hold.
#[derive(Default, Serialize)]
pub(super) struct Outcome {
    /// Presentations compared claim by claim with the owner's preview.
    presentations: usize,
    /// Claims that were compared.
    claims: usize,
    /// Logs that were exported and verified.
    logs: usize,
    /// What does not hold: nodes, ids and claim names, no values.
    faults: Vec<String>,
}

impl Outcome {
    /// Whether everything holds.
    pub(super) const fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    /// The outcome in a sentence, or the faults.
    pub(super) fn words(&self) -> String {
        if !self.holds() {
            return self.faults.join("\n");
        }
        let Self { presentations, claims, logs, .. } = self;
        format!(
            "核验通过：{presentations} 份披露、{claims} 个字段与预览一致；协议变更、中止、恢复、终止，撤回与清除回执\
             均成立；{logs} 份审计日志离线验证成立。"
        )
    }
}

/// Checks everything: what arrived, the life of one more agreement, filings if there are upper nodes, and every log.
pub(super) async fn run(
    dir: &Path,
    regions: &[Region],
    loaded: &[Vec<Shared>],
    life: &Life,
    filed: Option<Agreements>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome { faults: life::faults(life, regions).await?, ..Outcome::default() };
    if let Some(agreements) = filed {
        outcome.faults.extend(filings::faults(regions, agreements).await?);
    }
    let mut held = BTreeMap::new();
    for region in regions {
        held.insert(region.node, received(region).await?);
    }
    for (node, received) in &held {
        let expected: BTreeSet<String> = loaded
            .iter()
            .flatten()
            .filter(|lead| lead.recipients.contains(node))
            .map(|lead| lead.sub.to_string())
            .collect();
        let got: BTreeSet<String> = received.keys().cloned().collect();
        let wrong = expected.symmetric_difference(&got);
        outcome
            .faults
            .extend(wrong.map(|sub| format!("{node}: {sub} is missing, or was not shared with it")));
    }
    for (owner, leads) in regions.iter().zip(loaded) {
        for lead in leads {
            compare(owner, lead, &held, &mut outcome).await?;
        }
    }
    for region in regions {
        audit(dir, region, regions, &mut outcome).await?;
    }
    Ok(outcome)
}

/// Everything that a node holds of others, by public id.
async fn received(region: &Region) -> Result<BTreeMap<String, Value>, Failure> {
    let mut held = BTreeMap::new();
    let mut after = Some(0);
    while let Some(cursor) = after {
        let page = region.approver.get(&format!("/office/v1/received?limit=200&after={cursor}")).await?;
        for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            let sub = item.get("sub").and_then(Value::as_str).unwrap_or_default();
            held.insert(sub.to_owned(), item.clone());
        }
        after = page.get("next").and_then(Value::as_i64);
    }
    Ok(held)
}

async fn compare(
    owner: &Region,
    lead: &Shared,
    held: &BTreeMap<NodeId, BTreeMap<String, Value>>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let path = format!("/office/v1/leads/{}/preview?agreement={}", lead.id, lead.agreement);
    let previews = owner.approver.get(&path).await?;
    for node in &lead.recipients {
        let promised = open_claims(&preview_of(&previews, *node));
        let got = held.get(node).and_then(|held| held.get(&lead.sub.to_string()));
        let got = got.map(open_claims).unwrap_or_default();
        outcome.presentations += 1;
        outcome.claims += promised.len();
        let names: BTreeSet<&String> = promised.keys().chain(got.keys()).collect();
        let wrong = names.into_iter().filter(|name| promised.get(*name) != got.get(*name));
        outcome
            .faults
            .extend(wrong.map(|claim| format!("{node}: {claim} of {} differs from the preview", lead.sub)));
    }
    Ok(())
}

fn open_claims(view: &Value) -> BTreeMap<String, Value> {
    let claims = view.get("claims").and_then(Value::as_array).cloned().unwrap_or_default();
    let open = claims.into_iter().filter(|claim| claim.get("closed").is_none_or(Value::is_null));
    open.filter_map(|claim| Some((claim.get("claim")?.as_str()?.to_owned(), claim.get("value")?.clone())))
        .collect()
}

/// Exports a node's log and verifies it with what the *other* nodes hold about it and its witnesses.
async fn audit(dir: &Path, region: &Region, all: &[Region], outcome: &mut Outcome) -> Result<(), Failure> {
    let scratch = dir.join("check").join(region.node.to_string());
    std::fs::create_dir_all(&scratch).or_environment()?;
    let mut descriptors = Vec::new();
    for holder in all.iter().filter(|holder| holder.node != region.node) {
        for about in all.iter().filter(|about| about.node != holder.node) {
            let path = scratch.join(format!("{}.jws", about.node));
            if !descriptors.contains(&path) {
                let node = NodeFolder::read(&holder.dir)?.open_node().await?;
                folder::write(&path, &node.descriptor_of(about.node).await?)?;
                node.databases().close().await;
                descriptors.push(path);
            }
        }
    }
    let (bundle, trust) = (scratch.join("bundle"), scratch.join("trust.json"));
    for stale in [&bundle, &trust] {
        // The files of an earlier check.
        let _ = std::fs::remove_file(stale);
    }
    let mut steps = vec![trust_step(&descriptors, &trust)];
    steps.push(vec![
        "audit".into(),
        "export".into(),
        "--dir".into(),
        path_text(&region.dir),
        "--out".into(),
        path_text(&bundle),
    ]);
    steps.push(vec![
        "audit".into(),
        "verify".into(),
        path_text(&bundle),
        "--trust".into(),
        path_text(&trust),
    ]);
    for step in steps {
        if let Some(fault) = fault_of(&step).await? {
            outcome.faults.push(format!("{}: {fault}", region.node));
            return Ok(());
        }
    }
    outcome.logs += 1;
    Ok(())
}

fn trust_step(descriptors: &[PathBuf], trust: &Path) -> Vec<String> {
    let mut step: Vec<String> = vec!["audit".into(), "trust".into()];
    for descriptor in descriptors {
        step.extend(["--from".to_owned(), path_text(descriptor)]);
    }
    step.extend(["--out".to_owned(), path_text(trust)]);
    step
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Runs this program as the auditor would; what it said, unless it exits 0.
async fn fault_of(arguments: &[String]) -> Result<Option<String>, Failure> {
    let program = std::env::current_exe().or_environment()?;
    let done = Command::new(program).args(arguments).output().await.or_environment()?;
    let words =
        || format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    Ok((!done.status.success()).then(words))
}
