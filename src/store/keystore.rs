//! The data keys of records, wrapped by the node's storage key, in a database of their own.
//!
//! Knows ids and keys, not what they protect. Invariants: a key is durable before the caller holds it, so before
//! any record uses it; a destroyed key is gone from this database, and from its files after [`Keystore::scrub`].
//! A key that is damaged costs its own record alone. A reserve of durable keys is kept, so that a new record seldom waits for a commit here.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::db::{DbError, Pool, Tx, uuids_of};
use super::seal::{DataKey, SealError, StorageKey};
use crate::clock::{Entropy, Timestamp, uuid_v7};

/// Keys made beyond those that are asked for, in the same transaction.
const RESERVE: usize = 64;
/// So many of the newest keys tell whether the storage key is that of the store.
const NEWEST: i64 = 64;
/// For how long they are kept ready, milliseconds: a copy of the key store opens little that was made after it.
const RESERVE_MS: i64 = 60 * 60 * 1_000;

/// A failed key store operation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// No wrapped key opens: another node's storage key, or the store was altered. The operator's to mend.
    #[error("the key store does not fit this node's storage key")]
    Seal(#[from] SealError),
}

/// Keys by their ids; one that does not open though others of the store do is damaged, and its record with it.
pub type Keys = HashMap<Uuid, Result<DataKey, SealError>>;

/// The key store.
pub struct Keystore {
    pool: Pool,
    storage_key: StorageKey,
    entropy: Arc<dyn Entropy>,
    reserve: Mutex<Reserve>,
}

/// Durable keys that nothing uses yet.
struct Reserve {
    keys: Vec<(Uuid, DataKey)>,
    made_at: Timestamp,
}

impl Reserve {
    /// The ids of the keys that are handed out next.
    fn ids(&self, count: usize) -> Vec<Uuid> {
        self.keys.iter().rev().take(count).map(|(id, _)| *id).collect()
    }
}

impl Keystore {
    /// The key store in `pool`, under `storage_key`.
    pub fn new(pool: Pool, storage_key: StorageKey, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            pool,
            storage_key,
            entropy,
            reserve: Mutex::new(Reserve { keys: Vec::new(), made_at: Timestamp(0) }),
        }
    }

    /// Hands out `count` keys that nothing uses. When this returns they are durable. Keys that no record comes to
    /// use do no harm.
    pub async fn create(&self, count: usize, now: Timestamp) -> Result<Vec<(Uuid, DataKey)>, KeystoreError> {
        let mut reserve = self.reserve.lock().await;
        let fresh = reserve.keys.len() >= count && (0..RESERVE_MS).contains(&(now.0 - reserve.made_at.0));
        // A key store that fell back to an older state has lost them.
        if !fresh || !self.has(reserve.ids(count)).await? {
            reserve.keys = self.make(count + RESERVE, now).await?;
            reserve.made_at = now;
        }
        let rest = reserve.keys.len() - count;
        Ok(reserve.keys.split_off(rest))
    }

    /// Whether the store has all of these.
    async fn has(&self, ids: Vec<Uuid>) -> Result<bool, KeystoreError> {
        let mut tx = self.pool.snapshot().await?;
        let (known,) = tx
            .query(
                "/* keystore::has */ SELECT count(*) FROM data_keys \
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
            )
            .bind(uuids_of(&ids))
            .one::<(i64,)>()
            .await?;
        Ok(usize::try_from(known) == Ok(ids.len()))
    }

    async fn make(&self, count: usize, now: Timestamp) -> Result<Vec<(Uuid, DataKey)>, KeystoreError> {
        let entropy = self.entropy.as_ref();
        let made: Vec<_> = (0..count).map(|_| (uuid_v7(now, entropy), DataKey::generate(entropy))).collect();
        let mut rows = Vec::with_capacity(count);
        for (id, key) in &made {
            rows.push([
                (*id).into(),
                self.storage_key.wrap(id.as_bytes(), key, entropy)?.into(),
                now.0.into(),
            ]);
        }
        let mut tx = self.pool.begin().await?;
        tx.insert_rows("/* keystore::make */ INSERT INTO data_keys (id, wrapped, made_at) VALUES", rows, "")
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// The keys with these ids. A destroyed key is not in the answer: its record can no longer be read.
    /// [`KeystoreError::Seal`] if it is not single keys that do not open, but the store.
    pub async fn load(&self, ids: &[Uuid]) -> Result<Keys, KeystoreError> {
        let mut tx = self.pool.snapshot().await?;
        let rows = tx
            .query(
                "/* keystore::load */ SELECT id, wrapped FROM data_keys \
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
            )
            .bind(uuids_of(ids))
            .all::<(Uuid, Vec<u8>)>()
            .await?;
        let keys: Keys = rows.iter().map(|row| (row.0, self.unwrap(row))).collect();
        let damaged = || keys.iter().filter(|(_, key)| key.is_err());
        if damaged().count() == keys.len() && !keys.is_empty() {
            self.check_fits(&mut tx).await?;
        }
        tx.rollback().await?;
        for (id, _) in damaged() {
            tracing::error!(key = %id, "a data key does not open: restore it from a copy of the key store");
        }
        Ok(keys)
    }

    fn unwrap(&self, (id, wrapped): &(Uuid, Vec<u8>)) -> Result<DataKey, SealError> {
        self.storage_key.unwrap(id.as_bytes(), wrapped)
    }

    /// Whether the storage key opens any of the newest keys: else nothing is said of a single one.
    async fn check_fits(&self, tx: &mut Tx) -> Result<(), KeystoreError> {
        let newest = tx
            .query("/* keystore::newest */ SELECT id, wrapped FROM data_keys ORDER BY id DESC LIMIT $1")
            .bind(NEWEST)
            .all::<(Uuid, Vec<u8>)>()
            .await?;
        if newest.iter().any(|row| self.unwrap(row).is_ok()) {
            Ok(())
        } else {
            Err(SealError::Refused.into())
        }
    }

    /// Destroys the keys with these ids; returns how many there were. What they sealed is unreadable from now on,
    /// here; older copies of the key store still have them.
    pub async fn destroy(&self, ids: &[Uuid]) -> Result<u64, KeystoreError> {
        let mut tx = self.pool.begin().await?;
        let gone = tx
            .query(
                "/* keystore::destroy */ DELETE FROM data_keys \
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
            )
            .bind(uuids_of(ids))
            .execute()
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Overwrites what destroyed keys left in the database's files. Locks the store for as long as a rewrite takes:
    /// run it once after a batch of erasures.
    pub async fn scrub(&self) -> Result<(), KeystoreError> {
        Ok(self.pool.scrub(&["data_keys"]).await?)
    }
}
