//! What PostgreSQL keeps of deleted rows: in a table that is rewritten at the wrong moment, in samples of its columns.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use guitu::clock::{OsEntropy, Timestamp};
use guitu::store::db::Pool;
use guitu::store::keystore::Keystore;
use guitu::store::seal::StorageKey;
use sqlx::{Connection as _, PgConnection};

use super::make_items;
use crate::harness::database::{Engine, TestDatabase};

const NOW: Timestamp = Timestamp(1_780_000_000_000);

const PUT: &str = "/* put */ INSERT INTO item (id, name) VALUES (1, 'deleted')";

/// A session that is being started has a snapshot before it stands in any list.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_start_keep_no_deleted_row() {
    let db = TestDatabase::new(Engine::Postgres).await;
    let pool = &db.open.node;
    make_items(pool).await;
    let done = Arc::new(AtomicBool::new(false));
    let sessions = (0..3).map(|_| {
        let (done, [url, _]) = (Arc::clone(&done), db.urls());
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                PgConnection::connect(&url).await.unwrap().close().await.unwrap();
            }
        })
    });
    let sessions: Vec<_> = sessions.collect();
    for round in 0..100 {
        for sql in [PUT, "/* delete */ DELETE FROM item"] {
            let mut tx = pool.begin().await.unwrap();
            tx.query(sql).execute().await.unwrap();
            tx.commit().await.unwrap();
        }
        pool.scrub(&["item"]).await.unwrap();
        let mut tx = pool.snapshot().await.unwrap();
        let size = tx.query("/* size */ SELECT pg_relation_size('item')");
        assert_eq!(size.one::<(i64,)>().await.unwrap().0, 0, "round {round}: nothing is in its file");
    }
    done.store(true, Ordering::Relaxed);
    for session in sessions {
        session.await.unwrap();
    }
}

/// The columns of a database that have samples.
async fn sampled(pool: &Pool) -> Vec<String> {
    let Pool::Postgres { server, .. } = pool else { panic!("not a server") };
    sqlx::raw_sql("ANALYZE").execute(server).await.unwrap();
    let mut tx = pool.snapshot().await.unwrap();
    let read = tx.query(
        "/* sampled */ SELECT CAST(tablename || '.' || attname AS TEXT) FROM pg_stats WHERE schemaname = 'public'",
    );
    read.all::<(String,)>().await.unwrap().into_iter().map(|(name,)| name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_samples_are_taken_of_what_is_sealed() {
    let db = TestDatabase::new(Engine::Postgres).await;
    let keys = Keystore::new(db.open.keystore.clone(), StorageKey::from_bytes([1; 32]), Arc::new(OsEntropy));
    keys.create(100, NOW).await.unwrap();
    let names = sampled(&db.open.keystore).await;
    assert!(names.contains(&"data_keys.made_at".to_owned()), "the analysis saw the table");
    assert!(!names.contains(&"data_keys.wrapped".to_owned()));
    let mut tx = db.open.node.begin().await.unwrap();
    for row in [
        "/* lead */ INSERT INTO leads (id, sub, ver, status, drafter, data_key, raw)
         SELECT unhex('00000000000000000000000000000001'), unhex('00000000000000000000000000000002'), 1, 'draft',
                unhex('00000000000000000000000000000003'), unhex('00000000000000000000000000000004'), 'sealed'::bytea",
        "/* version */ INSERT INTO lead_versions (lead, ver, jws, disclosures)
         SELECT id, 1, 'signed', raw FROM leads",
        "/* answered */ INSERT INTO idempotency (officer, key, request, response, at)
         SELECT id, 'key', raw, 'answer', 1 FROM leads",
        "/* received */ INSERT INTO received (sub, ver, x, peer, kind, data_key, presentation)
         SELECT id, 1, raw, 1, 'clue', data_key, raw FROM leads",
        "/* share */ INSERT INTO shares
         (lead, peer, agreement, agreement_version, roles, claims, ver, person_ref, status)
         SELECT id, 1, id, 1, '[]', '[]', 1, 'reference', 'shared' FROM leads",
    ] {
        tx.query(row).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    let names = sampled(&db.open.node).await;
    for table in ["leads", "lead_versions", "idempotency", "received", "shares"] {
        assert!(names.iter().any(|name| name.starts_with(&format!("{table}."))), "{table} was seen");
    }
    let closed = ["raw", "disclosures", "jws", "presentation", "request", "response", "person_ref"];
    let open: Vec<_> =
        names.iter().filter(|name| closed.iter().any(|end| name.ends_with(&format!(".{end}")))).collect();
    assert_eq!(open, [""; 0], "sampled");
}
