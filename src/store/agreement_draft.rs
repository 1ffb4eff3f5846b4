//! Drafts of agreements, as their drafters wrote them. They never leave the node.

use uuid::Uuid;

use super::db::{DbError, Tx};

/// A draft.
pub struct AgreementDraftRow {
    /// Its id.
    pub id: Uuid,
    /// The version of the draft itself.
    pub ver: i64,
    /// Everybody who wrote a version of it, JSON.
    pub writers: String,
    /// The agreement that it amends, if any.
    pub amends: Option<Uuid>,
    /// The digest of the version that was to be amended when it was begun, if there was one.
    pub previous: Option<Vec<u8>>,
    /// The proposal, JSON.
    pub proposal: String,
}

type Columns = (Uuid, i64, String, Option<Uuid>, Option<Vec<u8>>, String);

impl From<Columns> for AgreementDraftRow {
    fn from((id, ver, writers, amends, previous, proposal): Columns) -> Self {
        Self { id, ver, writers, amends, previous, proposal }
    }
}

/// Adds a new draft.
pub async fn add(tx: &mut Tx, row: &AgreementDraftRow) -> Result<(), DbError> {
    tx.query(
        "/* agreement_draft::add */ INSERT INTO agreement_drafts (id, ver, writers, amends, previous, proposal) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.id)
    .bind(row.ver)
    .bind(row.writers.as_str())
    .bind(row.amends)
    .bind(row.previous.clone())
    .bind(row.proposal.as_str())
    .execute()
    .await
    .map(drop)
}

/// Writes the next version of a draft that is at the version before; false if it is not.
pub async fn replace(tx: &mut Tx, row: &AgreementDraftRow) -> Result<bool, DbError> {
    let replaced = tx
        .query(
            "/* agreement_draft::replace */ UPDATE agreement_drafts SET ver = $2, writers = $3, proposal = $4 \
             WHERE id = $1 AND ver = $2 - 1",
        )
        .bind(row.id)
        .bind(row.ver)
        .bind(row.writers.as_str())
        .bind(row.proposal.as_str())
        .execute()
        .await?;
    Ok(replaced == 1)
}

/// The draft with that id.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<AgreementDraftRow>, DbError> {
    let row = tx
        .query(
            "/* agreement_draft::find */ SELECT id, ver, writers, amends, previous, proposal FROM agreement_drafts WHERE id = $1",
        )
        .bind(id)
        .optional::<Columns>()
        .await?;
    Ok(row.map(Into::into))
}

/// Every draft, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<AgreementDraftRow>, DbError> {
    let rows = tx
        .query(
            "/* agreement_draft::all */ SELECT id, ver, writers, amends, previous, proposal FROM agreement_drafts \
             ORDER BY id LIMIT 1000",
        )
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Removes the draft if it is at that version; false if it is not.
pub async fn remove(tx: &mut Tx, id: Uuid, ver: i64) -> Result<bool, DbError> {
    let removed = tx
        .query("/* agreement_draft::remove */ DELETE FROM agreement_drafts WHERE id = $1 AND ver = $2")
        .bind(id)
        .bind(ver)
        .execute()
        .await?;
    Ok(removed == 1)
}
