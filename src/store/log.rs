//! The log: head, entries, tiles, checkpoints.
//!
//! Invariant: whoever completes drafts holds the head ([`take_turn`]) from its first statement to the
//! commit, on every instance; entries are never changed (a trigger refuses it).

use super::db::{DbError, Tx, Value, list_of};
use crate::domain::digest::Digest;

/// The head as it stands: how many entries, the right edge of the tree, and who may move it.
pub struct StoredHead {
    /// The counter of the epoch that the log is in; 0: nothing may be added to it.
    pub epoch: i64,
    /// How many entries the log has.
    pub size: i64,
    /// The frontier's bytes.
    pub frontier: Vec<u8>,
}

/// Writes the head of an empty log, unless there is one.
pub async fn found(tx: &mut Tx, frontier: &[u8]) -> Result<(), DbError> {
    tx.query("/* log::found */ INSERT INTO log_head (id, turn, size, frontier) VALUES (1, 0, 0, $1) ON CONFLICT DO NOTHING")
        .bind(frontier)
        .execute()
        .await
        .map(drop)
}

/// Takes the head for this transaction: other instances wait until it ends. Whoever may be in another epoch than the
/// log looks at `epoch` before it moves the head.
pub async fn take_turn(tx: &mut Tx) -> Result<StoredHead, DbError> {
    let (epoch, size, frontier) = tx
        .query(
            "/* log::take_turn */ UPDATE log_head SET turn = turn + 1 WHERE id = 1 RETURNING epoch, size, frontier",
        )
        .one()
        .await?;
    Ok(StoredHead { epoch, size, frontier })
}

/// The head without taking it.
pub async fn head(tx: &mut Tx) -> Result<StoredHead, DbError> {
    let (epoch, size, frontier) =
        tx.query("/* log::head */ SELECT epoch, size, frontier FROM log_head WHERE id = 1").one().await?;
    Ok(StoredHead { epoch, size, frontier })
}

/// From the commit on entries are added in the epoch with that counter only; 0: in none.
pub async fn admit(tx: &mut Tx, epoch: i64) -> Result<(), DbError> {
    tx.query("/* log::admit */ UPDATE log_head SET epoch = $1 WHERE id = 1")
        .bind(epoch)
        .execute()
        .await
        .map(drop)
}

/// Moves the head. Only by the holder of the turn.
pub async fn advance(tx: &mut Tx, size: i64, frontier: &[u8]) -> Result<(), DbError> {
    tx.query("/* log::advance */ UPDATE log_head SET size = $1, frontier = $2 WHERE id = 1")
        .bind(size)
        .bind(frontier)
        .execute()
        .await
        .map(drop)
}

/// Appends entries from index `first` on.
pub async fn append(tx: &mut Tx, first: i64, entries: Vec<String>) -> Result<(), DbError> {
    let rows = (first..).zip(entries).map(|(leaf, entry)| [Value::from(leaf), Value::from(entry)]);
    tx.insert_rows("/* log::append */ INSERT INTO log_entries (leaf, entry) VALUES", rows, "").await.map(drop)
}

/// The entries from index `from` on, at most `limit`.
pub async fn entries(tx: &mut Tx, from: i64, limit: i64) -> Result<Vec<(i64, String)>, DbError> {
    tx.query("/* log::entries */ SELECT leaf, entry FROM log_entries WHERE leaf >= $1 ORDER BY leaf LIMIT $2")
        .bind(from)
        .bind(limit)
        .all()
        .await
}

/// The entries at these indexes.
pub async fn entries_at(tx: &mut Tx, leaves: &[i64]) -> Result<Vec<(i64, String)>, DbError> {
    tx.query(
        "/* log::entries_at */ SELECT leaf, entry FROM log_entries \
         WHERE leaf IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY leaf",
    )
    .bind(list_of(leaves))
    .all()
    .await
}

/// Writes tiles: (level, index, hashes), replacing shorter ones.
pub async fn put_tiles(tx: &mut Tx, tiles: Vec<(i64, i64, Vec<u8>)>) -> Result<(), DbError> {
    let rows = tiles.into_iter().map(|(level, tile, hashes)| [level.into(), tile.into(), hashes.into()]);
    tx.insert_rows(
        "/* log::put_tiles */ INSERT INTO log_tiles (level, tile, hashes) VALUES",
        rows,
        "ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes",
    )
    .await
    .map(drop)
}

/// One tile's hashes, as far as it is filled.
pub async fn tile(tx: &mut Tx, level: i64, tile: i64) -> Result<Option<Vec<u8>>, DbError> {
    let row = tx
        .query("/* log::tile */ SELECT hashes FROM log_tiles WHERE level = $1 AND tile = $2")
        .bind(level)
        .bind(tile)
        .optional::<(Vec<u8>,)>()
        .await?;
    Ok(row.map(|(hashes,)| hashes))
}

/// Remembers the head that this transaction makes. Its checkpoint is signed from these bytes once
/// they are durable; signing is deterministic.
pub async fn put_head(tx: &mut Tx, size: i64, root: Digest, at: i64) -> Result<(), DbError> {
    tx.query("/* log::put_head */ INSERT INTO checkpoints (size, root, at) VALUES ($1, $2, $3)")
        .bind(size)
        .bind(root.bytes().as_slice())
        .bind(at)
        .execute()
        .await
        .map(drop)
}

/// The newest head: size and root.
pub async fn newest_head(tx: &mut Tx) -> Result<Option<(i64, Digest)>, DbError> {
    tx.query("/* log::newest_head */ SELECT size, root FROM checkpoints ORDER BY size DESC LIMIT 1")
        .optional::<(i64, Vec<u8>)>()
        .await?
        .map(|(size, root)| Ok((size, digest(&root)?)))
        .transpose()
}

/// Every head, oldest first, from size `from` on.
pub async fn heads(tx: &mut Tx, from: i64, limit: i64) -> Result<Vec<(i64, Digest)>, DbError> {
    let rows = tx
        .query("/* log::heads */ SELECT size, root FROM checkpoints WHERE size >= $1 ORDER BY size LIMIT $2")
        .bind(from)
        .bind(limit)
        .all::<(i64, Vec<u8>)>()
        .await?;
    rows.into_iter().map(|(size, root)| Ok((size, digest(&root)?))).collect()
}

/// Remembers that a peer's message with exchange digest `x` was settled at `leaf`.
pub async fn put_inbox(tx: &mut Tx, rows: Vec<InboxRow>) -> Result<(), DbError> {
    let rows = rows.into_iter().map(|row| {
        [
            row.peer.into(),
            row.lane.into(),
            Value::from(row.epoch),
            row.seq.into(),
            row.x.bytes().as_slice().into(),
            row.leaf.into(),
        ]
    });
    tx.insert_rows(
        "/* log::put_inbox */ INSERT INTO inbox (peer, lane, epoch, seq, x, leaf) VALUES",
        rows,
        "",
    )
    .await
    .map(drop)
}

/// One settled message of a peer.
pub struct InboxRow {
    /// The sender.
    pub peer: i64,
    /// The lane's code.
    pub lane: &'static str,
    /// The sender's epoch.
    pub epoch: String,
    /// The number in the lane.
    pub seq: i64,
    /// The exchange digest.
    pub x: Digest,
    /// The index of the entry that settled it.
    pub leaf: i64,
}

/// The settled messages of a lane between two numbers: number, exchange digest, index.
pub async fn inbox_between(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, Digest, i64)>, DbError> {
    let rows = tx
        .query(
            "/* log::inbox_between */ SELECT seq, x, leaf FROM inbox \
             WHERE peer = $1 AND lane = $2 AND epoch = $3 AND seq BETWEEN $4 AND $5 ORDER BY seq",
        )
        .bind(peer)
        .bind(lane)
        .bind(epoch)
        .bind(first)
        .bind(last)
        .all::<(i64, Vec<u8>, i64)>()
        .await?;
    rows.into_iter().map(|(seq, x, leaf)| Ok((seq, digest(&x)?, leaf))).collect()
}

/// Remembers which edits of own leads stand where in the log: the commit-ordered feed of own leads.
pub async fn put_edits(tx: &mut Tx, edits: Vec<(i64, uuid::Uuid, i64)>) -> Result<(), DbError> {
    let rows = edits.into_iter().map(|(leaf, lead, ver)| [leaf.into(), lead.into(), ver.into()]);
    tx.insert_rows("/* log::put_edits */ INSERT INTO edits (leaf, lead, ver) VALUES", rows, "")
        .await
        .map(drop)
}

/// A digest column.
pub fn digest(bytes: &[u8]) -> Result<Digest, DbError> {
    Digest::try_from(bytes).map_err(|_| DbError::Corrupt("digest"))
}

/// The root of the log at a size that it had.
pub async fn root_at(tx: &mut Tx, size: i64) -> Result<Option<Digest>, DbError> {
    tx.query("/* log::root_at */ SELECT root FROM checkpoints WHERE size = $1")
        .bind(size)
        .optional::<(Vec<u8>,)>()
        .await?
        .map(|(root,)| digest(&root))
        .transpose()
}
