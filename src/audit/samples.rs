//! Small synthetic logs of invented nodes, for the tests of this room.

use std::collections::HashMap;

use uuid::Uuid;

use super::bundle::records::{About, Cosignature, PeerHead, Policy, ReceiptRecord};
use super::bundle::{Part, Writer};
use super::entry::{Entry, EntryType, Incomplete, settled};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::message::{
    Basis, Epoch, GENESIS, Header, Kind, Lane, Unsequenced, cosigner_name, log_origin,
};
use crate::exchange::receipt::{CoreEntry, Outcome, ReceiptBody, ReceiptHeader};
use crate::statement::keys::{KeyRecord, SigningKey};
use crate::statement::{canonical, jws};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::cosignature::cosign;
use crate::tlog::key::{KeyUse, Signer};
use crate::tlog::multiproof::multiproof;
use crate::tlog::note::Note;
use crate::tlog::tree::{Coord, Frontier, leaf_hash};

pub(super) fn noon() -> Timestamp {
    "2026-05-05".parse::<CivilDate>().unwrap().start().plus(Timestamp::DAY / 2)
}

/// An invented node with its keys.
pub(super) struct Party {
    pub(super) id: NodeId,
    pub(super) epoch: Epoch,
    pub(super) signing: SigningKey,
    pub(super) log: Signer,
    pub(super) cosigner: Signer,
}

impl Party {
    pub(super) fn new(code: &str, seed: u8) -> Self {
        let id: NodeId = code.parse().unwrap();
        let epoch = Epoch { counter: 1, nonce: u64::from(seed) };
        Self {
            id,
            epoch,
            signing: SigningKey::from_seed(id, &[seed; 32]).unwrap(),
            log: Signer::from_seed(&log_origin(id, epoch), KeyUse::Log, &[seed + 1; 32]).unwrap(),
            cosigner: Signer::from_seed(&cosigner_name(id), KeyUse::Cosigner, &[seed + 2; 32]).unwrap(),
        }
    }

    pub(super) fn origin(&self) -> String {
        log_origin(self.id, self.epoch)
    }

    pub(super) fn descriptor(&self) -> Descriptor {
        let days = ["2026-01-01", "2026-12-31", "2027-03-31"].map(|day| day.parse::<CivilDate>().unwrap());
        let public = |signer: &Signer| Digest(*signer.verifier().public()).to_string();
        let record =
            KeyRecord::new(self.id, self.signing.verifying_key(), days[0], days[1], days[2]).unwrap();
        Descriptor {
            iss: self.id,
            iat: "2026-05-01".parse::<CivilDate>().unwrap().start().seconds(),
            name: format!("node {}", self.id),
            peer_url: "https://node.example/".to_owned(),
            signing_keys: vec![record],
            log_key: public(&self.log),
            cosigner_key: public(&self.cosigner),
            epoch: self.epoch,
            tls_ca: "ca".to_owned(),
            tls_pins: vec![Digest::of(b"pin")],
            upper: None,
            protocol: vec![1],
        }
    }

    pub(super) fn signed_descriptor(&self) -> String {
        self.descriptor().sign(&self.signing).unwrap()
    }
}

/// A log with all its nodes.
pub(super) struct Log<'p> {
    pub(super) of: &'p Party,
    pub(super) entries: Vec<Vec<u8>>,
    frontier: Frontier,
    nodes: HashMap<Coord, Digest>,
}

impl<'p> Log<'p> {
    pub(super) fn new(of: &'p Party) -> Self {
        Self { of, entries: Vec::new(), frontier: Frontier::default(), nodes: HashMap::new() }
    }

    pub(super) fn push(&mut self, t: EntryType, body: Incomplete) -> Entry {
        let leaf = self.entries.len() as u64;
        let entry =
            Entry { t, at: noon().plus(leaf.cast_signed()), leaf, log_origin: self.of.origin(), body };
        let bytes = entry.to_bytes().unwrap();
        let mut completed = Vec::new();
        self.frontier.append(leaf_hash(&bytes), &mut completed).unwrap();
        self.nodes.extend(completed.into_iter().map(|node| (node.at, node.hash)));
        self.entries.push(bytes);
        entry
    }

    pub(super) fn head(&self) -> Checkpoint {
        let root = self.frontier.root();
        Checkpoint { origin: self.of.origin(), size: self.frontier.size(), root, extensions: Vec::new() }
    }

    pub(super) fn checkpoint(&self) -> Note {
        self.head().sign(&self.of.log).unwrap()
    }

    pub(super) fn prove(&self, leaves: &[u64]) -> Vec<Digest> {
        multiproof(leaves, self.frontier.size(), |at| self.nodes.get(&at).copied()).unwrap()
    }
}

pub(super) fn header(from: &Party, to: &Party, seq: u64, prev: Digest) -> Header {
    let said = Unsequenced {
        id: Uuid::from_u128(u128::from(seq)),
        to: to.id,
        lane: Lane::Urgent,
        kind: Kind::Agreement,
        basis: Basis::Control,
        purpose: None,
        statement_digest: Digest::of(&seq.to_be_bytes()),
        disclosed: Vec::new(),
        person_refs_digest: None,
    };
    Header::place(said, from.id, from.epoch, seq, prev, noon())
}

pub(super) fn message(header: &Header, result: Option<Outcome>) -> Incomplete {
    let x = header.seal().unwrap().1;
    Incomplete { header: Some(header.clone()), x: Some(x), result, ..Incomplete::default() }
}

/// What a bundle holds, open to be tampered with before it is signed.
pub(super) struct Contents {
    pub(super) about: About,
    pub(super) records: Vec<(Part, Vec<u8>)>,
}

impl Contents {
    pub(super) fn write(&self, signer: &Signer) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, self.about.clone()).unwrap();
        for (part, bytes) in &self.records {
            writer.record(*part, bytes).unwrap();
        }
        writer.finish(signer).unwrap();
        out
    }

    /// Changes the `index`th record of `part`.
    pub(super) fn change(&mut self, part: Part, index: usize, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.records.iter_mut().filter(|record| record.0 == part).nth(index).unwrap().1);
    }

    pub(super) fn count(&self, part: Part) -> usize {
        self.records.iter().filter(|record| record.0 == part).count()
    }

    pub(super) fn remove(&mut self, part: Part, index: usize) {
        let found = self.records.iter().enumerate().filter(|(_, record)| record.0 == part).nth(index);
        let at = found.unwrap().0;
        self.records.remove(at);
    }
}

/// Three nodes; the first one's log has messages to and from the second, witnessed by the others.
pub(super) struct World {
    pub(super) parties: [Party; 3],
}

pub(super) const SENT: u64 = 5;

impl World {
    pub(super) fn new() -> Self {
        Self { parties: [Party::new("530900", 10), Party::new("500000", 20), Party::new("510000", 30)] }
    }

    /// The bundle of the first node's log.
    pub(super) fn contents(&self) -> Contents {
        let [own, peer, third] = &self.parties;
        let (mut log, mut theirs) = (Log::new(own), Log::new(peer));
        let mut checkpoints = Vec::new();
        log.push(EntryType::Login, Incomplete { actor: Some("officer".into()), ..Incomplete::default() });
        theirs.push(EntryType::Login, Incomplete::default());
        let (mut prev, mut back) = (GENESIS, GENESIS);
        let mut cores = Vec::new();
        for seq in 1..=SENT {
            let ours = header(own, peer, seq, prev);
            prev = log.push(EntryType::Sent, message(&ours, None)).body.x.unwrap();
            let outcome = if seq == 3 { Outcome::Void } else { Outcome::Stored };
            cores.push(theirs.push(settled(outcome), message(&ours, Some(outcome))).core().unwrap());
            let answer = header(peer, own, seq, back);
            let body = message(&answer, Some(Outcome::Stored));
            back = log.push(EntryType::Received, body).body.x.unwrap();
            checkpoints.push(log.checkpoint());
        }
        let receipt = receipt(own, peer, cores, &theirs);
        let size = log.entries.len() as u64;
        let about = About { log_origin: own.origin(), made_at: noon().plus(60_000), node: own.id, size };
        let json = |value: Result<Vec<u8>, _>| value.unwrap();
        let mut records: Vec<(Part, Vec<u8>)> =
            self.parties.iter().map(|party| (Part::Keys, party.signed_descriptor().into_bytes())).collect();
        let policy = Policy { quorum: 2, tail_ms: 300_000, witnesses: vec![peer.id, third.id] };
        records.push((Part::Policy, json(canonical::to_vec(&policy))));
        records.extend(checkpoints.iter().map(|note| (Part::Checkpoints, note.to_string().into_bytes())));
        for (witness, at) in [(peer, 3), (third, 4)] {
            let line = cosign(&witness.cosigner, &checkpoints[at], 1_777_000_000).unwrap().to_string();
            let said = Cosignature { line, peer: witness.id, size: 2 * at as u64 + 3 };
            records.push((Part::Cosignatures, json(canonical::to_vec(&said))));
        }
        let head = PeerHead { note: theirs.checkpoint().to_string(), peer: peer.id };
        records.push((Part::Heads, json(canonical::to_vec(&head))));
        records.extend(log.entries.iter().map(|entry| (Part::Entries, entry.clone())));
        records.push((Part::Receipts, json(canonical::to_vec(&receipt))));
        Contents { about, records }
    }

    /// The bundle as the first node signs it.
    pub(super) fn bundle(&self) -> Vec<u8> {
        self.contents().write(&self.parties[0].log)
    }

    pub(super) fn descriptors(&self) -> Vec<Descriptor> {
        self.parties.iter().map(Party::descriptor).collect()
    }
}

/// The receipt of `peer` to `own` for these entries of its log.
pub(super) fn receipt(own: &Party, peer: &Party, cores: Vec<CoreEntry>, theirs: &Log<'_>) -> ReceiptRecord {
    let (first, last) = (cores[0].seq, cores[cores.len() - 1].seq);
    let mut leaves: Vec<u64> = cores.iter().map(|core| core.leaf).collect();
    leaves.sort_unstable();
    let body = ReceiptBody {
        settled: ChainEnd { epoch: Some(own.epoch), seq: last, x: cores[cores.len() - 1].x },
        proof: theirs.prove(&leaves),
        checkpoint: theirs.checkpoint().to_string(),
        entries: cores,
        cosignature: None,
        your_head: None,
    };
    let body = serde_json::to_string(&body).unwrap();
    let header = ReceiptHeader {
        iss: peer.id,
        iat: noon().seconds(),
        to: own.id,
        epoch: own.epoch,
        lane: Lane::Urgent,
        first,
        last,
        body: Digest::of(body.as_bytes()),
    };
    ReceiptRecord { header: jws::sign(&peer.signing, jws::typ::RECEIPT, &header).unwrap(), body }
}
