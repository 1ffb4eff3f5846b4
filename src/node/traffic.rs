//! What this process has under way to its peers: messages handed over, and batches that failed.
//!
//! Knows numbers only, kept in memory: the outbox is what counts. Invariant: whatever ends a call, its
//! messages leave the count of those in flight.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::node::NodeId;
use crate::exchange::message::Lane;

/// What is under way in one lane to one peer, and what failed there since the process started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages handed over, without a receipt so far.
    pub in_flight: u64,
    /// Batches that brought no receipt.
    pub failed: u64,
    /// The first message of the batch that the peer refused last, or of the lane that cannot be sent, and the code of
    /// the reason; none if a receipt came since.
    pub blocked: Option<(u64, String)>,
}

/// The tallies of all lanes.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<HashMap<(NodeId, Lane), Tally>>);

/// A batch on its way; dropped, it has failed.
#[derive(Debug)]
pub struct Flight<'a> {
    traffic: &'a Traffic,
    lane: (NodeId, Lane),
    messages: u64,
    failed: bool,
}

impl Traffic {
    /// A batch of so many messages leaves.
    pub fn departs(&self, peer: NodeId, lane: Lane, messages: usize) -> Flight<'_> {
        let (lane, messages) = ((peer, lane), u64::try_from(messages).unwrap_or(u64::MAX));
        self.count(lane, |tally| tally.in_flight = tally.in_flight.saturating_add(messages));
        Flight { traffic: self, lane, messages, failed: true }
    }

    /// The tally of one lane.
    pub fn tally(&self, peer: NodeId, lane: Lane) -> Tally {
        self.count((peer, lane), |tally| tally.clone())
    }

    /// Nothing of the lane passes that message, for a reason with that code.
    pub fn blocked(&self, peer: NodeId, lane: Lane, seq: u64, code: String) {
        self.count((peer, lane), |tally| tally.blocked = Some((seq, code)));
    }

    fn count<T>(&self, lane: (NodeId, Lane), with: impl FnOnce(&mut Tally) -> T) -> T {
        with(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(lane).or_default())
    }
}

impl Flight<'_> {
    /// Its receipt is filed.
    pub fn lands(mut self) {
        self.failed = false;
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.traffic.count(self.lane, |tally| {
            tally.in_flight = tally.in_flight.saturating_sub(self.messages);
            tally.failed += u64::from(self.failed);
            if !self.failed {
                tally.blocked = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_departs_lands_or_fails() {
        let (traffic, peer) = (Traffic::default(), "530900".parse().unwrap());
        let (first, second) =
            (traffic.departs(peer, Lane::Normal, 3), traffic.departs(peer, Lane::Normal, 4));
        assert_eq!(traffic.tally(peer, Lane::Normal), Tally { in_flight: 7, ..Tally::default() });
        first.lands();
        assert_eq!(traffic.tally(peer, Lane::Normal), Tally { in_flight: 4, ..Tally::default() });
        traffic.blocked(peer, Lane::Normal, 4, "http_500".into());
        drop(second);
        let blocked = Some((4, "http_500".into()));
        assert_eq!(traffic.tally(peer, Lane::Normal), Tally { in_flight: 0, failed: 1, blocked });
        traffic.departs(peer, Lane::Normal, 4).lands();
        assert_eq!(traffic.tally(peer, Lane::Normal).blocked, None);
        assert_eq!(traffic.tally(peer, Lane::Urgent), Tally::default());
    }
}
