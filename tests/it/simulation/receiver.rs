//! The receiving half of a simulated node: batches in, receipts out. Decisions: `exchange::{inbox, judge}`,
//! `tlog::witness`.

use std::collections::{BTreeSet, HashMap};

use guitu::audit::entry::{EntryType, Incomplete, own_core};
use guitu::clock::Timestamp;
use guitu::domain::access::Already;
use guitu::domain::digest::Digest;
use guitu::domain::lead::status::RecipientStatus;
use guitu::domain::node::NodeId;
use guitu::exchange::batch::Head;
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::forms::WithdrawalForm;
use guitu::exchange::inbox::{self, BatchRefusal, Content, OpenedBatch, OpenedItem, Reception};
use guitu::exchange::judge::{Held as Newest, Hierarchy, ReceivedLead, Record, Verdict, View, judge};
use guitu::exchange::receipt::{Outcome, Receipt, ReceiptBody, ReceiptHeader};
use guitu::statement::jws;
use guitu::statement::keys::KeySet;
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::cosignature::cosign;
use guitu::tlog::note::Note;
use guitu::tlog::witness::{AddCheckpoint, Declined, Standing, standing};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::bugs::Bug;
use super::site::{Draft, Held, Kept, Site};

/// What was decided about a batch; nothing of it is durable yet.
pub(crate) struct Judged {
    batch: OpenedBatch,
    settled: usize,
    verdicts: Vec<Verdict>,
    view: View,
}

impl Site {
    /// Judges a batch by what is durable now.
    pub(crate) fn judge(
        &mut self,
        from: NodeId,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<Judged, BatchRefusal> {
        let peer = &self.state.peers[&from];
        let reception = Reception { me: self.id(), peer: from, keys: &peer.keys, now };
        let batch = inbox::open(bytes, reception)?;
        let (lane, epoch) = (batch.header.lane, batch.header.epoch);
        if self.unsequenced(&batch) {
            self.sequence(now);
        }
        let chain = self.inward(from, lane);
        let known = |seq| chain.settled.get(&(epoch, seq)).map(|(x, _)| *x);
        let settled = inbox::place(&batch, chain.end, known)?;
        let fresh = batch.items.get(settled..).unwrap_or_default();
        let mut view = self.view(from, fresh, now);
        let verdicts = fresh.iter().map(|item| judge(item, &mut view)).collect();
        Ok(Judged { batch, settled, verdicts, view })
    }

    /// Whether the batch repeats what is settled and not in the log yet.
    fn unsequenced(&mut self, batch: &OpenedBatch) -> bool {
        let header = &batch.header;
        let chain = self.inward(header.iss, header.lane);
        let settled = chain.settled.range((header.epoch, header.first)..=(header.epoch, header.last));
        settled.into_iter().any(|(_, (_, leaf))| leaf.is_none())
    }

    /// What the judgement of these items rests on.
    fn view(&mut self, peer: NodeId, items: &[OpenedItem], now: Timestamp) -> View {
        let subs: BTreeSet<Uuid> = items.iter().filter_map(named).collect();
        let mut keys: HashMap<NodeId, KeySet> =
            self.state.peers.iter().map(|(id, peer)| (*id, peer.keys.clone())).collect();
        let own = self.keys.described(self.state.generation, self.state.epoch);
        keys.insert(self.id(), own.keys.clone());
        let carried = match items.first() {
            Some(item) => self.inward(peer, item.header.lane).carried.clone(),
            None => std::collections::BTreeMap::new(),
        };
        let (mut already, mut held, mut shared) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut withdrawn = HashMap::new();
        for sub in subs {
            if let Some(here) = self.state.held.get(&(peer, sub)) {
                let roles = here.rows.iter().flat_map(|row| row.roles.iter().copied()).collect();
                let claims = here.rows.iter().flat_map(|row| row.claims.keys().copied()).collect();
                already.insert(sub, Already { roles, claims });
                if let Some(row) = here.rows.last() {
                    held.insert(sub, Newest { ver: row.ver, statement: Some(row.statement) });
                }
            }
            withdrawn.extend(self.state.tombs.get(&(peer, sub)).map(|below| (sub, *below)));
            let share = self.state.leads.get(&sub).and_then(|lead| lead.shares.get(&peer));
            shared.extend(share.map(|share| (sub, (share.ver, share.status))));
        }
        View {
            me: self.id(),
            peer,
            now,
            keys,
            dossiers: self.state.dossiers.clone().into_iter().collect(),
            carried,
            already,
            held,
            withdrawn,
            shared,
            hierarchy: Hierarchy::default(),
        }
    }

    /// Stores what was judged, with its drafts: the commit.
    pub(crate) fn settle(&mut self, judged: Judged, now: Timestamp) -> OpenedBatch {
        let Judged { batch, settled, verdicts, view } = judged;
        let (from, lane, epoch) = (batch.header.iss, batch.header.lane, batch.header.epoch);
        let chain = self.inward(from, lane);
        chain.carried = view.carried;
        if !verdicts.is_empty() {
            chain.end = ChainEnd { epoch: Some(epoch), seq: batch.header.last, x: batch.header.last_x };
        }
        for (item, verdict) in batch.items.iter().skip(settled).zip(verdicts) {
            self.inward(from, lane).settled.insert((epoch, item.header.seq), (item.x, None));
            let result = match verdict {
                Verdict::Void(_) => Outcome::Void,
                Verdict::Refused(code) => {
                    if code.alarming() {
                        self.state.alarms.push(format!("refused {} of {from}: {code}", item.x));
                    }
                    Outcome::Refused(code)
                }
                Verdict::Stored(record) => {
                    self.store(from, item, *record, now);
                    Outcome::Stored
                }
            };
            let header = item.header.clone();
            self.state.drafts.push_back(Draft::Settle { header, x: item.x, result });
        }
        self.see_head(&batch);
        batch
    }

    fn store(&mut self, from: NodeId, item: &OpenedItem, record: Record, now: Timestamp) {
        match record {
            Record::Agreement(statement) => self.keep(&statement, now),
            Record::Lead(lead) => self.hold(from, item.x, lead),
            Record::Answer(form) => {
                let lead = self.state.leads.get_mut(&form.sub);
                if let Some(share) = lead.and_then(|lead| lead.shares.get_mut(&from)) {
                    share.status = form.answer;
                }
            }
            Record::Withdrawal(form, statement) => self.honour(item, &form, &statement, now),
            Record::PurgeReceipt(form, _) => {
                let lead = self.state.leads.get_mut(&form.sub);
                if let Some(share) = lead.and_then(|lead| lead.shares.get_mut(&from))
                    && form.below.is_none_or(|below| below > share.ver)
                {
                    share.status = RecipientStatus::Purged;
                }
            }
            Record::Repeated | Record::Filing(..) | Record::FilingAnswer(..) | Record::Statistics(..) => {}
        }
    }

    fn hold(&mut self, from: NodeId, x: Digest, lead: ReceivedLead) {
        let ReceivedLead { sub, ver, statement, roles, mut claims, under, .. } = lead;
        if self.bug == Some(Bug::OverDisclosure) {
            claims.insert(guitu::domain::claim::Claim::Names, serde_json::json!(["张三"]));
        }
        let row = Kept { ver, x, roles, claims, under, statement };
        let empty = || Held { status: RecipientStatus::Pending, rows: Vec::new() };
        let held = self.state.held.entry((from, sub)).or_insert_with(empty);
        if self.bug == Some(Bug::DoubledInsert) {
            held.rows.push(row.clone());
        }
        held.rows.push(row);
    }

    /// Honours an owner's withdrawal, whether or not what it names ever came.
    fn honour(&mut self, item: &OpenedItem, form: &WithdrawalForm, statement: &str, now: Timestamp) {
        let place = (form.iss, form.sub);
        let below = form.below.unwrap_or(u32::MAX);
        let tomb = self.state.tombs.entry(place).or_default();
        *tomb = below.max(*tomb);
        if self.bug != Some(Bug::KeptAfterWithdrawal)
            && let Some(held) = self.state.held.get_mut(&place)
        {
            held.rows.retain(|row| row.ver >= below);
            if held.rows.is_empty() {
                self.state.held.remove(&place);
            }
        }
        let body = Incomplete {
            peer: Some(form.iss),
            code: Some(form.reason.code().into()),
            digest: Some(Digest::of(statement.as_bytes())),
            x: Some(item.x),
            ..Incomplete::default()
        };
        self.note(EntryType::Withdrawn, body);
        let (id, version, digest) =
            item.header.basis.known().and_then(guitu::exchange::message::Basis::agreement).unwrap();
        let under = (id, guitu::domain::agreement::VersionKey { version, digest });
        self.purged(form.iss, form.sub, under, now);
    }

    /// Ties the checkpoint of a batch to the last head that we saw, and remembers it.
    fn see_head(&mut self, batch: &OpenedBatch) {
        let from = batch.header.iss;
        let known = [self.state.peers[&from].log.clone()];
        let Some(note) = batch.checkpoint.as_deref() else { return };
        let Ok(opened) = Checkpoint::open(note.as_bytes(), &known) else { return };
        let proof =
            |size| batch.consistency.iter().find(|one| one.from == size).map(|one| one.proof.as_slice());
        match standing(&opened.checkpoint, self.state.evidence.newest(from), proof) {
            Standing::Newer { size, root } => self.remember(from, (size, root), note),
            Standing::Split => self.state.alarms.push(format!("{from} signed two heads of one size")),
            Standing::Known | Standing::Untied => {}
        }
    }

    fn remember(&mut self, log: NodeId, (size, root): (u64, Digest), note: &str) {
        self.state.evidence.heads.entry(log).or_default().push((size, root, note.to_owned()));
        let body =
            Incomplete { peer: Some(log), size: Some(size), digest: Some(root), ..Incomplete::default() };
        self.note(EntryType::PeerHead, body);
    }

    /// Answers C2SP `add-checkpoint`: our cosignature, or why not.
    pub(crate) fn witness(&mut self, log: NodeId, body: &str, now: Timestamp) -> Result<String, Declined> {
        let request: AddCheckpoint = body.parse()?;
        let seen = self.state.evidence.newest(log);
        let head = request.admit(&self.state.peers[&log].log, seen)?;
        if seen != Some((head.size, head.root)) {
            self.remember(log, (head.size, head.root), &request.checkpoint);
            self.sequence(now);
        }
        Ok(self.cosignature(&request.checkpoint, now))
    }

    fn cosignature(&self, checkpoint: &str, now: Timestamp) -> String {
        let note = Note::parse(checkpoint.as_bytes()).unwrap();
        cosign(&self.keys.cosigner, &note, now.seconds().cast_unsigned()).unwrap().to_string()
    }

    /// The receipt for a batch whose every item is settled and in the log.
    pub(crate) fn receipt(&self, batch: &OpenedBatch, now: Timestamp) -> String {
        let (from, header) = (batch.header.iss, &batch.header);
        let chain = &self.state.inward[&(from, header.lane)];
        let numbers = header.first..=header.last;
        let mut leaves: Vec<u64> =
            numbers.map(|seq| chain.settled[&(header.epoch, seq)].1.unwrap()).collect();
        let entry = |leaf: &u64| own_core(&self.state.log.entries[usize::try_from(*leaf).unwrap()]).unwrap();
        let entries = leaves.iter().map(entry).collect();
        leaves.sort_unstable();
        let (size, note) = self.checkpoint().unwrap();
        let known = [self.state.peers[&from].log.clone()];
        let newest = self.state.evidence.newest(from);
        let offered = batch.checkpoint.as_deref().filter(|note| {
            Checkpoint::open(note.as_bytes(), &known)
                .is_ok_and(|head| standing(&head.checkpoint, newest, |_| None) == Standing::Known)
        });
        let body = ReceiptBody {
            entries,
            settled: chain.end,
            checkpoint: note.to_string(),
            proof: self.state.log.prove(&leaves, size),
            cosignature: offered.map(|note| self.cosignature(note, now)),
            your_head: newest.map(|(size, root)| Head { size, root }),
        };
        let text = serde_json::to_string(&body).unwrap();
        let header = ReceiptHeader {
            iss: self.id(),
            iat: now.seconds(),
            to: from,
            epoch: header.epoch,
            lane: header.lane,
            first: header.first,
            last: header.last,
            body: Digest::of(text.as_bytes()),
        };
        let header = jws::sign(self.signing(), jws::typ::RECEIPT, &header).unwrap();
        serde_json::to_string(&Receipt { header, body: RawValue::from_string(text).unwrap() }).unwrap()
    }
}

/// The record that an item names.
fn named(item: &OpenedItem) -> Option<Uuid> {
    let Content::Statement(statement, _) = &item.content else { return None };
    let payload = jws::claimed_payload(statement.split('~').next()?).ok()?;
    payload.get("sub")?.as_str()?.parse().ok()
}
