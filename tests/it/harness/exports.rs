//! What the two synthetic nodes export, open to be tampered with before it is signed.

use guitu::audit::bundle::records::{About, Cosignature, PeerHead, Policy, ReceiptRecord};
use guitu::audit::bundle::{Part, Writer};
use guitu::statement::canonical;
use guitu::tlog::key::Signer;
use guitu::tlog::note::Note;

use super::two_logs::{Identity, Side};

/// What a bundle is written from, open to be tampered with.
#[derive(Clone)]
pub(crate) struct Export {
    pub(crate) about: About,
    pub(crate) keys: Vec<String>,
    pub(crate) policy: Policy,
    pub(crate) checkpoints: Vec<String>,
    pub(crate) cosignatures: Vec<Cosignature>,
    pub(crate) heads: Vec<PeerHead>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) receipts: Vec<ReceiptRecord>,
}

impl Side {
    /// What the node exports now; its clock goes on by `after` milliseconds before.
    pub(crate) fn export(&mut self, peer: &Identity, after: i64) -> Export {
        self.checkpoint();
        let size = self.entries.len() as u64;
        let made_at = self.clock.plus(after);
        let keys = [&self.who, peer].map(|who| who.descriptor().sign(&who.signing).unwrap());
        Export {
            about: About { log_origin: self.who.origin(), made_at, node: self.who.id, size },
            keys: keys.to_vec(),
            policy: Policy { quorum: 2, tail_ms: 300_000, witnesses: vec![peer.id] },
            checkpoints: self.checkpoints.iter().map(Note::to_string).collect(),
            cosignatures: self.cosignatures.clone(),
            heads: self.heads.clone(),
            entries: self.entries.clone(),
            receipts: self.receipts.clone(),
        }
    }
}

impl Export {
    /// The bundle, its manifest signed with `log`.
    pub(crate) fn write(&self, log: &Signer) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, self.about.clone()).unwrap();
        let mut put = |part, bytes: &[u8]| writer.record(part, bytes).unwrap();
        self.keys.iter().for_each(|key| put(Part::Keys, key.as_bytes()));
        put(Part::Policy, &canonical::to_vec(&self.policy).unwrap());
        self.checkpoints.iter().for_each(|note| put(Part::Checkpoints, note.as_bytes()));
        self.cosignatures.iter().for_each(|said| put(Part::Cosignatures, &canonical::to_vec(said).unwrap()));
        self.heads.iter().for_each(|said| put(Part::Heads, &canonical::to_vec(said).unwrap()));
        self.entries.iter().for_each(|entry| put(Part::Entries, entry));
        self.receipts.iter().for_each(|said| put(Part::Receipts, &canonical::to_vec(said).unwrap()));
        writer.finish(log).unwrap();
        out
    }
}
