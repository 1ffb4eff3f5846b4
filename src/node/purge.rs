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

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::withdraw::ALL;
use super::{Error, Node, key, node_of};
use crate::audit::{EntryType, Incomplete};
use crate::clock::{Timestamp, uuid_v7};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::purge::{PurgeCause, copies_gone_by, end_of};
use crate::exchange::forms::{PurgeReceiptForm, WithdrawalForm, day};
use crate::exchange::message::{Basis, Kind, Lane};
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::purge::{self, DueRow, PurgeRow};
use crate::store::{chain, state, withdrawal};

/// Most leads that one step purges: their files are scrubbed once.
const BATCH: i64 = 500;

/// How long one instance has the purging to itself, milliseconds. Two at once do no harm.
const LEASE: i64 = 60_000;

/// What a purge destroys.
#[derive(Default, Serialize, Deserialize)]
struct Erasing {
    /// The data keys.
    keys: Vec<Uuid>,
    /// The exchange digests of the messages that they sealed.
    messages: Vec<Digest>,
}

/// What is purged, and why.
struct Purge {
    sub: Uuid,
    owner: i64,
    below: i64,
    cause: PurgeCause,
    under: (Uuid, i64),
    due_at: i64,
}

/// Purges whose data are gone, and whose receipts are not yet on their way.
#[must_use = "the receipts go with `Node::acknowledge_purges`"]
pub struct Erased(Vec<(PurgeRow, Erasing)>);

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
        let (agreement, version, _) = basis.agreement().ok_or(Error::Corrupt("basis"))?;
        chain::recall(tx, owner, Lane::Normal).await?;
        purge::entomb(tx, form.sub, owner, below).await?;
        let purge = Purge {
            sub: form.sub,
            owner,
            below,
            cause: PurgeCause::Withdrawn,
            under: (agreement, i64::from(version)),
            due_at: end_of(form.deadline).0,
        };
        self.begin_purge(tx, purge).await?;
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

    /// Deletes the rows, and notes what has to be destroyed with them.
    async fn begin_purge(&self, tx: &mut Tx, purge: Purge) -> Result<(), Error> {
        let mut erasing = Erasing::default();
        for (x, data_key) in purge::take(tx, purge.sub, purge.owner, purge.below).await? {
            erasing.keys.push(data_key);
            erasing.messages.push(Digest::try_from(x.as_slice()).map_err(|_| Error::Corrupt("digest"))?);
        }
        // A narrowed lead keeps its status here: its next version is on its way.
        if purge.below == ALL || purge.cause != PurgeCause::Withdrawn {
            purge::forget(tx, purge.sub, purge.owner).await?;
        }
        let erasing = serde_json::to_string(&erasing).map_err(|_| Error::Corrupt("purge"))?;
        let row = PurgeRow {
            id: uuid_v7(self.now(), self.entropy.as_ref()),
            sub: purge.sub,
            peer: purge.owner,
            below: purge.below,
            cause: purge.cause.code().into(),
            agreement: purge.under.0,
            agreement_version: purge.under.1,
            due_at: purge.due_at,
            erasing: Some(erasing),
            erased_at: None,
            copies_gone_by: None,
            receipt: None,
        };
        Ok(purge::add(tx, row).await?)
    }

    /// Purges what is due now, and finishes what was begun. When this returns, its receipts are durable, in the
    /// log, and on their way. How many purges were finished; none if another instance is at it.
    pub async fn purge_due(&self) -> Result<usize, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let waits = purge::any(&mut tx, self.now().0).await?;
        tx.rollback().await?;
        if !waits || !self.lease_purging().await? {
            return Ok(0);
        }
        let erased = self.erase_due().await?;
        self.acknowledge_purges(erased).await
    }

    async fn lease_purging(&self) -> Result<bool, Error> {
        if !self.db.node.is_shared() {
            return Ok(true);
        }
        let now = self.now().0;
        let mut tx = self.db.node.begin().await?;
        let held = state::lease(&mut tx, "purge", &self.instance, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// The first half of [`Node::purge_due`]: when this returns, the data and their keys are gone from the
    /// databases and their files.
    pub async fn erase_due(&self) -> Result<Erased, Error> {
        self.begin_due().await?;
        let mut tx = self.db.node.snapshot().await?;
        let rows = purge::unfinished(&mut tx, BATCH).await?;
        tx.rollback().await?;
        let mut begun = Vec::with_capacity(rows.len());
        for row in rows {
            let erasing = serde_json::from_str(row.erasing.as_deref().unwrap_or_default());
            begun.push((row, erasing.map_err(|_| Error::Corrupt("purge"))?));
        }
        let keys: Vec<Uuid> =
            begun.iter().flat_map(|(_, erasing): &(_, Erasing)| erasing.keys.clone()).collect();
        if !keys.is_empty() {
            self.keystore.destroy(&keys).await?;
            self.keystore.scrub().await?;
            self.db.node.scrub("received").await?;
        }
        Ok(Erased(begun))
    }

    /// Begins the purge of every lead of which a version is due. A version that came under several agreements
    /// goes with the shortest retention, and older versions go with it.
    async fn begin_due(&self) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        let mut newest: BTreeMap<(Uuid, i64), DueRow> = BTreeMap::new();
        for row in purge::due(&mut tx, self.now().0, BATCH).await? {
            let known = newest.get(&(row.sub, row.peer)).map_or(0, |known| known.ver);
            if row.ver > known {
                newest.insert((row.sub, row.peer), row);
            }
        }
        for row in newest.into_values() {
            let purge = Purge {
                sub: row.sub,
                owner: row.peer,
                below: row.ver + 1,
                cause: row.cause.parse().map_err(|_| Error::Corrupt("cause"))?,
                under: (row.agreement, row.agreement_version),
                due_at: row.purge_at,
            };
            self.begin_purge(&mut tx, purge).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The second half of [`Node::purge_due`]: the receipts. What cannot be answered now is tried again.
    pub async fn acknowledge_purges(&self, erased: Erased) -> Result<usize, Error> {
        let mut done = 0;
        for (row, erasing) in erased.0 {
            match self.acknowledge(&row, erasing).await {
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

    async fn acknowledge(&self, row: &PurgeRow, erasing: Erasing) -> Result<bool, Error> {
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
        self.log_purge(&mut tx, owner, cause, digest, erasing.messages).await?;
        let under = (row.agreement, row.agreement_version);
        self.recall(&mut tx, owner, under, Kind::PurgeReceipt, &statement).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// One entry for each message whose content was destroyed, and one for the receipt, which the owner's log
    /// has too.
    async fn log_purge(
        &self,
        tx: &mut Tx,
        owner: NodeId,
        cause: PurgeCause,
        receipt: Digest,
        messages: Vec<Digest>,
    ) -> Result<(), Error> {
        let body = Incomplete { peer: Some(owner), code: Some(cause.code().into()), ..Incomplete::default() };
        for x in messages {
            self.note(tx, EntryType::Erased, Incomplete { x: Some(x), ..body.clone() }).await?;
        }
        self.note(tx, EntryType::Purged, Incomplete { digest: Some(receipt), ..body }).await
    }
}
