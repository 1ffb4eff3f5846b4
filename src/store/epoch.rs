//! The epochs of the own log, and which chains to peers go on in the last of them.
//!
//! Invariant: counters and first indexes grow together, and an epoch is added in the transaction that appends
//! its first entry.

use super::db::{DbError, Tx};
use crate::domain::digest::Digest;
use crate::exchange::message::{Epoch, Lane};

/// Every epoch with the index of its first entry, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<(Epoch, u64)>, DbError> {
    let rows = tx
        .query("/* epoch::all */ SELECT epoch, first FROM epochs ORDER BY counter")
        .all::<(String, i64)>()
        .await?;
    let epoch = |(text, first): (String, i64)| {
        let epoch = text.parse().map_err(|_| DbError::Corrupt("epoch::all"))?;
        Ok((epoch, first.cast_unsigned()))
    };
    rows.into_iter().map(epoch).collect()
}

/// Adds an epoch that begins at that index of the log, unless there is one with its counter.
pub async fn add(tx: &mut Tx, epoch: Epoch, first: u64) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* epoch::add */ INSERT INTO epochs (counter, epoch, first) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
        )
        .bind(i64::from(epoch.counter))
        .bind(epoch.to_string())
        .bind(first.cast_signed())
        .execute()
        .await?;
    Ok(added == 1)
}

/// Whether anybody may hold something of the log: it was cosigned, receipted, or gave receipts.
pub async fn was_shown(tx: &mut Tx) -> Result<bool, DbError> {
    let row = tx
        .query(
            "/* epoch::was_shown */ SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM cosignatures) \
             OR EXISTS (SELECT 1 FROM receipts) OR EXISTS (SELECT 1 FROM inbox)",
        )
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}

/// Begins the chain to a peer in an epoch, behind the last message that the peer holds.
pub async fn begin_chain(
    tx: &mut Tx,
    peer: i64,
    lane: Lane,
    epoch: Epoch,
    behind: Digest,
) -> Result<(), DbError> {
    tx.query(
        "/* epoch::begin_chain */ INSERT INTO chains (peer, lane, direction, epoch, seq, x, acked) \
         VALUES ($1, $2, 'out', $3, 0, $4, 0) ON CONFLICT (peer, lane, direction) DO UPDATE \
         SET epoch = excluded.epoch, seq = 0, x = excluded.x, acked = 0",
    )
    .bind(peer)
    .bind(lane.code())
    .bind(epoch.to_string())
    .bind(behind.bytes().as_slice())
    .execute()
    .await
    .map(drop)
}

/// Ends what waited for receipts in an earlier epoch: up to `held` the peer has it, beyond it never got it and
/// gets it at `now` as new messages. Returns how many those are.
pub async fn end_waiting(
    tx: &mut Tx,
    peer: i64,
    lane: Lane,
    epoch: Epoch,
    held: i64,
    now: i64,
) -> Result<u64, DbError> {
    let epoch = epoch.to_string();
    tx.query(
        "/* epoch::end_held */ UPDATE outbox SET state = 'held' WHERE peer = $1 AND lane = $2 AND epoch = $3 \
         AND seq <= $4 AND state = 'waiting'",
    )
    .bind(peer)
    .bind(lane.code())
    .bind(epoch.as_str())
    .bind(held)
    .execute()
    .await?;
    tx.query(
        "/* epoch::end_unheld */ UPDATE outbox SET state = 'not_sent', retry_at = $1 WHERE peer = $2 AND lane = $3 \
         AND epoch = $4 AND seq > $5 AND state = 'waiting'",
    )
    .bind(now)
    .bind(peer)
    .bind(lane.code())
    .bind(epoch)
    .bind(held)
    .execute()
    .await
}
