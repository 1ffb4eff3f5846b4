//! Agreements, as the signed statements about them.
//!
//! Knows statements and their names; must not know what they add up to. Statements are added, never changed.

use uuid::Uuid;

use super::db::{DbError, Tx, uuids_of};
use crate::domain::agreement::VersionKey;
use crate::domain::digest::Digest;

/// The version of an agreement under which something came or went, as rows name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Under {
    /// The agreement.
    pub agreement: Uuid,
    /// The version's number.
    pub version: i64,
    /// The digest of its terms; none where nothing tells it any more.
    pub digest: Option<Vec<u8>>,
}

impl Under {
    /// That version.
    pub fn of(agreement: Uuid, key: VersionKey) -> Self {
        let VersionKey { version, digest } = key;
        Self { agreement, version: i64::from(version), digest: Some(digest.bytes().to_vec()) }
    }

    /// Its name; none if its digest is not known.
    pub fn key(&self) -> Option<VersionKey> {
        let digest = self.digest.as_deref().and_then(|digest| Digest::try_from(digest).ok())?;
        Some(VersionKey { version: u32::try_from(self.version).ok()?, digest })
    }
}

/// The name of a statement about an agreement.
pub struct Name {
    /// The agreement.
    pub agreement: Uuid,
    /// The code of the kind of message that carries it.
    pub kind: &'static str,
    /// The version that it is about, or a status's own number.
    pub version: i64,
    /// Who signed it; 0 for a proposal, of which there is one for a digest.
    pub node: i64,
    /// The digest of the terms that it is about, or of a status's act.
    pub digest: Digest,
}

/// A stored statement: agreement, kind, and the compact JWS.
pub type StatementRow = (Uuid, String, String);

/// Adds a statement; false if it is there already.
pub async fn add(tx: &mut Tx, name: &Name, statement: &str) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* agreement::add */ INSERT INTO agreement_statements (agreement, kind, version, node, digest, statement) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(name.agreement)
        .bind(name.kind)
        .bind(name.version)
        .bind(name.node)
        .bind(name.digest.bytes().as_slice())
        .bind(statement)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Every statement about these agreements, lower versions first.
pub async fn find(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<StatementRow>, DbError> {
    tx.query(
        "/* agreement::find */ SELECT agreement, kind, statement FROM agreement_statements \
         WHERE agreement IN (SELECT unhex(value) FROM json_each($1)) ORDER BY agreement, version, kind, node, digest",
    )
    .bind(uuids_of(ids))
    .all()
    .await
}

/// Every agreement of which anything is known.
pub async fn all(tx: &mut Tx) -> Result<Vec<Uuid>, DbError> {
    let rows = tx
        .query("/* agreement::all */ SELECT DISTINCT agreement FROM agreement_statements ORDER BY agreement LIMIT 10000")
        .all::<(Uuid,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
