//! The data keys of records, wrapped by the node's storage key, in a database of their own.
//!
//! Knows ids and keys, not what they protect. Invariants: a key is durable before the caller holds it, so before
//! any record uses it; a destroyed key is gone from this database, and from its files after [`Keystore::scrub`].
//! A reserve of durable keys is kept, so that a new record seldom waits for a commit here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::db::{DbError, Pool, uuids_of};
use super::seal::{DataKey, SealError, StorageKey};
use crate::clock::{Entropy, Timestamp, uuid_v7};

/// Keys made beyond those that are asked for, in the same transaction.
const RESERVE: usize = 64;

/// A failed key store operation.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A wrapped key does not open: another node's storage key, or the store was altered. The operator's to mend.
    #[error("the key store does not fit this node's storage key")]
    Seal(#[from] SealError),
}

/// The key store.
pub struct Keystore {
    pool: Pool,
    storage_key: StorageKey,
    entropy: Arc<dyn Entropy>,
    /// Durable keys that nothing uses yet.
    reserve: Mutex<Vec<(Uuid, DataKey)>>,
}

impl Keystore {
    /// The key store in `pool`, under `storage_key`.
    pub fn new(pool: Pool, storage_key: StorageKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { pool, storage_key, entropy, reserve: Mutex::default() }
    }

    /// Hands out `count` keys that nothing uses. When this returns they are durable. Keys that no record comes to
    /// use do no harm.
    pub async fn create(&self, count: usize, now: Timestamp) -> Result<Vec<(Uuid, DataKey)>, KeystoreError> {
        let mut keys = self.take(count);
        if keys.len() < count {
            let missing = count - keys.len();
            let mut made = self.make(missing + RESERVE, now).await?;
            let spare = made.split_off(missing);
            keys.extend(made);
            self.reserve.lock().unwrap_or_else(PoisonError::into_inner).extend(spare);
        }
        Ok(keys)
    }

    /// At most `count` keys of the reserve.
    fn take(&self, count: usize) -> Vec<(Uuid, DataKey)> {
        let mut reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = reserve.len().saturating_sub(count);
        reserve.split_off(kept)
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
    pub async fn load(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, DataKey>, KeystoreError> {
        let mut tx = self.pool.snapshot().await?;
        let rows = tx
            .query(
                "/* keystore::load */ SELECT id, wrapped FROM data_keys \
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
            )
            .bind(uuids_of(ids))
            .all::<(Uuid, Vec<u8>)>()
            .await?;
        tx.rollback().await?;
        rows.into_iter()
            .map(|(id, wrapped)| Ok((id, self.storage_key.unwrap(id.as_bytes(), &wrapped)?)))
            .collect()
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
        Ok(self.pool.scrub("data_keys").await?)
    }
}
