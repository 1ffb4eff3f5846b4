//! `guitu agreement`: filing (备案) with the upper node, and what it is told of the exchange.

use std::path::PathBuf;

use clap::Subcommand;
use uuid::Uuid;

use crate::cli::by::By;
use crate::cli::failure::Failure;
use crate::cli::folder::NodeFolder;
use crate::cli::output::{Output, table};
use crate::domain::agreement::{Month, ReturnReason};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::node::filings::FilingView;
use crate::node::statistics::StatisticsView;

/// Filing and statistics.
#[derive(Debug, Subcommand)]
pub enum Command {
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
    /// List the statistics of exchange that this node told, and those of the nodes below.
    Statistics {
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Tell the upper node what was given in each month: counts only, small ones suppressed. A month is told once.
    TellStatistics {
        /// The first month, as in 2026-10.
        #[arg(long)]
        from: Month,
        /// The last month, over by now.
        #[arg(long)]
        until: Month,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
}

/// Runs the command.
pub(super) async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::File { id, upper, by } => {
            let (node, officer) = by.enter().await?;
            say_filing(&node.file(&officer, id, upper).await?, output);
        }
        Command::AnswerFiling { digest, party, reason, by } => {
            let (node, officer) = by.enter().await?;
            say_filing(&node.answer_filing(&officer, digest, party, reason.into()).await?, output);
        }
        Command::Filings { overdue, dir } => {
            let node = NodeFolder::read(&dir)?.open_node().await?;
            let known = if overdue { node.overdue_filings().await? } else { node.filings().await? };
            output.result(&known, || table(&known.iter().map(filing_row).collect::<Vec<_>>()));
        }
        Command::Statistics { dir } => {
            let told = NodeFolder::read(&dir)?.open_node().await?.statistics().await?;
            output.result(&told, || table(&told.iter().map(statistics_row).collect::<Vec<_>>()));
        }
        Command::TellStatistics { from, until, by } => {
            let (node, officer) = by.enter().await?;
            let told = node.tell_statistics(&officer, from, until).await?;
            output.result(&told, || statistics_row(&told).join("\n"));
        }
    }
    Ok(())
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

fn statistics_row(told: &StatisticsView) -> Vec<String> {
    let months: Vec<String> = told.statistics.months.iter().map(ToString::to_string).collect();
    vec![told.node.to_string(), months.join(" ")]
}
