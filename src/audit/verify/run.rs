//! One run over the records of a bundle, in their order.
//!
//! Knows what each file must hold and hands it to the part that checks it. Invariant: every record is
//! either checked or a finding.

use std::collections::BTreeMap;
use std::io::{BufRead, Seek};

use super::chains::{Chains, Receipted};
use super::descriptors::{self, Said};
use super::evidence::{Evidence, Gathered};
use super::heads::PeerHeads;
use super::receipts::{self, Logged};
use super::report::{Counts, Fault, Findings, Grade, Report, Verdict};
use super::tree::Tree;
use super::witnesses::{TAIL_MS, Witnesses};
use crate::audit::bundle::reader::End;
use crate::audit::bundle::records::{self, About, Cosignature, PeerHead, Policy, ReceiptRecord};
use crate::audit::bundle::{BundleError, Manifest, Part, Reader, Record};
use crate::audit::entry::{Entry, EntryType};
use crate::audit::glance::Glance;
use crate::audit::trust::{Trust, TrustedNode, epoch_of};
use crate::clock::Timestamp;
use crate::exchange::message::{Epoch, log_origin};
use crate::exchange::receipt::CoreEntry;
use crate::tlog::key::VerifierKey;
use crate::tlog::tree::{empty_root, leaf_hash};

/// A verification under way.
pub(super) struct Run<'a> {
    trust: &'a Trust,
    about: &'a About,
    own: &'a TrustedNode,
    log_key: VerifierKey,
    /// The epoch that the bundle says the log is in.
    epoch: Epoch,
    /// The epochs of the entries so far, each with its first index; and the origin of the last.
    epochs: Vec<(Epoch, u64)>,
    origin: String,
    tree: Tree,
    chains: Chains,
    witnesses: Witnesses,
    heads: PeerHeads,
    logged: Logged,
    /// What to hold beside another log, if asked for.
    gathered: Option<Gathered>,
    /// The size that witnesses cover, once the entries begin.
    covered: Option<u64>,
    /// When the oldest entry that no witness covers was placed.
    tail_since: Option<Timestamp>,
    policies: u64,
    types: BTreeMap<EntryType, u64>,
    counts: Counts,
    findings: Findings,
    notices: Findings,
}

impl<'a> Run<'a> {
    /// Begins; `Err` if the trust file has no key for this log.
    pub(super) fn new(trust: &'a Trust, about: &'a About, gather: bool) -> Result<Self, Fault> {
        let own = trust.node(about.node).ok_or(Fault::NodeUnknown)?;
        let epoch = epoch_of(about.node, &about.log_origin).ok_or(Fault::OriginWrong)?;
        let log_key = own.log_key(&about.log_origin).ok_or(Fault::OriginWrong)?;
        Ok(Self {
            trust,
            about,
            own,
            log_key,
            epoch,
            epochs: Vec::new(),
            origin: String::new(),
            tree: Tree::default(),
            chains: Chains::new(about.node),
            witnesses: Witnesses::of(trust, about.node),
            heads: PeerHeads::default(),
            logged: Logged::default(),
            gathered: gather.then(Gathered::default),
            covered: None,
            tail_since: None,
            policies: 0,
            types: BTreeMap::new(),
            counts: Counts::default(),
            findings: Findings::default(),
            notices: Findings::default(),
        })
    }

    /// Compares the descriptors in the bundle with the trust file.
    pub(super) fn compare_descriptors(&mut self, descriptors: &[Option<Said>]) {
        let Self { trust, about, findings, notices, .. } = self;
        descriptors::compare(descriptors, about, trust, findings, notices);
    }

    /// Checks one record.
    pub(super) fn take<R: BufRead + Seek>(
        &mut self,
        record: &Record,
        reader: &mut Reader<R>,
    ) -> Result<(), BundleError> {
        let verdict = match record.part {
            Part::About | Part::Keys => return Err(BundleError::Record(record.part, record.at)),
            Part::Policy => self.policy(record),
            Part::Checkpoints => {
                self.counts.checkpoints += 1;
                self.checkpoint(&record.bytes)
            }
            Part::Cosignatures => self.cosignature(record),
            Part::Heads => self.head(record),
            Part::Entries => self.entry(record),
            Part::Receipts => self.receipt(record, reader)?,
        };
        match verdict {
            Ok(()) => {}
            // Whom the trust file does not name, nobody asked about.
            Err(fault @ (Fault::WitnessUnknown | Fault::PeerUnknown)) => {
                self.notices.add(fault, place(record));
            }
            Err(fault) => self.findings.add(fault, place(record)),
        }
        Ok(())
    }

    /// A checkpoint of the log in any of its epochs.
    fn checkpoint(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let origin = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if origin == self.log_key.name().as_bytes() {
            self.tree.checkpoint(bytes, self.epoch, &self.log_key)?;
        } else {
            let origin = std::str::from_utf8(origin).map_err(|_| Fault::CheckpointInvalid)?;
            let epoch = epoch_of(self.about.node, origin).ok_or(Fault::CheckpointInvalid)?;
            let key = self.own.log_key(origin).ok_or(Fault::CheckpointInvalid)?;
            self.tree.checkpoint(bytes, epoch, &key)?;
        }
        self.tree.compare(None)
    }

    /// The origin of an entry is that of the one before it, unless it opens a later epoch.
    fn follow_origin(&mut self, entry: &Glance<'_>) -> Result<(), Fault> {
        if entry.log_origin == self.origin {
            return Ok(());
        }
        let epoch = epoch_of(self.about.node, &entry.log_origin).ok_or(Fault::OriginWrong)?;
        if let Some((closed, _)) = self.epochs.last() {
            let opens = entry.t == EntryType::Epoch && entry.epoch == Some(*closed);
            if !opens || epoch.counter <= closed.counter {
                return Err(Fault::OriginWrong);
            }
            self.notices.add(Fault::EpochOpened, format_args!("{} {} {epoch}", Part::Entries, entry.leaf));
        }
        self.epochs.push((epoch, entry.leaf));
        self.origin = entry.log_origin.to_string();
        self.chains.enter(epoch);
        Ok(())
    }

    fn policy(&mut self, record: &Record) -> Result<(), Fault> {
        self.policies += 1;
        let said = records::open::<Policy>(&record.bytes).ok_or(Fault::PolicyInvalid)?;
        if self.trust.names_witnesses() && !self.witnesses.agrees_with(&said) {
            self.notices.add(Fault::PolicyDiffers, place(record));
        }
        Ok(())
    }

    fn cosignature(&mut self, record: &Record) -> Result<(), Fault> {
        let said: Cosignature = records::open(&record.bytes).ok_or(Fault::CosignatureInvalid)?;
        let signed = self.tree.signed(said.size);
        let head = signed.map(|(root, epoch)| (log_origin(self.about.node, epoch), root));
        self.witnesses.take(&said, head)?;
        self.counts.cosignatures += 1;
        Ok(())
    }

    fn head(&mut self, record: &Record) -> Result<(), Fault> {
        let said: PeerHead = records::open(&record.bytes).ok_or(Fault::HeadInvalid)?;
        self.heads.take(&said, self.trust)?;
        self.counts.heads += 1;
        Ok(())
    }

    fn entry(&mut self, record: &Record) -> Result<(), Fault> {
        let leaf = leaf_hash(&record.bytes);
        self.tree.append(leaf)?;
        if let Some(gathered) = &mut self.gathered {
            gathered.leaf(leaf);
        }
        let opened = Glance::open(&record.bytes).map_err(|_| Fault::EntryInvalid);
        let followed = opened.as_ref().map_or(Ok(()), |entry| self.follow_origin(entry));
        let compared = self.tree.compare(self.epochs.last().map(|(epoch, _)| *epoch));
        let entry = opened?;
        *self.types.entry(entry.t).or_default() += 1;
        if entry.leaf != record.index {
            return Err(Fault::LeafWrong);
        }
        followed?;
        // A head of another log is that log's evidence; nodes that witness each other would never come to rest.
        let ours = entry.t != EntryType::PeerHead;
        let covered = *self.covered.get_or_insert_with(|| self.witnesses.covered().1);
        if ours && record.index >= covered {
            self.tail_since = Some(self.tail_since.map_or(entry.at, |since| since.min(entry.at)));
        }
        if let Some(gathered) = &mut self.gathered {
            gathered.take(&entry, self.about.node);
        }
        self.chains.take(&entry, record.at)?;
        match entry.t {
            EntryType::Receipt => self.logged.take(&entry)?,
            EntryType::PeerHead => self.seen_head(&entry)?,
            EntryType::Alarm => self.alarm(&record.bytes)?,
            _ => {}
        }
        compared
    }

    /// The node holds two receipts that contradict each other: it says so, and has them at hand.
    fn alarm(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let entry = Entry::open(bytes).map_err(|_| Fault::EntryInvalid)?;
        let contradicted = Fault::ReceiptContradicted;
        if entry.body.code.as_deref() == Some(contradicted.code())
            && let (Some(peer), Some(seq)) = (entry.body.peer, entry.body.first)
        {
            self.notices.add(contradicted, format_args!("{} {} {peer} {seq}", Part::Entries, entry.leaf));
        }
        Ok(())
    }

    /// A head that the log says was seen must be here with the peer's signature, if its key is known.
    fn seen_head(&mut self, entry: &Glance<'_>) -> Result<(), Fault> {
        let (Some(peer), Some(size), Some(root)) = (entry.peer, entry.size, entry.digest) else {
            return Err(Fault::EntryInvalid);
        };
        let held = self.heads.logged(peer, size, root, entry.at) || self.trust.node(peer).is_none();
        if held { Ok(()) } else { Err(Fault::HeadMissing) }
    }

    fn receipt<R: BufRead + Seek>(
        &mut self,
        record: &Record,
        reader: &mut Reader<R>,
    ) -> Result<Result<(), Fault>, BundleError> {
        self.counts.receipts += 1;
        let claimed = ReceiptRecord::open(&record.bytes)
            .ok_or(Fault::ReceiptInvalid)
            .and_then(|said| receipts::open(&said, self.about, self.trust, &mut self.logged));
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(fault) => return Ok(Err(fault)),
        };
        let headers = match self.sent_places(&claimed) {
            Ok(places) => reader.again(&places)?,
            Err(fault) => return Ok(Err(fault)),
        };
        Ok(self.believe(&claimed, &headers))
    }

    /// Where the headers of the messages that a receipt is for stand.
    fn sent_places(&self, claimed: &receipts::Claimed<'_>) -> Result<Vec<(u64, u32)>, Fault> {
        let place = |core: &CoreEntry| {
            let sent = self.chains.sent_at(claimed.chain, core.seq).filter(|sent| sent.x == core.x);
            sent.map(|sent| sent.place).ok_or(Fault::ReceiptMismatch)
        };
        claimed.cores().iter().map(place).collect()
    }

    /// Notes what a receipt proves.
    fn believe(&mut self, claimed: &receipts::Claimed<'_>, headers: &[Vec<u8>]) -> Result<(), Fault> {
        let proved = claimed.prove(self.about.node, headers)?;
        self.heads.see(claimed.chain.0, &proved.head, Some(proved.at))?;
        let log = self.heads.log(&proved.head.origin)?;
        let counter = epoch_of(claimed.chain.0, &proved.head.origin).map_or(0, |epoch| epoch.counter);
        for core in claimed.cores() {
            let receipted = Receipted { leaf: core.leaf, log, counter, outcome: core.result };
            self.counts.receipted += u64::from(self.chains.receipted(claimed.chain, core.seq, receipted)?);
        }
        Ok(())
    }

    /// Checks what can be said only at the end.
    pub(super) fn end(mut self, end: &End) -> (Report, Option<Evidence>) {
        if let Err(fault) = self.tree.end() {
            self.findings.add(fault, Part::Checkpoints);
        }
        if self.tree.size() != self.about.size {
            self.findings.add(Fault::SizeMismatch, Part::About);
        }
        let last = self.epochs.last().map_or(self.epoch, |(epoch, _)| *epoch);
        if last != self.epoch {
            self.findings.add(Fault::OriginWrong, Part::About);
        }
        if last != self.own.epoch && !self.epochs.iter().any(|(epoch, _)| *epoch == self.own.epoch) {
            let fault = if self.own.was_in(last) { Fault::EpochEarlier } else { Fault::EpochUnknown };
            // A node could show what it had before a restore for ever: only who asks for it gets it.
            let list = if self.own.is_asked_for(last) { &mut self.notices } else { &mut self.findings };
            list.add(fault, Part::About);
        }
        if self.policies != 1 {
            self.findings.add(Fault::PolicyInvalid, Part::Policy);
        }
        for _ in 0..self.logged.missing() {
            self.findings.add(Fault::ReceiptMissing, Part::Receipts);
        }
        self.manifest(end);
        (self.counts.sent, self.counts.received) = self.chains.counts();
        self.counts.entries = self.types.iter().map(|(t, count)| (t.code(), *count)).collect();
        let age = self.tail_since.map_or(0, |since| self.about.made_at.0.saturating_sub(since.0).max(0));
        self.tail(age);
        let (size, root) = (self.tree.size(), self.tree.root());
        let verdict = if self.findings.total == 0 { Verdict::Holds } else { Verdict::Fails };
        let report = Report {
            verdict,
            size,
            root,
            counts: self.counts,
            witnessing: Some(self.witnesses.result(size, age)),
            findings: self.findings,
            notices: self.notices,
            ..refused(self.about, Fault::NodeUnknown)
        };
        let mut epochs = self.epochs;
        if epochs.is_empty() {
            epochs.push((self.epoch, 0));
        }
        let (about, chains, heads) = (self.about, self.chains, self.heads);
        (report, self.gathered.map(|gathered| gathered.complete(about, epochs, chains, heads)))
    }

    fn manifest(&mut self, end: &End) {
        match Manifest::open(&end.manifest, &self.log_key) {
            Some((manifest, true)) => {
                let same = manifest.files == end.files && manifest.made_at == self.about.made_at;
                if !same {
                    self.findings.add(Fault::ManifestMismatch, "manifest");
                }
            }
            _ => self.findings.add(Fault::ManifestInvalid, "manifest"),
        }
    }

    /// An old tail is worth a notice; a log that nobody ever witnessed, though others could, does not hold.
    fn tail(&mut self, age: i64) {
        if age <= TAIL_MS {
            return;
        }
        if self.witnesses.covered().0 == Grade::Unwitnessed && !self.witnesses.is_empty() {
            self.findings.add(Fault::NotWitnessed, Part::Cosignatures);
        } else {
            self.notices.add(Fault::TailUnwitnessed, Part::Cosignatures);
        }
    }
}

fn place(record: &Record) -> String {
    format!("{} {}", record.part, record.index)
}

/// The report on a bundle that could not even be begun.
pub(super) fn refused(about: &About, fault: Fault) -> Report {
    let mut findings = Findings::default();
    findings.add(fault, Part::About);
    Report {
        verdict: Verdict::Fails,
        node: about.node,
        log_origin: about.log_origin.clone(),
        made_at: about.made_at,
        size: 0,
        root: empty_root(),
        counts: Counts::default(),
        witnessing: None,
        findings,
        notices: Findings::default(),
        ask_for: Vec::new(),
    }
}
