//! The epochs of the own log: which one a head is of, and the opening of another.
//!
//! A node has one tree. After a restore it goes on from what the backup has, under another origin; what came after
//! the backup stays in the closed epoch, which only others hold. Invariant: an epoch is opened in one transaction
//! with its first entry.

use super::{Error, Node};
use crate::audit::Incomplete;
use crate::audit::trust::epoch_of;
use crate::clock::random;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, log_origin};
use crate::exchange::standing::{HeldHead, OwnLog, next_epoch};
use crate::store::lease;
use crate::store::log::{self, StoredHead};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::{KeyUse, Signer, VerifierKey};

use super::witness::origin_of;

/// Why an epoch is opened, and what others hold of the log.
pub(super) struct Opening {
    /// The code of why.
    pub(super) code: &'static str,
    /// The pseudonym of whoever ordered it; none: the node opens it by itself.
    pub(super) actor: Option<String>,
    /// The newest head that anybody holds, and who; none: nobody holds one.
    pub(super) newest: Option<(Option<NodeId>, HeldHead)>,
    /// Every epoch of ours that somebody knows.
    pub(super) known: Vec<Epoch>,
}

impl Node {
    /// The epoch in which the log had that size.
    pub(super) fn epoch_at(&self, size: u64) -> Epoch {
        let of = self.epochs.iter().rev().find(|(_, first)| *first < size);
        of.or(self.epochs.first()).map_or(self.epoch, |(epoch, _)| *epoch)
    }

    /// Refuses to go on in an epoch that is not the log's any more: another instance opened a later one, or found that
    /// nothing may be added. The node waits then.
    pub(super) fn require_epoch(&self, head: &StoredHead) -> Result<(), Error> {
        if head.epoch == i64::from(self.epoch.counter) {
            return Ok(());
        }
        if !self.waits.send_replace(true) {
            let epoch = self.epoch;
            tracing::warn!(%epoch, "epoch {epoch} is closed: this instance adds nothing until it is opened again");
        }
        Err(Error::Waits)
    }

    /// Signs heads of that size, as the log was then.
    pub(super) fn log_at(&self, size: u64) -> Result<Signer, Error> {
        self.keys.log_in(self.epoch_at(size)).map_err(|_| Error::Corrupt("log key"))
    }

    /// The own log with that many entries.
    pub(super) fn own_log(&self, size: u64) -> OwnLog {
        let first = self.epochs.last().map_or(0, |(_, first)| *first);
        OwnLog { epoch: self.epoch, first, size }
    }

    /// The head in a checkpoint that somebody holds, if our own log key signed it.
    pub(super) fn own_head(&self, note: &str) -> Option<HeldHead> {
        let origin = origin_of(note);
        let epoch = epoch_of(self.id, origin)?;
        let key = VerifierKey::new(origin, KeyUse::Log, *self.keys.log().verifier().public()).ok()?;
        let opened = Checkpoint::open(note.as_bytes(), std::slice::from_ref(&key)).ok()?;
        Some(HeldHead { epoch, size: opened.checkpoint.size, root: opened.checkpoint.root })
    }

    /// Opens another epoch and accepts that the node was restored. When this returns, it is durable; this node's
    /// object stays in the old one and must be dropped. [`Error::Conflict`] if another process was faster.
    pub(super) async fn open_epoch(&self, opening: Opening) -> Result<Epoch, Error> {
        let nonce = u64::from_be_bytes(random(self.entropy.as_ref()));
        let epoch = next_epoch(self.epoch, opening.known, nonce).ok_or(Error::Corrupt("epoch"))?;
        let mut tx = self.db.node.begin().await?;
        let head = log::newest_head(&mut tx).await?;
        let (by, newest) = opening.newest.unzip();
        let newest = newest.map(|held| (held.size, held.root));
        let newest = newest.or(head.map(|(size, root)| (size.cast_unsigned(), root)));
        let body = Incomplete {
            actor: opening.actor,
            code: Some(opening.code.into()),
            count: head.map(|(size, _)| size.cast_unsigned()).or(Some(0)),
            digest: newest.map(|(_, root)| root),
            epoch: Some(self.epoch),
            peer: by.flatten(),
            reference: head.map(|(_, root)| root),
            size: newest.map(|(size, _)| size),
            ..Incomplete::default()
        };
        if !self.open_epoch_within(&mut tx, epoch, body).await? {
            return Err(Error::Conflict);
        }
        super::backup::forget_restored(&mut tx).await?;
        super::fence::forget_proof(&mut tx).await?;
        lease::clear(&mut tx).await?;
        let opened = log::newest_head(&mut tx).await?;
        tx.commit().await?;
        if let Some((size, root)) = opened {
            let head = Checkpoint {
                origin: log_origin(self.id, epoch),
                size: size.cast_unsigned(),
                root,
                extensions: Vec::new(),
            };
            let log = self.keys.log_in(epoch).map_err(|_| Error::Corrupt("log key"))?;
            let note = head.sign(&log).map_err(|_| Error::Corrupt("checkpoint"))?;
            self.write_last_head(&note.to_string())?;
        }
        tracing::warn!(%epoch, "the log goes on in epoch {epoch}");
        Ok(epoch)
    }
}
