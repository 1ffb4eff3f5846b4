//! A synthetic node that goes back to a backup and on in a new epoch, honestly or not.

use guitu::audit::bundle::records::{Cosignature, PeerHead, ReceiptRecord};
use guitu::audit::entry::{Entry, EntryType, Incomplete};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::message::Lane;
use guitu::exchange::receipt::CoreEntry;
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::note::Note;

use super::two_logs::{Identity, Side, Tree, at};

impl Side {
    /// What a backup of the node has.
    pub(crate) fn backup(&self) -> Backup {
        Backup {
            entries: self.entries.clone(),
            tree: self.tree.clone(),
            checkpoints: self.checkpoints.clone(),
            cosignatures: self.cosignatures.clone(),
            heads: self.heads.clone(),
            receipts: self.receipts.clone(),
            settled: self.settled.clone(),
        }
    }

    /// Goes back to a backup and on from there in a new epoch: its chains begin anew behind what the peer holds,
    /// and the peer sends again what the backup has not settled.
    pub(crate) fn restore(&mut self, from: Backup, peer: &mut Side) {
        let Backup { entries, tree, checkpoints, cosignatures, heads, receipts, settled } = from;
        let newest = self.tree.head(&self.who.origin());
        let kept = tree.head("");
        let Identity { id, epoch, seed, .. } = self.who;
        self.who = Identity::new(&id.to_string(), seed, epoch.counter + 1);
        (self.entries, self.tree, self.checkpoints) = (entries, tree, checkpoints);
        (self.cosignatures, self.heads, self.receipts, self.settled) =
            (cosignatures, heads, receipts, settled);
        for lane in [Lane::Urgent, Lane::Normal] {
            let held = peer.settled[at(lane)].last();
            self.out[at(lane)] =
                held.map_or(ChainEnd::EMPTY, |core| ChainEnd { epoch: None, seq: 0, x: core.x });
            self.queue[at(lane)].clear();
            self.said[at(lane)].clear();
            let upto = self.settled[at(lane)].last().map_or(0, |core| core.seq);
            let lost = peer.said[at(lane)].iter().filter(|header| header.seq > upto);
            peer.queue[at(lane)] = lost.cloned().collect();
        }
        let body = Incomplete {
            epoch: Some(epoch),
            code: Some("restored".into()),
            count: Some(kept.size),
            reference: Some(kept.root),
            size: Some(newest.size),
            digest: Some(newest.root),
            ..Incomplete::default()
        };
        self.log(EntryType::Epoch, body);
    }
}

/// What a backup of a node has.
pub(crate) struct Backup {
    entries: Vec<Vec<u8>>,
    tree: Tree,
    checkpoints: Vec<Note>,
    cosignatures: Vec<Cosignature>,
    heads: Vec<PeerHead>,
    receipts: Vec<ReceiptRecord>,
    settled: [Vec<CoreEntry>; 2],
}

impl Backup {
    /// Another first entry under the same heads' sizes, signed anew: what a liar keeps.
    pub(crate) fn rewrite(&mut self, other: impl Fn(Entry) -> Entry, who: &Identity) {
        let sizes: Vec<u64> =
            self.checkpoints.iter().map(|note| note.text().parse::<Checkpoint>().unwrap().size).collect();
        let first = other(Entry::open(&self.entries[0]).unwrap());
        self.entries[0] = first.to_bytes().unwrap();
        (self.tree, self.checkpoints) = (Tree::default(), Vec::new());
        // Cosignatures are on heads that there are no longer.
        self.cosignatures.clear();
        for (size, entry) in (1..).zip(&self.entries) {
            self.tree.append(entry);
            if sizes.contains(&size) {
                self.checkpoints.push(self.tree.head(&who.origin()).sign(&who.log).unwrap());
            }
        }
    }
}
