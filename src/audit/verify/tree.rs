//! The tree over the entries, against every signed checkpoint.
//!
//! Knows hashes only. Invariant: memory grows with the checkpoints, never with the entries.

use super::report::Fault;
use crate::domain::digest::Digest;
use crate::exchange::message::Epoch;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::VerifierKey;
use crate::tlog::tree::{Frontier, Node};

/// The checkpoints, and the right edge of the tree so far.
#[derive(Default)]
pub(super) struct Tree {
    heads: Vec<(u64, Digest, Epoch)>,
    compared: usize,
    frontier: Frontier,
    completed: Vec<Node>,
}

impl Tree {
    /// Takes a signed checkpoint of the log in that epoch. It is believed only if `key` signed it.
    pub(super) fn checkpoint(&mut self, bytes: &[u8], epoch: Epoch, key: &VerifierKey) -> Result<(), Fault> {
        let known = std::slice::from_ref(key);
        let opened = Checkpoint::open(bytes, known).map_err(|_| Fault::CheckpointInvalid)?;
        let Checkpoint { size, root, extensions, .. } = opened.checkpoint;
        if !extensions.is_empty() {
            return Err(Fault::CheckpointInvalid);
        }
        if self.heads.last().is_some_and(|last| last.0 >= size) {
            return Err(Fault::CheckpointOrder);
        }
        self.heads.push((size, root, epoch));
        Ok(())
    }

    /// Appends a leaf.
    pub(super) fn append(&mut self, leaf: Digest) -> Result<(), Fault> {
        self.completed.clear();
        self.frontier.append(leaf, &mut self.completed).map_err(|_| Fault::SizeMismatch)
    }

    /// Compares with the checkpoint of this very size, if there is one that was not compared yet; the last entry
    /// is of that epoch.
    pub(super) fn compare(&mut self, epoch: Option<Epoch>) -> Result<(), Fault> {
        match self.heads.get(self.compared) {
            Some((size, root, of)) if *size == self.frontier.size() => {
                self.compared += 1;
                match epoch {
                    Some(epoch) if epoch != *of => Err(Fault::OriginWrong),
                    _ if *root == self.frontier.root() => Ok(()),
                    _ => Err(Fault::RootMismatch),
                }
            }
            _ => Ok(()),
        }
    }

    /// At the end: whether the newest checkpoint covers exactly the entries, and all were compared.
    pub(super) fn end(&self) -> Result<(), Fault> {
        let newest = self.heads.last().map_or(0, |head| head.0);
        let whole = newest == self.frontier.size() && self.compared == self.heads.len();
        if whole { Ok(()) } else { Err(Fault::SizeMismatch) }
    }

    /// The root that the node signed for that size, and in which epoch.
    pub(super) fn signed(&self, size: u64) -> Option<(Digest, Epoch)> {
        let at = self.heads.binary_search_by_key(&size, |head| head.0).ok()?;
        self.heads.get(at).map(|head| (head.1, head.2))
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn root(&self) -> Digest {
        self.frontier.root()
    }
}
