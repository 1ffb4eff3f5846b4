//! What cannot be read any more: own messages of which the statement, or the record behind it, is damaged, and records.
//!
//! Invariant: such a message goes void, so that what waits behind it goes on; one whose header is damaged stops its
//! lane, because nothing else can take its number. People are told of either, once a day for each peer.

use super::error::DAMAGED;
use super::{Error, Node, key};
use crate::audit::words::AlarmKind;
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Header, Lane};
use crate::store::db::Tx;
use crate::store::outbox::Waiting;
use crate::store::state;

/// The alarm about them.
pub(super) const UNREADABLE: &str = AlarmKind::MessageUnreadable.code();

/// The messages up to the first whose header cannot be read, and the number of that one.
pub(super) fn readable(waiting: Vec<Waiting>) -> (Vec<(Waiting, Header)>, Option<i64>) {
    let mut readable = Vec::with_capacity(waiting.len());
    for row in waiting {
        match serde_json::from_str(&row.header) {
            Ok(header) => readable.push((row, header)),
            Err(_) => return (readable, Some(row.seq)),
        }
    }
    (readable, None)
}

/// What was opened for a list; none, and the operator is told, if it alone is damaged.
pub(super) fn whole<T>(opened: Result<T, Error>) -> Option<Result<T, Error>> {
    match opened {
        Err(error) if error.code() == DAMAGED => {
            tracing::error!(code = DAMAGED, "a record cannot be opened and is left out of a list");
            None
        }
        other => Some(other),
    }
}

impl Node {
    /// A lane stands still at a message whose header cannot be read.
    pub(super) async fn stands_at(&self, peer: NodeId, lane: Lane, seq: i64) -> Result<Error, Error> {
        tracing::error!(
            peer.id = %peer, %lane, seq,
            "message {seq} to {peer} cannot be read, and its lane stands still: restore it from a copy of the database"
        );
        self.traffic.blocked(peer, lane, seq.cast_unsigned(), UNREADABLE.into());
        self.raise(peer, UNREADABLE).await?;
        Ok(Error::Corrupt("header"))
    }

    /// A message went void because it cannot be read.
    pub(super) async fn alarm_unreadable(&self, tx: &mut Tx, peer: NodeId, x: Digest) -> Result<(), Error> {
        tracing::error!(peer.id = %peer, code = UNREADABLE, "a message to {peer} cannot be read and went void");
        let now = self.now().0;
        if state::alarmed(tx, UNREADABLE, key(peer), now - Timestamp::DAY).await? {
            return Ok(());
        }
        let code = Some(UNREADABLE.into());
        let body = Incomplete { peer: Some(peer), code, x: Some(x), ..Incomplete::default() };
        self.note(tx, EntryType::Alarm, body).await?;
        Ok(state::alarm(tx, now, UNREADABLE, Some(key(peer)), Some(x), None).await?)
    }
}
