//! The epochs of the own log, and which chains to peers go on in the last of them.
//!
//! Invariant: counters and first indexes grow together, and an epoch is added in the transaction that appends
//! its first entry.

use uuid::Uuid;

use super::db::{DbError, Tx, list_of, uuids_of};
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

/// What of the earlier epochs a peer holds, and since when the rest goes again.
pub struct Closing<'a> {
    /// The lane.
    pub lane: Lane,
    /// The epoch of the last message that the peer holds; none: it holds nothing.
    pub held: Option<Epoch>,
    /// The number of that message.
    pub upto: i64,
    /// Epochs after that one; without one all.
    pub after: &'a [String],
    /// When the rest goes again.
    pub now: i64,
}

/// Ends what was sent to a peer in earlier epochs. What it holds stays as it is; what it never got, what it settled once
/// and lost, and what waited for a receipt that is lost and may have been a refusal, goes again as new messages: a
/// statement as it was, a lead as it stands. Records that the peer holds wait for no receipt (`outbox::hold`).
pub async fn end_chain(tx: &mut Tx, peer: i64, closing: &Closing<'_>) -> Result<(), DbError> {
    let (lane, held) = (closing.lane.code(), closing.held.map_or_else(String::new, |held| held.to_string()));
    let ended = tx
        .query(
            "/* epoch::end_chain */ UPDATE outbox SET state = 'not_sent', retry_at = CASE WHEN lead IS NULL THEN $1 END \
             WHERE peer = $2 AND lane = $3 AND (state = 'waiting' OR state IN ('stored', 'held') AND \
             (epoch = $4 AND seq > $5 OR epoch IN (SELECT value FROM json_each($6)))) RETURNING lead",
        )
        .bind(closing.now)
        .bind(peer)
        .bind(lane)
        .bind(held.as_str())
        .bind(closing.upto)
        .bind(list_of(closing.after))
        .all::<(Option<Uuid>,)>()
        .await?;
    let mut leads: Vec<Uuid> = ended.into_iter().filter_map(|(lead,)| lead).collect();
    leads.sort_unstable();
    leads.dedup();
    tx.query(
        "/* epoch::leads_again */ UPDATE shares SET renew_at = $1, renewals = 0 WHERE peer = $2 AND lead IN \
         (SELECT unhex(value) FROM json_each($3))",
    )
    .bind(closing.now)
    .bind(peer)
    .bind(uuids_of(&leads))
    .execute()
    .await
    .map(drop)
}
