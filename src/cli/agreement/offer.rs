//! `guitu agreement offers`, `share`: what could go under an agreement, and the one reviewed action that sends it.

use std::path::PathBuf;

use clap::Subcommand;
use uuid::Uuid;

use crate::cli::by::By;
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder;
use crate::cli::output::{Output, table};
use crate::domain::digest::Digest;
use crate::node::offer::Chosen;
use crate::node::offers::OfferView;

/// Offers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List own leads that could go to a party and did not, or not as far. Nothing is sent.
    Offers {
        /// The agreement.
        id: Uuid,
        /// The `next` of the page before.
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
    /// Share what was chosen among the offers, all of it or nothing.
    Share {
        /// The agreement.
        id: Uuid,
        /// A JSON array: lead, version, recipient and claims of each, as `offers --json` showed them.
        file: PathBuf,
        /// The digest of the terms that `offers` showed.
        #[arg(long)]
        digest: Digest,
        /// On whose behalf.
        #[command(flatten)]
        by: By,
    },
}

/// Runs the command.
pub(super) async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Offers { id, after, by } => {
            let (node, officer) = by.enter().await?;
            let page = node.offers(&officer, id, after).await?;
            output.result(&page, || {
                let more = page.next.map(|next| format!("more: --after {next}\n"));
                let rows: Vec<_> = page.items.iter().map(row).collect();
                format!("{}\n{}{}", page.digest, table(&rows), more.unwrap_or_default())
            });
        }
        Command::Share { id, file, digest, by } => {
            let chosen: Vec<Chosen> = serde_json::from_str(&folder::read(&file)?).or_input()?;
            let (node, officer) = by.enter().await?;
            let shared = node.share_offered(&officer, id, digest, &chosen).await?;
            output.result(&serde_json::json!({ "shared": shared }), || format!("{shared} on their way"));
        }
    }
    Ok(())
}

fn row(offer: &OfferView) -> Vec<String> {
    vec![
        offer.lead.to_string(),
        offer.version.to_string(),
        offer.recipient.to_string(),
        offer.reason.label().to_owned(),
        offer.claims.iter().map(|claim| claim.code()).collect::<Vec<_>>().join(" "),
    ]
}
