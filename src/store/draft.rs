//! Draft entries: what a business transaction leaves for the sequencer.

use super::db::{DbError, Tx, Value};

/// Adds drafts, in order.
pub async fn add(tx: &mut Tx, payloads: Vec<String>) -> Result<(), DbError> {
    let rows = payloads.into_iter().map(|payload| [Value::from(payload)]);
    tx.insert_rows("/* draft::add */ INSERT INTO drafts (payload) VALUES", rows, "").await.map(drop)
}

/// Takes the oldest visible drafts, at most `limit`, in order. Only by the holder of the head.
pub async fn take(tx: &mut Tx, limit: i64) -> Result<Vec<String>, DbError> {
    let mut taken = tx
        .query(
            "/* draft::take */ DELETE FROM drafts WHERE id IN (SELECT id FROM drafts ORDER BY id LIMIT $1) \
             RETURNING id, payload",
        )
        .bind(limit)
        .all::<(i64, String)>()
        .await?;
    taken.sort_unstable_by_key(|(id, _)| *id);
    Ok(taken.into_iter().map(|(_, payload)| payload).collect())
}

/// Whether drafts wait.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let row = tx.query("/* draft::any */ SELECT id FROM drafts LIMIT 1").optional::<(i64,)>().await?;
    Ok(row.is_some())
}
