//! Receipts: what peers signed about the messages of this log, proved under their own checkpoints.
//!
//! Knows the trust file's keys, never a key from the bundle. Invariant: a message counts as receipted
//! only if the peer's entry for it is proved to be in the tree that the peer signed.

use std::collections::HashMap;

use super::chains::Chain;
use super::report::Fault;
use crate::audit::bundle::records::{PeerHead, ReceiptRecord};
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
pub(super) struct PeerHeads(HashMap<(String, u64), Digest>);

impl PeerHeads {
    /// Takes a head that the node keeps of a peer's log.
    pub(super) fn take(&mut self, said: &PeerHead, trust: &Trust) -> Result<(), Fault> {
        let peer = trust.node(said.peer).ok_or(Fault::PeerUnknown)?;
        let head = open_head(&said.note, peer).ok_or(Fault::HeadInvalid)?;
        self.see(&head)
    }

    /// Remembers a head; a second root for the same size means that the peer's log was split.
    pub(super) fn see(&mut self, head: &Checkpoint) -> Result<(), Fault> {
        let known = self.0.entry((head.origin.clone(), head.size)).or_insert(head.root);
        if *known == head.root { Ok(()) } else { Err(Fault::HeadConflict) }
    }
}

/// The checkpoint in `note`, if it is of a log of `peer` and signed with its key.
fn open_head(note: &str, peer: &TrustedNode) -> Option<Checkpoint> {
    let origin = note.lines().next()?;
    let key = peer.log_key(origin)?;
    Checkpoint::open(note.as_bytes(), std::slice::from_ref(&key)).ok().map(|opened| opened.checkpoint)
}

/// Checks the signatures of a receipt to `node`, and that it is one whole.
pub(super) fn open(record: &ReceiptRecord, node: NodeId, trust: &Trust) -> Result<Signed, Fault> {
    let said = jws::peek(&record.header).map_err(|_| Fault::ReceiptInvalid)?;
    let peer = trust.node(said.iss).filter(|peer| peer.node != node).ok_or(Fault::PeerUnknown)?;
    let header = signed_header(&record.header, peer).ok_or(Fault::ReceiptInvalid)?;
    let body: ReceiptBody = serde_json::from_str(&record.body).map_err(|_| Fault::ReceiptInvalid)?;
    if header.to != node || header.body != Digest::of(record.body.as_bytes()) || !is_whole(&header, &body) {
        return Err(Fault::ReceiptInvalid);
    }
    let checkpoint = open_head(&body.checkpoint, peer).ok_or(Fault::ReceiptUnproved)?;
    if body.entries.iter().any(|core| core.log_origin != checkpoint.origin) {
        return Err(Fault::ReceiptUnproved);
    }
    let chain = (peer.node, header.lane, header.epoch);
    Ok(Signed { chain, cores: body.entries, checkpoint, proof: body.proof })
}

/// The header as the peer signed it. The key must have held when the receipt says that it was made.
fn signed_header(compact: &str, peer: &TrustedNode) -> Option<ReceiptHeader> {
    let claimed: ReceiptHeader = serde_json::from_value(jws::claimed_payload(compact).ok()?).ok()?;
    let made_at = Timestamp(claimed.iat.checked_mul(Timestamp::SECOND)?);
    jws::verify(compact, jws::typ::RECEIPT, &peer.signing_keys, made_at).ok()?;
    Some(claimed)
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
