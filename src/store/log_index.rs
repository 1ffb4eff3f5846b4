//! What entries of the log can be found by: a projection of the log, made again when empty or stale.
//!
//! Knows keys of terms and indexes of entries. Invariant: every entry below [`Reach::size`] is in the index, and
//! none from there on.

use super::db::{DbError, Tx, Value, list_of};

/// How far the index goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How many entries it covers.
    pub size: i64,
    /// The newest time of them, milliseconds.
    pub reached: i64,
    /// The leaf hash of the last of them.
    pub last: Vec<u8>,
}

/// How far the index goes; none if it is empty.
pub async fn reach(tx: &mut Tx) -> Result<Option<Reach>, DbError> {
    let row = tx
        .query("/* log_index::reach */ SELECT size, reached, last FROM log_indexed WHERE id = 1")
        .optional()
        .await?;
    Ok(row.map(|(size, reached, last)| Reach { size, reached, last }))
}

/// Moves the reach on from `old`, none if the index was empty; false if it is not there any more. First in its
/// transaction: of several that index the same entries, one goes on.
pub async fn advance(tx: &mut Tx, old: Option<&Reach>, new: &Reach) -> Result<bool, DbError> {
    let moving = match old {
        None => tx.query(
            "/* log_index::advance */ INSERT INTO log_indexed (id, size, reached, last) VALUES (1, $1, $2, $3) \
             ON CONFLICT DO NOTHING",
        ),
        Some(_) => tx.query(
            "/* log_index::advance */ UPDATE log_indexed SET size = $1, reached = $2, last = $3 \
             WHERE id = 1 AND size = $4 AND last = $5",
        ),
    };
    let moving = moving.bind(new.size).bind(new.reached).bind(new.last.as_slice());
    let moving = match old {
        None => moving,
        Some(old) => moving.bind(old.size).bind(old.last.as_slice()),
    };
    Ok(moving.execute().await? == 1)
}

/// Adds entries: the key and the index for each of their terms, and where the log's time moved on.
pub async fn put(tx: &mut Tx, terms: Vec<(i64, i64)>, times: Vec<(i64, i64)>) -> Result<(), DbError> {
    let pair = |(one, other): (i64, i64)| [Value::from(one), other.into()];
    tx.insert_rows(
        "/* log_index::put */ INSERT INTO log_terms (term, leaf) VALUES",
        terms.into_iter().map(pair),
        "ON CONFLICT DO NOTHING",
    )
    .await?;
    tx.insert_rows(
        "/* log_index::times */ INSERT INTO log_times (reached, leaf) VALUES",
        times.into_iter().map(pair),
        "ON CONFLICT DO NOTHING",
    )
    .await
    .map(drop)
}

/// Forgets everything: the index is of another log.
pub async fn clear(tx: &mut Tx) -> Result<(), DbError> {
    for delete in [
        "/* log_index::clear_reach */ DELETE FROM log_indexed",
        "/* log_index::clear_terms */ DELETE FROM log_terms",
        "/* log_index::clear_times */ DELETE FROM log_times",
    ] {
        tx.query(delete).execute().await?;
    }
    Ok(())
}

/// The first entry by which the log's time had reached `at`.
pub async fn first_at(tx: &mut Tx, at: i64) -> Result<Option<i64>, DbError> {
    let row = tx
        .query("/* log_index::first_at */ SELECT leaf FROM log_times WHERE reached >= $1 ORDER BY reached LIMIT 1")
        .bind(at)
        .optional::<(i64,)>()
        .await?;
    Ok(row.map(|(leaf,)| leaf))
}

/// How many entries from `first` on have the term; counts to `most` at the most.
pub async fn count(tx: &mut Tx, term: i64, first: i64, most: i64) -> Result<i64, DbError> {
    let (count,) = tx
        .query(
            "/* log_index::count */ SELECT count(*) FROM \
             (SELECT leaf FROM log_terms WHERE term = $1 AND leaf >= $2 LIMIT $3) AS found",
        )
        .bind(term)
        .bind(first)
        .bind(most)
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

/// The first `most` entries with the term from `first` to before `end`, and how many of the terms `others` each has.
pub async fn with(
    tx: &mut Tx,
    term: i64,
    others: &[i64],
    (first, end): (i64, i64),
    most: i64,
) -> Result<Vec<(i64, i64)>, DbError> {
    tx.query(
        "/* log_index::with */ SELECT found.leaf, (SELECT count(*) FROM log_terms other WHERE other.term IN \
         (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND other.leaf = found.leaf) FROM \
         (SELECT leaf FROM log_terms WHERE term = $2 AND leaf >= $3 AND leaf < $4 ORDER BY leaf LIMIT $5) AS found \
         ORDER BY found.leaf",
    )
    .bind(list_of(others))
    .bind(term)
    .bind(first)
    .bind(end)
    .bind(most)
    .all()
    .await
}

/// The first `most` entries with any of the terms, from `first` on.
pub async fn with_any(tx: &mut Tx, terms: &[i64], first: i64, most: i64) -> Result<Vec<i64>, DbError> {
    let rows = tx
        .query(
            "/* log_index::with_any */ SELECT DISTINCT leaf FROM log_terms WHERE term IN \
             (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND leaf >= $2 ORDER BY leaf LIMIT $3",
        )
        .bind(list_of(terms))
        .bind(first)
        .bind(most)
        .all::<(i64,)>()
        .await?;
    Ok(rows.into_iter().map(|(leaf,)| leaf).collect())
}

/// The first entry with each of the terms, ascending.
pub async fn first_with(tx: &mut Tx, terms: &[i64]) -> Result<Vec<i64>, DbError> {
    let rows = tx
        .query(
            "/* log_index::first_with */ SELECT DISTINCT first FROM (SELECT min(leaf) AS first FROM log_terms \
             WHERE term IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) GROUP BY term) AS found ORDER BY first",
        )
        .bind(list_of(terms))
        .all::<(i64,)>()
        .await?;
    Ok(rows.into_iter().map(|(leaf,)| leaf).collect())
}
