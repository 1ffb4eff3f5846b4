//! The last head outside of the database: what tells a node whose witnesses are all silent that its database is
//! an older one.
//!
//! The file holds the signed checkpoint as it went out. Invariant: it is never ahead of the database, because only
//! a durable head is written to it; it may be behind.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::{Error, Node};

/// The file's name in the folder of what outlives the database.
const LAST_HEAD: &str = "last-head";
/// How often it is written at most.
const EVERY: Duration = Duration::from_secs(1);

impl Node {
    /// The checkpoint in the file; none if there is none.
    pub(super) fn last_head(&self) -> Option<String> {
        fs::read_to_string(self.outside.as_ref()?.join(LAST_HEAD)).ok()
    }

    /// Writes the newest durable head to the file, if it is not there. When this returns, it is durable.
    pub async fn keep_last_head(&self) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let Some(signed) = self.checkpoint(&mut tx).await? else { return Ok(()) };
        tx.rollback().await?;
        if self.last_head().as_ref() == Some(&signed.note) {
            Ok(())
        } else {
            self.write_last_head(&signed.note)
        }
    }

    /// Writes a checkpoint of a durable head to the file. When this returns, it is durable.
    pub(super) fn write_last_head(&self, note: &str) -> Result<(), Error> {
        let Some(folder) = &self.outside else { return Ok(()) };
        let staged = folder.join("last-head.new");
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&staged)?;
            file.write_all(note.as_bytes())?;
            file.sync_all()?;
            fs::rename(&staged, folder.join(LAST_HEAD))
        };
        write().map_err(Error::Outside)
    }

    /// Keeps the file up to date until `stop` changes. So an instance hears within [`EVERY`] that its epoch is closed.
    pub(super) async fn keep_last_heads(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => {}
                _ = ticks.tick() => Self::report("keeping the last head", self.keep_last_head().await),
            }
        }
    }
}
