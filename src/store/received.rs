//! Leads received from peers: the sealed presentation of each message, and the status we gave it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::agreement::Under;
use super::db::{DbError, Tx, Value, uuids_of};
use crate::domain::digest::Digest;

/// One received presentation.
pub struct ReceivedRow {
    /// The public id of the lead.
    pub sub: Uuid,
    /// Its version.
    pub ver: i64,
    /// The digest of its statement.
    pub statement: Digest,
    /// The exchange digest of the message that brought it.
    pub x: Digest,
    /// Its owner.
    pub peer: i64,
    /// The lead's kind.
    pub kind: String,
    /// The data key that seals it.
    pub data_key: Uuid,
    /// The sealed presentation with its person references.
    pub presentation: Vec<u8>,
    /// The roles under which it was disclosed to us, a JSON array of codes.
    pub roles: String,
    /// The claims that were disclosed, a JSON array of codes.
    pub claims: String,
    /// The agreement under which it came.
    pub under: Under,
    /// When it must go, milliseconds.
    pub purge_at: i64,
    /// Why then, as a code.
    pub purge_cause: &'static str,
}

/// Adds presentations, and moves each lead's current version on.
pub async fn add(tx: &mut Tx, rows: Vec<ReceivedRow>) -> Result<(), DbError> {
    // A later version of the same lead wins; one statement must not meet a row twice.
    let current: BTreeMap<(Uuid, i64), (i64, Digest)> =
        rows.iter().map(|row| ((row.sub, row.peer), (row.ver, row.statement))).collect();
    let rows = rows.into_iter().map(|row| {
        [
            row.sub.into(),
            row.ver.into(),
            Value::from(row.x.bytes().as_slice()),
            row.peer.into(),
            row.kind.into(),
            row.data_key.into(),
            row.presentation.into(),
            row.roles.into(),
            row.claims.into(),
            row.under.agreement.into(),
            row.under.version.into(),
            row.under.digest.into(),
            row.purge_at.into(),
            row.purge_cause.into(),
        ]
    });
    tx.insert_rows(
        "/* received::add */ INSERT INTO received (sub, ver, x, peer, kind, data_key, presentation, roles, claims, \
         agreement, agreement_version, agreement_digest, purge_at, purge_cause) VALUES",
        rows,
        "",
    )
    .await?;
    let current = current.into_iter().map(|((sub, peer), (ver, statement))| {
        [sub.into(), peer.into(), ver.into(), "pending".into(), statement.bytes().as_slice().into()]
    });
    tx.insert_rows(
        "/* received::current */ INSERT INTO received_status (sub, peer, ver, status, statement) VALUES",
        current,
        "ON CONFLICT (sub, peer) DO UPDATE SET ver = excluded.ver, statement = excluded.statement",
    )
    .await
    .map(drop)
}

/// Of a lead: its public id, the highest version of what is held with the digest of its statement, and the
/// number under which its versions are refused because the owner took them back.
pub type HeldRow = (Uuid, Option<i64>, Option<Vec<u8>>, Option<i64>);

/// What is held of these leads of `peer`, and what it took back. Each lead has a row for either that there is.
pub async fn held(tx: &mut Tx, peer: i64, subs: &[Uuid]) -> Result<Vec<HeldRow>, DbError> {
    tx.query(
        "/* received::held */ SELECT sub, ver, statement, CAST(NULL AS BIGINT) FROM received_status \
         WHERE sub IN (SELECT unhex(value) FROM json_each($1)) AND peer = $2 \
         UNION ALL SELECT sub, CAST(NULL AS BIGINT), NULL, below FROM tombstones \
         WHERE sub IN (SELECT unhex(value) FROM json_each($1)) AND peer = $2",
    )
    .bind(uuids_of(subs))
    .bind(peer)
    .all()
    .await
}

/// What `peer` disclosed to us of its leads, in every version: the roles and the claims, JSON arrays of codes.
pub async fn disclosed(
    tx: &mut Tx,
    peer: i64,
    subs: &[Uuid],
) -> Result<Vec<(Uuid, String, String)>, DbError> {
    tx.query(
        "/* received::disclosed */ SELECT sub, roles, claims FROM received \
         WHERE sub IN (SELECT unhex(value) FROM json_each($1)) AND peer = $2 ORDER BY sub, ver, x LIMIT 10000",
    )
    .bind(uuids_of(subs))
    .bind(peer)
    .all()
    .await
}

/// Gives a received lead its status if it still has `old`; false if it has not.
pub async fn move_status(tx: &mut Tx, sub: Uuid, peer: i64, old: &str, new: &str) -> Result<bool, DbError> {
    let changed = tx
        .query(
            "/* received::move_status */ UPDATE received_status SET status = $1 \
             WHERE sub = $2 AND peer = $3 AND status = $4",
        )
        .bind(new)
        .bind(sub)
        .bind(peer)
        .bind(old)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// A sealed presentation with what it takes to open and show it.
pub struct Presented {
    /// The index of the entry that settled it, in our log.
    pub leaf: i64,
    /// The public id of the lead.
    pub sub: Uuid,
    /// Its version.
    pub ver: i64,
    /// The exchange digest of the message that brought it.
    pub x: Vec<u8>,
    /// Its owner.
    pub peer: i64,
    /// The data key that seals it.
    pub data_key: Uuid,
    /// The sealed presentation.
    pub presentation: Vec<u8>,
    /// Our status.
    pub status: String,
}

type Columns = (i64, Uuid, i64, Vec<u8>, i64, Uuid, Vec<u8>, String);

impl From<Columns> for Presented {
    fn from((leaf, sub, ver, x, peer, data_key, presentation, status): Columns) -> Self {
        Self { leaf, sub, ver, x, peer, data_key, presentation, status }
    }
}

/// The received leads in the order of our log, after index `after`: each in the newest version that the log
/// has. A version that is stored and not yet sequenced does not hide the one before it.
pub async fn feed(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Presented>, DbError> {
    let rows = tx
        .query(
            "/* received::feed */ SELECT i.leaf, r.sub, r.ver, r.x, r.peer, r.data_key, r.presentation, s.status \
             FROM inbox i JOIN received r ON r.x = i.x JOIN received_status s ON s.sub = r.sub AND s.peer = r.peer \
             WHERE i.leaf > $1 AND r.ver = \
             (SELECT max(l.ver) FROM received l JOIN inbox k ON k.x = l.x WHERE l.sub = r.sub AND l.peer = r.peer) \
             ORDER BY i.leaf LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Everything received of the newest version in our log of the leads with that id, oldest first: of one owner's,
/// or of all that use it.
pub async fn of_sub(tx: &mut Tx, sub: Uuid, owner: Option<i64>) -> Result<Vec<Presented>, DbError> {
    let rows = tx
        .query(
            "/* received::of_sub */ SELECT i.leaf, r.sub, r.ver, r.x, r.peer, r.data_key, r.presentation, s.status \
             FROM received r JOIN inbox i ON i.x = r.x JOIN received_status s ON s.sub = r.sub AND s.peer = r.peer \
             WHERE r.sub = $1 AND r.peer = coalesce($2, r.peer) AND r.ver = \
             (SELECT max(l.ver) FROM received l JOIN inbox k ON k.x = l.x WHERE l.sub = r.sub AND l.peer = r.peer) \
             ORDER BY i.leaf LIMIT 100",
        )
        .bind(sub)
        .bind(owner)
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many leads were received.
pub async fn count(tx: &mut Tx) -> Result<i64, DbError> {
    let (count,) = tx.query("/* received::count */ SELECT count(*) FROM received_status").one().await?;
    Ok(count)
}

/// What a received lead is about.
pub async fn kind(tx: &mut Tx, sub: Uuid, peer: i64) -> Result<Option<String>, DbError> {
    let row = tx
        .query("/* received::kind */ SELECT kind FROM received WHERE sub = $1 AND peer = $2 ORDER BY ver DESC LIMIT 1")
        .bind(sub)
        .bind(peer)
        .optional::<(String,)>()
        .await?;
    Ok(row.map(|(kind,)| kind))
}
