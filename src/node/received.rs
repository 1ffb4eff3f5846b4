//! Leads received: exactly what was disclosed, sealed at rest, listed in the order of our log.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::disputed::Asked;
use super::officer::Officer;
use super::publish::listing_of;
use super::unreadable::whole;
use super::views::{ClaimView, Page, ReceivedView};
use super::{Error, Node, key, node_of};
use crate::audit::{EntryType, Incomplete};
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::purge::{PurgeCause, due};
use crate::domain::unit::Duty;
use crate::exchange::judge::ReceivedLead;
use crate::store::agreement::Under;
use crate::store::db::Tx;
use crate::store::received::{self, Presented, ReceivedRow};
use crate::store::seal::{self, DataKey};

/// Most rows of one page.
const PAGE: i64 = 200;

const READERS: &[Duty] = &[Duty::Drafter, Duty::Approver, Duty::Liaison];

/// What is kept, sealed, of one received presentation.
#[derive(Serialize, Deserialize)]
struct Content {
    kind: String,
    presentation: String,
    person_refs: Vec<String>,
    claims: BTreeMap<Claim, Value>,
}

/// A received lead as callers name it: by its public id, and by its owner where others use that id too.
#[derive(Clone, Copy)]
pub struct LeadOf {
    /// The public id.
    pub sub: Uuid,
    /// The owner; none: whoever it is.
    pub owner: Option<NodeId>,
}

impl From<Uuid> for LeadOf {
    fn from(sub: Uuid) -> Self {
        Self { sub, owner: None }
    }
}

/// What was received of the current version of that lead, and of no other owner's.
pub(super) async fn presented(tx: &mut Tx, lead: LeadOf) -> Result<Vec<Presented>, Error> {
    let rows = received::of_sub(tx, lead.sub, lead.owner.map(key)).await?;
    match rows.first() {
        Some(first) if rows.iter().any(|row| row.peer != first.peer) => {
            Err(Error::Unreadable("several nodes use this id: name the owner"))
        }
        _ => Ok(rows),
    }
}

fn aad(sub: Uuid, x: &[u8]) -> Vec<u8> {
    [sub.as_bytes().as_slice(), b"received", x].concat()
}

impl Node {
    /// Seals a received lead under its data key.
    pub(super) fn seal_received(
        &self,
        lead: ReceivedLead,
        peer: i64,
        x: Digest,
        (data_key, key): (Uuid, DataKey),
    ) -> Result<ReceivedRow, Error> {
        let ReceivedLead {
            sub,
            ver,
            statement,
            kind,
            presentation,
            person_refs,
            roles,
            claims,
            under,
            retention_days,
        } = lead;
        let (roles, names) = (codes(&roles)?, codes(&claims.keys().collect::<Vec<_>>())?);
        let content = Content { kind: kind.code().into(), presentation, person_refs, claims };
        let plain =
            zeroize::Zeroizing::new(serde_json::to_vec(&content).map_err(|_| Error::Corrupt("received"))?);
        let presentation = seal::seal(&key, &aad(sub, x.bytes()), &plain, self.entropy.as_ref())?;
        Ok(ReceivedRow {
            sub,
            ver: i64::from(ver),
            statement,
            x,
            peer,
            kind: kind.code().into(),
            data_key,
            presentation,
            roles,
            claims: names,
            under: Under::of(under.0, under.1),
            purge_at: due(self.now(), retention_days).0,
            purge_cause: PurgeCause::Retention.code(),
        })
    }

    /// Opens what was received, leaving out what was erased; each by itself may be damaged.
    async fn open_received(&self, rows: Vec<Presented>) -> Result<Vec<Result<Opened, Error>>, Error> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.data_key).collect();
        let keys = self.keystore.load(&ids).await?;
        // A destroyed key: the lead was erased.
        let rows = rows.into_iter().filter_map(|row| Some((keys.get(&row.data_key)?, row)));
        Ok(rows.map(|(key, row)| open(row, key.as_ref().map_err(|refused| *refused)?)).collect())
    }

    /// What must be said beside these.
    async fn marks(&self, tx: &mut Tx, opened: &[Opened]) -> Result<Marks, Error> {
        let asked = asked(opened);
        Ok(Marks { disputed: self.disputed(tx, &asked).await?, unheard: self.unheard(tx, &asked).await? })
    }

    /// The received leads in the order of our log, after index `after`. One log entry.
    pub async fn list_received(
        &self,
        officer: &Officer,
        after: i64,
        limit: i64,
    ) -> Result<Page<ReceivedView>, Error> {
        officer.require(READERS)?;
        let limit = limit.clamp(1, PAGE);
        let mut tx = self.db.node.snapshot().await?;
        let rows = received::feed(&mut tx, after, limit).await?;
        let full = rows.len() == usize::try_from(limit).unwrap_or(0);
        let next = rows.last().map(|row| row.leaf).filter(|_| full);
        let opened = self.open_received(rows).await?.into_iter().filter_map(whole);
        let opened = opened.collect::<Result<Vec<_>, _>>()?;
        let references = opened.iter().map(|(row, _)| crate::store::log::digest(&row.x));
        let references = references.collect::<Result<Vec<_>, _>>()?;
        let marks = self.marks(&mut tx, &opened).await?;
        let items = opened.into_iter().map(|row| view(vec![row], &marks)).collect::<Result<Vec<_>, _>>()?;
        self.record(tx, EntryType::List, listing_of(officer, &references)?).await?;
        Ok(Page { items, next })
    }

    /// One received lead: everything disclosed of its current version. The reading is logged.
    pub async fn read_received(
        &self,
        officer: &Officer,
        lead: impl Into<LeadOf>,
    ) -> Result<ReceivedView, Error> {
        officer.require(READERS)?;
        let lead = lead.into();
        let mut tx = self.db.node.snapshot().await?;
        let rows = presented(&mut tx, lead).await?;
        let (x, leaf) = rows.last().map(|row| (row.x.clone(), row.leaf)).ok_or(Error::NotFound)?;
        let header = self.header_at(&mut tx, leaf).await?;
        let opened = self.open_received(rows).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let marks = self.marks(&mut tx, &opened).await?;
        let view = view(opened, &marks)?;
        let body = Incomplete {
            actor: Some(officer.pseudonym.clone()),
            purpose: header.purpose,
            x: Digest::try_from(x.as_slice()).ok(),
            ..Incomplete::default()
        };
        self.record(tx, EntryType::Read, body).await?;
        Ok(view)
    }
}

/// The entries of leads that are disputed, and of those whose owner may have taken them back unheard.
struct Marks {
    disputed: BTreeSet<i64>,
    unheard: BTreeSet<i64>,
}

/// A received presentation with what it holds.
type Opened = (Presented, Content);

fn open(row: Presented, key: &DataKey) -> Result<Opened, Error> {
    let plain = zeroize::Zeroizing::new(seal::open(key, &aad(row.sub, &row.x), &row.presentation)?);
    let content = serde_json::from_slice(&plain).map_err(|_| Error::Corrupt("received"))?;
    Ok((row, content))
}

fn asked(rows: &[Opened]) -> Vec<Asked<'_>> {
    rows.iter()
        .map(|(row, content)| Asked { leaf: row.leaf, owner: row.peer, presentation: &content.presentation })
        .collect()
}

/// The union of what was disclosed of one version; marked if one of its parts is.
fn view(rows: Vec<Opened>, marks: &Marks) -> Result<ReceivedView, Error> {
    let [disputed, unheard] = [&marks.disputed, &marks.unheard]
        .map(|marked| rows.iter().any(|(row, _)| marked.contains(&row.leaf)));
    let mut claims = BTreeMap::new();
    let mut last = None;
    for (row, content) in rows {
        claims.extend(content.claims.clone());
        last = Some((row, content));
    }
    // There were rows, and no key opens them.
    let (row, content) = last.ok_or(Error::Erased)?;
    let closed = Claim::ALL.iter().copied().filter(|claim| !claims.contains_key(claim)).collect();
    let claims = claims
        .into_iter()
        .map(|(claim, value)| ClaimView {
            claim,
            label: claim.label(),
            precision: claim.code().rsplit_once('.').map(|(_, precision)| precision),
            value,
        })
        .collect();
    Ok(ReceivedView {
        sub: row.sub,
        version: u32::try_from(row.ver).map_err(|_| Error::Corrupt("version"))?,
        owner: node_of(row.peer)?,
        kind: content.kind,
        status: row.status.parse().map_err(|_| Error::Corrupt("status"))?,
        claims,
        closed,
        person_refs: content.person_refs,
        leaf: row.leaf,
        disputed,
        unheard,
    })
}

/// Codes as a JSON array.
fn codes<T: Serialize>(codes: &[T]) -> Result<String, Error> {
    serde_json::to_string(codes).map_err(|_| Error::Corrupt("codes"))
}
