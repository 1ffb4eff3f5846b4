//! The sending half of a simulated node: batches out, receipts in. Decisions: `exchange::{dispatch, outbox}`,
//! `audit::receipt`.

use std::collections::BTreeSet;
use std::sync::Arc;

use guitu::audit::bundle::records::ReceiptRecord;
use guitu::audit::entry::{EntryType, Incomplete};
use guitu::audit::receipt::{self, ReceiptError, Received, ReceiverKeys, SentMessage};
use guitu::clock::{Timestamp, uuid_v4};
use guitu::domain::agreement::{Agreement, VersionKey};
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::exchange::batch::{Batch, BatchHeader, Consistency, Head, Item, MAX_BYTES, MAX_ITEMS};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::dispatch::{self, Carried};
use guitu::exchange::judge::refusal_code;
use guitu::exchange::message::{Basis, Kind, Lane, Unsequenced};
use guitu::exchange::outbox::{Next, follow, pause};
use guitu::exchange::problem::ItemCode;
use guitu::exchange::receipt::{CoreEntry, Receipt};
use guitu::statement::{jws, sd_jwt};
use guitu::tlog::note::{Note, NoteSignature};
use serde_json::value::RawValue;

use super::bugs::Bug;
use super::checker::{Checker, Dispatch};
use super::site::{Draft, Message, Site};

/// What an item carries: its statement and the person's references, or why it goes void.
type Content = Result<(String, Vec<String>), ItemCode>;

/// A message of a batch that is on its way.
pub(crate) struct Sent {
    message: Message,
    void: Option<ItemCode>,
}

impl Sent {
    /// When its message got its place.
    pub(crate) fn sequenced_at(&self) -> Timestamp {
        self.message.header.sequenced_at
    }
}

/// A batch that is on its way.
pub(crate) struct Prepared {
    pub(crate) to: NodeId,
    pub(crate) lane: Lane,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) sent: Vec<Sent>,
    /// The size and the note of our head that goes along.
    pub(crate) offered: (u64, String),
}

impl Site {
    /// The lanes to a peer in which messages wait, urgent first.
    pub(crate) fn waiting(&self, to: NodeId) -> impl Iterator<Item = Lane> {
        let waits = move |lane: &Lane| {
            self.state.outward.get(&(to, *lane)).is_some_and(|chain| chain.end.seq > chain.acked)
        };
        [Lane::Urgent, Lane::Normal].into_iter().filter(waits)
    }

    /// The next batch to a peer; none if nothing waits. `offered` is the size of our log that a lost receipt may
    /// have covered.
    pub(crate) fn prepare(
        &self,
        to: NodeId,
        offered: u64,
        now: Timestamp,
        checker: &mut Checker,
    ) -> Option<Prepared> {
        let lane = self.waiting(to).next()?;
        let chain = &self.state.outward[&(to, lane)];
        let after = usize::try_from(chain.acked).unwrap();
        let (mut items, mut sent, mut size) = (Vec::new(), Vec::new(), 64 << 10);
        for message in chain.sent[after..].iter().take(self.window.min(MAX_ITEMS)) {
            let content = self.content(message, now);
            self.show(message, content.as_ref().err().copied(), now, checker);
            let (statement, person_refs, void) = match content {
                Ok((statement, refs)) => (Some(statement), refs, None),
                Err(code) => (None, Vec::new(), Some(code)),
            };
            size += message.text.len() + statement.as_ref().map_or(0, String::len) + 200;
            if size > MAX_BYTES && !items.is_empty() {
                break;
            }
            let header = RawValue::from_string(message.text.to_string()).unwrap();
            items.push(Item { header, statement, person_refs, void });
            sent.push(Sent { message: message.clone(), void });
        }
        let (first, last) = (&sent.first()?.message, &sent.last()?.message);
        let header = BatchHeader {
            iss: self.id(),
            iat: now.seconds(),
            to,
            epoch: self.state.epoch,
            lane,
            first: first.header.seq,
            last: last.header.seq,
            first_prev: first.header.prev,
            last_x: last.x,
            made_at: now,
        };
        let (size, note) = self.checkpoint()?;
        let batch = Batch {
            header: jws::sign(self.signing(), jws::typ::BATCH, &header).unwrap(),
            items,
            checkpoint: Some(note.to_string()),
            consistency: self.consistency(to, offered, size),
            your_head: self.state.evidence.newest(to).map(|(size, root)| Head { size, root }),
        };
        let bytes = serde_json::to_vec(&batch).unwrap().into();
        Some(Prepared { to, lane, bytes, sent, offered: (size, note.to_string()) })
    }

    /// Shows the checker what becomes of a lead's message at its dispatch.
    fn show(&self, message: &Message, void: Option<ItemCode>, now: Timestamp, checker: &mut Checker) {
        let Some((sub, ver)) = message.lead else { return };
        let lead = &self.state.leads[&sub];
        let dispatch = Dispatch {
            header: &message.header,
            x: message.x,
            lead: (sub, ver),
            void,
            agreement: self.cited(message),
            taken_back: ver < lead.shares[&message.header.to].gone_below,
            // Its leads have no texts.
            corrected: false,
            places: &lead.versions[&ver].facts.places,
        };
        checker.dispatched(&dispatch, now);
    }

    /// The peers to whom something may go.
    pub(crate) fn peers_with_work(&self) -> BTreeSet<NodeId> {
        let chains = self.state.outward.iter().filter(|(_, chain)| chain.end.seq > chain.acked);
        let again = self.state.retries.keys().map(|(to, ..)| *to);
        let leads = self.state.renewals.peers();
        chains.map(|((to, _), _)| *to).chain(again).chain(leads).collect()
    }

    /// What a planted bug makes of a batch without an answer.
    pub(crate) fn file_anyway(&mut self, prepared: &Prepared) {
        let last = prepared.sent.last().map_or(0, |sent| sent.message.header.seq);
        let chain = self.outward(prepared.to, prepared.lane);
        chain.acked = chain.acked.max(last);
    }

    /// The newest durable head, signed.
    pub(crate) fn checkpoint(&self) -> Option<(u64, Note)> {
        let head = self.state.log.head()?;
        Some((head.size, head.sign(&self.keys.log(self.state.epoch)).unwrap()))
    }

    fn consistency(&self, to: NodeId, offered: u64, size: u64) -> Vec<Consistency> {
        let mut from: Vec<u64> = self.state.evidence.cosigned(to).into_iter().collect();
        if offered > 0 && !from.contains(&offered) {
            from.push(offered);
        }
        let prove = |from| Consistency { from, proof: self.state.log.prove_prefix(from, size) };
        from.into_iter().filter(|from| *from < size).map(prove).collect()
    }

    /// The version that a message cites, as it stands here.
    pub(crate) fn cited(&self, message: &Message) -> Option<Agreement> {
        let (id, version, digest) = message.header.basis.known()?.agreement()?;
        self.state.dossiers.get(&id)?.version(VersionKey { version, digest })
    }

    /// What the message brings now.
    fn content(&self, message: &Message, now: Timestamp) -> Content {
        let (kind, _) = message.header.known().ok_or(ItemCode::UnknownKind)?;
        let to = message.header.to;
        let agreement = self.cited(message);
        let Some((sub, ver)) = message.lead else {
            if matches!(kind, Kind::Answer | Kind::Withdrawal | Kind::PurgeReceipt) {
                dispatch::errand(kind, (self.id(), to), agreement.as_ref(), now)?;
            }
            return Ok((self.state.statements[&message.header.statement_digest].to_string(), Vec::new()));
        };
        let agreement = agreement.ok_or(ItemCode::WrongBasis)?;
        let lead = self.state.leads.get(&sub).ok_or(ItemCode::RecordErased)?;
        let (signed, share) = (&lead.versions[&ver], &lead.shares[&to]);
        let already = share.already();
        let request = self.request(to, &agreement, &signed.facts, Some(&already), now);
        let carried = Carried { signed, ver, gone_below: share.gone_below };
        let refs = vec![share.person_ref.clone()];
        if self.bug == Some(Bug::NeedlessVoid) {
            return Err(ItemCode::RecordErased);
        }
        match dispatch::lead(carried, &message.header.disclosed, &request) {
            Ok(presentation) => Ok((presentation.into_text(), refs)),
            Err(_) if self.bug == Some(Bug::SkippedVoid) => {
                let open = message.header.disclosed.iter().map(|claim| signed.disclosures[claim].as_str());
                Ok((sd_jwt::present(&signed.jws, &open.collect::<Vec<_>>()), refs))
            }
            Err(code) => Err(code),
        }
    }

    /// Takes in a receipt: the cursor moves behind it. Gives the size of our log that the peer knows.
    pub(crate) fn file(
        &mut self,
        prepared: &Prepared,
        answer: &str,
        now: Timestamp,
    ) -> Result<Option<u64>, ReceiptError> {
        let receipt: Receipt = serde_json::from_str(answer).map_err(|_| ReceiptError::Malformed)?;
        let (header, body) = (receipt.header.as_str(), receipt.body.get());
        let sent = prepared.sent.iter().map(|sent| &sent.message);
        let messages: Vec<_> =
            sent.map(|sent| SentMessage { seq: sent.header.seq, x: sent.x, header: &sent.text }).collect();
        let (to, lane, epoch) = (prepared.to, prepared.lane, self.state.epoch);
        let batch = receipt::Batch { from: self.id(), to, lane, epoch, messages: &messages };
        let peer = &self.state.peers[&to];
        let keys = ReceiverKeys { signing: &peer.keys, log: &peer.log };
        let holding = receipt::check(Received { header, body, at: now }, keys, &batch)?;
        self.keep_cosignature(to, &prepared.offered, holding.body.cosignature.as_deref());
        for (core, sent) in holding.body.entries.iter().zip(&prepared.sent) {
            self.settle_sent(core, sent, now);
        }
        let (first, last) = (holding.header.first, holding.header.last);
        let chain = self.outward(to, lane);
        chain.acked = chain.acked.max(last);
        let record = ReceiptRecord { header: header.to_owned(), body: body.to_owned() };
        self.state.evidence.receipts.entry((to, lane, epoch, first, last)).or_insert(record);
        self.note(
            EntryType::Receipt,
            Incomplete {
                peer: Some(to),
                lane: Some(lane),
                epoch: Some(epoch),
                first: Some(first),
                last: Some(last),
                digest: Some(Digest::of(header.as_bytes())),
                ..Incomplete::default()
            },
        );
        Ok(holding.body.your_head.map(|head| head.size))
    }

    pub(crate) fn keep_cosignature(&mut self, by: NodeId, (size, note): &(u64, String), line: Option<&str>) {
        let Some(line) = line else { return };
        let mut note = Note::parse(note.as_bytes()).unwrap();
        let known = [self.state.peers[&by].cosigner.clone()];
        let attached = NoteSignature::parse(line).and_then(|signature| note.attach(signature));
        if attached.is_ok() && note.verify(&known).is_ok() {
            self.state.evidence.cosignatures.entry((*size, by)).or_insert_with(|| line.to_owned());
        }
    }

    /// Settles a message that still waits for its receipt, and starts what follows.
    fn settle_sent(&mut self, core: &CoreEntry, sent: &Sent, now: Timestamp) {
        let (to, lane) = (core.to, core.lane);
        let at = usize::try_from(core.seq - 1).unwrap();
        let message = &mut self.outward(to, lane).sent[at];
        if message.outcome.replace(core.result).is_some() {
            return;
        }
        let (carried, attempts) = (message.lead, message.attempts);
        match follow(core.result, sent.void, attempts, now, &self.entropy) {
            Next::Done => {}
            Next::Again(due) => match carried {
                Some((sub, ver)) => {
                    // A newer version that went since has a receipt of its own to come.
                    if self.state.leads[&sub].shares[&to].ver == ver || self.bug == Some(Bug::RenewedTwice) {
                        self.state.renewals.put((to, sub), due, attempts);
                    }
                }
                None => drop(self.state.retries.insert((to, lane, core.seq), due)),
            },
            Next::Final(code) => {
                self.state.refusals.push((to, core.x, code));
                if code.alarming() {
                    self.state.alarms.push(format!("{to} refused {}: {code}", core.x));
                }
            }
        }
    }

    /// The peer stands elsewhere than we thought: we go on where it stands, if we have been there.
    pub(crate) fn reposition(&mut self, to: NodeId, lane: Lane, end: ChainEnd) -> bool {
        let epoch = self.state.epoch;
        let chain = self.outward(to, lane);
        if end.epoch.is_some_and(|known| known != epoch) || end.seq >= chain.acked {
            return false;
        }
        let said = match usize::try_from(end.seq).unwrap().checked_sub(1) {
            Some(at) => chain.sent[at].x == end.x,
            None => chain.sent.first().is_some_and(|first| first.header.prev == end.x),
        };
        if said {
            chain.acked = end.seq;
        }
        said
    }

    /// Puts whatever shall go to the peer again, and may, back into the queue as new messages.
    pub(crate) fn send_again(&mut self, to: NodeId, now: Timestamp) {
        let (least, most) = ((to, Lane::ALL[0], 0), (to, Lane::ALL[Lane::ALL.len() - 1], u64::MAX));
        let again = self.state.retries.range(least..=most).filter(|(_, at)| **at <= now);
        for (_, lane, seq) in again.map(|(place, _)| *place).collect::<Vec<_>>() {
            self.state.retries.remove(&(to, lane, seq));
            self.again((to, lane), seq, now);
        }
        for (sub, renewals) in self.state.renewals.take_due(to, now) {
            self.renew(to, sub, Some(renewals.saturating_add(1)), now);
        }
        self.sequence(now);
    }

    /// When something for the peer is due to go again.
    pub(crate) fn next_due(&self, to: NodeId) -> Option<Timestamp> {
        let (least, most) = ((to, Lane::ALL[0], 0), (to, Lane::ALL[Lane::ALL.len() - 1], u64::MAX));
        let messages = self.state.retries.range(least..=most).map(|(_, at)| *at);
        messages.chain(self.state.renewals.next(to)).min()
    }

    /// The same statement in a new message, under the version now in force.
    fn again(&mut self, (to, lane): (NodeId, Lane), seq: u64, now: Timestamp) {
        let at = usize::try_from(seq - 1).unwrap();
        let Message { header, attempts, .. } = self.outward(to, lane).sent[at].clone();
        let (kind, basis) = header.known().unwrap();
        let mut basis = basis.clone();
        if let (Basis::Agreement { id, version, digest, .. }, Kind::Answer) = (&mut basis, kind)
            && let Some(agreement) = self.current(*id, now)
        {
            let refused = agreement.may_send(now).err();
            if refused.is_some_and(|refusal| refusal_code(refusal.into()).passing()) {
                let due = now.plus(pause(attempts.saturating_add(1), &self.entropy));
                self.state.retries.insert((to, lane, seq), due);
                return;
            }
            (*version, *digest) = (agreement.terms().version, agreement.digest());
            self.outward(to, lane).carried.remove(id);
            self.carry_signatures(to, lane, &agreement);
        }
        let said = Unsequenced {
            id: uuid_v4(&self.entropy),
            to,
            lane,
            kind,
            basis,
            purpose: header.purpose,
            statement_digest: header.statement_digest,
            disclosed: header.disclosed,
            person_refs_digest: header.person_refs_digest,
        };
        let attempts = attempts.saturating_add(1);
        self.state.drafts.push_back(Draft::Send { said, lead: None, attempts });
    }
}
