//! Receipts: what peers signed about the messages of this log, proved under their own checkpoints.
//!
//! Knows the trust file's keys, never a key from the bundle. Invariant: a message counts as receipted
//! only if the peer's entry for it is proved to be in the tree that the peer signed.

use std::collections::{BTreeMap, HashMap};

use super::chains::Chain;
use super::report::Fault;
use crate::audit::bundle::records::{About, PeerHead, ReceiptRecord};
use crate::audit::entry::Entry;
use crate::audit::trust::{Trust, TrustedNode};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::Header;
use crate::exchange::receipt::{CoreEntry, ReceiptBody, ReceiptHeader};
use crate::statement::jws;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::multiproof::verify_multi;
use crate::tlog::tree::leaf_hash;

/// A receipt whose signatures hold; its proof is still to be checked.
pub(super) struct Signed {
    pub(super) chain: Chain,
    pub(super) cores: Vec<CoreEntry>,
    checkpoint: Checkpoint,
    proof: Vec<Digest>,
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

/// Checks the signatures of a receipt to the node of `about`, and that it is one whole.
pub(super) fn open(
    record: &ReceiptRecord,
    about: &About,
    trust: &Trust,
    logged: &mut Logged,
) -> Result<Signed, Fault> {
    let claimed = jws::claimed_payload(&record.header).map_err(|_| Fault::ReceiptInvalid)?;
    let header: ReceiptHeader = serde_json::from_value(claimed).map_err(|_| Fault::ReceiptInvalid)?;
    let peer = trust.node(header.iss).filter(|peer| peer.node != about.node).ok_or(Fault::PeerUnknown)?;
    let chain = (peer.node, header.lane, header.epoch);
    let logged_at = logged.match_up((chain, header.first, header.last), &record.header)?;
    let received_at = logged_at.unwrap_or(about.made_at);
    jws::verify(&record.header, jws::typ::RECEIPT, &peer.signing_keys, received_at)
        .map_err(|_| Fault::ReceiptInvalid)?;
    let body: ReceiptBody = serde_json::from_str(&record.body).map_err(|_| Fault::ReceiptInvalid)?;
    let is_signed = header.to == about.node && header.body == Digest::of(record.body.as_bytes());
    if !is_signed || !is_whole(&header, &body) {
        return Err(Fault::ReceiptInvalid);
    }
    let checkpoint = open_head(&body.checkpoint, peer).ok_or(Fault::ReceiptUnproved)?;
    if body.entries.iter().any(|core| core.log_origin != checkpoint.origin) {
        return Err(Fault::ReceiptUnproved);
    }
    Ok(Signed { chain, cores: body.entries, checkpoint, proof: body.proof })
}

/// One core entry for each number from first to last, all of this pair, lane and epoch.
fn is_whole(header: &ReceiptHeader, body: &ReceiptBody) -> bool {
    let numbers = header.first..=header.last;
    let fits = |core: &CoreEntry| {
        (core.from, core.to, core.lane, core.epoch) == (header.to, header.iss, header.lane, header.epoch)
    };
    header.first > 0 && body.entries.iter().map(|core| core.seq).eq(numbers) && body.entries.iter().all(fits)
}

impl Signed {
    /// Checks that the peer's tree holds its entries for these messages, given their headers in order.
    pub(super) fn prove(&self, headers: Vec<Header>) -> Result<(), Fault> {
        let mut leaves = Vec::with_capacity(headers.len());
        for (core, header) in self.cores.iter().zip(headers) {
            let entry = Entry::of_core(core, header);
            let bytes = entry.to_bytes().map_err(|_| Fault::ReceiptMismatch)?;
            leaves.push((core.leaf, leaf_hash(&bytes)));
        }
        leaves.sort_unstable();
        let Checkpoint { size, root, .. } = &self.checkpoint;
        verify_multi(&leaves, *size, &self.proof, root).map_err(|_| Fault::ReceiptUnproved)
    }

    /// The peer's head that it is proved under.
    pub(super) const fn head(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
