//! What older rows lack, found once in the log and in what was sent: under which version of an agreement a lead
//! came or went, with which roles and claims, and when it must go.
//!
//! Knows headers and terms; must not open any record. Invariant: nothing that a row says already is changed. What
//! nothing tells stays empty, and how much of it there is stands in the operator's log.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::dossiers::{self, Dossiers};
use super::{Error, Node};
use crate::audit::Entry;
use crate::domain::agreement::{Agreement, Dossier, VersionKey};
use crate::domain::purge::{PurgeCause, due};
use crate::exchange::message::{Basis, Header};
use crate::store::agreement::Under;
use crate::store::backfill::{self as store, ReceivedGap, ShareGap};
use crate::store::db::Tx;
use crate::store::state;

/// The fact of a node whose rows are whole.
const DONE: &str = "backfilled";

/// Rows of one transaction.
const PAGE: i64 = 500;

impl Node {
    /// Completes the rows that older programs wrote. Each page is durable by itself; it may be begun again, and
    /// by several instances at once.
    pub(super) async fn backfill(&self) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let done = state::fact(&mut tx, DONE).await?;
        tx.rollback().await?;
        if done.is_some() {
            return Ok(());
        }
        let mut unknown = 0;
        let mut after = -1;
        while let Some((last, lost)) = self.backfill_received(after).await? {
            (after, unknown) = (last, unknown + lost);
        }
        let mut after = (Uuid::nil(), -1);
        while let Some((last, lost)) = self.backfill_shares(after).await? {
            (after, unknown) = (last, unknown + lost);
        }
        let mut tx = self.db.node.begin().await?;
        unknown += backfill_purges(&mut tx).await?;
        state::settle_fact(&mut tx, DONE, "1").await?;
        tx.commit().await?;
        if unknown > 0 {
            tracing::warn!(rows = unknown, "nothing tells the agreement of {unknown} older rows");
        }
        Ok(())
    }

    /// One page of received presentations after that index of the log: the last index, and how many stay as they
    /// are; none at the end.
    async fn backfill_received(&self, after: i64) -> Result<Option<(i64, usize)>, Error> {
        let mut tx = self.db.node.begin().await?;
        let gaps = store::received(&mut tx, after, PAGE).await?;
        let Some(last) = gaps.last().map(|gap| gap.leaf) else { return Ok(None) };
        let entries: Vec<Option<Entry>> =
            gaps.iter().map(|gap| Entry::open(gap.entry.as_bytes()).ok()).collect();
        let headers = entries.iter().flatten().filter_map(|entry| entry.body.header.as_ref());
        let dossiers = load(&mut tx, headers.filter_map(cited).map(|(id, _)| id)).await?;
        let mut lost = 0;
        for (gap, entry) in gaps.into_iter().zip(entries) {
            match entry.and_then(|entry| completed(gap, &entry, &dossiers)) {
                Some(whole) => store::complete_received(&mut tx, &whole).await?,
                None => lost += 1,
            }
        }
        tx.commit().await?;
        Ok(Some((last, lost)))
    }

    async fn backfill_shares(&self, after: (Uuid, i64)) -> Result<Option<((Uuid, i64), usize)>, Error> {
        let mut tx = self.db.node.begin().await?;
        let gaps = store::shares(&mut tx, after, PAGE).await?;
        let Some(last) = gaps.last().map(|gap| (gap.lead, gap.peer)) else { return Ok(None) };
        let dossiers = load(&mut tx, gaps.iter().map(|gap| gap.under.agreement)).await?;
        let mut lost = 0;
        for gap in gaps {
            let sent = gap.header.as_deref().and_then(|text| serde_json::from_str::<Header>(text).ok());
            match version_of(&gap, sent.as_ref(), &dossiers) {
                Some(agreement) => {
                    let until = sent.map(|sent| due(sent.sequenced_at, agreement.terms().retention_days).0);
                    let under = Under::of(gap.under.agreement, agreement.key());
                    store::complete_share(&mut tx, &gap, &under, until).await?;
                }
                None => lost += 1,
            }
        }
        tx.commit().await?;
        Ok(Some((last, lost)))
    }
}

/// What the entry that settled a message says of what it brought.
fn completed(gap: ReceivedGap, entry: &Entry, dossiers: &Dossiers) -> Option<store::ReceivedWhole> {
    let header = entry.body.header.as_ref()?;
    let (id, key) = cited(header)?;
    let Some(Basis::Agreement { roles, .. }) = header.basis.known() else { return None };
    let agreement = dossiers.get(&id)?.version(key)?;
    Some(store::ReceivedWhole {
        x: gap.x,
        roles: serde_json::to_string(roles).ok()?,
        claims: serde_json::to_string(&header.disclosed).ok()?,
        under: Under::of(id, key),
        purge_at: due(entry.at, agreement.terms().retention_days).0,
        purge_cause: PurgeCause::Retention.code(),
    })
}

/// The version under which a lead was given: the one that its message cites, else the one signed under the
/// number that was kept.
fn version_of(gap: &ShareGap, sent: Option<&Header>, dossiers: &Dossiers) -> Option<Agreement> {
    let dossier = dossiers.get(&gap.under.agreement)?;
    let cited = sent
        .and_then(cited)
        .filter(|(id, key)| *id == gap.under.agreement && i64::from(key.version) == gap.under.version);
    cited.and_then(|(_, key)| dossier.version(key)).or_else(|| signed(dossier, gap.under.version))
}

async fn backfill_purges(tx: &mut Tx) -> Result<usize, Error> {
    let gaps = store::purges(tx).await?;
    let dossiers = load(tx, gaps.iter().map(|(_, agreement, _)| *agreement)).await?;
    let mut lost = 0;
    for (id, agreement, version) in gaps {
        match dossiers.get(&agreement).and_then(|dossier| signed(dossier, version)) {
            Some(found) => store::complete_purge(tx, id, &Under::of(agreement, found.key())).await?,
            None => lost += 1,
        }
    }
    Ok(lost)
}

/// The newest signed version with that number.
fn signed(dossier: &Dossier, version: i64) -> Option<Agreement> {
    let is_it = |it: &Agreement| i64::from(it.terms().version) == version && it.was_signed().is_ok();
    dossier.versions().filter(is_it).last()
}

fn cited(header: &Header) -> Option<(Uuid, VersionKey)> {
    let (id, version, digest) = header.basis.known()?.agreement()?;
    Some((id, VersionKey { version, digest }))
}

async fn load(tx: &mut Tx, ids: impl Iterator<Item = Uuid>) -> Result<Dossiers, Error> {
    let ids: Vec<Uuid> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    dossiers::load(tx, &ids).await
}
