//! Sequenced messages to peers, until and after their receipts.

use uuid::Uuid;

use super::db::{DbError, Tx, Value, list_of};
use crate::domain::digest::Digest;

/// One sequenced message.
pub struct OutboxRow {
    /// The recipient.
    pub peer: i64,
    /// The lane's code.
    pub lane: &'static str,
    /// The sender's epoch.
    pub epoch: String,
    /// The number in the lane.
    pub seq: i64,
    /// The exchange digest.
    pub x: Digest,
    /// The canonical header.
    pub header: String,
    /// The lead and its version, if that is what it carries.
    pub lead: Option<(Uuid, i64)>,
    /// How many messages carried this statement to that peer before, and this one.
    pub attempts: i64,
}

/// Adds sequenced messages, waiting for their receipts.
pub async fn add(tx: &mut Tx, rows: Vec<OutboxRow>) -> Result<(), DbError> {
    let rows = rows.into_iter().map(|row| {
        [
            Value::from(row.peer),
            row.lane.into(),
            row.epoch.into(),
            row.seq.into(),
            row.x.bytes().as_slice().into(),
            row.header.into(),
            row.lead.map(|(lead, _)| lead).into(),
            row.lead.map(|(_, ver)| ver).into(),
            row.attempts.into(),
            "waiting".into(),
        ]
    });
    tx.insert_rows(
        "/* outbox::add */ INSERT INTO outbox (peer, lane, epoch, seq, x, header, lead, ver, attempts, state) VALUES",
        rows,
        "",
    )
    .await
    .map(drop)
}

/// A message that waits for its receipt.
pub struct Waiting {
    /// The number in the lane.
    pub seq: i64,
    /// The canonical header.
    pub header: String,
    /// The lead and its version, if that is what it carries.
    pub lead: Option<(Uuid, i64)>,
    /// How often its statement was sent.
    pub attempts: i64,
}

/// The messages of a lane after `after`, in order, at most `limit`, whatever their state: a receipt
/// that was lost is asked for again.
pub async fn after(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Waiting>, DbError> {
    let rows = tx
        .query(
            "/* outbox::after */ SELECT seq, header, lead, ver, attempts FROM outbox \
             WHERE peer = $1 AND lane = $2 AND epoch = $3 AND seq > $4 ORDER BY seq LIMIT $5",
        )
        .bind(peer)
        .bind(lane)
        .bind(epoch)
        .bind(after)
        .bind(limit)
        .all::<(i64, String, Option<Uuid>, Option<i64>, i64)>()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(seq, header, lead, ver, attempts)| Waiting { seq, header, lead: lead.zip(ver), attempts })
        .collect())
}

/// Settles the messages `first..=last` of a lane with one state; how many of them waited.
pub async fn settle(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    first: i64,
    last: i64,
    state: &str,
) -> Result<u64, DbError> {
    tx.query(
        "/* outbox::settle */ UPDATE outbox SET state = $1, retry_at = NULL \
         WHERE peer = $2 AND lane = $3 AND epoch = $4 AND seq BETWEEN $5 AND $6 AND state = 'waiting'",
    )
    .bind(state)
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(first)
    .bind(last)
    .execute()
    .await
}

/// Settles messages `first..=last` of a lane anew, which the receiver settled otherwise before it was restored; how many
/// became that state.
pub async fn settle_again(
    tx: &mut Tx,
    (peer, lane, epoch): (i64, &str, &str),
    first: i64,
    last: i64,
    state: &str,
) -> Result<u64, DbError> {
    tx.query(
        "/* outbox::settle_again */ UPDATE outbox SET state = $1, retry_at = NULL \
         WHERE peer = $2 AND lane = $3 AND epoch = $4 AND seq BETWEEN $5 AND $6 AND state NOT IN ('waiting', $1)",
    )
    .bind(state)
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(first)
    .bind(last)
    .execute()
    .await
}

/// A peer holds version `ver` of a lead: the messages that brought it up to there need no receipt.
pub async fn hold(tx: &mut Tx, peer: i64, lead: Uuid, ver: i64) -> Result<(), DbError> {
    tx.query(
        "/* outbox::hold */ UPDATE outbox SET state = 'held' \
         WHERE peer = $1 AND lead = $2 AND ver <= $3 AND state = 'waiting'",
    )
    .bind(peer)
    .bind(lead)
    .bind(ver)
    .execute()
    .await
    .map(drop)
}

/// Marks a message that goes again as a new one at `retry_at`.
pub async fn retry_at(
    tx: &mut Tx,
    peer: i64,
    lane: &str,
    epoch: &str,
    seq: i64,
    at: i64,
) -> Result<(), DbError> {
    tx.query(
        "/* outbox::retry_at */ UPDATE outbox SET retry_at = $1 \
         WHERE peer = $2 AND lane = $3 AND epoch = $4 AND seq = $5",
    )
    .bind(at)
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(seq)
    .execute()
    .await
    .map(drop)
}

/// Whether a message to the peer has come to its time to go again.
pub async fn any_due(tx: &mut Tx, peer: i64, now: i64) -> Result<bool, DbError> {
    let row = tx
        .query(
            "/* outbox::any_due */ SELECT CAST(1 AS BIGINT) WHERE \
             EXISTS (SELECT 1 FROM outbox WHERE peer = $1 AND retry_at IS NOT NULL AND retry_at <= $2) \
             OR EXISTS (SELECT 1 FROM shares WHERE peer = $1 AND renew_at IS NOT NULL AND renew_at <= $2)",
        )
        .bind(peer)
        .bind(now)
        .optional::<(i64,)>()
        .await?;
    Ok(row.is_some())
}

/// The peers for whom messages wait: without a receipt, with their time to go again come, or held until the chain to
/// the peer is open.
pub async fn peers_waiting(tx: &mut Tx, now: i64) -> Result<Vec<i64>, DbError> {
    let rows = tx
        .query(
            "/* outbox::peers_waiting */ SELECT peer FROM chains WHERE direction = 'out' AND seq > acked \
             UNION SELECT peer FROM outbox WHERE retry_at IS NOT NULL AND retry_at <= $1 \
             UNION SELECT peer FROM shares WHERE renew_at IS NOT NULL AND renew_at <= $1 \
             UNION SELECT node FROM peers WHERE EXISTS (SELECT 1 FROM drafts WHERE held_for = peers.node)",
        )
        .bind(now)
        .all::<(i64,)>()
        .await?;
    Ok(rows.into_iter().map(|(peer,)| peer).collect())
}

/// A message whose time to go again has come.
pub struct DueRow {
    /// The recipient.
    pub peer: i64,
    /// The lane's code.
    pub lane: String,
    /// The sender's epoch.
    pub epoch: String,
    /// The number in the lane.
    pub seq: i64,
    /// The canonical header.
    pub header: String,
    /// The lead, if that is what it carries.
    pub lead: Option<Uuid>,
    /// How often its statement was sent.
    pub attempts: i64,
}

/// The messages to a peer whose time to go again has come, the longest due first, a few at a time.
pub async fn due(tx: &mut Tx, peer: i64, now: i64) -> Result<Vec<DueRow>, DbError> {
    let rows = tx
        .query(
            "/* outbox::due */ SELECT lane, epoch, seq, header, lead, attempts FROM outbox \
             WHERE peer = $1 AND retry_at IS NOT NULL AND retry_at <= $2 ORDER BY retry_at, lane, seq LIMIT 200",
        )
        .bind(peer)
        .bind(now)
        .all::<(String, String, i64, String, Option<Uuid>, i64)>()
        .await?;
    let due = |(lane, epoch, seq, header, lead, attempts)| DueRow {
        peer,
        lane,
        epoch,
        seq,
        header,
        lead,
        attempts,
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Takes a message that shall go again; false if it is not due any more.
pub async fn take(tx: &mut Tx, row: &DueRow, now: i64) -> Result<bool, DbError> {
    let taken = tx
        .query(
            "/* outbox::take */ UPDATE outbox SET retry_at = NULL WHERE peer = $1 AND lane = $2 AND epoch = $3 \
             AND seq = $4 AND retry_at IS NOT NULL AND retry_at <= $5",
        )
        .bind(row.peer)
        .bind(row.lane.as_str())
        .bind(row.epoch.as_str())
        .bind(row.seq)
        .bind(now)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// One message with its state, for the officers: peer, header, state.
pub type OutboxState = (i64, String, String);

/// The messages that carried a lead, oldest first.
pub async fn of_lead(tx: &mut Tx, lead: Uuid) -> Result<Vec<OutboxState>, DbError> {
    tx.query("/* outbox::of_lead */ SELECT peer, header, state FROM outbox WHERE lead = $1 ORDER BY peer, lane, seq LIMIT 1000")
        .bind(lead)
        .all()
        .await
}

/// The numbers from `first` to `last` of a lane under which something was sent.
pub async fn numbers(
    tx: &mut Tx,
    (peer, lane, epoch): (i64, &str, &str),
    first: i64,
    last: i64,
) -> Result<Vec<i64>, DbError> {
    let rows = tx
        .query(
            "/* outbox::numbers */ SELECT seq FROM outbox WHERE peer = $1 AND lane = $2 AND epoch = $3 \
             AND seq BETWEEN $4 AND $5 ORDER BY seq",
        )
        .bind(peer)
        .bind(lane)
        .bind(epoch)
        .bind(first)
        .bind(last)
        .all::<(i64,)>()
        .await?;
    Ok(rows.into_iter().map(|(seq,)| seq).collect())
}

/// The headers of the messages of a lane from `first` to `last` with their numbers, in order.
pub async fn headers(
    tx: &mut Tx,
    (peer, lane, epoch): (i64, &str, &str),
    first: i64,
    last: i64,
) -> Result<Vec<(i64, String)>, DbError> {
    tx.query(
        "/* outbox::headers */ SELECT seq, header FROM outbox WHERE peer = $1 AND lane = $2 AND epoch = $3 \
         AND seq BETWEEN $4 AND $5 ORDER BY seq",
    )
    .bind(peer)
    .bind(lane)
    .bind(epoch)
    .bind(first)
    .bind(last)
    .all()
    .await
}

/// How many messages wait for receipts or to go again, over all peers.
pub async fn waiting(tx: &mut Tx) -> Result<i64, DbError> {
    let (count,) = tx
        .query(
            "/* outbox::waiting */ SELECT \
             coalesce((SELECT CAST(sum(seq - acked) AS BIGINT) FROM chains WHERE direction = 'out'), 0) \
             + (SELECT count(*) FROM outbox WHERE retry_at IS NOT NULL)",
        )
        .one()
        .await?;
    Ok(count)
}

/// The statements with these digests.
pub async fn statements(tx: &mut Tx, digests: &[Digest]) -> Result<Vec<(String, String)>, DbError> {
    let digests: Vec<String> = digests.iter().map(Digest::to_string).collect();
    tx.query(
        "/* outbox::statements */ SELECT digest, statement FROM statements \
         WHERE digest IN (SELECT value FROM json_each($1))",
    )
    .bind(list_of(&digests))
    .all()
    .await
}

/// Keeps a plain statement for the messages that carry it.
pub async fn put_statement(tx: &mut Tx, digest: Digest, statement: &str) -> Result<(), DbError> {
    tx.query("/* outbox::put_statement */ INSERT INTO statements (digest, statement) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(digest.to_string())
        .bind(statement)
        .execute()
        .await
        .map(drop)
}
