//! Keys at rest: unreadable without the storage key, gone when destroyed.

use std::path::Path;
use std::sync::Arc;

use guitu::clock::{OsEntropy, Timestamp};
use guitu::store::db::Pool;
use guitu::store::keystore::{Keystore, KeystoreError};
use guitu::store::seal::{StorageKey, open, seal};
use uuid::Uuid;

use super::make_items;
use crate::harness::database::{Engine, on_both_engines};

const NOW: Timestamp = Timestamp(1_780_000_000_000);
const PLAINTEXT: &[u8] = b"plaintext-of-a-lead-that-must-not-reach-the-disk";

fn keystore(pool: &Pool, storage_key: u8) -> Keystore {
    Keystore::new(pool.clone(), StorageKey::from_bytes([storage_key; 32]), Arc::new(OsEntropy))
}

/// Whether any file of `folder`, write-ahead logs included, holds `bytes`.
fn on_disk(folder: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

on_both_engines! {
    async fn keys_are_made_loaded_and_destroyed(db) {
        let keys = keystore(&db.open.keystore, 1);
        let made = keys.create(1_200, NOW).await.unwrap();
        let ids: Vec<Uuid> = made.iter().map(|(id, _)| *id).collect();
        let sealed = seal(&made[0].1, b"lead", PLAINTEXT, &OsEntropy).unwrap();
        let loaded = keys.load(&ids).await.unwrap();
        assert_eq!(loaded.len(), 1_200);
        assert_eq!(open(loaded[&ids[0]].as_ref().unwrap(), b"lead", &sealed).unwrap(), PLAINTEXT);
        assert!(open(loaded[&ids[1]].as_ref().unwrap(), b"lead", &sealed).is_err());
        assert_eq!(keys.destroy(&ids[..1]).await.unwrap(), 1);
        assert_eq!(keys.destroy(&ids[..1]).await.unwrap(), 0);
        keys.scrub().await.unwrap();
        let left = keys.load(&ids[..2]).await.unwrap();
        assert!(!left.contains_key(&ids[0]) && left.contains_key(&ids[1]));
    }

    async fn another_storage_key_opens_nothing(db) {
        let made = keystore(&db.open.keystore, 1).create(1, NOW).await.unwrap();
        let refused = keystore(&db.open.keystore, 2).load(&[made[0].0]).await;
        assert!(matches!(refused, Err(KeystoreError::Seal(_))));
    }

    async fn a_wrapped_key_does_not_open_under_another_id(db) {
        let keys = keystore(&db.open.keystore, 1);
        let made = keys.create(2, NOW).await.unwrap();
        let mut tx = db.open.keystore.begin().await.unwrap();
        tx.query("/* swap */ UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE id = $1) WHERE id = $2")
            .bind(made[0].0).bind(made[1].0).execute().await.unwrap();
        tx.commit().await.unwrap();
        let alone = keys.load(&[made[1].0]).await.unwrap();
        assert!(alone[&made[1].0].is_err(), "the store is this one, and the key is damaged");
        let both = keys.load(&[made[0].0, made[1].0]).await.unwrap();
        assert!(both[&made[0].0].is_ok() && both[&made[1].0].is_err());
    }

    async fn neither_text_nor_destroyed_keys_stay_in_the_files(db) {
        make_items(&db.open.node).await;
        let keys = keystore(&db.open.keystore, 1);
        let (id, key) = keys.create(1, NOW).await.unwrap().remove(0);
        let mut tx = db.open.node.begin().await.unwrap();
        let sealed = seal(&key, b"item", PLAINTEXT, &OsEntropy).unwrap();
        tx.query("/* put */ INSERT INTO item (id, name, body) VALUES (1, 'sealed', $1)").bind(&sealed[..])
            .execute().await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.open.keystore.snapshot().await.unwrap();
        let read = tx.query("/* wrapped */ SELECT wrapped FROM data_keys WHERE id = $1").bind(id);
        let (wrapped,) = read.one::<(Vec<u8>,)>().await.unwrap();
        drop(tx);
        if db.engine == Engine::Sqlite {
            assert!(!on_disk(db.folder(), PLAINTEXT));
            assert!(on_disk(db.folder(), &sealed) && on_disk(db.folder(), &wrapped));
        }
        keys.destroy(&[id]).await.unwrap();
        keys.scrub().await.unwrap();
        if db.engine == Engine::Sqlite {
            assert!(!on_disk(db.folder(), &wrapped));
        }
        assert!(keys.load(&[id]).await.unwrap().is_empty());
    }
}
