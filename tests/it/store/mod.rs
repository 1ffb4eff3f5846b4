//! The store room on both engines: the SQL builder, migrations, the key store.

mod builder;
mod concurrency;
mod keystore;
mod leases;
mod migrations;
mod received;
mod scrub;

use guitu::store::db::Pool;

/// Makes a table that only these tests use. `id_type` and friends differ between engines, so the caller gives both.
pub(crate) async fn make_table(pool: &Pool, sqlite: &'static str, postgres: &'static str) {
    let mut tx = pool.begin().await.unwrap();
    let sql = if matches!(pool, Pool::Sqlite { .. }) { sqlite } else { postgres };
    tx.query(sql).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// `item (id, name, note, body, mark, amount)`: a column of each type that the store uses.
pub(crate) async fn make_items(pool: &Pool) {
    make_table(
        pool,
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, body BLOB, mark BLOB,
         amount INTEGER CHECK (amount >= 0)) STRICT",
        "CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, body BYTEA, mark UUID,
         amount BIGINT CHECK (amount >= 0))",
    )
    .await;
}
