//! The log of a simulated node, as its sequencer writes it, and its export for the auditor.

use std::collections::BTreeMap;

use guitu::audit::bundle::records::{About, Cosignature, PeerHead, Policy, ReceiptRecord, quorum};
use guitu::audit::entry::{Entry, EntryType, Incomplete};
use guitu::audit::verify::TAIL_MS;
use guitu::clock::Timestamp;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::exchange::message::{Epoch, Lane};
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::multiproof::multiproof;
use guitu::tlog::note::Note;
use guitu::tlog::proof::prove_consistency;

use super::keys::{GENERATIONS, Keys, keys};
use crate::harness::exports::Export;
use crate::harness::two_logs::Tree;

/// The entries, their tree, and the heads after each round of the sequencer.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) origin: String,
    pub(crate) entries: Vec<Vec<u8>>,
    tree: Tree,
    heads: Vec<Checkpoint>,
}

impl Log {
    pub(crate) fn new(origin: String) -> Self {
        Self { origin, entries: Vec::new(), tree: Tree::default(), heads: Vec::new() }
    }

    /// Appends an entry; its index.
    pub(crate) fn append(&mut self, at: Timestamp, t: EntryType, body: Incomplete) -> u64 {
        let leaf = self.entries.len() as u64;
        let entry = Entry { t, at, leaf, log_origin: self.origin.clone(), body };
        let bytes = entry.to_bytes().unwrap();
        self.tree.append(&bytes);
        self.entries.push(bytes);
        leaf
    }

    /// What somebody does who wants to have done something at another time.
    pub(crate) fn rewrite_first(&mut self) {
        if let Some(first) = self.entries.first_mut() {
            *first =
                String::from_utf8(std::mem::take(first)).unwrap().replacen("\"at\":1", "\"at\":2", 1).into();
        }
    }

    /// Ends a round: the head is durable, and may be signed from now on.
    pub(crate) fn close_round(&mut self) {
        self.heads.push(self.tree.head(&self.origin));
    }

    /// The newest head.
    pub(crate) fn head(&self) -> Option<&Checkpoint> {
        self.heads.last()
    }

    /// One proof for several leaves under the head of `size`.
    pub(crate) fn prove(&self, leaves: &[u64], size: u64) -> Vec<Digest> {
        multiproof(leaves, size, |at| self.tree.node(at)).unwrap()
    }

    /// The proof that the tree of `old` leaves is a prefix of that of `new` leaves.
    pub(crate) fn prove_prefix(&self, old: u64, new: u64) -> Vec<Digest> {
        prove_consistency(old, new, |at| self.tree.node(at)).unwrap()
    }
}

/// What a node keeps beside its log for the auditor.
#[derive(Clone, Default)]
pub(crate) struct Evidence {
    /// The witnesses' cosignatures on our heads.
    pub(crate) cosignatures: BTreeMap<(u64, NodeId), String>,
    /// The heads that we saw of each peer's log: size, root, note.
    pub(crate) heads: BTreeMap<NodeId, Vec<(u64, Digest, String)>>,
    /// The receipts for what we sent.
    pub(crate) receipts: BTreeMap<(NodeId, Lane, Epoch, u64, u64), ReceiptRecord>,
}

impl Evidence {
    /// The newest head of a peer's log.
    pub(crate) fn newest(&self, peer: NodeId) -> Option<(u64, Digest)> {
        self.heads.get(&peer)?.last().map(|(size, root, _)| (*size, *root))
    }

    /// The largest of our heads that a peer cosigned.
    pub(crate) fn cosigned(&self, peer: NodeId) -> Option<u64> {
        self.cosignatures.keys().filter(|(_, by)| *by == peer).map(|(size, _)| *size).max()
    }
}

/// The bundle that a node exports at `made_at`; `peers` are the nodes that it knows, with their epochs.
pub(crate) fn export(
    (own, epoch): (&Keys, Epoch),
    log: &Log,
    evidence: &Evidence,
    peers: &BTreeMap<NodeId, Epoch>,
    made_at: Timestamp,
) -> Vec<u8> {
    let signer = own.log(epoch);
    let size = log.head().map_or(0, |head| head.size);
    let first = std::iter::once((own.id, epoch));
    let others = peers.iter().map(|(id, epoch)| (*id, *epoch));
    let described =
        first.chain(others.clone()).map(|(id, epoch)| keys(id).described(GENERATIONS, epoch).signed.clone());
    let witnesses: Vec<NodeId> = others.map(|(id, _)| id).collect();
    let sign = |head: &Checkpoint| -> Note { head.sign(&signer).unwrap() };
    let mut heads: Vec<PeerHead> = Vec::new();
    for (peer, seen) in &evidence.heads {
        heads.extend(seen.iter().map(|(_, _, note)| PeerHead { note: note.clone(), peer: *peer }));
    }
    let cosigned = evidence.cosignatures.iter();
    let export = Export {
        about: About { log_origin: log.origin.clone(), made_at, node: own.id, size },
        keys: described.collect(),
        policy: Policy { quorum: quorum(witnesses.len()) as u64, tail_ms: TAIL_MS, witnesses },
        checkpoints: log.heads.iter().map(|head| sign(head).to_string()).collect(),
        cosignatures: cosigned
            .map(|((size, peer), line)| Cosignature { line: line.clone(), peer: *peer, size: *size })
            .collect(),
        heads,
        entries: log.entries[..usize::try_from(size).unwrap()].to_vec(),
        receipts: evidence.receipts.values().cloned().collect(),
    };
    export.write(&signer)
}
