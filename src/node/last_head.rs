//! The last head outside of the database: what tells a node whose witnesses are all silent that its database is
//! an older one.
//!
//! The file holds the signed checkpoint as it went out. Invariants: it is never ahead of the database, because only
//! a durable head is written to it; it may be behind; a head that the log does not have is never written over.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::backup::RESTORED;
use super::{Error, Node};
use crate::store::db::Tx;
use crate::store::state;

/// The file's name in the folder of what outlives the database.
const LAST_HEAD: &str = "last-head";
/// How often it is written at most.
const EVERY: Duration = Duration::from_secs(1);
/// The fact of a node that has written the file once: only then a missing one says anything.
const KEPT: &str = "last_head_kept";

impl Node {
    /// The checkpoint in the file; none if there is none.
    pub(super) fn last_head(&self) -> Option<String> {
        fs::read_to_string(self.outside.as_ref()?.join(LAST_HEAD)).ok()
    }

    /// Whether there never was a file: the node was upgraded, or is new, and nobody restored it.
    pub(super) async fn never_kept_head(&self, tx: &mut Tx) -> Result<bool, Error> {
        Ok(self.outside.is_some()
            && state::fact(tx, KEPT).await?.is_none()
            && state::fact(tx, RESTORED).await?.is_none())
    }

    /// Writes the newest durable head to the file, if it is not there. When this returns, it is durable.
    /// [`Error::Waits`] if the file has a head that the log does not have: the log is fenced then.
    pub async fn keep_last_head(&self) -> Result<(), Error> {
        if self.outside.is_none() {
            return Ok(());
        }
        let kept = self.last_head();
        let mut tx = self.db.node.snapshot().await?;
        let Some(signed) = self.checkpoint(&mut tx).await? else { return Ok(()) };
        let known = state::fact(&mut tx, KEPT).await?.is_some();
        tx.rollback().await?;
        if let Some(note) = kept.as_ref().filter(|note| **note != signed.note)
            && self.fence_by(None, note).await?
        {
            return Err(Error::Waits);
        }
        if kept.as_ref() != Some(&signed.note) {
            self.write_last_head(&signed.note)?;
        }
        if !known {
            let mut tx = self.db.node.begin().await?;
            state::settle_fact(&mut tx, KEPT, "yes").await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes a checkpoint of a durable head to the file. When this returns, it is durable.
    pub(super) fn write_last_head(&self, note: &str) -> Result<(), Error> {
        let Some(folder) = &self.outside else { return Ok(()) };
        let staged = folder.join(format!("last-head.{}", self.instance));
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&staged)?;
            file.write_all(note.as_bytes())?;
            file.sync_all()?;
            fs::rename(&staged, folder.join(LAST_HEAD))?;
            fs::File::open(folder)?.sync_all()
        };
        write().map_err(|error| Error::Outside(error.into()))
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
