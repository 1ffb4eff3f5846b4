//! The message chains in a log: numbers without a gap, each linked to the one before it.
//!
//! Knows the entries' headers. Invariant: 64 bytes or so per message sent are kept, so that a receipt
//! finds the entry that it is for.

use std::collections::BTreeMap;

use super::report::Fault;
use crate::audit::entry::{Entry, EntryType, settled};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, GENESIS, Header, Lane};

/// A chain: the other node, the lane, the sender's epoch.
pub(super) type Chain = (NodeId, Lane, Epoch);

/// Where an entry stands in the bundle: offset and length.
pub(super) type Place = (u64, usize);

/// A message that the node sent.
pub(super) struct Sent {
    pub(super) seq: u64,
    pub(super) x: Digest,
    pub(super) place: Place,
    pub(super) receipted: bool,
}

/// All chains of a log.
pub(super) struct Chains {
    node: NodeId,
    epoch: Epoch,
    ends: BTreeMap<(bool, Chain), (u64, Digest)>,
    counts: (u64, u64),
    sent: BTreeMap<Chain, Vec<Sent>>,
}

impl Chains {
    pub(super) fn new(node: NodeId, epoch: Epoch) -> Self {
        Self { node, epoch, ends: BTreeMap::new(), counts: (0, 0), sent: BTreeMap::new() }
    }

    /// Takes the next entry of the log. After a fault the chain goes on from this entry.
    pub(super) fn take(&mut self, entry: &Entry, place: Place) -> Result<(), Fault> {
        let (Some(header), Some(x)) = (&entry.body.header, entry.body.x) else { return Ok(()) };
        match entry.t {
            EntryType::Sent => self.send(header, x, place),
            _ if !entry.is_message() => Err(Fault::EntryInvalid),
            _ if header.from == self.node => self.settle_own(header, x),
            _ => {
                let fits = entry.body.result.is_some_and(|result| settled(result) == entry.t);
                if fits { self.receive(header, x) } else { Err(Fault::EntryInvalid) }
            }
        }
    }

    fn send(&mut self, header: &Header, x: Digest, place: Place) -> Result<(), Fault> {
        if header.from != self.node || header.to == self.node {
            return Err(Fault::DirectionWrong);
        }
        let chain = (header.to, header.lane, header.epoch);
        self.counts.0 += 1;
        let verdict = self.follow(true, chain, header, x);
        let sent = self.sent.entry(chain).or_default();
        if sent.last().is_none_or(|last| last.seq < header.seq) {
            sent.push(Sent { seq: header.seq, x, place, receipted: false });
        }
        if header.epoch == self.epoch { verdict } else { Err(Fault::EpochWrong) }
    }

    fn receive(&mut self, header: &Header, x: Digest) -> Result<(), Fault> {
        if header.to != self.node || header.from == self.node {
            return Err(Fault::DirectionWrong);
        }
        self.counts.1 += 1;
        self.follow(false, (header.from, header.lane, header.epoch), header, x)
    }

    /// What the node notes of a message of its own must be about one that it sent.
    fn settle_own(&self, header: &Header, x: Digest) -> Result<(), Fault> {
        match self.sent_at((header.to, header.lane, header.epoch), header.seq) {
            Some(sent) if sent.x == x => Ok(()),
            _ => Err(Fault::ChainBroken),
        }
    }

    fn follow(&mut self, sending: bool, chain: Chain, header: &Header, x: Digest) -> Result<(), Fault> {
        let before = self.before(sending, chain);
        let end = self.ends.insert((sending, chain), (header.seq, x));
        let (seq, prev) = match end {
            Some((seq, x)) => (Some(seq.saturating_add(1)), Some(x)),
            // A log that begins with its node holds every chain from its first message on.
            None if self.epoch.counter == 1 => (Some(1), Some(before.unwrap_or(GENESIS))),
            None => (None, before.filter(|_| header.seq == 1)),
        };
        if seq.is_some_and(|seq| seq != header.seq) || header.seq == 0 {
            return Err(Fault::SequenceGap);
        }
        if prev.is_some_and(|prev| prev != header.prev) { Err(Fault::ChainBroken) } else { Ok(()) }
    }

    /// The last exchange digest of the same lane in the epoch before.
    fn before(&self, sending: bool, (peer, lane, epoch): Chain) -> Option<Digest> {
        let (&(of, (to, on, _)), &(_, x)) = self.ends.range(..(sending, (peer, lane, epoch))).next_back()?;
        ((of, to, on) == (sending, peer, lane)).then_some(x)
    }

    /// How many messages were sent and received.
    pub(super) const fn counts(&self) -> (u64, u64) {
        self.counts
    }

    /// The message with that number, if the node sent it.
    pub(super) fn sent_at(&self, chain: Chain, seq: u64) -> Option<&Sent> {
        let sent = self.sent.get(&chain)?;
        sent.get(sent.binary_search_by_key(&seq, |sent| sent.seq).ok()?)
    }

    /// Notes that a receipt for that message is proved; whether it is the first.
    pub(super) fn receipted(&mut self, chain: Chain, seq: u64) -> bool {
        let Some(sent) = self.sent.get_mut(&chain) else { return false };
        match sent.binary_search_by_key(&seq, |sent| sent.seq).ok().and_then(|at| sent.get_mut(at)) {
            Some(sent) => !std::mem::replace(&mut sent.receipted, true),
            None => false,
        }
    }
}
