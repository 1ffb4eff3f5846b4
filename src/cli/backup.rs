//! `guitu backup` and `guitu restore`: copies of a node, and a node made from them.
//!
//! Knows folders; what fits what is decided in `node::backup`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::failure::Failure;
use super::folder::NodeFolder;
use super::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::node::backup::{self, BackupError, Part, Restore};
use crate::node::export::ExportPurpose;

/// Write a backup of the records, or of the key store, into a new folder. The node may run meanwhile. Make both
/// regularly, the key store after the records; keep copies of the key store apart from the others, and none for
/// longer than 7 days.
#[derive(ClapArgs, Debug)]
pub struct BackupArgs {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
    /// The folder to write; it must not exist.
    #[arg(long)]
    out: PathBuf,
    /// Copy the key store instead of the records.
    #[arg(long)]
    keystore: bool,
}

/// Make the databases of a node folder from a backup. The folder has the node's settings and seeds, and no
/// databases; the key store may still be in place. Afterwards `guitu serve` asks the
/// peers what came later, and goes on in a new epoch; `guitu epoch open` does it without those that are down.
#[derive(ClapArgs, Debug)]
pub struct RestoreArgs {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
    /// The backup of the records.
    #[arg(long)]
    data: PathBuf,
    /// The newest copy of the key store, at most 7 days old and no older than the records; left out: it is in place.
    #[arg(long)]
    keystore: Option<PathBuf>,
}

/// Runs `guitu backup`.
pub async fn save(args: BackupArgs, output: Output) -> Result<(), Failure> {
    let part = if args.keystore { Part::Keystore } else { Part::Data };
    let node = NodeFolder::read(&args.dir)?.open_node().await?;
    node.note_export(None, ExportPurpose::Backup).await?;
    let made = node.backup(part, &args.out).await;
    node.databases().close().await;
    let made = made?;
    output.result(&made, || format!("{} of {} in {}", part.code(), made.node, args.out.display()));
    Ok(())
}

/// Runs `guitu restore`.
pub async fn restore(args: RestoreArgs, output: Output) -> Result<(), Failure> {
    let folder = NodeFolder::read(&args.dir)?;
    let order = Restore {
        node: folder.settings.region,
        location: &folder.location(),
        data: &args.data,
        keystore: args.keystore.as_deref(),
        now: SystemClock.now(),
    };
    let data = backup::restore(order).await?;
    // Opening it migrates it, and shows that the seeds and the databases are of one node.
    let node = folder.open_node().await?;
    node.databases().close().await;
    let made_at = data.made_at.rfc3339();
    output.result(&json!({ "node": data.node, "made_at": made_at }), || {
        format!(
            "{} as of {made_at}. What came later is lost here: serve it, and it asks the partners; `guitu status` \
             lists what they hold",
            data.node
        )
    });
    Ok(())
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match &error {
            BackupError::Damaged | BackupError::OtherPart | BackupError::Exists => Self::input(error),
            BackupError::Copy(_) => Self::environment(error),
            _ => Self::refused(error),
        }
    }
}
