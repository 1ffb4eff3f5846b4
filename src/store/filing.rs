//! Filings with upper nodes, as signed.
//!
//! Knows statements and their names; decides nothing.

use uuid::Uuid;

use super::db::{DbError, Tx, Value, uuids_of};
use crate::domain::digest::Digest;

/// One filing.
pub struct FilingRow {
    /// The digest of the terms.
    pub digest: Vec<u8>,
    /// Whose filing.
    pub party: i64,
    /// With whom.
    pub upper: i64,
    /// Which filing of these terms, from 1.
    pub number: i64,
    /// The agreement.
    pub agreement: Uuid,
    /// Its version.
    pub version: i64,
    /// Whether it was answered.
    pub answered: bool,
    /// Why it was returned, as a code.
    pub reason: Option<String>,
}

type Columns = (Vec<u8>, i64, i64, i64, Uuid, i64, Option<String>, Option<String>);

impl From<Columns> for FilingRow {
    fn from((digest, party, upper, number, agreement, version, answer, reason): Columns) -> Self {
        Self { digest, party, upper, number, agreement, version, answered: answer.is_some(), reason }
    }
}

/// Adds a filing that nobody answered yet; false if it is there already.
pub async fn add(tx: &mut Tx, row: FilingRow, statement: &str) -> Result<bool, DbError> {
    let values = [
        Value::from(row.digest),
        row.party.into(),
        row.upper.into(),
        row.number.into(),
        row.agreement.into(),
        row.version.into(),
        statement.into(),
    ];
    let added = tx
        .insert_rows(
            "/* filing::add */ INSERT INTO filings (digest, party, upper, number, agreement, version, statement) VALUES",
            [values],
            "ON CONFLICT DO NOTHING",
        )
        .await?;
    Ok(added == 1)
}

/// Takes back a filing that nobody answered.
pub async fn remove(
    tx: &mut Tx,
    (digest, party, upper, number): (Digest, i64, i64, i64),
) -> Result<(), DbError> {
    tx.query(
        "/* filing::remove */ DELETE FROM filings \
         WHERE digest = $1 AND party = $2 AND upper = $3 AND number = $4 AND answer IS NULL",
    )
    .bind(digest.bytes().as_slice())
    .bind(party)
    .bind(upper)
    .bind(number)
    .execute()
    .await
    .map(drop)
}

/// Takes back the answer to a filing.
pub async fn unanswer(
    tx: &mut Tx,
    (digest, party, upper, number): (Digest, i64, i64, i64),
) -> Result<(), DbError> {
    tx.query(
        "/* filing::unanswer */ UPDATE filings SET answer = NULL, reason = NULL \
         WHERE digest = $1 AND party = $2 AND upper = $3 AND number = $4",
    )
    .bind(digest.bytes().as_slice())
    .bind(party)
    .bind(upper)
    .bind(number)
    .execute()
    .await
    .map(drop)
}

/// Waits for every other instance that files the agreement or passes on what was said of it, and keeps them waiting
/// until this transaction ends. What it reads from now on is what they left.
pub async fn take_turn(tx: &mut Tx, agreement: Uuid) -> Result<(), DbError> {
    tx.query(
        "/* filing::take_turn */ INSERT INTO filing_turns (agreement) VALUES ($1) \
         ON CONFLICT (agreement) DO UPDATE SET agreement = excluded.agreement",
    )
    .bind(agreement)
    .execute()
    .await
    .map(drop)
}

/// Answers a filing; false if it is not there, or was answered.
pub async fn answer(
    tx: &mut Tx,
    (digest, party, upper, number): (Digest, i64, i64, i64),
    reason: Option<&'static str>,
    statement: &str,
) -> Result<bool, DbError> {
    let changed = tx
        .query(
            "/* filing::answer */ UPDATE filings SET answer = $1, reason = $2 \
             WHERE digest = $3 AND party = $4 AND upper = $5 AND number = $6 AND answer IS NULL",
        )
        .bind(statement)
        .bind(reason.map(str::to_owned))
        .bind(digest.bytes().as_slice())
        .bind(party)
        .bind(upper)
        .bind(number)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// The filings of these agreements, by whomever with whomever, in the order of their numbers.
pub async fn find(tx: &mut Tx, agreements: &[Uuid]) -> Result<Vec<FilingRow>, DbError> {
    let rows = tx
        .query(
            "/* filing::find */ SELECT digest, party, upper, number, agreement, version, answer, reason FROM filings \
             WHERE agreement IN (SELECT unhex(value) FROM json_each($1)) ORDER BY agreement, digest, party, upper, number",
        )
        .bind(uuids_of(agreements))
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Notes that a signature of a version came at `at`.
pub async fn signed(
    tx: &mut Tx,
    agreement: Uuid,
    (version, digest): (i64, Digest),
    at: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* filing::signed */ INSERT INTO signatures_arrived (agreement, version, digest, at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (agreement, version, digest) DO UPDATE SET at = excluded.at",
    )
    .bind(agreement)
    .bind(version)
    .bind(digest.bytes().as_slice())
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// When the last signature of each version of these agreements came, where it was noted: agreement, version, digest,
/// time.
pub async fn signatures(tx: &mut Tx, agreements: &[Uuid]) -> Result<Vec<(Uuid, i64, Vec<u8>, i64)>, DbError> {
    tx.query(
        "/* filing::signatures */ SELECT agreement, version, digest, at FROM signatures_arrived \
         WHERE agreement IN (SELECT unhex(value) FROM json_each($1))",
    )
    .bind(uuids_of(agreements))
    .all()
    .await
}
