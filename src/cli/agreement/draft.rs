//! `guitu agreement draft`: drafts (草案), which never leave the node but as a proposal.

use std::path::PathBuf;

use clap::Subcommand;
use uuid::Uuid;

use super::{proposal, say};
use crate::cli::by::By;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, table};
use crate::node::drafting::AgreementDraftView;

/// Drafts of agreements.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a draft: the proposal's JSON. It may still break rules.
    Write {
        /// The file.
        file: PathBuf,
        /// The agreement that it amends.
        #[arg(long)]
        amends: Option<Uuid>,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Write a draft anew.
    Edit {
        /// The draft.
        id: Uuid,
        /// The file.
        file: PathBuf,
        /// The version that was read.
        #[arg(long)]
        version: u32,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// List the drafts.
    List {
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Propose a draft to the other parties.
    Propose {
        /// The draft.
        id: Uuid,
        /// The version that was read.
        #[arg(long)]
        version: u32,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Throw a draft away.
    Drop {
        /// The draft.
        id: Uuid,
        /// The version that was read.
        #[arg(long)]
        version: u32,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
}

/// Runs the command.
pub(super) async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Write { file, amends, by } => {
            let written = proposal(&file)?;
            let (node, officer) = by.enter().await?;
            shown(&node.draft_agreement(&officer, amends, written).await?, output);
        }
        Command::Edit { id, file, version, by } => {
            let written = proposal(&file)?;
            let (node, officer) = by.enter().await?;
            shown(&node.edit_agreement_draft(&officer, id, version, written).await?, output);
        }
        Command::List { by } => {
            let (node, officer) = by.enter().await?;
            let drafts = node.agreement_drafts(&officer).await?;
            output.result(&drafts, || table(&drafts.iter().map(row).collect::<Vec<_>>()));
        }
        Command::Propose { id, version, by } => {
            let (node, officer) = by.enter().await?;
            say(&node.propose_draft(&officer, id, version).await?, output);
        }
        Command::Drop { id, version, by } => {
            let (node, officer) = by.enter().await?;
            node.drop_agreement_draft(&officer, id, version).await?;
            output.result(&serde_json::json!({ "dropped": id }), || format!("{id} is gone"));
        }
    }
    Ok(())
}

fn shown(draft: &AgreementDraftView, output: Output) {
    output.result(draft, || row(draft).join("\n"));
}

fn row(draft: &AgreementDraftView) -> Vec<String> {
    let parties = draft.proposal.parties.iter().map(|party| party.node.to_string());
    vec![
        draft.id.to_string(),
        draft.version.to_string(),
        draft.amends.map_or_else(|| "—".to_owned(), |id| id.to_string()),
        parties.collect::<Vec<_>>().join("+"),
    ]
}
