//! Log-ins that were refused: how many no entry tells of yet, by account.

use super::db::{DbError, Tx};

/// Counts a refused log-in of `who`, and says when they were told of last, milliseconds;
/// 0: never.
pub async fn refuse(tx: &mut Tx, who: &str) -> Result<i64, DbError> {
    let (since,) = tx
        .query(
            "/* login::refuse */ INSERT INTO login_failures (who, since, untold) VALUES ($1, 0, 1) \
             ON CONFLICT (who) DO UPDATE SET untold = login_failures.untold + 1 RETURNING since",
        )
        .bind(who)
        .one()
        .await?;
    Ok(since)
}

/// All that is counted of `who` is told at `at`; how much it was.
pub async fn tell(tx: &mut Tx, who: &str, at: i64) -> Result<i64, DbError> {
    let untold = tx
        .query("/* login::untold */ SELECT untold FROM login_failures WHERE who = $1")
        .bind(who)
        .for_update()
        .optional::<(i64,)>()
        .await?;
    let Some((untold,)) = untold.filter(|(untold,)| *untold > 0) else { return Ok(0) };
    tx.query("/* login::tell */ UPDATE login_failures SET since = $1, untold = 0 WHERE who = $2")
        .bind(at)
        .bind(who)
        .execute()
        .await?;
    Ok(untold)
}

/// Those of whom something is untold since before `before`.
pub async fn untold(tx: &mut Tx, before: i64) -> Result<Vec<String>, DbError> {
    let rows = tx
        .query(
            "/* login::untold_since */ SELECT who FROM login_failures WHERE untold > 0 AND since <= $1 \
             ORDER BY who LIMIT 1000",
        )
        .bind(before)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(who,)| who).collect())
}
