//! What two nodes know of each other's logs: heads seen, cosignatures received, receipts.

use super::db::{DbError, Tx};
use super::log::digest;
use crate::domain::digest::Digest;

/// A head of a peer's log that we saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// The counter of the epoch that the log was in.
    pub counter: u32,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// The signed checkpoint.
    pub note: String,
}

type Columns = (i64, i64, Vec<u8>, String);

fn head_row((counter, size, root, note): Columns) -> Result<HeadRow, DbError> {
    let counter = u32::try_from(counter).map_err(|_| DbError::Corrupt("witness::head"))?;
    Ok(HeadRow { counter, size: size.cast_unsigned(), root: digest(&root)?, note })
}

/// The newest head of the peer's log that we saw, in its last epoch.
pub async fn newest_head(tx: &mut Tx, peer: i64) -> Result<Option<HeadRow>, DbError> {
    newest_upto(tx, peer, i64::MAX).await
}

/// The same among the heads of at most `size` entries.
pub async fn newest_upto(tx: &mut Tx, peer: i64, size: i64) -> Result<Option<HeadRow>, DbError> {
    tx.query(
        "/* witness::newest_upto */ SELECT counter, size, root, note FROM peer_heads \
         WHERE peer = $1 AND size <= $2 ORDER BY counter DESC, size DESC LIMIT 1",
    )
    .bind(peer)
    .bind(size)
    .optional()
    .await?
    .map(head_row)
    .transpose()
}

/// The heads of the peer's log that we saw beyond counter and size `after`, oldest first, at most `limit`.
pub async fn heads(tx: &mut Tx, peer: i64, after: (i64, i64), limit: i64) -> Result<Vec<HeadRow>, DbError> {
    let rows = tx
        .query(
            "/* witness::heads */ SELECT counter, size, root, note FROM peer_heads \
             WHERE peer = $1 AND (counter, size) > ($2, $3) ORDER BY counter, size LIMIT $4",
        )
        .bind(peer)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all::<Columns>()
        .await?;
    rows.into_iter().map(head_row).collect()
}

/// Remembers a head of the peer's log; false if one of that size is known in that epoch.
pub async fn see_head(tx: &mut Tx, peer: i64, head: &HeadRow) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* witness::see_head */ INSERT INTO peer_heads (peer, counter, size, root, note) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(peer)
        .bind(i64::from(head.counter))
        .bind(head.size.cast_signed())
        .bind(head.root.bytes().as_slice())
        .bind(head.note.as_str())
        .execute()
        .await?;
    Ok(added == 1)
}

/// Keeps a peer's cosignature on our checkpoint of that size, in the epoch with that counter.
pub async fn put_cosignature(
    tx: &mut Tx,
    peer: i64,
    counter: u32,
    size: u64,
    line: &str,
) -> Result<(), DbError> {
    tx.query(
        "/* witness::put_cosignature */ INSERT INTO cosignatures (peer, counter, size, line) \
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(peer)
    .bind(i64::from(counter))
    .bind(size.cast_signed())
    .bind(line)
    .execute()
    .await
    .map(drop)
}

/// The size of our log that the peer cosigned last, in the epoch with that counter.
pub async fn cosigned_size(tx: &mut Tx, peer: i64, counter: u32) -> Result<Option<u64>, DbError> {
    let row = tx
        .query(
            "/* witness::cosigned_size */ SELECT size FROM cosignatures WHERE peer = $1 AND counter = $2 \
             ORDER BY size DESC LIMIT 1",
        )
        .bind(peer)
        .bind(i64::from(counter))
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
    /// The counter of the receiver's epoch: a restored receiver settles again what it lost.
    pub counter: u32,
    /// The signed header, a compact JWS.
    pub header: String,
    /// The body as received.
    pub body: String,
}

/// Whether one receipt of the same log is kept already for all messages of this one; none has more than `most`.
pub async fn is_receipted(tx: &mut Tx, row: &ReceiptRow, most: usize) -> Result<bool, DbError> {
    let found = tx
        .query(
            "/* witness::is_receipted */ SELECT CAST(1 AS BIGINT) FROM receipts WHERE peer = $1 AND lane = $2 \
             AND epoch = $3 AND counter = $4 AND first <= $5 AND first > $5 - $7 AND last >= $6 LIMIT 1",
        )
        .bind(row.peer)
        .bind(row.lane.as_str())
        .bind(row.epoch.as_str())
        .bind(i64::from(row.counter))
        .bind(row.first)
        .bind(row.last)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .optional::<(i64,)>()
        .await?;
    Ok(found.is_some())
}

/// Keeps a receipt.
pub async fn put_receipt(tx: &mut Tx, row: &ReceiptRow) -> Result<(), DbError> {
    tx.query(
        "/* witness::put_receipt */ INSERT INTO receipts (peer, lane, epoch, first, last, counter, header, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(row.peer)
    .bind(row.lane.as_str())
    .bind(row.epoch.as_str())
    .bind(row.first)
    .bind(row.last)
    .bind(i64::from(row.counter))
    .bind(row.header.as_str())
    .bind(row.body.as_str())
    .execute()
    .await
    .map(drop)
}

/// The receipts after that one, in the order of peer, lane, epoch, numbers and counter; none: the first ones.
pub async fn receipts(
    tx: &mut Tx,
    after: Option<&ReceiptRow>,
    limit: i64,
) -> Result<Vec<ReceiptRow>, DbError> {
    let (peer, lane, epoch, first, last, counter) = after.map_or((i64::MIN, "", "", 0, 0, 0), |row| {
        (row.peer, row.lane.as_str(), row.epoch.as_str(), row.first, row.last, i64::from(row.counter))
    });
    let rows = tx
        .query(
            "/* witness::receipts */ SELECT peer, lane, epoch, first, last, counter, header, body FROM receipts \
             WHERE (peer, lane, epoch, first, last, counter) > ($1, $2, $3, $4, $5, $6) \
             ORDER BY peer, lane, epoch, first, last, counter LIMIT $7",
        )
        .bind(peer)
        .bind(lane)
        .bind(epoch)
        .bind(first)
        .bind(last)
        .bind(counter)
        .bind(limit)
        .all::<(i64, String, String, i64, i64, i64, String, String)>()
        .await?;
    let row = |(peer, lane, epoch, first, last, counter, header, body)| {
        let counter = u32::try_from(counter).map_err(|_| DbError::Corrupt("witness::receipts"))?;
        Ok(ReceiptRow { peer, lane, epoch, first, last, counter, header, body })
    };
    rows.into_iter().map(row).collect()
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

/// The highest counter of the peer's epochs that its heads and receipts here name; 0 for none.
pub async fn highest_counter(tx: &mut Tx, peer: i64) -> Result<u32, DbError> {
    let (heads, receipts) = tx
        .query(
            "/* witness::highest_counter */ SELECT \
             (SELECT coalesce(max(counter), 0) FROM peer_heads WHERE peer = $1), \
             (SELECT coalesce(max(counter), 0) FROM receipts WHERE peer = $1)",
        )
        .bind(peer)
        .one::<(i64, i64)>()
        .await?;
    u32::try_from(heads.max(receipts)).map_err(|_| DbError::Corrupt("witness::highest_counter"))
}

/// The receipt that covers one message; of several, the one from the receiver's last epoch.
pub async fn receipt_for(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    seq: i64,
) -> Result<Option<(String, String)>, DbError> {
    tx.query(
        "/* witness::receipt_for */ SELECT header, body FROM receipts \
         WHERE peer = $1 AND lane = $2 AND epoch = $3 AND first <= $4 AND last >= $4 ORDER BY counter DESC, first LIMIT 1",
    )
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(seq)
    .optional()
    .await
}
