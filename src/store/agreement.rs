//! Agreements and their countersignatures, as signed statements.

use uuid::Uuid;

use super::db::{DbError, Tx, uuids_of};
use crate::domain::digest::Digest;

/// A stored agreement: id, version, and the proposer's statement.
pub type AgreementRow = (Uuid, i64, String);

/// A stored countersignature: agreement, version, party, and its statement.
pub type CountersignatureRow = (Uuid, i64, i64, String);

/// Adds an agreement; false if that version is there already.
pub async fn add(
    tx: &mut Tx,
    id: Uuid,
    version: i64,
    digest: Digest,
    statement: &str,
) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* agreement::add */ INSERT INTO agreements (id, version, digest, statement) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(version)
        .bind(digest.bytes().as_slice())
        .bind(statement)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Adds a party's countersignature; false if it is there already.
pub async fn countersign(
    tx: &mut Tx,
    id: Uuid,
    version: i64,
    node: i64,
    statement: &str,
) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* agreement::countersign */ INSERT INTO countersignatures (agreement, version, node, statement) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(version)
        .bind(node)
        .bind(statement)
        .execute()
        .await?;
    Ok(added == 1)
}

/// All versions of these agreements.
pub async fn find(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<AgreementRow>, DbError> {
    tx.query(
        "/* agreement::find */ SELECT id, version, statement FROM agreements \
         WHERE id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY id, version",
    )
    .bind(uuids_of(ids))
    .all()
    .await
}

/// Every agreement.
pub async fn all(tx: &mut Tx) -> Result<Vec<AgreementRow>, DbError> {
    tx.query(
        "/* agreement::all */ SELECT id, version, statement FROM agreements ORDER BY id, version LIMIT 10000",
    )
    .all()
    .await
}

/// The countersignatures of these agreements.
pub async fn countersignatures(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<CountersignatureRow>, DbError> {
    tx.query(
        "/* agreement::countersignatures */ SELECT agreement, version, node, statement FROM countersignatures \
         WHERE agreement IN (SELECT unhex(value) FROM json_each($1)) ORDER BY agreement, version, node",
    )
    .bind(uuids_of(ids))
    .all()
    .await
}
