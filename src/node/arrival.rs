//! A batch before its turn: read as far as that rests on nothing that may change, and parked while the batches
//! before it are being stored.
//!
//! Invariant: what happens here consumes nothing and permits nothing; everything that rests on the receiver's state
//! is judged at the batch's turn (`receive`).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::register::Link;
use super::{Error, Node, key};
use crate::domain::node::NodeId;
use crate::exchange::batch::BatchHeader;
use crate::exchange::inbox::{self, BatchRefusal, OpenedBatch, Reception, is_early};
use crate::exchange::judge::Read;
use crate::exchange::window::MOST_BATCHES;
use crate::statement::keys::KeySet;
use crate::store::chain::{self, Direction};

/// How long an early batch waits for those before it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it looks whether another instance stored them.
const LOOK: Duration = Duration::from_millis(50);

/// A longer batch, in bytes, is read off the request's thread.
const INLINE: usize = 32 << 10;

/// How many early batches of one peer wait: in each lane all but the one whose turn it is.
pub(super) const SEATS: usize = 2 * (MOST_BATCHES - 1);

/// A batch whose signature, addresses and inner chain hold.
pub(super) struct Arrived {
    /// The keys of the sender under which that was found.
    pub(super) keys: KeySet,
    /// The batch.
    pub(super) batch: OpenedBatch,
    /// What its messages show by themselves, in their order; none once a judgement has used it.
    pub(super) reads: Vec<Read>,
}

impl Node {
    /// Opens a batch, and reads its messages.
    pub(super) async fn open_batch(&self, link: Link, bytes: &[u8]) -> Result<Arrived, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let keys = self.linked(&mut tx, link).await?.keys;
        tx.rollback().await?;
        let (me, peer, now) = (self.id, link.node(), self.now());
        let open = move |bytes: &[u8]| -> Result<Arrived, BatchRefusal> {
            let batch = inbox::open(bytes, Reception { me, peer, keys: &keys, now })?;
            let reads = batch.items.iter().map(|item| Read::of(item, &keys, now)).collect();
            Ok(Arrived { keys, batch, reads })
        };
        if bytes.len() <= INLINE {
            return Ok(open(bytes)?);
        }
        let bytes = bytes.to_vec();
        let opened = tokio::task::spawn_blocking(move || open(&bytes)).await;
        Ok(opened.map_err(|_| Error::Corrupt("open"))??)
    }

    /// Waits until the batches before this one are settled, if it came a little early. Whoever waits too long, or
    /// finds every seat taken, goes on, and is told where the chain stands.
    pub(super) async fn park(&self, peer: NodeId, header: &BatchHeader) -> Result<(), Error> {
        let seats = self.calls(peer, |calls| Arc::clone(&calls.seats));
        let waiting = async {
            let (mut bell, mut seat) = (self.listen(), None);
            loop {
                bell.mark_unchanged();
                let mut tx = self.db.node.snapshot().await?;
                let end = chain::find(&mut tx, key(peer), header.lane, Direction::In).await?.end;
                tx.rollback().await?;
                if !is_early(header, end) {
                    return Ok(());
                }
                if seat.is_none() {
                    let Ok(taken) = seats.try_acquire() else { return Ok(()) };
                    seat = Some(taken);
                }
                let _ = timeout(LOOK, bell.changed()).await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or(Ok(()))
    }
}
