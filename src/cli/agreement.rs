//! `guitu agreement`: what a party says about agreements, as the operator of a node, for its office.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args as ClapArgs, Subcommand};
use uuid::Uuid;

use super::failure::{Blame as _, Failure};
use super::folder::{self, NodeFolder};
use super::output::{Output, table};
use super::user;
use crate::domain::agreement::{Act, ReturnReason};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::node::agree::Proposal;
use crate::node::filings::FilingView;
use crate::node::risk::RiskView;
use crate::node::views::AgreementView;
use crate::node::{Node, Officer};
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
    /// File the first version that is still owed with the upper node, again after a return.
    File {
        /// The agreement.
        id: Uuid,
        /// The upper node that you have in mind: refused if it is another.
        #[arg(long)]
        upper: Option<NodeId>,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Acknowledge what a node below filed with this one, or return it.
    AnswerFiling {
        /// The digest of the terms that were filed and read (see `filings`).
        digest: Digest,
        /// Whose filing.
        #[arg(long)]
        party: NodeId,
        /// Why it is returned: `incomplete`, `beyond_authority`, `conflicts_with_rules` or `unreadable`; left out: it
        /// is acknowledged.
        #[arg(long)]
        reason: Option<ReturnReason>,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// List filings: what this node has to file or filed, and what the nodes below filed with it.
    Filings {
        /// Only those that are overdue.
        #[arg(long)]
        overdue: bool,
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
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

/// On whose behalf.
#[derive(ClapArgs, Debug)]
pub struct By {
    /// The officer with the duty `approver`; the password comes from --password-file or `GUITU_PASSWORD`.
    #[arg(long)]
    user: String,
    /// The file with the officer's password.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
}

impl By {
    async fn enter(&self) -> Result<(Arc<Node>, Officer), Failure> {
        let node = NodeFolder::read(&self.dir)?.open_node().await?;
        let password = user::password(self.password_file.as_deref())?;
        let officer = node.log_in(&self.user, &password).await?;
        Ok((node, officer))
    }
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
        Command::File { id, upper, by } => {
            let (node, officer) = by.enter().await?;
            say_filing(&node.file(&officer, id, upper).await?, output);
        }
        Command::AnswerFiling { digest, party, reason, by } => {
            let (node, officer) = by.enter().await?;
            say_filing(&node.answer_filing(&officer, digest, party, reason.into()).await?, output);
        }
        Command::Risk { id, by } => {
            let (node, officer) = by.enter().await?;
            let risk = node.risk(&officer, id).await?;
            output.result(&risk, || table(&risk.iter().map(risk_row).collect::<Vec<_>>()));
        }
        Command::Filings { overdue, dir } => {
            let node = NodeFolder::read(&dir)?.open_node().await?;
            let known = if overdue { node.overdue_filings().await? } else { node.filings().await? };
            output.result(&known, || table(&known.iter().map(filing_row).collect::<Vec<_>>()));
        }
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

fn say_filing(filing: &FilingView, output: Output) {
    output.result(filing, || filing_row(filing).join("\n"));
}

fn filing_row(filing: &FilingView) -> Vec<String> {
    vec![
        filing.agreement.to_string(),
        filing.version.to_string(),
        filing.party.to_string(),
        filing.upper.map_or_else(|| "—".to_owned(), |upper| upper.to_string()),
        filing.state.to_owned(),
        filing.by.map_or_else(|| "—".to_owned(), |by| by.to_string()),
        filing.digest.to_string(),
    ]
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
