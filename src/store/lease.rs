//! Leases between the instances of a node on one database.
//!
//! Invariant: of one lease, tokens only rise, and by one with each change of holder.

use super::db::{DbError, Tx};

/// A lease as it stands after it was taken or renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Raised with each change of holder: whoever has a lower one has lost the lease.
    pub token: i64,
    /// How many holders in a row, this one with them, took it from one that let it run out; 0 once renewed.
    pub attempts: i64,
}

/// Takes or renews a lease until `until`; none if another instance holds it at `now`. Times in milliseconds.
pub async fn take(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<Option<Held>, DbError> {
    let row = tx
        .query(
            "/* lease::take */ INSERT INTO leases (name, holder, expires_at, token, attempts) VALUES ($1, $2, $3, 1, 1) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, \
             token = leases.token + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END, \
             attempts = CASE WHEN leases.holder = excluded.holder THEN 0 WHEN leases.holder = '' THEN 1 \
             ELSE leases.attempts + 1 END \
             WHERE leases.holder = excluded.holder OR leases.expires_at <= $4 RETURNING token, attempts",
        )
        .bind(name)
        .bind(holder)
        .bind(until)
        .bind(now)
        .optional::<(i64, i64)>()
        .await?;
    Ok(row.map(|(token, attempts)| Held { token, attempts }))
}

/// Ends all leases, whoever holds them: in a copy of the database their holders are not there.
pub async fn clear(tx: &mut Tx) -> Result<(), DbError> {
    tx.query("/* lease::clear */ UPDATE leases SET holder = '', expires_at = 0, attempts = 0")
        .execute()
        .await
        .map(drop)
}

/// Gives a holder's leases back.
pub async fn release(tx: &mut Tx, holder: &str) -> Result<(), DbError> {
    tx.query(
        "/* lease::release */ UPDATE leases SET holder = '', expires_at = 0, attempts = 0 WHERE holder = $1",
    )
    .bind(holder)
    .execute()
    .await
    .map(drop)
}
