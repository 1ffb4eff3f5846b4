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

/// Takes the oldest visible drafts, at most `limit`, in order. Only by the holder of the head. They come in one row: a
/// row of its own for each takes longer than all the rest of a round. No payload has a line feed in it, as JSON
/// escapes them.
pub async fn take(tx: &mut Tx, limit: i64) -> Result<Vec<String>, DbError> {
    let (ids, payloads) = tx
        .query(
            "/* draft::take */ SELECT string_agg(CAST(id AS TEXT), ',' ORDER BY id), string_agg(payload, '\n' ORDER BY id) \
             FROM (SELECT id, payload FROM drafts WHERE held_for IS NULL ORDER BY id LIMIT $1) AS waiting",
        )
        .bind(limit)
        .one::<(Option<String>, Option<String>)>()
        .await?;
    let (Some(ids), Some(payloads)) = (ids, payloads) else { return Ok(Vec::new()) };
    let payloads: Vec<String> = payloads.split('\n').map(str::to_owned).collect();
    let taken = tx
        .query("/* draft::taken */ DELETE FROM drafts WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))")
        .bind(format!("[{ids}]"))
        .execute()
        .await?;
    if taken == payloads.len() as u64 { Ok(payloads) } else { Err(DbError::Corrupt("draft::taken")) }
}

/// Whether drafts wait.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let row = tx
        .query("/* draft::any */ SELECT id FROM drafts WHERE held_for IS NULL LIMIT 1")
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}
