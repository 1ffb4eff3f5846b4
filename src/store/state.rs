//! Small facts of the node: its name and epoch, alarms, answered requests.

use uuid::Uuid;

use super::db::{DbError, Tx};
use crate::domain::digest::Digest;

/// A fact by its name.
pub async fn fact(tx: &mut Tx, name: &str) -> Result<Option<String>, DbError> {
    let row = tx
        .query("/* state::fact */ SELECT value FROM node_state WHERE name = $1")
        .bind(name)
        .optional::<(String,)>()
        .await?;
    Ok(row.map(|(value,)| value))
}

/// Writes a fact unless it is there; returns the one that stands.
pub async fn settle_fact(tx: &mut Tx, name: &str, value: &str) -> Result<String, DbError> {
    tx.query("/* state::settle_fact */ INSERT INTO node_state (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(name)
        .bind(value)
        .execute()
        .await?;
    fact(tx, name).await?.ok_or(DbError::Missing("state::settle_fact"))
}

/// Removes a fact.
pub async fn forget_fact(tx: &mut Tx, name: &str) -> Result<(), DbError> {
    tx.query("/* state::forget_fact */ DELETE FROM node_state WHERE name = $1")
        .bind(name)
        .execute()
        .await
        .map(drop)
}

/// Raises an alarm, with the message that it is about and the signed proof if there are any.
pub async fn alarm(
    tx: &mut Tx,
    at: i64,
    code: &str,
    peer: Option<i64>,
    x: Option<Digest>,
    proof: Option<&str>,
) -> Result<(), DbError> {
    tx.query("/* state::alarm */ INSERT INTO alarms (at, code, peer, x, proof) VALUES ($1, $2, $3, $4, $5)")
        .bind(at)
        .bind(code)
        .bind(peer)
        .bind(x.map(|x| x.bytes().to_vec()))
        .bind(proof.map(str::to_owned))
        .execute()
        .await
        .map(drop)
}

/// Raises an alarm about a message of ours, with the place in it that is meant.
pub async fn alarm_at(
    tx: &mut Tx,
    at: i64,
    code: &str,
    peer: i64,
    x: Digest,
    place: &str,
) -> Result<(), DbError> {
    tx.query(
        "/* state::alarm_at */ INSERT INTO alarms (at, code, peer, x, place) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(at)
    .bind(code)
    .bind(peer)
    .bind(x.bytes().to_vec())
    .bind(place)
    .execute()
    .await
    .map(drop)
}

/// Whether an alarm with this code was raised about the peer at `since` or later.
pub async fn alarmed(tx: &mut Tx, code: &str, peer: i64, since: i64) -> Result<bool, DbError> {
    let row = tx
        .query(
            "/* state::alarmed */ SELECT id FROM alarms WHERE code = $1 AND peer = $2 AND at >= $3 LIMIT 1",
        )
        .bind(code)
        .bind(peer)
        .bind(since)
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}

/// Whether an alarm with this code was raised about that message to or from the peer.
pub async fn alarmed_about(tx: &mut Tx, code: &str, peer: i64, x: Digest) -> Result<bool, DbError> {
    let row = tx
        .query(
            "/* state::alarmed_about */ SELECT id FROM alarms WHERE code = $1 AND peer = $2 AND x = $3 LIMIT 1",
        )
        .bind(code)
        .bind(peer)
        .bind(x.bytes().to_vec())
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}

/// How many alarms with this code were raised about the peer at `since` or later; `most` stands for more.
pub async fn alarmed_times(
    tx: &mut Tx,
    code: &str,
    peer: i64,
    since: i64,
    most: i64,
) -> Result<i64, DbError> {
    let sql = "/* state::alarmed_times */ SELECT count(*) FROM \
               (SELECT id FROM alarms WHERE code = $1 AND peer = $2 AND at >= $3 LIMIT $4) AS raised";
    let row = tx.query(sql).bind(code).bind(peer).bind(since).bind(most).one::<(i64,)>().await?;
    Ok(row.0)
}

/// An alarm: its number, when, why, about which peer and which message, what the peer signed, which place in the
/// message.
pub type AlarmRow = (i64, i64, String, Option<i64>, Option<Vec<u8>>, Option<String>, Option<String>);

/// The alarms before number `before`, newest first.
pub async fn alarms(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<AlarmRow>, DbError> {
    tx.query(
        "/* state::alarms */ SELECT id, at, code, peer, x, proof, place FROM alarms WHERE id < $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .all()
    .await
}

/// The answer that an officer's request with this key got: digest of the request, response.
pub async fn answered(tx: &mut Tx, officer: Uuid, key: &str) -> Result<Option<(Vec<u8>, String)>, DbError> {
    tx.query(
        "/* state::answered */ SELECT request, response FROM idempotency WHERE officer = $1 AND key = $2",
    )
    .bind(officer)
    .bind(key)
    .optional()
    .await
}

/// Keeps the answer to an officer's request; [`DbError::Conflict`] if the key was answered meanwhile.
pub async fn keep_answer(
    tx: &mut Tx,
    officer: Uuid,
    key: &str,
    request: &[u8],
    response: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.query("/* state::keep_answer */ INSERT INTO idempotency (officer, key, request, response, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(officer)
        .bind(key)
        .bind(request)
        .bind(response)
        .bind(at)
        .execute()
        .await
        .map(drop)
}
