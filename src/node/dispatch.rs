//! Preparing a batch: the basis is checked again at every dispatch; what may no longer go, goes void.

use std::collections::HashMap;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::dossiers::{self, Dossiers};
use super::lead_seal::open_version;
use super::register::Registered;
use super::share::already;
use super::upper::Rank;
use super::{Error, Node, Signed, key, proofs};
use crate::domain::access::{BasisKind, Content, Errand, Side, passes, permit};
use crate::domain::agreement::{Agreement, VersionKey};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::batch::{Batch, BatchHeader, Consistency, Head, Item, MAX_BYTES, MAX_ITEMS};
use crate::exchange::judge::refusal_code;
use crate::exchange::message::{Basis, Header, Kind, Lane};
use crate::exchange::presentation::{SignedLead, present_only};
use crate::exchange::problem::ItemCode;
use crate::peer::transport::PeerAddress;
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
    /// The checkpoint of our log that goes along.
    pub offered: Signed,
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
    leads: HashMap<(Uuid, i64), SignedLead>,
    shares: HashMap<Uuid, ShareRow>,
    statements: HashMap<String, String>,
    dossiers: Dossiers,
    rank: Rank,
}

impl Node {
    /// Prepares the next batch of a lane after the last contiguous receipt; none if nothing waits or the
    /// peer is not active. `offered` is the size of our log that a lost receipt may have covered.
    pub async fn prepare(&self, peer: NodeId, lane: Lane, offered: u64) -> Result<Option<Prepared>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let Some(to) = self.registered(&mut tx, peer).await?.filter(|peer| peer.active) else {
            return Ok(None);
        };
        let chain = chain::find(&mut tx, key(peer), lane, Direction::Out).await?;
        let limit = i64::try_from(MAX_ITEMS).unwrap_or(i64::MAX);
        let epoch = self.epoch.to_string();
        if !self.has_begun(chain.end) {
            return Ok(None);
        }
        let waiting = outbox::after(&mut tx, key(peer), lane.code(), &epoch, chain.acked, limit).await?;
        if waiting.is_empty() {
            return Ok(None);
        }
        let material = self.material(&mut tx, &to, &waiting).await?;
        let (items, sent) = self.items(peer, waiting, &material)?;
        let (Some(Sent { header: first, .. }), Some(Sent { header: last, x: last_x, .. })) =
            (sent.first(), sent.last())
        else {
            return Ok(None);
        };
        let header = BatchHeader {
            iss: self.id,
            iat: self.now().seconds(),
            to: peer,
            epoch: self.epoch,
            lane,
            first: first.seq,
            last: last.seq,
            first_prev: first.prev,
            last_x: *last_x,
            made_at: self.now(),
        };
        let signed = self.checkpoint(&mut tx).await?.ok_or(Error::Corrupt("checkpoint"))?;
        let consistency = self.consistency(&mut tx, peer, offered, signed.size).await?;
        let your_head = witness::newest_head(&mut tx, key(peer)).await?;
        tx.rollback().await?;
        let batch = Batch {
            header: jws::sign(self.keys.signing(), jws::typ::BATCH, &header)?,
            items,
            checkpoint: signed.note.clone(),
            consistency,
            your_head: your_head.map(|seen| Head { size: seen.size, root: seen.root }),
        };
        let bytes = serde_json::to_vec(&batch).map_err(|_| Error::Corrupt("batch"))?;
        Ok(Some(Prepared { to, bytes, lane, sent, offered: signed }))
    }

    /// From the head that the peer cosigned last, and from the one that a lost receipt may have covered.
    async fn consistency(
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

    async fn material(&self, tx: &mut Tx, to: &Registered, waiting: &[Waiting]) -> Result<Material, Error> {
        let mut ids: Vec<Uuid> = waiting.iter().filter_map(|row| row.lead.map(|(lead, _)| lead)).collect();
        ids.sort_unstable();
        ids.dedup();
        let versions = leads::versions(tx, &ids).await?;
        let keys: Vec<Uuid> = versions.iter().map(|row| row.data_key).collect();
        let keys = self.keystore.load(&keys).await?;
        let mut opened = HashMap::with_capacity(versions.len());
        for row in versions {
            if let Some(key) = keys.get(&row.data_key) {
                opened.insert((row.lead, row.ver), open_version(&row, key)?);
            }
        }
        let shares = leads::shares_of(tx, key(to.descriptor.iss), &ids).await?.into_iter().collect();
        let mut digests = Vec::new();
        let mut agreements = Vec::new();
        for row in waiting {
            let header = header_of(row)?;
            if row.lead.is_none() {
                digests.push(header.statement_digest);
            }
            agreements.extend(header.basis.known().and_then(Basis::agreement).map(|(id, ..)| id));
        }
        agreements.sort_unstable();
        agreements.dedup();
        let statements = outbox::statements(tx, &digests).await?.into_iter().collect();
        let (dossiers, rank) = (dossiers::load(tx, &agreements).await?, self.rank(&to.descriptor));
        Ok(Material { leads: opened, shares, statements, dossiers, rank })
    }

    fn items(
        &self,
        peer: NodeId,
        waiting: Vec<Waiting>,
        material: &Material,
    ) -> Result<(Vec<Item>, Vec<Sent>), Error> {
        let (mut items, mut sent, mut size) = (Vec::new(), Vec::new(), FRAME);
        for row in waiting {
            let header = header_of(&row)?;
            let made = self.statement(peer, &header, &row, material)?;
            let (statement, person_refs, void) = match made {
                Ok((statement, person_refs)) => (Some(statement), person_refs, None),
                Err(code) => (None, Vec::new(), Some(code)),
            };
            size += row.header.len() + statement.as_ref().map_or(0, String::len) + 200;
            if size > MAX_BYTES && !items.is_empty() {
                break;
            }
            let x = Digest::of(row.header.as_bytes());
            let text = row.header.clone();
            let raw = RawValue::from_string(row.header).map_err(|_| Error::Corrupt("header"))?;
            items.push(Item { header: raw, statement, person_refs, void });
            let (lead, attempts) = (row.lead.map(|(lead, _)| lead), row.attempts);
            sent.push(Sent { header, text, x, lead, attempts, void });
        }
        Ok((items, sent))
    }

    /// The statement of a message, if its basis still allows it now.
    fn statement(
        &self,
        peer: NodeId,
        header: &Header,
        row: &Waiting,
        material: &Material,
    ) -> Result<Result<(String, Vec<String>), ItemCode>, Error> {
        let Some((kind, basis)) = header.known() else { return Ok(Err(ItemCode::UnknownKind)) };
        let basis = basis.agreement().map(|(id, version, digest)| {
            let key = VersionKey { version, digest };
            material.dossiers.get(&id).and_then(|dossier| dossier.version(key))
        });
        let Some((lead, ver)) = row.lead else {
            let digest = header.statement_digest.to_string();
            let statement = material.statements.get(&digest).ok_or(Error::Corrupt("statement"))?;
            let refused = basis.and_then(|agreement| self.not_now(peer, kind, agreement.as_ref()));
            if let Some(code) = refused.or_else(|| material.rank.not_now(kind)) {
                return Ok(Err(code));
            }
            return Ok(Ok((statement.clone(), Vec::new())));
        };
        let Some(Some(agreement)) = basis else { return Ok(Err(ItemCode::WrongBasis)) };
        let (Some(signed), Some(share)) = (material.leads.get(&(lead, ver)), material.shares.get(&lead))
        else {
            return Ok(Err(ItemCode::RecordErased));
        };
        if ver < share.gone_below {
            return Ok(Err(ItemCode::Withdrawn));
        }
        let held = already(Some(share))?;
        let permit = match permit(&self.request(peer, &agreement, &signed.facts, held.as_ref())) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(refusal_code(refusal))),
        };
        match present_only(signed, &permit, &header.disclosed) {
            Ok(presentation) => Ok(Ok((presentation.into_text(), vec![share.person_ref.clone()]))),
            Err(_) => Ok(Err(ItemCode::NoLongerPermitted)),
        }
    }

    /// Why an answer, a withdrawal or a purge receipt may not travel under an agreement now.
    fn not_now(&self, peer: NodeId, kind: Kind, agreement: Option<&Agreement>) -> Option<ItemCode> {
        let Some(agreement) = agreement else { return Some(ItemCode::WrongBasis) };
        let (basis, content) = match kind {
            Kind::Answer => (BasisKind::Agreement, Content::Answer),
            Kind::Withdrawal => (BasisKind::Residual, Content::Withdrawal),
            Kind::PurgeReceipt => (BasisKind::Residual, Content::PurgeReceipt),
            // Whatever else is without a lead rests on no agreement.
            _ => return Some(ItemCode::WrongBasis),
        };
        let errand = Errand {
            sender: self.id,
            recipient: peer,
            basis,
            agreement,
            content,
            open_return: false,
            side: Side::Sender,
            now: self.now(),
        };
        passes(&errand).err().map(refusal_code)
    }
}

fn header_of(row: &Waiting) -> Result<Header, Error> {
    serde_json::from_str(&row.header).map_err(|_| Error::Corrupt("header"))
}
