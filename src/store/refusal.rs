//! Messages of ours that peers refused for good: the list that wants a decision.

use uuid::Uuid;

use super::db::{DbError, Tx};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::problem::ItemCode;
use crate::exchange::receipt::CoreEntry;

/// A refusal: its number here, when its receipt was filed, peer, lane, number in the lane, exchange
/// digest, code, when it was sent once more.
pub type RefusalRow = (i64, i64, i64, String, i64, Vec<u8>, String, Option<i64>);

/// The message that was refused: epoch, header, and the lead if that is what it carried.
pub type RefusedRow = (String, String, Option<Uuid>);

/// Files what `peer` refused at `at`, with its entry and the code in it.
pub async fn add(
    tx: &mut Tx,
    at: i64,
    peer: NodeId,
    entry: &CoreEntry,
    code: ItemCode,
) -> Result<(), DbError> {
    tx.query(
        "/* refusal::add */ INSERT INTO refusals (at, peer, lane, epoch, seq, x, code) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(at)
    .bind(i64::from(peer.region().number()))
    .bind(entry.lane.code())
    .bind(entry.epoch.to_string())
    .bind(entry.seq.cast_signed())
    .bind(Digest::bytes(&entry.x).as_slice())
    .bind(code.code())
    .execute()
    .await
    .map(drop)
}

/// The refusals before number `before`, newest first.
pub async fn list(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<RefusalRow>, DbError> {
    tx.query(
        "/* refusal::list */ SELECT id, at, peer, lane, seq, x, code, again_at FROM refusals \
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .all()
    .await
}

/// The refusal with that number, and the message, if both are there.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<(RefusalRow, RefusedRow)>, DbError> {
    let row = tx
        .query(
            "/* refusal::find */ SELECT id, at, peer, lane, seq, x, code, again_at FROM refusals WHERE id = $1",
        )
        .bind(id)
        .optional::<RefusalRow>()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let message = tx
        .query("/* refusal::message */ SELECT epoch, header, lead FROM outbox WHERE peer = $1 AND lane = $2 AND x = $3")
        .bind(row.2)
        .bind(row.3.as_str())
        .bind(row.5.as_slice())
        .optional::<RefusedRow>()
        .await?;
    Ok(message.map(|message| (row, message)))
}

/// Marks a refusal as sent once more at `at`; false if that was done before.
pub async fn sent_again(tx: &mut Tx, id: i64, at: i64) -> Result<bool, DbError> {
    let marked = tx
        .query(
            "/* refusal::sent_again */ UPDATE refusals SET again_at = $1 WHERE id = $2 AND again_at IS NULL",
        )
        .bind(at)
        .bind(id)
        .execute()
        .await?;
    Ok(marked == 1)
}
