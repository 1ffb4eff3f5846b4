//! `guitu lead`: taking back what was shared, and what became of it. Shows no case data.

use clap::Subcommand;
use serde::Serialize;
use uuid::Uuid;

use super::by::By;
use super::failure::Failure;
use super::output::{Output, table};
use crate::domain::claim::Claim;
use crate::domain::lead::status::{Status, WithdrawReason};
use crate::domain::node::NodeId;
use crate::node::purges::PurgeView;
use crate::node::views::{LeadView, RecipientView};

/// Own leads that others hold.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take a lead back from everyone who was given it (撤回). They destroy it and send purge receipts.
    Withdraw {
        /// The lead's internal id.
        id: Uuid,
        /// Why: `mistake`, `found`, `duplicate`, `basis_ended`, `person_objects` or `other`.
        #[arg(long)]
        reason: WithdrawReason,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Leave one recipient fewer claims of a lead (缩小范围).
    Narrow {
        /// The lead's internal id.
        id: Uuid,
        /// Whom.
        #[arg(long)]
        recipient: NodeId,
        /// The claims that it keeps, with commas between them.
        #[arg(long, value_delimiter = ',', required = true)]
        keep: Vec<Claim>,
        /// Why, as for `withdraw`.
        #[arg(long)]
        reason: WithdrawReason,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// List purges (清除): due, overdue and done, here and at the recipients of own leads.
    Purges {
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
}

/// What is told of a lead.
#[derive(Serialize)]
struct Told<'a> {
    id: Uuid,
    sub: Uuid,
    version: u32,
    status: Status,
    recipients: &'a [RecipientView],
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Withdraw { id, reason, by } => {
            let (node, officer) = by.enter().await?;
            tell(&node.withdraw(&officer, id, reason).await?, output);
        }
        Command::Narrow { id, recipient, keep, reason, by } => {
            let (node, officer) = by.enter().await?;
            tell(&node.narrow(&officer, id, recipient, &keep, reason).await?, output);
        }
        Command::Purges { by } => {
            let (node, officer) = by.enter().await?;
            let purges = node.purges(&officer).await?;
            output.result(&purges, || {
                let rows = [("due", &purges.due), ("overdue", &purges.overdue), ("done", &purges.done)];
                let rows = rows.iter().flat_map(|(state, purges)| purges.iter().map(|it| row(state, it)));
                table(&rows.collect::<Vec<_>>())
            });
        }
    }
    Ok(())
}

fn tell(lead: &LeadView, output: Output) {
    let LeadView { id, sub, version, status, recipients, .. } = lead;
    let told = Told { id: *id, sub: *sub, version: *version, status: *status, recipients };
    output.result(&told, || {
        let rows = recipients.iter().map(|it| vec![it.node.to_string(), it.status.code().to_owned()]);
        format!("{sub} {version} {status}\n{}", table(&rows.collect::<Vec<_>>()))
    });
}

fn row(state: &str, purge: &PurgeView) -> Vec<String> {
    vec![
        state.to_owned(),
        purge.node.to_string(),
        purge.sub.to_string(),
        purge.below.map_or_else(|| "all".to_owned(), |below| format!("below {below}")),
        purge.cause.code().to_owned(),
        purge.receipt.clone().unwrap_or_else(|| "—".to_owned()),
    ]
}
