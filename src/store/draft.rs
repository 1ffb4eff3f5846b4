//! Draft entries: what a business transaction leaves for the sequencer.

use super::db::{DbError, Tx, Value};

/// Adds drafts, in order.
pub async fn add(tx: &mut Tx, payloads: Vec<String>) -> Result<(), DbError> {
    let rows = payloads.into_iter().map(|payload| [Value::from(payload)]);
    tx.insert_rows("/* draft::add */ INSERT INTO drafts (payload) VALUES", rows, "").await.map(drop)
}

/// Keeps messages for a peer whose chain is not open yet, in order. Only by the holder of the head.
pub async fn hold(tx: &mut Tx, peer: i64, payloads: Vec<String>) -> Result<(), DbError> {
    let rows = payloads.into_iter().map(|payload| [Value::from(payload), peer.into()]);
    tx.insert_rows("/* draft::hold */ INSERT INTO drafts (payload, held_for) VALUES", rows, "")
        .await
        .map(drop)
}

/// Lets the messages for a peer go on; how many.
pub async fn release(tx: &mut Tx, peer: i64) -> Result<u64, DbError> {
    tx.query("/* draft::release */ UPDATE drafts SET held_for = NULL WHERE held_for = $1")
        .bind(peer)
        .execute()
        .await
}

/// Takes the oldest visible drafts, at most `limit`, in order. Only by the holder of the head.
pub async fn take(tx: &mut Tx, limit: i64) -> Result<Vec<String>, DbError> {
    let mut taken = tx
        .query(
            "/* draft::take */ DELETE FROM drafts WHERE id IN (SELECT id FROM drafts WHERE held_for IS NULL ORDER BY id LIMIT $1) \
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
    let row = tx
        .query("/* draft::any */ SELECT id FROM drafts WHERE held_for IS NULL LIMIT 1")
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}
