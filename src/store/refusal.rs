//! Messages of ours that peers refused for good: the list that wants a decision.

use super::db::{DbError, Tx};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::problem::ItemCode;
use crate::exchange::receipt::CoreEntry;

/// A refusal: its number here, when its receipt was filed, peer, lane, number in the lane, exchange
/// digest, code.
pub type RefusalRow = (i64, i64, i64, String, i64, Vec<u8>, String);

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
        "/* refusal::list */ SELECT id, at, peer, lane, seq, x, code FROM refusals \
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .all()
    .await
}
