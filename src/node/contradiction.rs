//! Two receipts for one message: a receiver settles a message once in one log.
//!
//! Invariant: the first receipt stays; one that contradicts it is refused, and both are kept as proof.

use super::dispatch::Prepared;
use super::{Error, Node, key};
use crate::audit::trust::epoch_of;
use crate::audit::verify::Fault;
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::receipt::{CoreEntry, ReceiptBody};
use crate::store::db::Tx;
use crate::store::{state, witness};

/// The alarm about a peer that settled one message twice.
const CONTRADICTED: &str = Fault::ReceiptContradicted.code();

/// A message that was settled before is settled again only as it was, or by a receiver that was restored: under a
/// later epoch. [`Error::Contradicted`] with the first number for which that is not so.
pub(super) async fn consistent<'a>(
    tx: &mut Tx,
    peer: NodeId,
    cores: impl Iterator<Item = &'a CoreEntry>,
) -> Result<(), Error> {
    let mut held: Option<ReceiptBody> = None;
    for core in cores {
        if held.as_ref().is_none_or(|body| body.entries.iter().all(|before| before.seq != core.seq)) {
            let (lane, epoch, seq) = (core.lane.code(), core.epoch.to_string(), core.seq.cast_signed());
            let Some((_, body)) = witness::receipt_for(tx, key(peer), lane, &epoch, seq).await? else {
                continue;
            };
            held = Some(serde_json::from_str(&body).map_err(|_| Error::Corrupt("receipt"))?);
        }
        let before = held.iter().flat_map(|body| &body.entries).find(|before| before.seq == core.seq);
        if before.is_some_and(|before| before != core && !is_later(peer, core, before)) {
            return Err(Error::Contradicted(core.seq));
        }
    }
    Ok(())
}

fn is_later(peer: NodeId, core: &CoreEntry, before: &CoreEntry) -> bool {
    let counter = |core: &CoreEntry| epoch_of(peer, &core.log_origin).map(|epoch| epoch.counter);
    counter(core) > counter(before)
}

impl Node {
    /// A receipt was not filed: if it contradicts an earlier one, both are kept and an alarm is raised, once a day.
    /// Gives the error back.
    pub(super) async fn contradicted(
        &self,
        tx: Tx,
        prepared: &Prepared,
        receipt: (&str, &str),
        error: Error,
    ) -> Error {
        let Error::Contradicted(seq) = error else { return error };
        let kept = async {
            tx.rollback().await?;
            self.keep_both(prepared, seq, receipt).await
        };
        kept.await.err().unwrap_or(error)
    }

    async fn keep_both(
        &self,
        prepared: &Prepared,
        seq: u64,
        (header, body): (&str, &str),
    ) -> Result<(), Error> {
        let (peer, lane) = (prepared.to.descriptor.iss, prepared.lane);
        tracing::error!(
            peer.id = %peer, seq,
            "{peer} settled message {seq} twice in one log, and signed both: the first receipt stays; have auditors compare both logs"
        );
        let (mut tx, now) = (self.db.node.begin().await?, self.now().0);
        if state::alarmed(&mut tx, CONTRADICTED, key(peer), now - Timestamp::DAY).await? {
            return Ok(());
        }
        let epoch = self.epoch.to_string();
        let before = witness::receipt_for(&mut tx, key(peer), lane.code(), &epoch, seq.cast_signed()).await?;
        let (old, held) = before.ok_or(Error::Corrupt("receipt"))?;
        let proof = [old.as_str(), &held, header, body].join("\n");
        let entry = Incomplete {
            peer: Some(peer),
            lane: Some(lane),
            epoch: Some(self.epoch),
            first: Some(seq),
            code: Some(CONTRADICTED.into()),
            digest: Some(Digest::of(proof.as_bytes())),
            ..Incomplete::default()
        };
        self.note(&mut tx, EntryType::Alarm, entry).await?;
        state::alarm(&mut tx, now, CONTRADICTED, Some(key(peer)), None, Some(&proof)).await?;
        self.commit_sequenced(tx).await
    }
}
