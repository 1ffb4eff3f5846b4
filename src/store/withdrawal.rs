//! What was taken back from the recipients of own leads, and their purge receipts as signed.

use uuid::Uuid;

use super::db::{DbError, Tx, Value};

/// A recipient that owes a purge receipt.
pub struct WithdrawalRow {
    /// The public id of the lead.
    pub sub: Uuid,
    /// The recipient.
    pub peer: i64,
    /// For versions under this number.
    pub below: i64,
    /// When the receipt is due, milliseconds.
    pub deadline: i64,
}

/// Takes versions under `below` back from a recipient. The same again wants a receipt again.
pub async fn add(
    tx: &mut Tx,
    lead: Uuid,
    peer: i64,
    below: i64,
    reason: &str,
    deadline: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* withdrawal::add */ INSERT INTO withdrawals (lead, peer, below, reason, deadline) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lead, peer, below) DO UPDATE \
         SET reason = excluded.reason, deadline = excluded.deadline, receipt = NULL",
    )
    .bind(lead)
    .bind(peer)
    .bind(below)
    .bind(reason)
    .bind(deadline)
    .execute()
    .await
    .map(drop)
}

/// A recipient's purge receipt.
pub struct ReceiptRow<'a> {
    /// The digest of the statement.
    pub digest: String,
    /// The lead.
    pub lead: Uuid,
    /// The recipient.
    pub peer: i64,
    /// Versions under this number are gone.
    pub below: i64,
    /// Why, as a code.
    pub cause: &'static str,
    /// When the live data went, milliseconds.
    pub live_erased_at: i64,
    /// By when the copies are gone, milliseconds.
    pub copies_gone_by: i64,
    /// The signed statement.
    pub statement: &'a str,
}

/// Keeps a receipt; false if it is there already.
pub async fn keep(tx: &mut Tx, row: &ReceiptRow<'_>) -> Result<bool, DbError> {
    let values = [
        Value::from(row.digest.as_str()),
        row.lead.into(),
        row.peer.into(),
        row.below.into(),
        row.cause.into(),
        row.live_erased_at.into(),
        row.copies_gone_by.into(),
        row.statement.into(),
    ];
    let kept = tx
        .insert_rows(
            "/* withdrawal::keep */ INSERT INTO purge_receipts \
             (digest, lead, peer, below, cause, live_erased_at, copies_gone_by, statement) VALUES",
            [values],
            "ON CONFLICT DO NOTHING",
        )
        .await?;
    Ok(kept == 1)
}

/// Answers the recipient's withdrawals of that lead up to `below` with the receipt; how many.
pub async fn answer(tx: &mut Tx, lead: Uuid, peer: i64, below: i64, receipt: &str) -> Result<u64, DbError> {
    tx.query(
        "/* withdrawal::answer */ UPDATE withdrawals SET receipt = $1 \
         WHERE lead = $2 AND peer = $3 AND below <= $4 AND receipt IS NULL",
    )
    .bind(receipt)
    .bind(lead)
    .bind(peer)
    .bind(below)
    .execute()
    .await
}

/// The withdrawals without a receipt, the most urgent first.
pub async fn unanswered(tx: &mut Tx, limit: i64) -> Result<Vec<WithdrawalRow>, DbError> {
    let rows = tx
        .query(
            "/* withdrawal::unanswered */ SELECT l.sub, w.peer, w.below, w.deadline \
             FROM withdrawals w JOIN leads l ON l.id = w.lead WHERE w.receipt IS NULL ORDER BY w.deadline, w.peer LIMIT $1",
        )
        .bind(limit)
        .all::<(Uuid, i64, i64, i64)>()
        .await?;
    let row = |(sub, peer, below, deadline)| WithdrawalRow { sub, peer, below, deadline };
    Ok(rows.into_iter().map(row).collect())
}

/// The recipients that must have purged a lead by `until` because its retention is over, and have not said so.
pub async fn expected(tx: &mut Tx, until: i64, limit: i64) -> Result<Vec<WithdrawalRow>, DbError> {
    let rows = tx
        .query(
            "/* withdrawal::expected */ SELECT l.sub, s.peer, s.ver + 1, s.keep_until \
             FROM shares s JOIN leads l ON l.id = s.lead WHERE s.keep_until <= $1 \
             AND s.status NOT IN ('withdrawn', 'purged') ORDER BY s.keep_until, s.peer LIMIT $2",
        )
        .bind(until)
        .bind(limit)
        .all::<(Uuid, i64, i64, i64)>()
        .await?;
    let row = |(sub, peer, below, deadline)| WithdrawalRow { sub, peer, below, deadline };
    Ok(rows.into_iter().map(row).collect())
}

/// What was given under the agreement must be purged at `by` at the latest.
pub async fn hasten(tx: &mut Tx, agreement: Uuid, by: i64) -> Result<(), DbError> {
    tx.query(
        "/* withdrawal::hasten */ UPDATE shares SET keep_until = $1 WHERE agreement = $2 AND keep_until > $1",
    )
    .bind(by)
    .bind(agreement)
    .execute()
    .await
    .map(drop)
}

/// A purge receipt for a list: lead, recipient, below, cause, erased, copies gone, digest.
pub type Receipt = (Uuid, i64, i64, String, i64, i64, String);

/// The receipts of recipients, newest first.
pub async fn receipts(tx: &mut Tx, limit: i64) -> Result<Vec<Receipt>, DbError> {
    tx.query(
        "/* withdrawal::receipts */ SELECT l.sub, p.peer, p.below, p.cause, p.live_erased_at, p.copies_gone_by, \
         p.digest FROM purge_receipts p JOIN leads l ON l.id = p.lead ORDER BY p.live_erased_at DESC LIMIT $1",
    )
    .bind(limit)
    .all()
    .await
}
