//! Destroying what was received (清除): when its owner takes it back, its retention is over, or an agreement
//! ended.
//!
//! A purge has two steps. The transaction that decides it deletes the rows and adds a row that names their data
//! keys: from then on no officer sees them. Later, in [`Node::purge_due`], the keys are destroyed and the files
//! of both databases scrubbed; only once that is durable does the receipt go back. Any instance finishes what
//! another left, at any point: each step may be repeated.
//!
//! Received leads stand in no projection. Not covered: the write-ahead log of a PostgreSQL server, which is a
//! copy of the key store like any other and must not be older than [`COPY_DAYS`](crate::domain::purge::COPY_DAYS).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::draft::{Draft, leave};
use super::lease::Lease;
use super::withdraw::ALL;
use super::{Error, Node, key, node_of};
use crate::audit::{EntryType, Incomplete};
use crate::clock::{Timestamp, uuid_v7};
use crate::domain::agreement::VersionKey;
use crate::domain::digest::Digest;
use crate::domain::purge::{PurgeCause, copies_gone_by, end_of};
use crate::exchange::forms::{PurgeReceiptForm, WithdrawalForm, day};
use crate::exchange::message::{Basis, Kind, Lane};
use crate::statement::jws;
use crate::store::agreement::Under;
use crate::store::db::Tx;
use crate::store::purge::{self, PurgeRow, TakenRow};
use crate::store::{chain, erasure, withdrawal};

/// Most leads that one step purges: their files are scrubbed once.
const BATCH: i64 = 500;

/// How long one instance has the purging to itself, milliseconds. Two at once do no harm.
const LEASE: i64 = 60_000;

/// What a purge destroys; nothing once it is destroyed and logged.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Erasing {
    /// The data keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<Uuid>,
    /// The exchange digests of the messages that they sealed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Digest>,
}

impl Erasing {
    fn add(&mut self, x: &[u8], data_key: Uuid) -> Result<(), Error> {
        self.keys.push(data_key);
        self.messages.push(Digest::try_from(x).map_err(|_| Error::Corrupt("digest"))?);
        Ok(())
    }

    fn of(row: &PurgeRow) -> Result<Self, Error> {
        serde_json::from_str(row.erasing.as_deref().unwrap_or_default()).map_err(|_| Error::Corrupt("purge"))
    }
}

/// What is purged, and why.
struct Purge {
    sub: Uuid,
    owner: i64,
    below: i64,
    cause: PurgeCause,
    under: Under,
    due_at: i64,
    erasing: Erasing,
}

/// Purges whose data are gone, and whose receipts are not yet on their way.
#[must_use = "the receipts go with `Node::acknowledge_purges`"]
pub struct Erased(Vec<PurgeRow>);

impl Node {
    /// Honours an owner's withdrawal in the transaction that settles its message.
    pub(super) async fn honour(
        &self,
        tx: &mut Tx,
        (x, basis): (Digest, &Basis),
        form: &WithdrawalForm,
        statement: &str,
    ) -> Result<(), Error> {
        let (owner, below) = (key(form.iss), form.below.map_or(ALL, i64::from));
        let (agreement, version, digest) = basis.agreement().ok_or(Error::Corrupt("basis"))?;
        chain::recall(tx, owner, Lane::Normal).await?;
        purge::entomb(tx, form.sub, owner, below).await?;
        let mut erasing = Erasing::default();
        for (x, data_key) in purge::take(tx, form.sub, owner, below).await? {
            erasing.add(&x, data_key)?;
        }
        // A narrowed lead keeps its status here: its next version is on its way.
        if below == ALL {
            purge::forget(tx, &[form.sub], &[owner]).await?;
        }
        let purge = Purge {
            sub: form.sub,
            owner,
            below,
            cause: PurgeCause::Withdrawn,
            under: Under::of(agreement, VersionKey { version, digest }),
            due_at: end_of(form.deadline).0,
            erasing,
        };
        purge::add(tx, vec![self.row_of(purge)?]).await?;
        let body = Incomplete {
            peer: Some(form.iss),
            code: Some(form.reason.code().into()),
            digest: Some(Digest::of(statement.as_bytes())),
            x: Some(x),
            ..Incomplete::default()
        };
        self.note(tx, EntryType::Withdrawn, body).await
    }

    /// What was received under an agreement goes at `by` at the latest, for that cause; what is due earlier goes
    /// then. What was given under it is expected to go likewise. Returns how many messages were received. For
    /// whoever ends an agreement, in the same transaction.
    pub async fn purge_received_under(
        &self,
        tx: &mut Tx,
        agreement: Uuid,
        cause: PurgeCause,
        by: Timestamp,
    ) -> Result<u64, Error> {
        withdrawal::hasten(tx, agreement, by.0).await?;
        Ok(purge::hasten(tx, agreement, cause.code(), by.0).await?)
    }

    fn row_of(&self, purge: Purge) -> Result<PurgeRow, Error> {
        let erasing = serde_json::to_string(&purge.erasing).map_err(|_| Error::Corrupt("purge"))?;
        Ok(PurgeRow {
            id: uuid_v7(self.now(), self.entropy.as_ref()),
            sub: purge.sub,
            peer: purge.owner,
            below: purge.below,
            cause: purge.cause.code().into(),
            under: purge.under,
            due_at: purge.due_at,
            erasing: Some(erasing),
            erased_at: None,
            copies_gone_by: None,
            receipt: None,
        })
    }

    /// Purges what is due now, and finishes what was begun, the erasures of own leads too. When this returns, its receipts are durable, in the
    /// log, and on their way. How many purges were finished; none if another instance is at it.
    pub async fn purge_due(&self) -> Result<usize, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let waits = purge::any(&mut tx, self.now().0).await? || erasure::any(&mut tx).await?;
        tx.rollback().await?;
        if !waits || !Lease::lasting("purge".into(), LEASE).is_held(self).await? {
            return Ok(0);
        }
        // What keeps one kind from being finished keeps the other kind from nothing.
        let own = self.finish_erasures().await;
        let erased = self.erase_due().await?;
        let purged = self.acknowledge_purges(erased).await?;
        own.map(|_| purged)
    }

    /// The first half of [`Node::purge_due`]: when this returns, the data and their keys are gone from the
    /// databases and their files, and the log says so.
    pub async fn erase_due(&self) -> Result<Erased, Error> {
        self.begin_due().await?;
        let mut tx = self.db.node.snapshot().await?;
        let rows = purge::unfinished(&mut tx, BATCH).await?;
        tx.rollback().await?;
        let mut keys = Vec::new();
        for row in &rows {
            keys.extend(Erasing::of(row)?.keys);
        }
        if !keys.is_empty() {
            self.entomb_keys(&keys)?;
            self.keystore.destroy(&keys).await?;
            self.keystore.scrub().await?;
            self.db.node.scrub(&["received"]).await?;
            self.log_erased(&rows).await?;
        }
        Ok(Erased(rows))
    }

    /// One entry for each message whose content was destroyed. From then on a purge whose receipt cannot go has
    /// nothing left to destroy.
    async fn log_erased(&self, rows: &[PurgeRow]) -> Result<(), Error> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut tx = self.db.node.begin().await?;
        let ours: BTreeSet<Uuid> = purge::erased(&mut tx, &ids).await?.into_iter().collect();
        let mut drafts = Vec::new();
        for row in rows.iter().filter(|row| ours.contains(&row.id)) {
            let (code, peer) = (Some(row.cause.clone()), Some(node_of(row.peer)?));
            let body = Incomplete { code, peer, ..Incomplete::default() };
            drafts.extend(
                Erasing::of(row)?
                    .messages
                    .into_iter()
                    .map(|x| Draft::note(EntryType::Erased, Incomplete { x: Some(x), ..body.clone() })),
            );
        }
        leave(&mut tx, &drafts).await?;
        Ok(tx.commit().await?)
    }

    /// Begins the purge of every lead of which a version is due. A version that came under several agreements
    /// goes with the shortest retention, and older versions go with it.
    async fn begin_due(&self) -> Result<(), Error> {
        let now = self.now().0;
        let mut tx = self.db.node.begin().await?;
        let due = purge::due(&mut tx, now, BATCH).await?;
        if due.is_empty() {
            return Ok(tx.rollback().await?);
        }
        let subs: Vec<Uuid> = due.iter().map(|row| row.sub).collect();
        let owners: BTreeSet<i64> = due.iter().map(|row| row.peer).collect();
        // A version that is being stored now is stored first, and then seen below; or it is judged again.
        for owner in &owners {
            chain::recall(&mut tx, *owner, Lane::Normal).await?;
        }
        let owners: Vec<i64> = owners.into_iter().collect();
        let taken = purge::take_due(&mut tx, &subs, &owners, now).await?;
        purge::forget(&mut tx, &subs, &owners).await?;
        let rows = self.begun(taken, now)?;
        purge::add(&mut tx, rows).await?;
        Ok(tx.commit().await?)
    }

    /// A purge for each lead of which rows were taken, for the newest of them that is due.
    fn begun(&self, taken: Vec<TakenRow>, now: i64) -> Result<Vec<PurgeRow>, Error> {
        let mut leads: BTreeMap<(Uuid, i64), Vec<TakenRow>> = BTreeMap::new();
        for row in taken {
            leads.entry((row.sub, row.peer)).or_default().push(row);
        }
        let mut begun = Vec::with_capacity(leads.len());
        for ((sub, owner), rows) in leads {
            let mut erasing = Erasing::default();
            for row in &rows {
                erasing.add(&row.x, row.data_key)?;
            }
            let due = rows.into_iter().filter(|row| row.purge_at.is_some_and(|at| at <= now));
            let newest = due.max_by_key(|row| (row.ver, Reverse(row.purge_at)));
            let newest = newest.ok_or(Error::Corrupt("purge"))?;
            let cause = newest.cause.as_deref().and_then(|cause| cause.parse().ok());
            begun.push(self.row_of(Purge {
                sub,
                owner,
                below: newest.ver + 1,
                cause: cause.ok_or(Error::Corrupt("cause"))?,
                under: newest.under.ok_or(Error::Corrupt("agreement"))?,
                due_at: newest.purge_at.unwrap_or(now),
                erasing,
            })?);
        }
        Ok(begun)
    }

    /// The second half of [`Node::purge_due`]: the receipts. What cannot be answered now is tried again.
    pub async fn acknowledge_purges(&self, erased: Erased) -> Result<usize, Error> {
        let mut done = 0;
        for row in erased.0 {
            match self.acknowledge_purge(&row).await {
                Ok(true) => done += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(code = error.code(), "a purge receipt will be tried again: {error}");
                }
            }
        }
        self.sequence().await?;
        Ok(done)
    }

    async fn acknowledge_purge(&self, row: &PurgeRow) -> Result<bool, Error> {
        let (owner, now) = (node_of(row.peer)?, self.now());
        let cause: PurgeCause = row.cause.parse().map_err(|_| Error::Corrupt("cause"))?;
        let below = u32::try_from(row.below).map_err(|_| Error::Corrupt("version"))?;
        let form = PurgeReceiptForm {
            iss: self.id,
            iat: day(now),
            sub: row.sub,
            below: (row.below < ALL).then_some(below),
            cause,
            live_erased_at: now,
            copies_gone_by: copies_gone_by(now),
        };
        let statement = jws::sign(self.keys.signing(), jws::typ::PURGE_RECEIPT, &form)?;
        let digest = Digest::of(statement.as_bytes());
        let mut tx = self.db.node.begin().await?;
        let gone_by = form.copies_gone_by.0;
        if !purge::finish(&mut tx, row.id, now.0, gone_by, &digest.to_string()).await? {
            return Ok(false);
        }
        // The owner's log has this entry too.
        let code = Some(cause.code().into());
        let body = Incomplete { peer: Some(owner), code, digest: Some(digest), ..Incomplete::default() };
        self.note(&mut tx, EntryType::Purged, body).await?;
        self.recall(&mut tx, owner, &row.under, Kind::PurgeReceipt, &statement).await?;
        tx.commit().await?;
        Ok(true)
    }
}
