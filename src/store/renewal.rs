//! Leads that go to a peer again, once their basis allows it.

use uuid::Uuid;

use super::db::{DbError, Tx, list_of};

/// Has a shared lead tried again at `at`, for the `renewals`th time in a row.
pub async fn put(tx: &mut Tx, lead: Uuid, peer: i64, at: i64, renewals: i64) -> Result<(), DbError> {
    tx.query(
        "/* renewal::put */ UPDATE shares SET renew_at = $1, renewals = $2 WHERE lead = $3 AND peer = $4",
    )
    .bind(at)
    .bind(renewals)
    .bind(lead)
    .bind(peer)
    .execute()
    .await
    .map(drop)
}

/// One message about a lead, as its chain names it: lane, epoch, number.
pub type Place<'a> = (&'a str, &'a str, i64);

/// Has a lead that a message did not bring to the peer tried again at `at`, unless a newer version went there since:
/// that one has a receipt of its own to come.
pub async fn put_refused(
    tx: &mut Tx,
    (lead, peer): (Uuid, i64),
    (lane, epoch, seq): Place<'_>,
    at: i64,
    renewals: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* renewal::put_refused */ UPDATE shares SET renew_at = $1, renewals = $2 WHERE lead = $3 AND peer = $4 \
         AND ver = (SELECT o.ver FROM outbox o WHERE o.peer = $4 AND o.lane = $5 AND o.epoch = $6 AND o.seq = $7)",
    )
    .bind(at)
    .bind(renewals)
    .bind(lead)
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(seq)
    .execute()
    .await
    .map(drop)
}

/// A lead was sent as it stands: nothing is due until the peer refuses it.
pub async fn done(tx: &mut Tx, lead: Uuid, peer: i64) -> Result<(), DbError> {
    tx.query("/* renewal::done */ UPDATE shares SET renew_at = NULL WHERE lead = $1 AND peer = $2")
        .bind(lead)
        .bind(peer)
        .execute()
        .await
        .map(drop)
}

/// The leads to a peer whose time has come, the longest due first, a few at a time, with how often each was tried.
pub async fn due(tx: &mut Tx, peer: i64, now: i64) -> Result<Vec<(Uuid, i64)>, DbError> {
    tx.query(
        "/* renewal::due */ SELECT lead, renewals FROM shares \
         WHERE peer = $1 AND renew_at IS NOT NULL AND renew_at <= $2 ORDER BY renew_at, lead LIMIT 200",
    )
    .bind(peer)
    .bind(now)
    .all()
    .await
}

/// Takes a lead whose time has come; false if it is not due any more.
pub async fn take(tx: &mut Tx, lead: Uuid, peer: i64, now: i64) -> Result<bool, DbError> {
    let taken = tx
        .query(
            "/* renewal::take */ UPDATE shares SET renew_at = NULL \
             WHERE lead = $1 AND peer = $2 AND renew_at IS NOT NULL AND renew_at <= $3",
        )
        .bind(lead)
        .bind(peer)
        .bind(now)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// What waits for an agreement is tried at once, also what waits for one of its parties: something changed about it.
pub async fn hasten(tx: &mut Tx, agreement: Uuid, parties: &[i64], now: i64) -> Result<(), DbError> {
    tx.query("/* renewal::hasten */ UPDATE shares SET renew_at = $1, renewals = 0 WHERE agreement = $2 AND renew_at > $1")
        .bind(now)
        .bind(agreement)
        .execute()
        .await?;
    tx.query(
        "/* renewal::hasten_answers */ UPDATE outbox SET retry_at = $1 WHERE retry_at > $1 \
         AND peer IN (SELECT CAST(value AS BIGINT) FROM json_each($2))",
    )
    .bind(now)
    .bind(list_of(parties))
    .execute()
    .await
    .map(drop)
}
