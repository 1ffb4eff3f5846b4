//! What one verified log says about the exchange, small enough to hold two of them side by side.
//!
//! Knows digests, numbers and places, never what an entry says of a case. Invariant: some 32 bytes per
//! entry and 64 to 80 per message.

use std::collections::BTreeMap;

use super::chains::{Chain, Chains, Sent};
use super::heads::{PeerHeads, SeenHead};
use crate::audit::bundle::records::About;
use crate::audit::entry::EntryType;
use crate::audit::glance::{Glance, Message};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Lane, log_origin};
use crate::exchange::receipt::Outcome;

/// A message of a peer that the node settled.
pub struct Settled {
    /// Its number.
    pub seq: u64,
    /// Its exchange digest.
    pub x: Digest,
    /// The index of the entry in the log.
    pub leaf: u64,
    /// When its sender placed it, by the sender's clock, as the sender says.
    pub sequenced_at: Timestamp,
    /// When the node placed its own entry, by its clock: the message was there by then, whatever its sender says.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// What the messages to one peer of one kind rest on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// To whom.
    pub to: NodeId,
    /// The code of what the statements are.
    pub kind: String,
    /// What they rest on, canonical JSON.
    pub basis: String,
}

/// What a verified log says about the exchange.
pub struct Evidence {
    /// Whose log.
    pub node: NodeId,
    /// Its epochs, each with the index of its first entry, oldest first; at least one.
    pub epochs: Vec<(Epoch, u64)>,
    /// When the bundle was made, by the node's clock.
    pub made_at: Timestamp,
    /// What it sent, ascending in each chain.
    pub sent: BTreeMap<Chain, Vec<Sent>>,
    /// What it settled for others, ascending in each chain.
    pub settled: BTreeMap<Chain, Vec<Settled>>,
    /// The leaf hashes, in order.
    pub leaves: Vec<Digest>,
    /// The logs of peers that are spoken of.
    pub origins: Vec<String>,
    /// The heads of these that the node recorded; ascending by peer, log, size.
    pub heads: Vec<SeenHead>,
    /// How many messages went on each errand.
    pub errands: BTreeMap<Errand, u64>,
}

/// Evidence that is being gathered.
#[derive(Default)]
pub(super) struct Gathered {
    settled: BTreeMap<Chain, Vec<Settled>>,
    leaves: Vec<Digest>,
    errands: BTreeMap<Errand, u64>,
    /// The errand of the last message, and how many went on it in a row.
    last: Option<(Errand, u64)>,
}

impl Gathered {
    pub(super) fn leaf(&mut self, leaf: Digest) {
        self.leaves.push(leaf);
    }

    /// Takes an entry that stands in the log.
    pub(super) fn take(&mut self, entry: &Glance<'_>, node: NodeId) {
        let Some(message) = &entry.message else { return };
        match (entry.t, entry.result) {
            (EntryType::Sent, _) => self.errand(message),
            (_, Some(outcome)) if message.to == node => {
                let settled = self.settled.entry((message.from, message.lane, message.epoch)).or_default();
                if settled.last().is_none_or(|last| last.seq < message.seq) {
                    let Message { seq, x, sequenced_at, .. } = *message;
                    settled.push(Settled { seq, x, leaf: entry.leaf, sequenced_at, at: entry.at, outcome });
                }
            }
            _ => {}
        }
    }

    fn errand(&mut self, message: &Message<'_>) {
        if let Some((last, count)) = &mut self.last
            && (last.to, &*last.kind, &*last.basis) == (message.to, &*message.kind, &*message.basis)
        {
            *count += 1;
            return;
        }
        let (kind, basis) = (message.kind.to_string(), message.basis.to_string());
        self.count_last();
        self.last = Some((Errand { to: message.to, kind, basis }, 1));
    }

    fn count_last(&mut self) {
        if let Some((errand, count)) = self.last.take() {
            *self.errands.entry(errand).or_default() += count;
        }
    }

    /// The evidence of the log of `about`, which has these epochs.
    pub(super) fn complete(
        mut self,
        about: &About,
        epochs: Vec<(Epoch, u64)>,
        chains: Chains,
        heads: PeerHeads,
    ) -> Evidence {
        let (origins, heads) = heads.into_parts();
        self.count_last();
        Evidence {
            node: about.node,
            epochs,
            made_at: about.made_at,
            sent: chains.into_sent(),
            settled: self.settled,
            leaves: self.leaves,
            origins,
            heads,
            errands: self.errands,
        }
    }
}

impl Evidence {
    /// What went to `peer` in each lane.
    pub fn lanes_to(&self, peer: NodeId) -> impl Iterator<Item = (Lane, Epoch, &[Sent])> {
        let of_peer = self.sent.iter().filter(move |((to, ..), _)| *to == peer);
        of_peer.map(|((_, lane, epoch), sent)| (*lane, *epoch, sent.as_slice()))
    }

    /// What came from `peer` in each lane.
    pub fn lanes_from(&self, peer: NodeId) -> impl Iterator<Item = (Lane, Epoch, &[Settled])> {
        let of_peer = self.settled.iter().filter(move |((from, ..), _)| *from == peer);
        of_peer.map(|((_, lane, epoch), settled)| (*lane, *epoch, settled.as_slice()))
    }

    /// Whether the log is in that epoch now.
    pub fn is_in(&self, epoch: Epoch) -> bool {
        self.epochs.last().is_some_and(|(last, _)| *last == epoch)
    }

    /// Whether that epoch began after all of the log: somebody saw more of it.
    pub fn precedes(&self, epoch: Epoch) -> bool {
        self.epochs.last().is_some_and(|(last, _)| last.counter < epoch.counter)
    }

    /// Whether the log has that epoch.
    pub fn has(&self, epoch: Epoch) -> bool {
        self.epochs.iter().any(|(known, _)| *known == epoch)
    }

    /// The sizes of the heads that the log `origin` has in this one: more than the first, at most the second; and
    /// whether it grows.
    pub fn sizes(&self, origin: &str) -> Option<(u64, u64, bool)> {
        let at = self.epochs.iter().position(|(epoch, _)| log_origin(self.node, *epoch) == origin)?;
        let (_, first) = self.epochs.get(at)?;
        let next = self.epochs.get(at + 1).map(|(_, next)| *next);
        Some((*first, next.unwrap_or(self.leaves.len() as u64), next.is_none()))
    }

    /// The origin with that number.
    pub fn origin(&self, log: u16) -> Option<&str> {
        self.origins.get(usize::from(log)).map(String::as_str)
    }
}
