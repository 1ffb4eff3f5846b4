//! `guitu agreement`: proposing and countersigning as the operator of a node, for its office.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use uuid::Uuid;

use super::failure::{Blame as _, Failure};
use super::folder::{self, NodeFolder};
use super::output::{Output, table};
use super::user;
use crate::domain::digest::Digest;
use crate::node::agree::Proposal;
use crate::node::views::AgreementView;
use crate::node::{Node, Officer};

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
    async fn officer(&self, node: &Node) -> Result<Officer, Failure> {
        let password = user::password(self.password_file.as_deref())?;
        Ok(node.log_in(&self.user, &password).await?)
    }
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Propose { file, by } => {
            let proposal: Proposal = serde_json::from_str(&folder::read(&file)?).or_input()?;
            let node = NodeFolder::read(&by.dir)?.open_node().await?;
            let officer = by.officer(&node).await?;
            say(&node.propose(Some(&officer), proposal).await?, output);
        }
        Command::Countersign { id, version, digest, by } => {
            let node = NodeFolder::read(&by.dir)?.open_node().await?;
            let officer = by.officer(&node).await?;
            say(&node.countersign(Some(&officer), id, version, digest).await?, output);
        }
        Command::List { dir } => {
            let known = NodeFolder::read(&dir)?.open_node().await?.agreements().await?;
            output.result(&known, || table(&known.iter().map(row).collect::<Vec<_>>()));
        }
    }
    Ok(())
}

fn say(agreement: &AgreementView, output: Output) {
    output.result(agreement, || row(agreement).join("\n"));
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
