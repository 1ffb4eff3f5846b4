//! Purges of what was received: tombstones, and one durable row per purge from the deletion of its rows to
//! its receipt.
//!
//! Invariant: a purge is added in the transaction that deletes its rows, so whoever finishes it, after
//! whatever crash, knows which keys to destroy.

use uuid::Uuid;

use super::agreement::Under;
use super::db::{DbError, Tx, Value, list_of, uuids_of};

/// One purge.
pub struct PurgeRow {
    /// Its id.
    pub id: Uuid,
    /// The public id of the lead.
    pub sub: Uuid,
    /// Its owner.
    pub peer: i64,
    /// Versions under this number go.
    pub below: i64,
    /// Why, as a code.
    pub cause: String,
    /// The agreement under which the receipt goes back.
    pub under: Under,
    /// When it is due, milliseconds.
    pub due_at: i64,
    /// What is being erased, as JSON: an empty object once it is, none once the receipt is on its way.
    pub erasing: Option<String>,
    /// When it was erased; none: not yet.
    pub erased_at: Option<i64>,
    /// By when the copies of its keys are gone.
    pub copies_gone_by: Option<i64>,
    /// The digest of the receipt.
    pub receipt: Option<String>,
}

type Columns = (
    Uuid,
    Uuid,
    i64,
    i64,
    String,
    Uuid,
    i64,
    Option<Vec<u8>>,
    i64,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<String>,
);

impl From<Columns> for PurgeRow {
    fn from(columns: Columns) -> Self {
        let (id, sub, peer, below, cause, agreement, version, digest, due_at, erasing, at, gone, receipt) =
            columns;
        let under = Under { agreement, version, digest };
        Self {
            id,
            sub,
            peer,
            below,
            cause,
            under,
            due_at,
            erasing,
            erased_at: at,
            copies_gone_by: gone,
            receipt,
        }
    }
}

/// Remembers that the owner took versions under `below` back; never fewer than before.
pub async fn entomb(tx: &mut Tx, sub: Uuid, peer: i64, below: i64) -> Result<(), DbError> {
    tx.query(
        "/* purge::entomb */ INSERT INTO tombstones (sub, peer, below) VALUES ($1, $2, $3) \
         ON CONFLICT (sub, peer) DO UPDATE SET below = excluded.below WHERE tombstones.below < excluded.below",
    )
    .bind(sub)
    .bind(peer)
    .bind(below)
    .execute()
    .await
    .map(drop)
}

/// Deletes what was received of the owner's lead in versions under `below`: each message with its data key.
pub async fn take(tx: &mut Tx, sub: Uuid, peer: i64, below: i64) -> Result<Vec<(Vec<u8>, Uuid)>, DbError> {
    tx.query(
        "/* purge::take */ DELETE FROM received WHERE sub = $1 AND peer = $2 AND ver < $3 RETURNING x, data_key",
    )
    .bind(sub)
    .bind(peer)
    .bind(below)
    .all()
    .await
}

/// What was deleted of a received lead, one message of it.
pub struct TakenRow {
    /// The public id of the lead.
    pub sub: Uuid,
    /// Its owner.
    pub peer: i64,
    /// The version.
    pub ver: i64,
    /// The exchange digest of the message.
    pub x: Vec<u8>,
    /// Its data key.
    pub data_key: Uuid,
    /// The agreement under which it came; none if that was not kept.
    pub under: Option<Under>,
    /// When it was due, milliseconds.
    pub purge_at: Option<i64>,
    /// Why, as a code.
    pub cause: Option<String>,
}

type TakenColumns =
    (Uuid, i64, i64, Vec<u8>, Uuid, Option<Uuid>, Option<i64>, Option<Vec<u8>>, Option<i64>, Option<String>);

/// Deletes of these owners' leads whatever is due at `now`, with every older version.
pub async fn take_due(tx: &mut Tx, subs: &[Uuid], peers: &[i64], now: i64) -> Result<Vec<TakenRow>, DbError> {
    let rows = tx
        .query(
            "/* purge::take_due */ DELETE FROM received WHERE sub IN (SELECT unhex(value) FROM json_each($1)) \
             AND peer IN (SELECT CAST(value AS BIGINT) FROM json_each($2)) \
             AND EXISTS (SELECT 1 FROM received d WHERE d.sub = received.sub AND d.peer = received.peer \
             AND d.ver >= received.ver AND d.purge_at <= $3) \
             RETURNING sub, peer, ver, x, data_key, agreement, agreement_version, agreement_digest, purge_at, purge_cause",
        )
        .bind(uuids_of(subs))
        .bind(list_of(peers))
        .bind(now)
        .all::<TakenColumns>()
        .await?;
    let taken = |(sub, peer, ver, x, data_key, agreement, version, digest, purge_at, cause): TakenColumns| {
        let under = agreement.zip(version).map(|(agreement, version)| Under { agreement, version, digest });
        TakenRow { sub, peer, ver, x, data_key, under, purge_at, cause }
    };
    Ok(rows.into_iter().map(taken).collect())
}

/// Forgets the leads with these ids, of these owners, of which nothing is left here.
pub async fn forget(tx: &mut Tx, subs: &[Uuid], peers: &[i64]) -> Result<(), DbError> {
    tx.query(
        "/* purge::forget */ DELETE FROM received_status WHERE sub IN (SELECT unhex(value) FROM json_each($1)) \
         AND peer IN (SELECT CAST(value AS BIGINT) FROM json_each($2)) AND NOT EXISTS \
         (SELECT 1 FROM received r WHERE r.sub = received_status.sub AND r.peer = received_status.peer)",
    )
    .bind(uuids_of(subs))
    .bind(list_of(peers))
    .execute()
    .await
    .map(drop)
}

/// Adds purges whose rows this transaction has deleted.
pub async fn add(tx: &mut Tx, rows: Vec<PurgeRow>) -> Result<(), DbError> {
    let rows = rows.into_iter().map(|row| {
        [
            Value::from(row.id),
            row.sub.into(),
            row.peer.into(),
            row.below.into(),
            row.cause.into(),
            row.under.agreement.into(),
            row.under.version.into(),
            row.under.digest.into(),
            row.due_at.into(),
            row.erasing.into(),
        ]
    });
    tx.insert_rows(
        "/* purge::add */ INSERT INTO purges \
         (id, sub, peer, below, cause, agreement, agreement_version, agreement_digest, due_at, erasing) VALUES",
        rows,
        "",
    )
    .await
    .map(drop)
}

/// Notes that what these purges name is erased; the ones for which this was not noted before.
pub async fn erased(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Uuid>, DbError> {
    let rows = tx
        .query(
            "/* purge::erased */ UPDATE purges SET erasing = '{}' WHERE erased_at IS NULL AND erasing <> '{}' \
             AND id IN (SELECT unhex(value) FROM json_each($1)) RETURNING id",
        )
        .bind(uuids_of(ids))
        .all::<(Uuid,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The purges without a receipt, the most urgent first, behind whatever is still to be erased.
pub async fn unfinished(tx: &mut Tx, limit: i64) -> Result<Vec<PurgeRow>, DbError> {
    let rows = tx
        .query(
            "/* purge::unfinished */ SELECT id, sub, peer, below, cause, agreement, agreement_version, \
             agreement_digest, due_at, erasing, erased_at, copies_gone_by, receipt FROM purges WHERE erased_at IS NULL \
             ORDER BY erasing = '{}', due_at LIMIT $1",
        )
        .bind(limit)
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The purges with a receipt, newest first.
pub async fn finished(tx: &mut Tx, limit: i64) -> Result<Vec<PurgeRow>, DbError> {
    let rows = tx
        .query(
            "/* purge::finished */ SELECT id, sub, peer, below, cause, agreement, agreement_version, \
             agreement_digest, due_at, erasing, erased_at, copies_gone_by, receipt FROM purges WHERE erased_at IS NOT NULL \
             ORDER BY erased_at DESC LIMIT $1",
        )
        .bind(limit)
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Writes that a purge is done; false if another instance was faster.
pub async fn finish(
    tx: &mut Tx,
    id: Uuid,
    erased_at: i64,
    copies_gone_by: i64,
    receipt: &str,
) -> Result<bool, DbError> {
    let done = tx
        .query(
            "/* purge::finish */ UPDATE purges SET erased_at = $1, copies_gone_by = $2, receipt = $3, erasing = NULL \
             WHERE id = $4 AND erased_at IS NULL",
        )
        .bind(erased_at)
        .bind(copies_gone_by)
        .bind(receipt)
        .bind(id)
        .execute()
        .await?;
    Ok(done == 1)
}

/// A version of a received lead with its time to go.
pub struct DueRow {
    /// The public id of the lead.
    pub sub: Uuid,
    /// Its owner.
    pub peer: i64,
    /// The version.
    pub ver: i64,
    /// When it is due, milliseconds.
    pub purge_at: i64,
    /// Why, as a code.
    pub cause: String,
}

/// What was received and is due at `now`, the longest due first.
pub async fn due(tx: &mut Tx, now: i64, limit: i64) -> Result<Vec<DueRow>, DbError> {
    let rows = tx
        .query(
            "/* purge::due */ SELECT sub, peer, ver, purge_at, purge_cause \
             FROM received WHERE purge_at <= $1 ORDER BY purge_at LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .all::<(Uuid, i64, i64, i64, String)>()
        .await?;
    let due = |(sub, peer, ver, purge_at, cause)| DueRow { sub, peer, ver, purge_at, cause };
    Ok(rows.into_iter().map(due).collect())
}

/// Whether a purge waits or something received is due.
pub async fn any(tx: &mut Tx, now: i64) -> Result<bool, DbError> {
    let (waits,) = tx
        .query(
            "/* purge::any */ SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM purges WHERE erased_at IS NULL) \
             OR EXISTS (SELECT 1 FROM received WHERE purge_at <= $1) THEN 1 ELSE 0 END AS BIGINT)",
        )
        .bind(now)
        .one::<(i64,)>()
        .await?;
    Ok(waits == 1)
}

/// Everything received under the agreement goes at `by` at the latest, for that cause; how many messages.
pub async fn hasten(tx: &mut Tx, agreement: Uuid, cause: &str, by: i64) -> Result<u64, DbError> {
    tx.query(
        "/* purge::hasten */ UPDATE received SET purge_cause = $1, \
         purge_at = CASE WHEN purge_at < $2 THEN purge_at ELSE $2 END WHERE agreement = $3",
    )
    .bind(cause)
    .bind(by)
    .bind(agreement)
    .execute()
    .await
}
