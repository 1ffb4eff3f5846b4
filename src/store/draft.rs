//! Draft entries: what a business transaction leaves for the sequencer.

use super::db::{DbError, Tx, Value, list_of};

/// Adds drafts, in order.
pub async fn add(tx: &mut Tx, payloads: Vec<String>) -> Result<(), DbError> {
    let rows = payloads.into_iter().map(|payload| [Value::from(payload)]);
    tx.insert_rows("/* draft::add */ INSERT INTO drafts (payload) VALUES", rows, "").await.map(drop)
}

/// The oldest visible drafts.
pub async fn oldest(tx: &mut Tx, limit: i64) -> Result<Vec<(i64, String)>, DbError> {
    tx.query("/* draft::oldest */ SELECT id, payload FROM drafts ORDER BY id LIMIT $1")
        .bind(limit)
        .all()
        .await
}

/// Removes drafts that were sequenced. Only by the holder of the head.
pub async fn remove(tx: &mut Tx, ids: &[i64]) -> Result<u64, DbError> {
    tx.query("/* draft::remove */ DELETE FROM drafts WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))")
        .bind(list_of(ids))
        .execute()
        .await
}

/// Whether drafts wait.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let row = tx.query("/* draft::any */ SELECT id FROM drafts LIMIT 1").optional::<(i64,)>().await?;
    Ok(row.is_some())
}
