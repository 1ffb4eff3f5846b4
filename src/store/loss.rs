//! What a restored node lost, as its peers tell it: never content, which only they have.

use uuid::Uuid;

use super::db::{DbError, Tx};
use crate::domain::digest::Digest;

/// A record of ours that a peer holds: its public id, the highest version with the digest of its statement, and
/// the number under which we took its versions back.
pub type HeldRow = (Uuid, Option<i64>, Option<Vec<u8>>, Option<i64>);

/// What is held of `peer`'s records after public id `after`, at most `limit`, by public id.
pub async fn held(tx: &mut Tx, peer: i64, after: Uuid, limit: i64) -> Result<Vec<HeldRow>, DbError> {
    tx.query(
        "/* loss::held */ SELECT k.sub, s.ver, s.statement, t.below FROM \
         (SELECT sub FROM received_status WHERE peer = $1 AND sub > $2 \
         UNION SELECT sub FROM tombstones WHERE peer = $1 AND sub > $2 ORDER BY 1 LIMIT $3) k \
         LEFT JOIN received_status s ON s.sub = k.sub AND s.peer = $1 \
         LEFT JOIN tombstones t ON t.sub = k.sub AND t.peer = $1 ORDER BY k.sub",
    )
    .bind(peer)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// An own lead by its public id: its id, its version, and the digest-bearing statements of it that are signed
/// here up to there.
pub async fn own(tx: &mut Tx, subs: &[Uuid]) -> Result<Vec<(Uuid, Uuid, i64)>, DbError> {
    tx.query(
        "/* loss::own */ SELECT sub, id, ver FROM leads WHERE sub IN (SELECT unhex(value) FROM json_each($1))",
    )
    .bind(super::db::uuids_of(subs))
    .all()
    .await
}

/// The statement of a version of an own lead, if it was signed here.
pub async fn signed(tx: &mut Tx, lead: Uuid, ver: i64) -> Result<Option<Digest>, DbError> {
    let row = tx
        .query("/* loss::signed */ SELECT jws FROM lead_versions WHERE lead = $1 AND ver = $2")
        .bind(lead)
        .bind(ver)
        .optional::<(String,)>()
        .await?;
    Ok(row.map(|(jws,)| Digest::of(jws.as_bytes())))
}

/// Notes that a peer holds version `ver` of a record, which is not here; `lead` if an older version of it is.
pub async fn lose_record(
    tx: &mut Tx,
    peer: i64,
    sub: Uuid,
    ver: i64,
    lead: Option<Uuid>,
) -> Result<(), DbError> {
    tx.query(
        "/* loss::lose_record */ INSERT INTO lost_records (peer, sub, ver, lead) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (peer, sub) DO UPDATE SET ver = excluded.ver, lead = excluded.lead",
    )
    .bind(peer)
    .bind(sub)
    .bind(ver)
    .bind(lead)
    .execute()
    .await
    .map(drop)
}

/// Notes that a peer holds messages of ours that are not here.
pub async fn lose_messages(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    first: i64,
    last: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* loss::lose_messages */ INSERT INTO lost_messages (peer, lane, epoch, first, last) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (peer, lane, epoch) DO UPDATE \
         SET first = excluded.first, last = excluded.last",
    )
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(first)
    .bind(last)
    .execute()
    .await
    .map(drop)
}

/// The highest version of an own lead that a peer holds and that was lost here; 0 for none.
pub async fn highest(tx: &mut Tx, lead: Uuid) -> Result<i64, DbError> {
    let row = tx
        .query("/* loss::highest */ SELECT ver FROM lost_records WHERE lead = $1 ORDER BY ver DESC LIMIT 1")
        .bind(lead)
        .optional::<(i64,)>()
        .await?;
    Ok(row.map_or(0, |(ver,)| ver))
}

/// The peers that hold a version of an own lead that was lost here, at most a thousand.
pub async fn holders(tx: &mut Tx, lead: Uuid) -> Result<Vec<i64>, DbError> {
    let rows = tx
        .query("/* loss::holders */ SELECT peer FROM lost_records WHERE lead = $1 ORDER BY peer LIMIT 1000")
        .bind(lead)
        .all::<(i64,)>()
        .await?;
    Ok(rows.into_iter().map(|(peer,)| peer).collect())
}

/// How many lost records a peer holds.
pub async fn count(tx: &mut Tx, peer: i64) -> Result<i64, DbError> {
    let (count,) = tx
        .query("/* loss::count */ SELECT count(*) FROM lost_records WHERE peer = $1")
        .bind(peer)
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// A lost record: the peer that holds it, its public id, the version, the own lead if there is an older one.
pub type LostRecord = (i64, Uuid, i64, Option<Uuid>);

/// The lost records, by peer and public id, at most `limit` of each peer.
pub async fn records(tx: &mut Tx, limit: i64) -> Result<Vec<LostRecord>, DbError> {
    tx.query(
        "/* loss::records */ SELECT peer, sub, ver, lead FROM (SELECT peer, sub, ver, lead, \
         row_number() OVER (PARTITION BY peer ORDER BY sub) AS place FROM lost_records) AS placed \
         WHERE place <= $1 ORDER BY peer, sub",
    )
    .bind(limit)
    .all()
    .await
}

/// Lost messages: the peer that holds them, lane, epoch, first and last number.
pub type LostMessages = (i64, String, String, i64, i64);

/// The lost messages, by peer, lane and epoch.
pub async fn messages(tx: &mut Tx) -> Result<Vec<LostMessages>, DbError> {
    tx.query(
        "/* loss::messages */ SELECT peer, lane, epoch, first, last FROM lost_messages ORDER BY peer, lane, epoch",
    )
    .all()
    .await
}
