//! How far every lane to every peer is behind: one query over all of them, whatever waits.

use super::db::{DbError, Tx};

/// One lane to one peer: peer, its status, lane, messages without receipt, header of the oldest of them,
/// messages that go again by themselves, messages that were refused for good.
pub type LagRow = (i64, String, String, i64, Option<String>, i64, i64);

/// Every lane to every registered peer. What waits is told by the ends of the chains of `epoch`, so that
/// it costs the same however much it is.
pub async fn all(tx: &mut Tx, epoch: &str) -> Result<Vec<LagRow>, DbError> {
    tx.query(
        "/* lag::all */ WITH lanes (lane) AS (SELECT 'urgent' UNION ALL SELECT 'normal'), \
         again AS (SELECT peer, lane, count(*) AS n FROM outbox WHERE retry_at IS NOT NULL GROUP BY peer, lane), \
         renewed AS (SELECT peer, count(*) AS n FROM shares WHERE renew_at IS NOT NULL GROUP BY peer), \
         refused AS (SELECT peer, lane, count(*) AS n FROM refusals GROUP BY peer, lane) \
         SELECT p.node, p.status, l.lane, coalesce(c.seq - c.acked, 0), o.header, \
         coalesce(a.n, 0) + coalesce(r.n, 0), coalesce(f.n, 0) \
         FROM peers p CROSS JOIN lanes l \
         LEFT JOIN chains c ON c.peer = p.node AND c.lane = l.lane AND c.direction = 'out' \
         LEFT JOIN outbox o ON o.peer = c.peer AND o.lane = c.lane AND o.epoch = $1 AND o.seq = c.acked + 1 \
         LEFT JOIN again a ON a.peer = p.node AND a.lane = l.lane \
         LEFT JOIN renewed r ON r.peer = p.node AND l.lane = 'normal' \
         LEFT JOIN refused f ON f.peer = p.node AND f.lane = l.lane \
         ORDER BY p.node, l.lane DESC",
    )
    .bind(epoch)
    .all()
    .await
}
