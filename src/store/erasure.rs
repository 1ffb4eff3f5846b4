//! Erasures of own leads: asked for, granted, done. A row stays as the lead's tombstone.
//!
//! Invariant: a row says that its lead is erased only once its data key is destroyed and the files are scrubbed;
//! until then whoever finds it goes on with that.

use uuid::Uuid;

use super::db::{DbError, Tx, Value, uuids_of};

/// One erasure.
#[derive(Clone)]
pub struct ErasureRow {
    /// The lead.
    pub lead: Uuid,
    /// Its public id.
    pub sub: Uuid,
    /// The legal basis, as a code.
    pub basis: String,
    /// How the log names the lead.
    pub reference: Vec<u8>,
    /// Its data key.
    pub data_key: Uuid,
    /// The officer who asked.
    pub asked_by: Uuid,
    /// When, milliseconds.
    pub asked_at: i64,
    /// The pseudonym of whoever granted it; none: nobody did yet.
    pub actor: Option<String>,
    /// When, milliseconds.
    pub granted_at: Option<i64>,
    /// When the data were gone, milliseconds.
    pub erased_at: Option<i64>,
    /// By when the copies of the key are gone, milliseconds.
    pub copies_gone_by: Option<i64>,
}

type Columns =
    (Uuid, Uuid, String, Vec<u8>, Uuid, Uuid, i64, Option<String>, Option<i64>, Option<i64>, Option<i64>);

impl From<Columns> for ErasureRow {
    fn from(columns: Columns) -> Self {
        let (lead, sub, basis, reference, data_key, asked_by, asked_at, actor, granted_at, erased_at, gone) =
            columns;
        let copies_gone_by = gone;
        Self {
            lead,
            sub,
            basis,
            reference,
            data_key,
            asked_by,
            asked_at,
            actor,
            granted_at,
            erased_at,
            copies_gone_by,
        }
    }
}

/// Asks for an erasure, instead of one that waits; false if one was granted.
pub async fn ask(tx: &mut Tx, row: &ErasureRow) -> Result<bool, DbError> {
    let values = [
        Value::from(row.lead),
        row.sub.into(),
        row.basis.as_str().into(),
        row.reference.clone().into(),
        row.data_key.into(),
        row.asked_by.into(),
        row.asked_at.into(),
    ];
    let asked = tx
        .insert_rows(
            "/* erasure::ask */ INSERT INTO own_erasures \
             (lead, sub, basis, reference, data_key, asked_by, asked_at) VALUES",
            [values],
            "ON CONFLICT (lead) DO UPDATE SET basis = excluded.basis, reference = excluded.reference, \
             asked_by = excluded.asked_by, asked_at = excluded.asked_at WHERE own_erasures.granted_at IS NULL",
        )
        .await?;
    Ok(asked == 1)
}

/// The erasure of that lead.
pub async fn find(tx: &mut Tx, lead: Uuid) -> Result<Option<ErasureRow>, DbError> {
    let row = tx
        .query(
            "/* erasure::find */ SELECT lead, sub, basis, reference, data_key, asked_by, asked_at, actor, \
             granted_at, erased_at, copies_gone_by FROM own_erasures WHERE lead = $1",
        )
        .bind(lead)
        .optional::<Columns>()
        .await?;
    Ok(row.map(Into::into))
}

/// Every erasure, the newest first.
pub async fn all(tx: &mut Tx, limit: i64) -> Result<Vec<ErasureRow>, DbError> {
    let rows = tx
        .query(
            "/* erasure::all */ SELECT lead, sub, basis, reference, data_key, asked_by, asked_at, actor, \
             granted_at, erased_at, copies_gone_by FROM own_erasures ORDER BY asked_at DESC, lead LIMIT $1",
        )
        .bind(limit)
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Whether one was granted and is not done.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    Ok(!unfinished(tx, 1).await?.is_empty())
}

/// Those that were granted and are not done, the oldest first.
pub async fn unfinished(tx: &mut Tx, limit: i64) -> Result<Vec<ErasureRow>, DbError> {
    let rows = tx
        .query(
            "/* erasure::unfinished */ SELECT lead, sub, basis, reference, data_key, asked_by, asked_at, actor, \
             granted_at, erased_at, copies_gone_by FROM own_erasures \
             WHERE erased_at IS NULL AND granted_at IS NOT NULL ORDER BY granted_at LIMIT $1",
        )
        .bind(limit)
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Grants what was asked for; false if somebody was faster.
pub async fn grant(tx: &mut Tx, lead: Uuid, actor: &str, reference: &[u8], at: i64) -> Result<bool, DbError> {
    let granted = tx
        .query(
            "/* erasure::grant */ UPDATE own_erasures SET actor = $1, granted_at = $2, reference = $3 \
             WHERE lead = $4 AND granted_at IS NULL",
        )
        .bind(actor)
        .bind(at)
        .bind(reference)
        .bind(lead)
        .execute()
        .await?;
    Ok(granted == 1)
}

/// Empties everything that was sealed of these leads, and forgets by which requests they were made.
pub async fn strip(tx: &mut Tx, leads: &[Uuid]) -> Result<(), DbError> {
    let nothing: &[u8] = &[];
    tx.query(
        "/* erasure::strip */ UPDATE leads SET raw = $1 WHERE id IN (SELECT unhex(value) FROM json_each($2))",
    )
    .bind(nothing)
    .bind(uuids_of(leads))
    .execute()
    .await?;
    tx.query(
        "/* erasure::strip_versions */ UPDATE lead_versions SET disclosures = $1 \
         WHERE lead IN (SELECT unhex(value) FROM json_each($2))",
    )
    .bind(nothing)
    .bind(uuids_of(leads))
    .execute()
    .await?;
    for lead in leads {
        tx.query("/* erasure::strip_answers */ DELETE FROM idempotency WHERE response = $1")
            .bind(lead.to_string())
            .execute()
            .await?;
    }
    Ok(())
}

/// Notes that these leads are gone; the ones for which this was not noted before.
pub async fn done(tx: &mut Tx, leads: &[Uuid], at: i64, gone_by: i64) -> Result<Vec<Uuid>, DbError> {
    let rows = tx
        .query(
            "/* erasure::done */ UPDATE own_erasures SET erased_at = $1, copies_gone_by = $2 \
             WHERE erased_at IS NULL AND lead IN (SELECT unhex(value) FROM json_each($3)) RETURNING lead",
        )
        .bind(at)
        .bind(gone_by)
        .bind(uuids_of(leads))
        .all::<(Uuid,)>()
        .await?;
    Ok(rows.into_iter().map(|(lead,)| lead).collect())
}
