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

/// Drafts that wait, the oldest first.
pub struct Waiting {
    /// Their keys, with commas between.
    ids: String,
    /// What they say, with line feeds between: none has one in it, as JSON escapes them.
    payloads: String,
}

impl Waiting {
    /// What they say.
    pub fn payloads(&self) -> impl Iterator<Item = &str> {
        self.payloads.split('\n').filter(|_| !self.ids.is_empty())
    }
}

/// The oldest visible drafts, at most `limit`. Only for the holder of the head. They come in one row: a row of its own
/// for each takes longer than all the rest of a round.
pub async fn waiting(tx: &mut Tx, limit: i64) -> Result<Waiting, DbError> {
    let (ids, payloads) = tx
        .query(
            "/* draft::waiting */ SELECT string_agg(CAST(id AS TEXT), ',' ORDER BY id), string_agg(payload, '\n' ORDER BY id) \
             FROM (SELECT id, payload FROM drafts WHERE held_for IS NULL ORDER BY id LIMIT $1) AS waiting",
        )
        .bind(limit)
        .one::<(Option<String>, Option<String>)>()
        .await?;
    Ok(Waiting { ids: ids.unwrap_or_default(), payloads: payloads.unwrap_or_default() })
}

/// Removes what was found waiting in this transaction.
pub async fn remove(tx: &mut Tx, waiting: &Waiting) -> Result<(), DbError> {
    let count = waiting.payloads().count() as u64;
    if count == 0 {
        return Ok(());
    }
    let removed = tx
        .query("/* draft::remove */ DELETE FROM drafts WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))")
        .bind(format!("[{}]", waiting.ids))
        .execute()
        .await?;
    if removed == count { Ok(()) } else { Err(DbError::Corrupt("draft::remove")) }
}

/// Whether drafts wait.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let row = tx
        .query("/* draft::any */ SELECT id FROM drafts WHERE held_for IS NULL LIMIT 1")
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}
