//! Rows of older programs that lack what newer ones write.

use uuid::Uuid;

use super::agreement::Under;
use super::db::{DbError, Tx};

/// A received presentation without the version of its agreement.
pub struct ReceivedGap {
    /// The exchange digest of its message.
    pub x: Vec<u8>,
    /// The index of the entry that settled it.
    pub leaf: i64,
    /// That entry.
    pub entry: String,
}

/// The presentations that lack something, in the order of the log, after index `after`.
pub async fn received(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<ReceivedGap>, DbError> {
    let rows = tx
        .query(
            "/* backfill::received */ SELECT r.x, i.leaf, e.entry FROM received r JOIN inbox i ON i.x = r.x \
             JOIN log_entries e ON e.leaf = i.leaf WHERE r.agreement_digest IS NULL AND i.leaf > $1 \
             ORDER BY i.leaf LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(x, leaf, entry)| ReceivedGap { x, leaf, entry }).collect())
}

/// What a received presentation gets.
pub struct ReceivedWhole {
    /// The exchange digest of its message.
    pub x: Vec<u8>,
    /// The roles, a JSON array of codes.
    pub roles: String,
    /// The claims, a JSON array of codes.
    pub claims: String,
    /// The agreement under which it came.
    pub under: Under,
    /// When it must go, milliseconds.
    pub purge_at: i64,
    /// Why then, as a code.
    pub purge_cause: &'static str,
}

/// Fills in what the presentation lacks.
pub async fn complete_received(tx: &mut Tx, whole: &ReceivedWhole) -> Result<(), DbError> {
    tx.query(
        "/* backfill::complete_received */ UPDATE received SET agreement = $1, agreement_version = $2, \
         agreement_digest = $3, roles = CASE WHEN roles = '[]' THEN $4 ELSE roles END, \
         claims = CASE WHEN claims = '[]' THEN $5 ELSE claims END, \
         purge_at = coalesce(purge_at, $6), purge_cause = coalesce(purge_cause, $7) WHERE x = $8",
    )
    .bind(whole.under.agreement)
    .bind(whole.under.version)
    .bind(whole.under.digest.clone())
    .bind(whole.roles.as_str())
    .bind(whole.claims.as_str())
    .bind(whole.purge_at)
    .bind(whole.purge_cause)
    .bind(whole.x.as_slice())
    .execute()
    .await
    .map(drop)
}

/// What a peer was given, without the version of its agreement.
pub struct ShareGap {
    /// The lead.
    pub lead: Uuid,
    /// The recipient.
    pub peer: i64,
    /// The agreement, as far as it was kept.
    pub under: Under,
    /// The header of the message that brought it last.
    pub header: Option<String>,
}

/// What lacks something of what peers were given, by lead and recipient after `after`.
pub async fn shares(tx: &mut Tx, after: (Uuid, i64), limit: i64) -> Result<Vec<ShareGap>, DbError> {
    let rows = tx
        .query(
            "/* backfill::shares */ SELECT s.lead, s.peer, s.agreement, s.agreement_version, \
             (SELECT o.header FROM outbox o WHERE o.lead = s.lead AND o.peer = s.peer AND o.ver = s.ver \
             ORDER BY o.seq DESC LIMIT 1) FROM shares s \
             WHERE s.agreement_digest IS NULL AND (s.lead, s.peer) > ($1, $2) ORDER BY s.lead, s.peer LIMIT $3",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all::<(Uuid, i64, Uuid, i64, Option<String>)>()
        .await?;
    let gap = |(lead, peer, agreement, version, header)| ShareGap {
        lead,
        peer,
        under: Under { agreement, version, digest: None },
        header,
    };
    Ok(rows.into_iter().map(gap).collect())
}

/// Fills in what the share lacks.
pub async fn complete_share(
    tx: &mut Tx,
    gap: &ShareGap,
    under: &Under,
    keep_until: Option<i64>,
) -> Result<(), DbError> {
    tx.query(
        "/* backfill::complete_share */ UPDATE shares SET agreement_digest = $1, \
         keep_until = coalesce(keep_until, $2) WHERE lead = $3 AND peer = $4",
    )
    .bind(under.digest.clone())
    .bind(keep_until)
    .bind(gap.lead)
    .bind(gap.peer)
    .execute()
    .await
    .map(drop)
}

/// The purges whose receipts are to come and do not know their version: id, agreement, number.
pub async fn purges(tx: &mut Tx) -> Result<Vec<(Uuid, Uuid, i64)>, DbError> {
    tx.query(
        "/* backfill::purges */ SELECT id, agreement, agreement_version FROM purges \
         WHERE erased_at IS NULL AND agreement_digest IS NULL ORDER BY id LIMIT 10000",
    )
    .all()
    .await
}

/// Fills in the version of a purge.
pub async fn complete_purge(tx: &mut Tx, id: Uuid, under: &Under) -> Result<(), DbError> {
    tx.query("/* backfill::complete_purge */ UPDATE purges SET agreement_digest = $1 WHERE id = $2")
        .bind(under.digest.clone())
        .bind(id)
        .execute()
        .await
        .map(drop)
}
