//! What a peer's breach of the rules leaves here: a line, an entry of the log, an alarm with what the peer signed.
//!
//! Invariant: no peer can fill the log or the list of alarms. Within a day at most [`MOST`] alarms of a grave kind are
//! raised about one peer, and one of a kind that an honest peer may run into as well; each message that was refused
//! stands in the log all the same.

use super::draft::Draft;
use super::{Error, Node, key};
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::inbox::{BatchRefusal, OpenedItem};
use crate::exchange::problem::{BatchCode, ItemCode};
use crate::exchange::window::MOST_BATCHES;
use crate::store::db::Tx;
use crate::store::state;

/// How many alarms of one grave kind are raised about one peer within a day.
const MOST: i64 = 100;

/// How often a peer is told of one gap before that is an alarm. A batch that is lost leaves a gap before those in
/// flight behind it, and a sender that was told goes on where the gap begins: more than two whole windows are not of
/// that making.
const GAPS: usize = 2 * MOST_BATCHES;

/// The gap that a peer was told of last in this process, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gaps {
    before: Option<ChainEnd>,
    told: usize,
}

impl Gaps {
    /// Counts one more behind this end.
    const fn again(self, end: ChainEnd) -> Self {
        let same = match self.before {
            Some(before) => before.seq == end.seq,
            None => false,
        };
        Self { before: Some(end), told: if same { self.told.saturating_add(1) } else { 1 } }
    }
}

impl Node {
    /// An item is refused. If that is alarming, an alarm is raised here, with the digest of what the peer signed, and
    /// the entry about it returned; if it is grave, the sender raises one as well when it reads the receipt.
    pub(super) async fn breach(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        code: ItemCode,
        item: &OpenedItem,
    ) -> Result<Option<Draft>, Error> {
        let most = match code {
            _ if code.alarming() => MOST,
            _ if code.irregular() => 1,
            _ => return Ok(None),
        };
        tracing::warn!(peer.id = %peer, code = code.code(), "refused a message from {peer}: {code}");
        let now = self.now().0;
        if state::alarmed_times(tx, code.code(), key(peer), now - Timestamp::DAY, most).await? >= most {
            return Ok(None);
        }
        let body = Incomplete {
            peer: Some(peer),
            code: Some(code.code().into()),
            x: Some(item.x),
            digest: Some(item.header.statement_digest),
            ..Incomplete::default()
        };
        let proof = item.header.statement_digest.to_string();
        state::alarm(tx, now, code.code(), Some(key(peer)), Some(item.x), Some(&proof)).await?;
        Ok(Some(Draft::note(EntryType::Alarm, body)))
    }

    /// Refuses a batch whole. A breach keeps the sender's signature as proof.
    pub(super) async fn refuse(&self, peer: NodeId, refusal: BatchRefusal, bytes: &[u8]) -> Error {
        tracing::warn!(peer.id = %peer, code = refusal.code.code(), "refused a batch from {peer}: {refusal}");
        match self.keep_refusal(peer, &refusal, bytes).await {
            Ok(()) => refusal.into(),
            Err(error) => error,
        }
    }

    async fn keep_refusal(&self, peer: NodeId, refusal: &BatchRefusal, bytes: &[u8]) -> Result<(), Error> {
        let most = match refusal.code {
            code if code.alarming() => MOST,
            // Whoever is at fault for a clock that is off, nothing passes until it is right.
            BatchCode::ClockSkew => 1,
            BatchCode::Gap if self.persists(peer, refusal.expected) => 1,
            _ => return Ok(()),
        };
        let proof = signed_header(bytes);
        let (code, now) = (refusal.code.code(), self.now().0);
        let mut tx = self.db.node.begin().await?;
        if state::alarmed_times(&mut tx, code, key(peer), now - Timestamp::DAY, most).await? >= most {
            return Ok(tx.rollback().await?);
        }
        let body = Incomplete { peer: Some(peer), code: Some(code.into()), ..Incomplete::default() };
        let body = Incomplete { digest: proof.as_ref().map(|jws| Digest::of(jws.as_bytes())), ..body };
        self.note(&mut tx, EntryType::Alarm, body).await?;
        state::alarm(&mut tx, now, code, Some(key(peer)), None, proof.as_deref()).await?;
        self.commit_sequenced(tx).await
    }

    /// Whether a gap is not one that lost batches leave. One inside a batch never is: its sender signed it whole.
    fn persists(&self, peer: NodeId, expected: Option<ChainEnd>) -> bool {
        let Some(end) = expected else { return true };
        self.calls(peer, |calls| {
            calls.gaps.set(calls.gaps.get().again(end));
            calls.gaps.get().told > GAPS
        })
    }
}

/// The signed header of a batch, as sent.
fn signed_header(bytes: &[u8]) -> Option<String> {
    let batch: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    batch.get("header")?.as_str().map(str::to_owned)
}
