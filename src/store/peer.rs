//! The peer register: read in the transaction of every request, so that revocation bites at once.

use super::db::{DbError, Tx, list_of};

/// A registered peer.
pub struct PeerRow {
    /// The node.
    pub node: i64,
    /// `active`, `suspended` or `revoked`.
    pub status: String,
    /// Its signed descriptor.
    pub descriptor: String,
    /// The fingerprint that two operators compared.
    pub fingerprint: String,
    /// When the row was changed last.
    pub changed_at: i64,
}

type Columns = (i64, String, String, String, i64);

impl From<Columns> for PeerRow {
    fn from((node, status, descriptor, fingerprint, changed_at): Columns) -> Self {
        Self { node, status, descriptor, fingerprint, changed_at }
    }
}

/// Adds a peer, or replaces its descriptor.
pub async fn put(tx: &mut Tx, row: &PeerRow) -> Result<(), DbError> {
    tx.query(
        "/* peer::put */ INSERT INTO peers (node, status, descriptor, fingerprint, changed_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (node) DO UPDATE SET status = excluded.status, \
         descriptor = excluded.descriptor, fingerprint = excluded.fingerprint, changed_at = excluded.changed_at",
    )
    .bind(row.node)
    .bind(row.status.as_str())
    .bind(row.descriptor.as_str())
    .bind(row.fingerprint.as_str())
    .bind(row.changed_at)
    .execute()
    .await
    .map(drop)
}

/// The peer, if it is registered.
pub async fn find(tx: &mut Tx, node: i64) -> Result<Option<PeerRow>, DbError> {
    let row = tx
        .query("/* peer::find */ SELECT node, status, descriptor, fingerprint, changed_at FROM peers WHERE node = $1")
        .bind(node)
        .optional::<Columns>()
        .await?;
    Ok(row.map(Into::into))
}

/// Waits until no other transaction of this node changes what is registered of the peer, or takes a head of its log.
pub async fn take_turn(tx: &mut Tx, node: i64) -> Result<(), DbError> {
    tx.query("/* peer::take_turn */ SELECT node FROM peers WHERE node = $1")
        .bind(node)
        .for_update()
        .optional::<(i64,)>()
        .await
        .map(drop)
}

/// Those of these nodes that are registered.
pub async fn find_all(tx: &mut Tx, nodes: &[i64]) -> Result<Vec<PeerRow>, DbError> {
    let rows = tx
        .query(
            "/* peer::find_all */ SELECT node, status, descriptor, fingerprint, changed_at FROM peers \
             WHERE node IN (SELECT CAST(value AS BIGINT) FROM json_each($1))",
        )
        .bind(list_of(nodes))
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Every registered peer.
pub async fn all(tx: &mut Tx) -> Result<Vec<PeerRow>, DbError> {
    let rows = tx
        .query("/* peer::all */ SELECT node, status, descriptor, fingerprint, changed_at FROM peers ORDER BY node")
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What changes with every change of the register: how many peers there are, and the sum of when each was changed.
pub async fn stamp(tx: &mut Tx) -> Result<(i64, i64), DbError> {
    tx.query("/* peer::stamp */ SELECT count(*), CAST(coalesce(sum(changed_at), 0) AS BIGINT) FROM peers")
        .one()
        .await
}
