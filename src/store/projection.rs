//! What own leads can be searched by, apart from the records: rebuilt when empty or stale, in no backup.

use uuid::Uuid;

use super::db::{DbError, Tx, Value, uuids_of};

/// One lead as it can be searched.
pub struct IndexRow {
    /// The lead.
    pub lead: Uuid,
    /// The index of its last edit in the log.
    pub leaf: i64,
    /// What it is about.
    pub kind: &'static str,
    /// The codes of its places.
    pub regions: Vec<i64>,
}

/// The index of the newest edit that the projection knows; -1 if it is empty.
pub async fn newest(tx: &mut Tx) -> Result<i64, DbError> {
    let (leaf,) =
        tx.query("/* projection::newest */ SELECT max(leaf) FROM lead_index").one::<(Option<i64>,)>().await?;
    Ok(leaf.unwrap_or(-1))
}

/// Writes leads as they are after their last edit.
pub async fn put(tx: &mut Tx, rows: Vec<IndexRow>) -> Result<(), DbError> {
    let leads: Vec<Uuid> = rows.iter().map(|row| row.lead).collect();
    tx.query("/* projection::clear */ DELETE FROM lead_places WHERE lead IN (SELECT unhex(value) FROM json_each($1))")
        .bind(uuids_of(&leads))
        .execute()
        .await?;
    let mut places = Vec::new();
    let mut index = Vec::with_capacity(rows.len());
    for row in rows {
        places.extend(row.regions.into_iter().map(|region| [Value::from(row.lead), region.into()]));
        index.push([Value::from(row.lead), row.leaf.into(), row.kind.into()]);
    }
    tx.insert_rows(
        "/* projection::put */ INSERT INTO lead_index (lead, leaf, kind) VALUES",
        index,
        "ON CONFLICT (lead) DO UPDATE SET leaf = excluded.leaf, kind = excluded.kind",
    )
    .await?;
    tx.insert_rows(
        "/* projection::places */ INSERT INTO lead_places (lead, region) VALUES",
        places,
        "ON CONFLICT DO NOTHING",
    )
    .await
    .map(drop)
}

/// Forgets these leads.
pub async fn forget(tx: &mut Tx, leads: &[Uuid]) -> Result<(), DbError> {
    tx.query("/* projection::unplace */ DELETE FROM lead_places WHERE lead IN (SELECT unhex(value) FROM json_each($1))")
        .bind(uuids_of(leads))
        .execute()
        .await?;
    tx.query("/* projection::forget */ DELETE FROM lead_index WHERE lead IN (SELECT unhex(value) FROM json_each($1))")
        .bind(uuids_of(leads))
        .execute()
        .await
        .map(drop)
}

/// The leads after index `after` of one kind (empty: any) with a place whose code lies between
/// `first` and `last` (both 0: anywhere): index and lead, in the order of their last edit.
pub async fn search(
    tx: &mut Tx,
    kind: &str,
    (first, last): (i64, i64),
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Uuid)>, DbError> {
    tx.query(
        "/* projection::search */ SELECT i.leaf, i.lead FROM lead_index i \
         WHERE i.leaf > $1 AND ($2 = '' OR i.kind = $2) AND ($4 = 0 OR EXISTS \
         (SELECT 1 FROM lead_places p WHERE p.lead = i.lead AND p.region BETWEEN $3 AND $4)) \
         ORDER BY i.leaf LIMIT $5",
    )
    .bind(after)
    .bind(kind.to_owned())
    .bind(first)
    .bind(last)
    .bind(limit)
    .all()
    .await
}
