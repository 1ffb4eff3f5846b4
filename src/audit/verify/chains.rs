//! The message chains in a log: numbers without a gap, each linked to the one before it.
//!
//! Knows the entries' headers. Invariant: 80 bytes per message sent are kept, so that a receipt finds
//! the header that it is for.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::report::Fault;
use crate::audit::entry::{EntryType, settled};
use crate::audit::glance::{Glance, Message};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, GENESIS, Lane};
use crate::exchange::receipt::Outcome;

/// A chain: the other node, the lane, the sender's epoch.
pub type Chain = (NodeId, Lane, Epoch);

/// A message that the node sent.
pub struct Sent {
    /// Its number.
    pub seq: u64,
    /// Its exchange digest.
    pub x: Digest,
    /// Where its header stands in the bundle: offset and length.
    pub(super) place: (u64, u32),
    /// What a receipt from the receiver's last epoch proves of it.
    pub receipt: Option<Receipted>,
}

/// The receiver's entry for a message, as a receipt proves it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Receipted {
    /// Its index in the receiver's log.
    pub leaf: u64,
    /// Which log of the receiver: its number among those that receipts named.
    pub log: u16,
    /// The counter of the epoch of that log: a restored receiver settles again what it lost.
    pub counter: u32,
    /// What became of the message.
    pub outcome: Outcome,
}

/// All chains of a log.
pub(super) struct Chains {
    node: NodeId,
    /// The epochs of the log so far: the first and the last.
    epochs: Option<(Epoch, Epoch)>,
    ends: BTreeMap<(bool, Chain), (u64, Digest)>,
    counts: (u64, u64),
    sent: BTreeMap<Chain, Vec<Sent>>,
}

impl Chains {
    pub(super) fn new(node: NodeId) -> Self {
        Self { node, epochs: None, ends: BTreeMap::new(), counts: (0, 0), sent: BTreeMap::new() }
    }

    /// The log goes on in that epoch.
    pub(super) fn enter(&mut self, epoch: Epoch) {
        self.epochs = Some((self.epochs.map_or(epoch, |(first, _)| first), epoch));
    }

    /// Takes the next entry of the log. After a fault the chain goes on from this entry.
    /// It stands at the offset `at` of the bundle.
    pub(super) fn take(&mut self, entry: &Glance<'_>, at: u64) -> Result<(), Fault> {
        let Some(message) = &entry.message else { return Ok(()) };
        match entry.t {
            EntryType::Sent => self.send(message, at),
            _ if !entry.t.is_message() => Err(Fault::EntryInvalid),
            _ if message.from == self.node => self.settle_own(message),
            _ => {
                let fits = entry.result.is_some_and(|result| settled(result) == entry.t);
                if fits { self.receive(message) } else { Err(Fault::EntryInvalid) }
            }
        }
    }

    fn send(&mut self, header: &Message<'_>, at: u64) -> Result<(), Fault> {
        if header.from != self.node || header.to == self.node {
            return Err(Fault::DirectionWrong);
        }
        let chain = (header.to, header.lane, header.epoch);
        self.counts.0 += 1;
        let verdict = self.follow(true, chain, header);
        let sent = self.sent.entry(chain).or_default();
        if sent.last().is_none_or(|last| last.seq < header.seq) {
            let (start, length) = header.place;
            let place = (at + start as u64, u32::try_from(length).unwrap_or(u32::MAX));
            sent.push(Sent { seq: header.seq, x: header.x, place, receipt: None });
        }
        let now = self.epochs.is_some_and(|(_, last)| last == header.epoch);
        if now { verdict } else { Err(Fault::EpochWrong) }
    }

    fn receive(&mut self, header: &Message<'_>) -> Result<(), Fault> {
        if header.to != self.node || header.from == self.node {
            return Err(Fault::DirectionWrong);
        }
        self.counts.1 += 1;
        self.follow(false, (header.from, header.lane, header.epoch), header)
    }

    /// What the node notes of a message of its own must be about one that it sent.
    fn settle_own(&self, header: &Message<'_>) -> Result<(), Fault> {
        match self.sent_at((header.to, header.lane, header.epoch), header.seq) {
            Some(sent) if sent.x == header.x => Ok(()),
            _ => Err(Fault::ChainBroken),
        }
    }

    fn follow(&mut self, sending: bool, chain: Chain, header: &Message<'_>) -> Result<(), Fault> {
        if self.is_closed(sending, chain) {
            return Err(Fault::EpochWrong);
        }
        let end = self.ends.insert((sending, chain), (header.seq, header.x));
        let whole = self.epochs.is_some_and(|(first, _)| first.counter == 1);
        let (seq, prev) = match end {
            Some((seq, x)) => (Some(seq.saturating_add(1)), Some(x)),
            // A log that begins with its node holds every chain from its first message on; what it sends in a new
            // epoch follows what the peer holds, which may have been lost here.
            None if whole && !(sending && chain.2.counter > 1) => {
                (Some(1), Some(self.before(sending, chain).unwrap_or(GENESIS)))
            }
            // A new epoch counts anew, from what the peer holds of the one before.
            None if sending => (Some(1), None),
            None => (None, self.before(sending, chain).filter(|_| header.seq == 1)),
        };
        if seq.is_some_and(|seq| seq != header.seq) || header.seq == 0 {
            return Err(Fault::SequenceGap);
        }
        if prev.is_some_and(|prev| prev != header.prev) { Err(Fault::ChainBroken) } else { Ok(()) }
    }

    /// Whether a later epoch of the same lane has begun.
    fn is_closed(&self, sending: bool, (peer, lane, epoch): Chain) -> bool {
        let after = (Bound::Excluded((sending, (peer, lane, epoch))), Bound::Unbounded);
        let next = self.ends.range(after).next();
        next.is_some_and(|(&(of, (to, on, _)), _)| (of, to, on) == (sending, peer, lane))
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
        sent.get(position(sent, seq)?)
    }

    /// Notes what a receipt proves of that message; whether it is the first. A second one from the same log
    /// must say the same.
    pub(super) fn receipted(&mut self, chain: Chain, seq: u64, proved: Receipted) -> Result<bool, Fault> {
        let sent = self.sent.get_mut(&chain).ok_or(Fault::ReceiptMismatch)?;
        let sent = position(sent, seq).and_then(|at| sent.get_mut(at)).ok_or(Fault::ReceiptMismatch)?;
        let before = sent.receipt;
        if before.is_none_or(|before| before.counter <= proved.counter) {
            sent.receipt = Some(proved);
        }
        let agrees = before.is_none_or(|before| before.log != proved.log || before == proved);
        if agrees { Ok(before.is_none()) } else { Err(Fault::ReceiptMismatch) }
    }

    /// All messages that the node sent.
    pub(super) fn into_sent(self) -> BTreeMap<Chain, Vec<Sent>> {
        self.sent
    }
}

/// Where the message with that number is among `sent`, which ascend: without a gap in an honest log.
fn position(sent: &[Sent], seq: u64) -> Option<usize> {
    let first = sent.first()?.seq;
    let straight = seq.checked_sub(first).and_then(|ahead| usize::try_from(ahead).ok());
    let straight = straight.filter(|at| sent.get(*at).is_some_and(|sent| sent.seq == seq));
    straight.or_else(|| sent.binary_search_by_key(&seq, |sent| sent.seq).ok())
}
