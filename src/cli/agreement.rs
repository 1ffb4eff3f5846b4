//! `guitu agreement`: what a party says about agreements, as the operator of a node, for its office.

mod draft;
mod filing;
mod offer;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use uuid::Uuid;

use super::by::By;
use super::failure::{Blame as _, Failure};
use super::folder::{self, NodeFolder};
use super::output::{Output, table};
use crate::domain::agreement::Act;
use crate::domain::digest::Digest;
use crate::node::agree::Proposal;
use crate::node::risk::RiskView;
use crate::node::views::AgreementView;
use crate::redaction::risk::Risk;

/// Cooperation agreements (合作协议).
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Propose an agreement to its other parties: the proposal's JSON, without id, version and proposer.
    Propose {
        /// The file.
        file: PathBuf,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Countersign a version of an agreement, named by its digest.
    Countersign {
        /// The agreement.
        id: Uuid,
        /// Its version.
        #[arg(long, default_value_t = 1)]
        version: u32,
        /// The digest of the terms that were read and agreed to (see `list`).
        #[arg(long)]
        digest: Digest,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Propose the next version of an agreement: the proposal's JSON, as for `propose`.
    Amend {
        /// The agreement.
        id: Uuid,
        /// The file.
        file: PathBuf,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Answer a proposal by another one for the same step.
    Counter {
        /// The agreement.
        id: Uuid,
        /// The file.
        file: PathBuf,
        /// The digest of the terms that it answers.
        #[arg(long)]
        answers: Digest,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Suspend an agreement, resume it, terminate it for good, or acknowledge its termination.
    Status {
        /// What to say: suspend, resume, terminate or acknowledge.
        act: Act,
        /// The agreement.
        id: Uuid,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Filing and statistics.
    #[command(flatten)]
    Filing(filing::Command),
    /// Drafts: written by drafters, proposed by an approver who wrote none of it.
    #[command(subcommand)]
    Draft(draft::Command),
    /// Offers.
    #[command(flatten)]
    Offer(offer::Command),
    /// Print a version as an HTML page in Chinese, with what it changes.
    Print {
        /// The agreement.
        id: Uuid,
        /// The digest of the version's terms.
        #[arg(long)]
        digest: Digest,
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Count, for each other party, the leads that look the same to it: leads, smallest group, leads alone, in groups
    /// below 5, below 11.
    Risk {
        /// The agreement.
        id: Uuid,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// List agreements, where they stand, and their digests.
    List {
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Propose { file, by } => {
            let proposal = proposal(&file)?;
            let (node, officer) = by.enter().await?;
            say(&node.propose(Some(&officer), proposal).await?, output);
        }
        Command::Countersign { id, version, digest, by } => {
            let (node, officer) = by.enter().await?;
            say(&node.countersign(Some(&officer), id, version, digest).await?, output);
        }
        Command::Amend { id, file, by } => {
            let proposal = proposal(&file)?;
            let (node, officer) = by.enter().await?;
            say(&node.amend(&officer, id, proposal).await?, output);
        }
        Command::Counter { id, file, answers, by } => {
            let proposal = proposal(&file)?;
            let (node, officer) = by.enter().await?;
            say(&node.counter(&officer, id, answers, proposal).await?, output);
        }
        Command::Status { act, id, by } => {
            let (node, officer) = by.enter().await?;
            say(&node.act(&officer, id, act).await?, output);
        }
        Command::Risk { id, by } => {
            let (node, officer) = by.enter().await?;
            let risk = node.risk(&officer, id).await?;
            output.result(&risk, || table(&risk.iter().map(risk_row).collect::<Vec<_>>()));
        }
        Command::Filing(command) => filing::run(command, output).await?,
        Command::Draft(command) => draft::run(command, output).await?,
        Command::Offer(command) => offer::run(command, output).await?,
        Command::Print { id, digest, dir } => {
            let page = NodeFolder::read(&dir)?.open_node().await?.agreement_page(id, digest).await?;
            output.result(&serde_json::json!({ "page": page }), || page.clone());
        }
        Command::List { dir } => {
            let known = NodeFolder::read(&dir)?.open_node().await?.agreements().await?;
            output.result(&known, || table(&known.iter().map(row).collect::<Vec<_>>()));
        }
    }
    Ok(())
}

fn proposal(file: &Path) -> Result<Proposal, Failure> {
    serde_json::from_str(&folder::read(file)?).or_input()
}

fn say(agreement: &AgreementView, output: Output) {
    output.result(agreement, || row(agreement).join("\n"));
}

fn risk_row(view: &RiskView) -> Vec<String> {
    let Risk { leads, smallest, alone, below_5, below_11, .. } = view.risk;
    let counts =
        [leads, smallest.unwrap_or_default(), alone, below_5, below_11].map(|count| count.to_string());
    std::iter::once(view.recipient.to_string()).chain(counts).collect()
}

fn row(agreement: &AgreementView) -> Vec<String> {
    let parties: Vec<String> = agreement.terms.parties.iter().map(|party| party.node.to_string()).collect();
    vec![
        agreement.id.to_string(),
        agreement.version.to_string(),
        agreement.state.to_owned(),
        parties.join("+"),
        agreement.digest.to_string(),
    ]
}
