//! Receipts: what peers signed about the messages of this log, proved under their own checkpoints.
//!
//! Knows the trust file's keys, never a key from the bundle. Invariant: a message counts as receipted
//! only if the peer's entry for it is proved to be in the tree that the peer signed.

use std::collections::{BTreeMap, HashMap};

use super::chains::Chain;
use super::report::Fault;
use crate::audit::bundle::records::{About, PeerHead, ReceiptRecord};
use crate::audit::entry::Entry;
use crate::audit::receipt::{Holding, ReceiptError, Received, ReceiverKeys, check};
use crate::audit::trust::{Trust, TrustedNode};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::Header;
use crate::exchange::receipt::{CoreEntry, ReceiptBody, ReceiptHeader};
use crate::statement::jws;
use crate::tlog::checkpoint::Checkpoint;

/// What a receipt claims; nothing of it is believed before [`Claimed::prove`].
pub(super) struct Claimed<'a> {
    pub(super) chain: Chain,
    pub(super) cores: Vec<CoreEntry>,
    peer: &'a TrustedNode,
    record: ReceiptRecord,
    received_at: Timestamp,
}

/// The heads that peers signed: one root for one size of one log.
#[derive(Default)]
pub(super) struct PeerHeads(HashMap<(NodeId, u64), Vec<(String, Digest)>>);

impl PeerHeads {
    /// Takes a head that the node keeps of a peer's log.
    pub(super) fn take(&mut self, said: &PeerHead, trust: &Trust) -> Result<(), Fault> {
        let peer = trust.node(said.peer).ok_or(Fault::PeerUnknown)?;
        let head = open_head(&said.note, peer).ok_or(Fault::HeadInvalid)?;
        self.see(peer.node, &head)
    }

    /// Remembers a head; a second root for the same size means that the peer's log was split.
    pub(super) fn see(&mut self, peer: NodeId, head: &Checkpoint) -> Result<(), Fault> {
        let known = self.0.entry((peer, head.size)).or_default();
        match known.iter().find(|(origin, _)| *origin == head.origin) {
            Some((_, root)) if *root == head.root => Ok(()),
            Some(_) => Err(Fault::HeadConflict),
            None => {
                known.push((head.origin.clone(), head.root));
                Ok(())
            }
        }
    }

    /// Whether the peer's signature for that head is here.
    pub(super) fn has(&self, peer: NodeId, size: u64, root: Digest) -> bool {
        self.0.get(&(peer, size)).is_some_and(|known| known.iter().any(|(_, signed)| *signed == root))
    }
}

/// A receipt's place: pair, lane and epoch, first and last number.
type Span = (Chain, u64, u64);

/// The receipts that the log says it has: the digest of each header, and when it was logged.
#[derive(Default)]
pub(super) struct Logged(BTreeMap<Span, (Vec<(Digest, Timestamp)>, bool)>);

impl Logged {
    /// Takes a `receipt` entry of the log.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        let body = &entry.body;
        let place = || {
            let chain = (body.peer?, body.lane?, body.epoch?);
            Some(((chain, body.first?, body.last?), body.digest?))
        };
        let (span, digest) = place().ok_or(Fault::EntryInvalid)?;
        self.0.entry(span).or_default().0.push((digest, entry.at));
        Ok(())
    }

    /// When that header was logged. `None` if the log has nothing for its place: it came just before the
    /// bundle was made.
    fn match_up(&mut self, span: Span, header: &str) -> Result<Option<Timestamp>, Fault> {
        let Some((logged, seen)) = self.0.get_mut(&span) else { return Ok(None) };
        let digest = Digest::of(header.as_bytes());
        let at = logged.iter().find(|one| one.0 == digest).ok_or(Fault::ReceiptMismatch)?.1;
        *seen = true;
        Ok(Some(at))
    }

    /// How many places have an entry in the log and no receipt in the bundle.
    pub(super) fn missing(&self) -> usize {
        self.0.values().filter(|(_, seen)| !seen).count()
    }
}

/// The checkpoint in `note`, if it is of a log of `peer` and signed with its key.
fn open_head(note: &str, peer: &TrustedNode) -> Option<Checkpoint> {
    let origin = note.lines().next()?;
    let key = peer.log_key(origin)?;
    Checkpoint::open(note.as_bytes(), std::slice::from_ref(&key)).ok().map(|opened| opened.checkpoint)
}

/// Reads a receipt to the node of `about`, and checks that it is one whole and the one that was logged.
pub(super) fn open<'a>(
    record: ReceiptRecord,
    about: &About,
    trust: &'a Trust,
    logged: &mut Logged,
) -> Result<Claimed<'a>, Fault> {
    let claimed = jws::claimed_payload(&record.header).map_err(|_| Fault::ReceiptInvalid)?;
    let header: ReceiptHeader = serde_json::from_value(claimed).map_err(|_| Fault::ReceiptInvalid)?;
    let peer = trust.node(header.iss).filter(|peer| peer.node != about.node).ok_or(Fault::PeerUnknown)?;
    let chain = (peer.node, header.lane, header.epoch);
    let logged_at = logged.match_up((chain, header.first, header.last), &record.header)?;
    let received_at = logged_at.unwrap_or(about.made_at);
    let body: ReceiptBody = serde_json::from_str(&record.body).map_err(|_| Fault::ReceiptInvalid)?;
    if header.to != about.node || !is_whole(&header, &body) {
        return Err(Fault::ReceiptInvalid);
    }
    Ok(Claimed { chain, cores: body.entries, peer, record, received_at })
}

/// One core entry for each number from first to last, all of this pair, lane and epoch.
fn is_whole(header: &ReceiptHeader, body: &ReceiptBody) -> bool {
    let numbers = header.first..=header.last;
    let fits = |core: &CoreEntry| {
        (core.from, core.to, core.lane, core.epoch) == (header.to, header.iss, header.lane, header.epoch)
    };
    header.first > 0 && body.entries.iter().map(|core| core.seq).eq(numbers) && body.entries.iter().all(fits)
}

impl Claimed<'_> {
    /// Checks the signatures, and that the peer's tree holds its entries for these messages, given their
    /// headers in order. Returns the peer's head that they are proved under.
    pub(super) fn prove(&self, headers: &[Header]) -> Result<Checkpoint, Fault> {
        let origin = self.cores.first().map(|core| core.log_origin.clone()).ok_or(Fault::ReceiptInvalid)?;
        let log = self.peer.log_key(&origin).ok_or(Fault::ReceiptUnproved)?;
        let sent: Vec<_> = headers.iter().zip(&self.cores).map(|(header, core)| (header, core.x)).collect();
        let ReceiptRecord { header, body } = &self.record;
        let received = Received { header, body, at: self.received_at };
        let keys = ReceiverKeys { signing: &self.peer.signing_keys, log: &log };
        match check(received, keys, &sent) {
            Ok(Holding { head: (size, root), .. }) => {
                Ok(Checkpoint { origin, size, root, extensions: Vec::new() })
            }
            Err(ReceiptError::Malformed | ReceiptError::Signature | ReceiptError::Body) => {
                Err(Fault::ReceiptInvalid)
            }
            Err(ReceiptError::OtherMessages) => Err(Fault::ReceiptMismatch),
            Err(ReceiptError::Checkpoint | ReceiptError::Proof) => Err(Fault::ReceiptUnproved),
        }
    }
}
