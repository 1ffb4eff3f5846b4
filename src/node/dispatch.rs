//! Preparing a batch: the basis is checked again at every dispatch; what may no longer go, goes void.

use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;
use uuid::Uuid;

use super::dossiers::{self, Dossiers};
use super::lead_seal::open_version;
use super::register::Registered;
use super::share::already;
use super::texts::{gates, has_free_text, judge_again};
use super::unreadable::readable;
use super::upper::Rank;
use super::{Error, Node, Signed, key, proofs};
use crate::domain::agreement::{Agreement, VersionKey};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::batch::{Batch, BatchHeader, Consistency, Head, Item};
use crate::exchange::dispatch::{self as decide, Carried};
use crate::exchange::gate::{Held, held, is_judged};
use crate::exchange::message::{Basis, Header, Lane};
use crate::exchange::presentation::SignedLead;
use crate::exchange::problem::ItemCode;
use crate::exchange::window::Room;
use crate::peer::transport::PeerAddress;
use crate::redaction::narrative::Gate;
use crate::statement::jws;
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::lead::{self as leads, ShareRow};
use crate::store::outbox::{self, Waiting};
use crate::store::witness;

/// Room for everything of a batch that is not items.
const FRAME: usize = 64 << 10;

/// A message as sent.
pub struct Sent {
    /// Its header.
    pub header: Header,
    /// The canonical text of the header.
    pub text: String,
    /// Its exchange digest.
    pub x: Digest,
    /// The lead that it carries, if that is what it carries.
    pub lead: Option<Uuid>,
    /// Which attempt it is, from 1.
    pub attempts: i64,
    /// Why it went void, if it did.
    pub void: Option<ItemCode>,
    /// What in its text held it back, if anything did.
    pub held: Option<Held>,
}

/// A batch ready to go.
pub struct Prepared {
    /// To whom, as the register had it.
    pub to: Registered,
    /// The body.
    pub bytes: Vec<u8>,
    /// The lane.
    pub lane: Lane,
    /// What was sent, in order.
    pub sent: Vec<Sent>,
    /// The checkpoint of our log that goes along, if one does.
    pub offered: Option<Signed>,
}

/// What the next batch of a lane shall be.
#[derive(Clone, Copy)]
pub struct Ask {
    /// After which number it starts; none: after the last contiguous receipt.
    pub after: Option<u64>,
    /// How much it may hold.
    pub room: Room,
    /// Whether it carries our checkpoint, and the size of our log that a lost receipt may have covered.
    pub witness: Option<u64>,
}

impl Prepared {
    /// Where to.
    pub fn address(&self) -> PeerAddress {
        let descriptor = &self.to.descriptor;
        PeerAddress { node: descriptor.iss, base_url: descriptor.peer_url.clone() }
    }
}

/// What the items of a batch are made from.
struct Material {
    /// None: the version does not open.
    leads: HashMap<(Uuid, i64), Option<SignedLead>>,
    shares: HashMap<Uuid, ShareRow>,
    /// Of the records that know more by now than when the version was signed; none: the record does not open.
    gates: HashMap<Uuid, Option<Gate>>,
    /// Of a record without values: the forms of identifiers alone.
    forms: Gate,
    statements: HashMap<String, String>,
    dossiers: Dossiers,
    rank: Rank,
}

impl Node {
    /// Prepares the next batch of a lane after the last contiguous receipt; none if nothing waits or the
    /// peer is not active. `offered` is the size of our log that a lost receipt may have covered.
    pub async fn prepare(&self, peer: NodeId, lane: Lane, offered: u64) -> Result<Option<Prepared>, Error> {
        let ask = Ask { after: None, room: Room::WHOLE, witness: Some(offered) };
        self.prepare_batch(peer, lane, ask).await
    }

    /// Prepares a batch of a lane; none if nothing waits there or the peer is not active. What may travel is decided
    /// item by item, by today's state.
    pub async fn prepare_batch(&self, peer: NodeId, lane: Lane, ask: Ask) -> Result<Option<Prepared>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let Some(to) = self.registered(&mut tx, peer).await?.filter(|peer| peer.active) else {
            return Ok(None);
        };
        let chain = chain::find(&mut tx, key(peer), lane, Direction::Out).await?;
        if self.waits() || !self.has_begun(chain.end) {
            return Ok(None);
        }
        let after = ask.after.map_or(chain.acked, u64::cast_signed);
        let limit = i64::try_from(ask.room.items).unwrap_or(i64::MAX);
        let epoch = self.epoch.to_string();
        let waiting = outbox::after(&mut tx, key(peer), lane.code(), &epoch, after, limit).await?;
        let (waiting, unreadable) = readable(waiting);
        if waiting.is_empty() {
            tx.rollback().await?;
            return match unreadable {
                Some(seq) => Err(self.stands_at(peer, lane, seq).await?),
                None => Ok(None),
            };
        }
        let material = self.material(&mut tx, &to, &waiting).await?;
        let (items, sent) = self.items(peer, waiting, &material, ask.room.bytes)?;
        let Some(header) = self.batch_header(peer, lane, &sent) else { return Ok(None) };
        let mut batch = Batch {
            header: jws::sign(self.keys.signing(), jws::typ::BATCH, &header)?,
            items,
            checkpoint: None,
            consistency: Vec::new(),
            your_head: None,
        };
        let mut offered = None;
        if let Some(covered) = ask.witness {
            let signed = self.checkpoint(&mut tx).await?.ok_or(Error::Corrupt("checkpoint"))?;
            batch.consistency = self.consistency(&mut tx, peer, covered, signed.size).await?;
            let seen = witness::newest_head(&mut tx, key(peer)).await?;
            batch.your_head = seen.map(|seen| Head { size: seen.size, root: seen.root });
            batch.checkpoint = Some(signed.note.clone());
            offered = Some(signed);
        }
        tx.rollback().await?;
        let bytes = serde_json::to_vec(&batch).map_err(|_| Error::Corrupt("batch"))?;
        Ok(Some(Prepared { to, bytes, lane, sent, offered }))
    }

    fn batch_header(&self, peer: NodeId, lane: Lane, sent: &[Sent]) -> Option<BatchHeader> {
        let (first, last) = (sent.first()?, sent.last()?);
        Some(BatchHeader {
            iss: self.id,
            iat: self.now().seconds(),
            to: peer,
            epoch: self.epoch,
            lane,
            first: first.header.seq,
            last: last.header.seq,
            first_prev: first.header.prev,
            last_x: last.x,
            made_at: self.now(),
        })
    }

    /// From the head that the peer cosigned last, and from the one that a lost receipt may have covered.
    pub(super) async fn consistency(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        offered: u64,
        size: u64,
    ) -> Result<Vec<Consistency>, Error> {
        let cosigned = witness::cosigned_size(tx, key(peer), self.epoch.counter).await?;
        let mut from: Vec<u64> = cosigned.into_iter().collect();
        if offered > 0 && !from.contains(&offered) {
            from.push(offered);
        }
        let mut proofs_to = Vec::new();
        for from in from.into_iter().filter(|from| *from < size) {
            proofs_to.push(Consistency { from, proof: proofs::prove_prefix(tx, from, size).await? });
        }
        Ok(proofs_to)
    }

    async fn material(
        &self,
        tx: &mut Tx,
        to: &Registered,
        waiting: &[(Waiting, Header)],
    ) -> Result<Material, Error> {
        let mut ids: Vec<Uuid> =
            waiting.iter().filter_map(|(row, _)| row.lead.map(|(lead, _)| lead)).collect();
        ids.sort_unstable();
        ids.dedup();
        let versions = leads::versions(tx, &ids).await?;
        let keys: Vec<Uuid> = versions.iter().map(|row| row.data_key).collect();
        let keys = self.keystore.load(&keys).await?;
        let keyless = versions.iter().filter(|row| !keys.contains_key(&row.data_key));
        let keyless: Vec<_> = keyless.map(|row| (row.lead, row.data_key)).collect();
        let purged = self.purged(&keyless).await?;
        let mut opened = HashMap::with_capacity(versions.len());
        let mut moved = HashSet::new();
        for row in versions {
            if !purged.contains(&row.lead) {
                let key = keys.get(&row.data_key).and_then(|key| key.as_ref().ok());
                opened.insert((row.lead, row.ver), key.and_then(|key| open_version(&row, key).ok()));
            }
            if row.ver != row.current {
                moved.insert((row.lead, row.ver));
            }
        }
        judge_again(&mut opened, waiting).await?;
        let shares = leads::shares_of(tx, key(to.descriptor.iss), &ids).await?.into_iter().collect();
        let (mut digests, mut agreements, mut free) = (Vec::new(), Vec::new(), Vec::new());
        for (row, header) in waiting {
            match row.lead {
                None => digests.push(header.statement_digest),
                Some(version) => {
                    let opened = opened.get(&version).and_then(Option::as_ref);
                    let judged = || opened.is_some_and(|one| is_judged(one, &header.disclosed));
                    if has_free_text(&header.disclosed) && (moved.contains(&version) || !judged()) {
                        free.push(version.0);
                    }
                }
            }
            agreements.extend(header.basis.known().and_then(Basis::agreement).map(|(id, ..)| id));
        }
        agreements.sort_unstable();
        agreements.dedup();
        let statements = outbox::statements(tx, &digests).await?.into_iter().collect();
        let gates = gates(tx, &free, &keys).await?;
        let (dossiers, rank) = (dossiers::load(tx, &agreements).await?, self.rank(&to.descriptor));
        let forms = Gate::new(&[]);
        Ok(Material { leads: opened, shares, gates, forms, statements, dossiers, rank })
    }

    fn items(
        &self,
        peer: NodeId,
        waiting: Vec<(Waiting, Header)>,
        material: &Material,
        most: usize,
    ) -> Result<(Vec<Item>, Vec<Sent>), Error> {
        let (mut items, mut sent, mut size) = (Vec::new(), Vec::new(), FRAME);
        for (row, header) in waiting {
            let made = self.statement(peer, &header, &row, material);
            let held = made.as_ref().ok().and_then(|_| held_back(&header, &row, material));
            let (statement, person_refs, void) = match made {
                _ if held.is_some() => (None, Vec::new(), Some(ItemCode::TextHeld)),
                Ok((statement, person_refs)) => (Some(statement), person_refs, None),
                Err(code) => (None, Vec::new(), Some(code)),
            };
            size += row.header.len() + statement.as_ref().map_or(0, String::len) + 200;
            if size > most && !items.is_empty() {
                break;
            }
            let x = Digest::of(row.header.as_bytes());
            let text = row.header.clone();
            let raw = RawValue::from_string(row.header).map_err(|_| Error::Corrupt("header"))?;
            items.push(Item { header: raw, statement, person_refs, void });
            let (lead, attempts) = (row.lead.map(|(lead, _)| lead), row.attempts);
            sent.push(Sent { header, text, x, lead, attempts, void, held });
        }
        Ok((items, sent))
    }

    /// The statement of a message, if its basis still allows it now, and it can be read.
    fn statement(
        &self,
        peer: NodeId,
        header: &Header,
        row: &Waiting,
        material: &Material,
    ) -> Result<(String, Vec<String>), ItemCode> {
        let (kind, basis) = header.known().ok_or(ItemCode::UnknownKind)?;
        let basis = basis.agreement().map(|(id, version, digest)| {
            let key = VersionKey { version, digest };
            material.dossiers.get(&id).and_then(|dossier| dossier.version(key))
        });
        let Some((lead, ver)) = row.lead else {
            let digest = header.statement_digest.to_string();
            let statement = material.statements.get(&digest).ok_or(ItemCode::UNREADABLE)?;
            let errand = |agreement: Option<Agreement>| {
                decide::errand(kind, (self.id, peer), agreement.as_ref(), self.now()).err()
            };
            if let Some(code) = basis.and_then(errand).or_else(|| material.rank.not_now(kind)) {
                return Err(code);
            }
            return Ok((statement.clone(), Vec::new()));
        };
        let agreement = basis.flatten().ok_or(ItemCode::WrongBasis)?;
        let (Some(signed), Some(share)) = (material.leads.get(&(lead, ver)), material.shares.get(&lead))
        else {
            return Err(ItemCode::RecordErased);
        };
        let signed = signed.as_ref().ok_or(ItemCode::UNREADABLE)?;
        if material.gates.get(&lead).is_some_and(Option::is_none) {
            return Err(ItemCode::UNREADABLE);
        }
        let number = |ver: i64| u32::try_from(ver).unwrap_or(u32::MAX);
        let carried = Carried { signed, ver: number(ver), gone_below: number(share.gone_below) };
        let held = already(Some(share)).map_err(|_| ItemCode::UNREADABLE)?;
        let request = self.request(peer, &agreement, &signed.facts, held.as_ref());
        let presentation = decide::lead(carried, &header.disclosed, &request)?;
        Ok((presentation.into_text(), vec![share.person_ref.clone()]))
    }
}

/// What in the free text of a lead must not leave by now.
fn held_back(header: &Header, row: &Waiting, material: &Material) -> Option<Held> {
    let (lead, ver) = row.lead?;
    let signed = material.leads.get(&(lead, ver))?.as_ref()?;
    // The record is as it was when the text was judged with it, or erased meanwhile: the forms still count.
    held(
        signed,
        &header.disclosed,
        material.gates.get(&lead).and_then(Option::as_ref).unwrap_or(&material.forms),
    )
}
