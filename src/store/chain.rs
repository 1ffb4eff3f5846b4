//! The ends of the chains to and from each peer, and which agreements a chain has carried.

use uuid::Uuid;

use super::db::{DbError, Tx, uuids_of};
use super::log::digest;
use crate::domain::digest::Digest;
use crate::exchange::chain::ChainEnd;
use crate::exchange::message::Lane;

/// Which way a chain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer to us.
    In,
    /// From us to the peer.
    Out,
}

impl Direction {
    const fn code(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// A chain as stored: its end, and (outwards) up to where receipts are contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// The last message.
    pub end: ChainEnd,
    /// The last number with a contiguous receipt; outward chains only.
    pub acked: i64,
    /// How often the peer took something back meanwhile; inward chains only.
    pub recalls: i64,
}

/// The chain; empty if nothing was said yet.
pub async fn find(tx: &mut Tx, peer: i64, lane: Lane, direction: Direction) -> Result<Chain, DbError> {
    let row = tx
        .query(
            "/* chain::find */ SELECT epoch, seq, x, acked, recalls FROM chains \
             WHERE peer = $1 AND lane = $2 AND direction = $3",
        )
        .bind(peer)
        .bind(lane.code())
        .bind(direction.code())
        .optional::<(Option<String>, i64, Vec<u8>, i64, i64)>()
        .await?;
    let Some((epoch, seq, x, acked, recalls)) = row else {
        return Ok(Chain { end: ChainEnd::EMPTY, acked: 0, recalls: 0 });
    };
    let corrupt = || DbError::Corrupt("chain::find");
    let epoch = epoch.map(|text| text.parse().map_err(|_| corrupt())).transpose()?;
    let seq = u64::try_from(seq).map_err(|_| corrupt())?;
    Ok(Chain { end: ChainEnd { epoch, seq, x: digest(&x)? }, acked, recalls })
}

/// Moves a chain's end from `old` to `new`; false if it is no longer at `old`, or the peer took something back
/// since.
pub async fn advance(
    tx: &mut Tx,
    peer: i64,
    lane: Lane,
    direction: Direction,
    old: Chain,
    new: ChainEnd,
) -> Result<bool, DbError> {
    if old.end == ChainEnd::EMPTY {
        open(tx, peer, lane, direction).await?;
    }
    let moved = tx
        .query(
            "/* chain::advance */ UPDATE chains SET epoch = $1, seq = $2, x = $3 \
             WHERE peer = $4 AND lane = $5 AND direction = $6 AND seq = $7 AND x = $8 AND recalls = $9",
        )
        .bind(new.epoch.map(|epoch| epoch.to_string()))
        .bind(new.seq.cast_signed())
        .bind(new.x.bytes().as_slice())
        .bind(peer)
        .bind(lane.code())
        .bind(direction.code())
        .bind(old.end.seq.cast_signed())
        .bind(old.end.x.bytes().as_slice())
        .bind(old.recalls)
        .execute()
        .await?;
    Ok(moved == 1)
}

/// The peer took something back: what was judged of the lane before is judged again, and what is being stored
/// of it is stored first. The lane is not the one that brought the withdrawal.
pub async fn recall(tx: &mut Tx, peer: i64, lane: Lane) -> Result<(), DbError> {
    open(tx, peer, lane, Direction::In).await?;
    tx.query(
        "/* chain::recall */ UPDATE chains SET recalls = recalls + 1 \
         WHERE peer = $1 AND lane = $2 AND direction = 'in'",
    )
    .bind(peer)
    .bind(lane.code())
    .execute()
    .await
    .map(drop)
}

/// An empty chain, unless there is one.
async fn open(tx: &mut Tx, peer: i64, lane: Lane, direction: Direction) -> Result<(), DbError> {
    tx.query(
        "/* chain::open */ INSERT INTO chains (peer, lane, direction, epoch, seq, x, acked) \
         VALUES ($1, $2, $3, NULL, 0, $4, 0) ON CONFLICT DO NOTHING",
    )
    .bind(peer)
    .bind(lane.code())
    .bind(direction.code())
    .bind(ChainEnd::EMPTY.x.bytes().as_slice())
    .execute()
    .await
    .map(drop)
}

/// A lane with messages without receipt: the number of the last message, and of the last one with a contiguous
/// receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The lane.
    pub lane: Lane,
    /// The last message.
    pub last: u64,
    /// The last with a contiguous receipt.
    pub acked: u64,
}

/// The lanes to a peer in which messages wait for a receipt, urgent first.
pub async fn waiting(tx: &mut Tx, peer: i64) -> Result<Vec<Backlog>, DbError> {
    let rows = tx
        .query(
            "/* chain::waiting */ SELECT lane, seq, acked FROM chains \
             WHERE peer = $1 AND direction = 'out' AND seq > acked ORDER BY lane DESC",
        )
        .bind(peer)
        .all::<(String, i64, i64)>()
        .await?;
    let backlog = |(lane, last, acked): (String, i64, i64)| {
        let lane = lane.parse().map_err(|_| DbError::Corrupt("chain::waiting"))?;
        Ok(Backlog { lane, last: last.cast_unsigned(), acked: acked.cast_unsigned() })
    };
    rows.into_iter().map(backlog).collect()
}

/// Moves the cursor over a receipt for `first..=last` of an epoch; never back, never over a message without a receipt,
/// and not once the chain began anew.
pub async fn acknowledge(
    tx: &mut Tx,
    (peer, lane, epoch): (i64, Lane, &str),
    first: i64,
    last: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* chain::acknowledge */ UPDATE chains SET acked = $1 \
         WHERE peer = $2 AND lane = $3 AND direction = 'out' AND acked < $1 AND acked >= $4 AND epoch = $5",
    )
    .bind(last)
    .bind(peer)
    .bind(lane.code())
    .bind(first - 1)
    .bind(epoch)
    .execute()
    .await
    .map(drop)
}

/// Sets the cursor of a chain that is in that epoch to where the peer says it stands.
pub async fn reposition(
    tx: &mut Tx,
    (peer, lane, epoch): (i64, Lane, &str),
    acked: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* chain::reposition */ UPDATE chains SET acked = $1 \
         WHERE peer = $2 AND lane = $3 AND direction = 'out' AND epoch = $4",
    )
    .bind(acked)
    .bind(peer)
    .bind(lane.code())
    .bind(epoch)
    .execute()
    .await
    .map(drop)
}

/// A version of an agreement, as chains carry it: agreement, version, digest of the terms.
pub type Carried = (Uuid, u32, Digest);

/// The highest versions of these agreements that a chain has carried.
pub async fn carried(
    tx: &mut Tx,
    peer: i64,
    lane: Lane,
    direction: Direction,
    agreements: &[Uuid],
) -> Result<Vec<Carried>, DbError> {
    let rows = tx
        .query(
            "/* chain::carried */ SELECT agreement, version, digest FROM carried_agreements \
             WHERE peer = $1 AND lane = $2 AND direction = $3 \
             AND agreement IN (SELECT unhex(value) FROM json_each($4))",
        )
        .bind(peer)
        .bind(lane.code())
        .bind(direction.code())
        .bind(uuids_of(agreements))
        .all::<(Uuid, i64, Vec<u8>)>()
        .await?;
    let version = |version| u32::try_from(version).map_err(|_| DbError::Corrupt("chain::carried"));
    rows.into_iter().map(|(id, number, terms)| Ok((id, version(number)?, digest(&terms)?))).collect()
}

/// Whether the chain carried that version of the agreement, or a later one. Takes no lock.
pub async fn has_carried(
    tx: &mut Tx,
    peer: i64,
    lane: Lane,
    direction: Direction,
    (agreement, version, digest): Carried,
) -> Result<bool, DbError> {
    let row = tx
        .query(
            "/* chain::has_carried */ SELECT version FROM carried_agreements WHERE peer = $1 AND lane = $2 \
             AND direction = $3 AND agreement = $4 AND (version, digest) >= ($5, $6)",
        )
        .bind(peer)
        .bind(lane.code())
        .bind(direction.code())
        .bind(agreement)
        .bind(i64::from(version))
        .bind(digest.bytes().as_slice())
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}

/// Notes that a chain has carried a version of an agreement; false if it carried that or a higher one before.
pub async fn carry(
    tx: &mut Tx,
    peer: i64,
    lane: Lane,
    direction: Direction,
    (agreement, version, digest): Carried,
) -> Result<bool, DbError> {
    let noted = tx
        .query(
            "/* chain::carry */ INSERT INTO carried_agreements (peer, lane, direction, agreement, version, digest) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (peer, lane, direction, agreement) DO UPDATE \
             SET version = excluded.version, digest = excluded.digest \
             WHERE (carried_agreements.version, carried_agreements.digest) < (excluded.version, excluded.digest)",
        )
        .bind(peer)
        .bind(lane.code())
        .bind(direction.code())
        .bind(agreement)
        .bind(i64::from(version))
        .bind(digest.bytes().as_slice())
        .execute()
        .await?;
    Ok(noted == 1)
}

/// The chain to a peer shall carry the agreement's signatures again.
pub async fn forget_agreement(tx: &mut Tx, peer: i64, lane: Lane, agreement: Uuid) -> Result<(), DbError> {
    tx.query(
        "/* chain::forget_agreement */ DELETE FROM carried_agreements \
         WHERE peer = $1 AND lane = $2 AND direction = 'out' AND agreement = $3",
    )
    .bind(peer)
    .bind(lane.code())
    .bind(agreement)
    .execute()
    .await
    .map(drop)
}
