//! Statistics of exchange, as signed, and what they are made from.

use uuid::Uuid;

use super::db::{DbError, Tx, Value, list_of, uuids_of};

/// Adds a table of statistics and its months, of which there is at least one. False if the node told of one of them
/// already, here or in another instance at the same time: then the transaction must not be committed.
pub async fn add(tx: &mut Tx, node: i64, months: &[String], statement: &str) -> Result<bool, DbError> {
    let rows = months.iter().map(|month| [Value::from(node), month.as_str().into()]);
    let added = tx
        .insert_rows(
            "/* statistics::add_months */ INSERT INTO exchange_statistics_months (node, month) VALUES",
            rows,
            "ON CONFLICT DO NOTHING",
        )
        .await?;
    if usize::try_from(added) != Ok(months.len()) {
        return Ok(false);
    }
    let added = tx
        .query(
            "/* statistics::add */ INSERT INTO exchange_statistics (node, first, statement) \
             VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(node)
        .bind(months.first().cloned())
        .bind(statement)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Takes a table back that begins with the first of these months, and them.
pub async fn remove(tx: &mut Tx, node: i64, months: &[String]) -> Result<(), DbError> {
    tx.query("/* statistics::remove */ DELETE FROM exchange_statistics WHERE node = $1 AND first = $2")
        .bind(node)
        .bind(months.first().cloned())
        .execute()
        .await?;
    tx.query(
        "/* statistics::remove_months */ DELETE FROM exchange_statistics_months \
         WHERE node = $1 AND month IN (SELECT value FROM json_each($2))",
    )
    .bind(node)
    .bind(list_of(months))
    .execute()
    .await
    .map(drop)
}

/// Every table of statistics: the node and the statement; oldest months first.
pub async fn all(tx: &mut Tx) -> Result<Vec<(i64, String)>, DbError> {
    tx.query(
        "/* statistics::all */ SELECT node, statement FROM exchange_statistics ORDER BY node, first LIMIT 10000",
    )
    .all()
    .await
}

/// Where one page of [`given`] ends: lead, peer, epoch, number.
pub type Place = (Uuid, i64, String, i64);

/// A message that carried an own lead: its place, the version, the header, whether it waits for its receipt.
pub type Given = (Place, i64, String, bool);

/// Messages with own leads, after `after`, without those that were refused or went void.
pub async fn given(tx: &mut Tx, after: Place, limit: i64) -> Result<Vec<Given>, DbError> {
    let (lead, peer, epoch, seq) = after;
    let rows = tx
        .query(
            "/* statistics::given */ SELECT lead, peer, epoch, seq, ver, header, state FROM outbox \
             WHERE state IN ('stored', 'waiting') AND lead IS NOT NULL AND (lead, peer, epoch, seq) > ($1, $2, $3, $4) \
             ORDER BY lead, peer, epoch, seq LIMIT $5",
        )
        .bind(lead)
        .bind(peer)
        .bind(epoch)
        .bind(seq)
        .bind(limit)
        .all::<(Uuid, i64, String, i64, i64, String, String)>()
        .await?;
    let row = |(lead, peer, epoch, seq, ver, header, state): (_, _, _, _, _, _, String)| {
        ((lead, peer, epoch, seq), ver, header, state == "waiting")
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The signed versions of these leads: lead, version, JWS without disclosures.
pub async fn signed(tx: &mut Tx, leads: &[Uuid]) -> Result<Vec<(Uuid, i64, String)>, DbError> {
    tx.query(
        "/* statistics::signed */ SELECT lead, ver, jws FROM lead_versions \
         WHERE lead IN (SELECT unhex(value) FROM json_each($1))",
    )
    .bind(uuids_of(leads))
    .all()
    .await
}
