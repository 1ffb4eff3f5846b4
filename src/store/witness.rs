//! What two nodes know of each other's logs: heads seen, cosignatures received, receipts.

use super::db::{DbError, Tx};
use super::log::digest;
use crate::domain::digest::Digest;

/// A head of a peer's log that we saw: size, root, signed checkpoint.
pub type HeadRow = (u64, Digest, String);

fn head_row((size, root, note): (i64, Vec<u8>, String)) -> Result<HeadRow, DbError> {
    Ok((size.cast_unsigned(), digest(&root)?, note))
}

/// The newest head of the peer's log that we saw.
pub async fn newest_head(tx: &mut Tx, peer: i64) -> Result<Option<HeadRow>, DbError> {
    tx.query("/* witness::newest_head */ SELECT size, root, note FROM peer_heads WHERE peer = $1 ORDER BY size DESC LIMIT 1")
        .bind(peer)
        .optional()
        .await?
        .map(head_row)
        .transpose()
}

/// The heads of the peer's log that we saw beyond size `after`, oldest first, at most `limit`.
pub async fn heads(tx: &mut Tx, peer: i64, after: i64, limit: i64) -> Result<Vec<HeadRow>, DbError> {
    let rows = tx
        .query(
            "/* witness::heads */ SELECT size, root, note FROM peer_heads WHERE peer = $1 AND size > $2 \
             ORDER BY size LIMIT $3",
        )
        .bind(peer)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(head_row).collect()
}

/// Remembers a head of the peer's log; false if one of that size is known.
pub async fn see_head(tx: &mut Tx, peer: i64, size: u64, root: Digest, note: &str) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* witness::see_head */ INSERT INTO peer_heads (peer, size, root, note) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        )
        .bind(peer)
        .bind(size.cast_signed())
        .bind(root.bytes().as_slice())
        .bind(note)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Keeps a peer's cosignature on our checkpoint of that size.
pub async fn put_cosignature(tx: &mut Tx, peer: i64, size: u64, line: &str) -> Result<(), DbError> {
    tx.query(
        "/* witness::put_cosignature */ INSERT INTO cosignatures (peer, size, line) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING",
    )
    .bind(peer)
    .bind(size.cast_signed())
    .bind(line)
    .execute()
    .await
    .map(drop)
}

/// The size of our log that the peer cosigned last.
pub async fn cosigned_size(tx: &mut Tx, peer: i64) -> Result<Option<u64>, DbError> {
    let row = tx
        .query("/* witness::cosigned_size */ SELECT size FROM cosignatures WHERE peer = $1 ORDER BY size DESC LIMIT 1")
        .bind(peer)
        .optional::<(i64,)>()
        .await?;
    Ok(row.map(|(size,)| size.cast_unsigned()))
}

/// The cosignatures on our checkpoints after that size and peer, by size and peer: peer, size, line.
pub async fn cosignatures(
    tx: &mut Tx,
    (size, peer): (i64, i64),
    limit: i64,
) -> Result<Vec<(i64, i64, String)>, DbError> {
    tx.query(
        "/* witness::cosignatures */ SELECT peer, size, line FROM cosignatures WHERE (size, peer) > ($1, $2) \
         ORDER BY size, peer LIMIT $3",
    )
    .bind(size)
    .bind(peer)
    .bind(limit)
    .all()
    .await
}

/// The largest size of our log, above `above`, that anyone cosigned.
pub async fn newest_cosigned(tx: &mut Tx, above: i64) -> Result<Option<i64>, DbError> {
    let row = tx
        .query(
            "/* witness::newest_cosigned */ SELECT size FROM cosignatures WHERE size > $1 \
             ORDER BY size DESC LIMIT 1",
        )
        .bind(above)
        .optional::<(i64,)>()
        .await?;
    Ok(row.map(|(size,)| size))
}

/// A receipt as received: its place, its signed header, its body.
pub struct ReceiptRow {
    /// The receiver.
    pub peer: i64,
    /// The lane's code.
    pub lane: String,
    /// Our epoch.
    pub epoch: String,
    /// The first number.
    pub first: i64,
    /// The last number.
    pub last: i64,
    /// The signed header, a compact JWS.
    pub header: String,
    /// The body as received.
    pub body: String,
}

/// Keeps a receipt.
pub async fn put_receipt(tx: &mut Tx, row: &ReceiptRow) -> Result<(), DbError> {
    tx.query(
        "/* witness::put_receipt */ INSERT INTO receipts (peer, lane, epoch, first, last, header, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(row.peer)
    .bind(row.lane.as_str())
    .bind(row.epoch.as_str())
    .bind(row.first)
    .bind(row.last)
    .bind(row.header.as_str())
    .bind(row.body.as_str())
    .execute()
    .await
    .map(drop)
}

/// The receipts after that one, in the order of peer, lane, epoch and numbers; none: the first ones.
pub async fn receipts(
    tx: &mut Tx,
    after: Option<&ReceiptRow>,
    limit: i64,
) -> Result<Vec<ReceiptRow>, DbError> {
    let start = (i64::MIN, "", "", 0, 0);
    let (peer, lane, epoch, first, last) =
        after.map_or(start, |row| (row.peer, row.lane.as_str(), row.epoch.as_str(), row.first, row.last));
    let rows = tx
        .query(
            "/* witness::receipts */ SELECT peer, lane, epoch, first, last, header, body FROM receipts \
             WHERE (peer, lane, epoch, first, last) > ($1, $2, $3, $4, $5) \
             ORDER BY peer, lane, epoch, first, last LIMIT $6",
        )
        .bind(peer)
        .bind(lane)
        .bind(epoch)
        .bind(first)
        .bind(last)
        .bind(limit)
        .all::<(i64, String, String, i64, i64, String, String)>()
        .await?;
    let row = |(peer, lane, epoch, first, last, header, body)| ReceiptRow {
        peer,
        lane,
        epoch,
        first,
        last,
        header,
        body,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The numbers that the receipts of a lane cover, of those from `first` to `last`: first and last of each.
pub async fn receipted(
    tx: &mut Tx,
    (peer, lane, epoch): (i64, &str, &str),
    first: i64,
    last: i64,
) -> Result<Vec<(i64, i64)>, DbError> {
    tx.query(
        "/* witness::receipted */ SELECT first, last FROM receipts WHERE peer = $1 AND lane = $2 AND epoch = $3 \
         AND first <= $4 AND last >= $5 ORDER BY first, last",
    )
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(last)
    .bind(first)
    .all()
    .await
}

/// The receipt that covers one message.
pub async fn receipt_for(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    seq: i64,
) -> Result<Option<(String, String)>, DbError> {
    tx.query(
        "/* witness::receipt_for */ SELECT header, body FROM receipts \
         WHERE peer = $1 AND lane = $2 AND epoch = $3 AND first <= $4 AND last >= $4 ORDER BY first LIMIT 1",
    )
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(seq)
    .optional()
    .await
}
