//! How far each lane to each peer is behind, for officers, operators and their machines.
//!
//! Knows counts and times; no record. Invariant: one query tells all peers.

use serde::{Deserialize, Serialize};

use super::traffic::Tally;
use super::{Error, Node, node_of};
use crate::domain::node::NodeId;
use crate::exchange::message::{Header, Lane};
use crate::store::lag::{self as store, LagRow};

/// How far a peer's lane is behind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LagView {
    /// The peer.
    pub node: NodeId,
    /// `active`, `suspended` or `revoked`.
    pub status: String,
    /// The lane.
    pub lane: Lane,
    /// Messages without receipt.
    pub waiting: i64,
    /// How long the oldest of them has waited, milliseconds.
    pub oldest_ms: Option<i64>,
    /// Messages refused for now, which go again by themselves.
    pub again: i64,
    /// Messages refused for good.
    pub refused: i64,
    /// Messages that this process has handed over and that have no receipt yet.
    pub in_flight: u64,
    /// Batches of this process that brought no receipt; each was or is tried again.
    pub failed: u64,
    /// The first message of the batch that the peer refused last, where none of this process was taken since: nothing
    /// behind it passes.
    pub blocked_at: Option<u64>,
    /// Why: the code that the peer said, or its HTTP status; or what is wrong with the message.
    pub blocked_by: Option<String>,
}

impl Node {
    /// How far each lane to each peer is behind, urgent first.
    pub async fn lags(&self) -> Result<Vec<LagView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let rows = store::all(&mut tx, &self.epoch.to_string()).await?;
        tx.rollback().await?;
        rows.into_iter().map(|row| self.lag(row)).collect()
    }

    fn lag(&self, row: LagRow) -> Result<LagView, Error> {
        let (peer, status, lane, waiting, oldest, again, refused) = row;
        let node = node_of(peer)?;
        let lane: Lane = lane.parse().map_err(|_| Error::Corrupt("lane"))?;
        let oldest = oldest.filter(|_| waiting > 0).map(|header| serde_json::from_str::<Header>(&header));
        // One that cannot be read hides no lane from whoever looks for it.
        let oldest_ms =
            oldest.and_then(Result::ok).map(|header| (self.now().0 - header.sequenced_at.0).max(0));
        let Tally { in_flight, failed, blocked } = self.traffic.tally(node, lane);
        let (blocked_at, blocked_by) = blocked.unzip();
        Ok(LagView {
            node,
            status,
            lane,
            waiting,
            oldest_ms,
            again,
            refused,
            in_flight,
            failed,
            blocked_at,
            blocked_by,
        })
    }
}
