//! Two synthetic nodes that exchange messages, and what each can export of it: for audits, without a node.
//!
//! Entries, trees, receipts and heads are those that nodes make; the messages are invented. Everything
//! follows from seeds, so the same steps give the same bytes.

use guitu::audit::bundle::records::{Cosignature, PeerHead, ReceiptRecord};
use guitu::audit::entry::{Entry, EntryType, Incomplete, settled};
use guitu::clock::Timestamp;
use guitu::domain::agreement::Role;
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::Purpose;
use guitu::domain::node::NodeId;
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::message::{Basis, Epoch, Header, Kind, Lane, Unsequenced, cosigner_name, log_origin};
use guitu::exchange::receipt::{CoreEntry, Outcome, ReceiptBody, ReceiptHeader};
use guitu::statement::jws;
use guitu::statement::keys::{KeyRecord, SigningKey};
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::cosignature::cosign;
use guitu::tlog::key::{KeyUse, Signer};
use guitu::tlog::multiproof::multiproof;
use guitu::tlog::note::Note;
use guitu::tlog::tree::{Coord, Frontier, leaf_hash};
use uuid::Uuid;

/// When the first entry is placed.
pub(crate) fn noon() -> Timestamp {
    "2026-05-05".parse::<CivilDate>().unwrap().start().plus(Timestamp::DAY / 2)
}

/// Who a node is.
pub(crate) struct Identity {
    pub(crate) id: NodeId,
    pub(crate) epoch: Epoch,
    pub(crate) signing: SigningKey,
    pub(crate) log: Signer,
    pub(crate) cosigner: Signer,
    pub(super) seed: u8,
}

impl Identity {
    pub(crate) fn new(code: &str, seed: u8, counter: u32) -> Self {
        let id: NodeId = code.parse().unwrap();
        let epoch = Epoch { counter, nonce: u64::from(seed) };
        Self {
            id,
            epoch,
            signing: SigningKey::from_seed(id, &[seed; 32]).unwrap(),
            log: Signer::from_seed(&log_origin(id, epoch), KeyUse::Log, &[seed + 1; 32]).unwrap(),
            cosigner: Signer::from_seed(&cosigner_name(id), KeyUse::Cosigner, &[seed + 2; 32]).unwrap(),
            seed,
        }
    }

    pub(crate) fn origin(&self) -> String {
        log_origin(self.id, self.epoch)
    }

    /// The same node in another of its epochs.
    pub(crate) fn in_epoch(&self, counter: u32) -> Self {
        Self::new(&self.id.to_string(), self.seed, counter)
    }

    pub(crate) fn descriptor(&self) -> Descriptor {
        let days = ["2026-01-01", "2026-12-31", "2027-03-31"].map(|day| day.parse::<CivilDate>().unwrap());
        let public = |signer: &Signer| Digest(*signer.verifier().public()).to_string();
        let key = KeyRecord::new(self.id, self.signing.verifying_key(), days[0], days[1], days[2]).unwrap();
        Descriptor {
            iss: self.id,
            iat: "2026-05-01".parse::<CivilDate>().unwrap().start().seconds(),
            name: format!("node {}", self.id),
            peer_url: "https://node.example/".to_owned(),
            signing_keys: vec![key],
            log_key: public(&self.log),
            cosigner_key: public(&self.cosigner),
            epoch: self.epoch,
            tls_ca: "ca".to_owned(),
            tls_pins: vec![Digest::of(b"pin")],
            upper: None,
            protocol: vec![1],
        }
    }
}

/// A tree with all its nodes, level by level.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    frontier: Frontier,
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    pub(crate) fn append(&mut self, entry: &[u8]) {
        let mut completed = Vec::new();
        self.frontier.append(leaf_hash(entry), &mut completed).unwrap();
        for node in completed {
            let level = usize::from(node.at.level);
            self.levels.resize_with(self.levels.len().max(level + 1), Vec::new);
            self.levels[level].push(node.hash);
        }
    }

    pub(crate) fn node(&self, at: Coord) -> Option<Digest> {
        self.levels.get(usize::from(at.level))?.get(usize::try_from(at.index).ok()?).copied()
    }

    pub(crate) fn head(&self, origin: &str) -> Checkpoint {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        Checkpoint { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }
}

/// One node, its log and what it keeps beside it.
pub(crate) struct Side {
    pub(crate) who: Identity,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) tree: Tree,
    pub(crate) checkpoints: Vec<Note>,
    pub(crate) cosignatures: Vec<Cosignature>,
    pub(crate) heads: Vec<PeerHead>,
    pub(crate) receipts: Vec<ReceiptRecord>,
    /// The end of what it sent, by lane.
    pub(super) out: [ChainEnd; 2],
    /// Sent and not receipted, by lane.
    pub(super) queue: [Vec<Header>; 2],
    /// Everything that it sent, by lane.
    pub(super) said: [Vec<Header>; 2],
    /// What it settled of its peer's, by lane, in the peer's present epoch.
    pub(super) settled: [Vec<CoreEntry>; 2],
    pub(crate) clock: Timestamp,
}

/// A lane's place in the arrays.
pub(super) const fn at(lane: Lane) -> usize {
    match lane {
        Lane::Urgent => 0,
        Lane::Normal => 1,
    }
}

impl Side {
    pub(crate) fn new(code: &str, seed: u8) -> Self {
        Self {
            who: Identity::new(code, seed, 1),
            entries: Vec::new(),
            tree: Tree::default(),
            checkpoints: Vec::new(),
            cosignatures: Vec::new(),
            heads: Vec::new(),
            receipts: Vec::new(),
            out: [ChainEnd::EMPTY; 2],
            queue: [Vec::new(), Vec::new()],
            said: [Vec::new(), Vec::new()],
            settled: [Vec::new(), Vec::new()],
            clock: noon(),
        }
    }

    /// Appends an entry.
    pub(crate) fn log(&mut self, t: EntryType, body: Incomplete) -> Entry {
        self.clock = self.clock.plus(1);
        let leaf = self.entries.len() as u64;
        let entry = Entry { t, at: self.clock, leaf, log_origin: self.who.origin(), body };
        let bytes = entry.to_bytes().unwrap();
        self.tree.append(&bytes);
        self.entries.push(bytes);
        entry
    }

    /// An officer reads a record.
    pub(crate) fn read(&mut self) {
        let record = Digest::of(&self.entries.len().to_be_bytes());
        self.log(
            EntryType::Read,
            Incomplete {
                actor: Some("b3JkaW5hcnkgb2ZmaWNlcg".to_owned()),
                purpose: Some(Purpose::Rescue),
                reference: Some(record),
                ..Incomplete::default()
            },
        );
    }

    /// Sequences a message to `to`.
    pub(crate) fn send(&mut self, to: NodeId, lane: Lane) {
        let end = self.out[at(lane)];
        let seq = end.seq + 1;
        let (kind, basis) = match lane {
            Lane::Urgent => (Kind::AgreementStatus, Basis::Control),
            Lane::Normal => (Kind::Lead, agreement()),
        };
        let said = Unsequenced {
            id: Uuid::from_u128(u128::from(seq) << 64 | u128::from(self.who.seed)),
            to,
            lane,
            kind,
            basis,
            purpose: (lane == Lane::Normal).then_some(Purpose::Rescue),
            statement_digest: Digest::of(&[&[self.who.seed][..], &seq.to_be_bytes()].concat()),
            disclosed: if lane == Lane::Normal { vec![Claim::Names, Claim::Sex] } else { Vec::new() },
            person_refs_digest: None,
        };
        let header = Header::place(said, self.who.id, self.who.epoch, seq, end.x, self.clock.plus(1));
        let x = header.seal().unwrap().1;
        let body = Incomplete { header: Some(header.clone()), x: Some(x), ..Incomplete::default() };
        self.log(EntryType::Sent, body);
        self.out[at(lane)] = ChainEnd { epoch: Some(self.who.epoch), seq, x };
        self.said[at(lane)].push(header.clone());
        self.queue[at(lane)].push(header);
    }

    /// The newest signed head; signed once.
    pub(crate) fn checkpoint(&mut self) -> Note {
        let head = self.tree.head(&self.who.origin());
        let newest = self.checkpoints.last().and_then(|note| note.text().parse::<Checkpoint>().ok());
        if newest.is_none_or(|newest| newest.size < head.size) {
            self.checkpoints.push(head.sign(&self.who.log).unwrap());
        }
        self.checkpoints.last().unwrap().clone()
    }

    /// The peer follows the newest head and cosigns it, without any message. Nothing, if there is no entry yet.
    pub(crate) fn push_head(&mut self, peer: &mut Self) {
        if self.entries.is_empty() {
            return;
        }
        let offered = self.checkpoint();
        peer.clock = peer.clock.max(self.clock);
        peer.follow(self.who.id, &offered);
        self.keep_cosignature(peer, &offered);
    }

    fn keep_cosignature(&mut self, witness: &Self, offered: &Note) {
        let head: Checkpoint = offered.text().parse().unwrap();
        let line =
            cosign(&witness.who.cosigner, offered, self.clock.seconds().cast_unsigned()).unwrap().to_string();
        let (size, peer) = (head.size, witness.who.id);
        if self.cosignatures.last().is_none_or(|last| (last.size, last.peer) < (size, peer)) {
            self.cosignatures.push(Cosignature { line, peer, size });
        }
    }

    /// Follows the peer's head.
    pub(crate) fn follow(&mut self, peer: NodeId, note: &Note) {
        let head: Checkpoint = note.text().parse().unwrap();
        let said = PeerHead { note: note.to_string(), peer };
        if self.heads.contains(&said) {
            return;
        }
        self.heads.push(said);
        let (size, digest) = (Some(head.size), Some(head.root));
        let body = Incomplete { peer: Some(peer), size, digest, ..Incomplete::default() };
        self.log(EntryType::PeerHead, body);
    }
}

fn agreement() -> Basis {
    let roles = vec![Role::Destination];
    Basis::Agreement { id: Uuid::from_u128(77), version: 1, digest: Digest::of(b"terms"), roles }
}

/// The fate of the `seq`th message.
fn outcome(seq: u64) -> Outcome {
    use guitu::exchange::problem::ItemCode;
    match seq % 11 {
        4 => Outcome::Void,
        7 => Outcome::Refused(ItemCode::ALL[usize::try_from(seq).unwrap() % ItemCode::ALL.len()]),
        _ => Outcome::Stored,
    }
}

/// At most `most` messages of a lane go from `from` to `to`; the receipt comes back, or is lost.
pub(crate) fn deliver(from: &mut Side, to: &mut Side, lane: Lane, most: usize, receipt_lost: bool) {
    let batch: Vec<Header> = from.queue[at(lane)].iter().take(most).cloned().collect();
    let (Some(first), Some(last)) = (batch.first(), batch.last()) else { return };
    let (first, last) = (first.seq, last.seq);
    let offered = from.checkpoint();
    to.clock = to.clock.max(from.clock);
    to.follow(from.who.id, &offered);
    for header in &batch {
        if to.settled[at(lane)]
            .last()
            .is_some_and(|core| core.epoch == header.epoch && core.seq >= header.seq)
        {
            continue;
        }
        let result = outcome(header.seq);
        let x = header.seal().unwrap().1;
        let body = Incomplete {
            header: Some(header.clone()),
            x: Some(x),
            result: Some(result),
            ..Incomplete::default()
        };
        let core = to.log(settled(result), body).core().unwrap();
        to.settled[at(lane)].push(core);
    }
    if receipt_lost {
        return;
    }
    let cores = to.settled[at(lane)].iter().filter(|core| core.epoch == from.who.epoch);
    let cores = cores.filter(|core| (first..=last).contains(&core.seq)).cloned().collect();
    let record = receipt(to, from.who.id, cores);
    from.clock = from.clock.max(to.clock);
    from.keep_receipt(to, &offered, record, lane, (first, last));
    from.queue[at(lane)].drain(..batch.len());
}

impl Side {
    fn keep_receipt(
        &mut self,
        to: &Side,
        offered: &Note,
        record: ReceiptRecord,
        lane: Lane,
        span: (u64, u64),
    ) {
        let peer = to.who.id;
        self.keep_cosignature(to, offered);
        self.log(
            EntryType::Receipt,
            Incomplete {
                peer: Some(peer),
                lane: Some(lane),
                epoch: Some(self.who.epoch),
                first: Some(span.0),
                last: Some(span.1),
                digest: Some(Digest::of(record.header.as_bytes())),
                count: (to.who.epoch.counter > 1).then_some(to.who.epoch.counter.into()),
                ..Incomplete::default()
            },
        );
        self.receipts.push(record);
    }
}

/// The receipt of `to` for these entries of its log.
pub(crate) fn receipt(to: &mut Side, from: NodeId, cores: Vec<CoreEntry>) -> ReceiptRecord {
    let (head, last) = (cores[0].clone(), cores[cores.len() - 1].clone());
    let mut leaves: Vec<u64> = cores.iter().map(|core| core.leaf).collect();
    leaves.sort_unstable();
    let checkpoint = to.checkpoint();
    let size = checkpoint.text().parse::<Checkpoint>().unwrap().size;
    let body = ReceiptBody {
        settled: ChainEnd { epoch: Some(last.epoch), seq: last.seq, x: last.x },
        proof: multiproof(&leaves, size, |at| to.tree.node(at)).unwrap(),
        checkpoint: checkpoint.to_string(),
        entries: cores,
        cosignature: None,
        your_head: None,
    };
    let body = serde_json::to_string(&body).unwrap();
    let header = ReceiptHeader {
        iss: to.who.id,
        iat: to.clock.seconds(),
        to: from,
        epoch: head.epoch,
        lane: head.lane,
        first: head.seq,
        last: last.seq,
        body: Digest::of(body.as_bytes()),
    };
    ReceiptRecord { header: jws::sign(&to.who.signing, jws::typ::RECEIPT, &header).unwrap(), body }
}
