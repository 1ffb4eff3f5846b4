//! Entries about what was read: no row goes with them, so one task writes down together what all who wait have read.
//!
//! Knows notes; must not know what is shown. Invariant: whoever is told so finds the entry durable; what somebody read
//! who went away meanwhile is written down all the same.

use std::sync::Weak;

use tokio::sync::{mpsc, oneshot};

use super::draft::Draft;
use super::{Error, Node};
use crate::audit::{EntryType, Incomplete};
use crate::store::db::Tx;

/// Most entries of one commit, and most that wait for it.
const TOGETHER: usize = 1_000;

/// An entry, and who waits for it.
pub(super) struct Asked {
    note: Draft,
    told: oneshot::Sender<Result<(), Error>>,
}

/// Where entries are handed in, and where the task finds them.
pub(super) fn desk() -> (mpsc::Sender<Asked>, mpsc::Receiver<Asked>) {
    mpsc::channel(TOGETHER)
}

impl Node {
    /// Ends a transaction that only read, and puts the entry about that into the log. When this returns, the entry is
    /// durable; until then nothing may leave.
    pub(super) async fn record(&self, read: Tx, t: EntryType, body: Incomplete) -> Result<(), Error> {
        read.rollback().await?;
        let (told, heard) = oneshot::channel();
        let asked = Asked { note: Draft::note(t, body), told };
        self.recorder.send(asked).await.map_err(|_| Error::Busy)?;
        heard.await.map_err(|_| Error::Busy)?
    }

    /// Writes down entries that no row goes with, in one commit. When this returns, they are in the log: by that commit,
    /// or, while somebody else sequences, by a later one.
    pub async fn write_down(&self, notes: Vec<Draft>) -> Result<(), Error> {
        let tx = self.db.node.begin().await?;
        self.commit_with(tx, notes).await
    }
}

/// Writes down what is asked for until the node is gone.
pub(super) async fn run(node: Weak<Node>, mut asked: mpsc::Receiver<Asked>) {
    let mut together = Vec::new();
    while asked.recv_many(&mut together, TOGETHER).await > 0 {
        let Some(node) = node.upgrade() else { return };
        let (notes, waiting): (Vec<_>, Vec<_>) = together.drain(..).map(|one| (one.note, one.told)).unzip();
        // In a task of its own: whatever becomes of one round, there is another.
        let written = tokio::spawn(async move { node.write_down(notes).await });
        let outcome = written.await.unwrap_or(Err(Error::Corrupt("record")));
        for told in waiting {
            // Nobody may wait any more.
            let _ = told.send(outcome.clone());
        }
    }
}
