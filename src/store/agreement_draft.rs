//! Drafts of agreements, as their drafters wrote them. They never leave the node.

use uuid::Uuid;

use super::db::{DbError, Tx};

/// A draft.
pub struct AgreementDraftRow {
    /// Its id.
    pub id: Uuid,
    /// The version of the draft itself.
    pub ver: i64,
    /// Who wrote this version.
    pub drafter: Uuid,
    /// The agreement that it amends, if any.
    pub amends: Option<Uuid>,
    /// The proposal, JSON.
    pub proposal: String,
}

type Columns = (Uuid, i64, Uuid, Option<Uuid>, String);

impl From<Columns> for AgreementDraftRow {
    fn from((id, ver, drafter, amends, proposal): Columns) -> Self {
        Self { id, ver, drafter, amends, proposal }
    }
}

/// Writes a draft: a new one at version 1, or the next version of one that is at the version before; false if it is
/// not.
pub async fn put(tx: &mut Tx, row: &AgreementDraftRow) -> Result<bool, DbError> {
    let query = if row.ver == 1 {
        tx.query(
            "/* agreement_draft::add */ INSERT INTO agreement_drafts (id, ver, drafter, amends, proposal) \
             VALUES ($1, $2, $3, $4, $5)",
        )
    } else {
        tx.query(
            "/* agreement_draft::replace */ UPDATE agreement_drafts \
             SET ver = $2, drafter = $3, amends = $4, proposal = $5 WHERE id = $1 AND ver = $2 - 1",
        )
    };
    let written = query
        .bind(row.id)
        .bind(row.ver)
        .bind(row.drafter)
        .bind(row.amends)
        .bind(row.proposal.as_str())
        .execute()
        .await?;
    Ok(written == 1)
}

/// The draft with that id.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<AgreementDraftRow>, DbError> {
    let row = tx
        .query(
            "/* agreement_draft::find */ SELECT id, ver, drafter, amends, proposal FROM agreement_drafts WHERE id = $1",
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
            "/* agreement_draft::all */ SELECT id, ver, drafter, amends, proposal FROM agreement_drafts \
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
