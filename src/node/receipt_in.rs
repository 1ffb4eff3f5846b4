//! Taking in a receipt: the cursor moves over what it proves, refusals go to their lists.

use super::contradiction::consistent;
use super::dispatch::{Prepared, Sent};
use super::draft::{Draft, leave};
use super::witness::origin_of;
use super::{Error, Node, key};
use crate::audit::receipt::{self, Batch, Holding, ReceiptError, Received, SentMessage};
use crate::audit::trust::epoch_of;
use crate::audit::{EntryType, Incomplete};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::batch::MAX_ITEMS;
use crate::exchange::outbox::{Next, follow};
use crate::exchange::receipt::{CoreEntry, Outcome, Receipt};
use crate::store::db::Tx;
use crate::store::witness::{self, ReceiptRow};
use crate::store::{chain, outbox, refusal, renewal, state};

impl Node {
    /// Takes in the receipt for a batch, where everything before it has receipts. When this returns, the cursor
    /// stands behind it, durably. Gives the size of our log that the peer knows: the next batch proves itself from
    /// there.
    pub async fn accept_receipt(&self, prepared: &Prepared, answer: &[u8]) -> Result<Option<u64>, Error> {
        let receipt = serde_json::from_slice(answer).map_err(|_| Error::Unreadable("not a receipt"))?;
        let holding = self.check_receipt(prepared, &receipt)?;
        self.keep_receipt(prepared, &receipt, &holding).await
    }

    /// Checks a receipt against what was sent.
    ///
    /// The head of the peer's log in the receipt is evidence beside its entries and no more: only heads that
    /// a proof ties to the one before are followed and cosigned (`witness`).
    pub(super) fn check_receipt(&self, prepared: &Prepared, receipt: &Receipt) -> Result<Holding, Error> {
        let peer = prepared.to.descriptor.iss;
        let messages = prepared.sent.iter();
        let messages: Vec<SentMessage<'_>> = messages
            .map(|sent| SentMessage { seq: sent.header.seq, x: sent.x, header: &sent.text })
            .collect();
        let (lane, epoch) = (prepared.lane, self.epoch);
        let sent = Batch { from: self.id, to: peer, lane, epoch, messages: &messages };
        let received = Received { header: &receipt.header, body: receipt.body.get(), at: self.now() };
        let (header, body) =
            receipt::open(received, &prepared.to.keys).map_err(|error| untrue(peer, error))?;
        let Some((_, log)) = prepared.to.log_key(origin_of(&body.checkpoint))? else {
            return Err(untrue(peer, ReceiptError::Checkpoint));
        };
        let head = receipt::prove(&body, &log, &sent).map_err(|error| untrue(peer, error))?;
        Ok(Holding { header, body, head })
    }

    /// Files a receipt that holds, where everything before it has receipts. When this returns, the cursor stands
    /// behind it, durably. Gives the size of our log that the peer knows: the next batch proves itself from there.
    pub(super) async fn keep_receipt(
        &self,
        prepared: &Prepared,
        receipt: &Receipt,
        holding: &Holding,
    ) -> Result<Option<u64>, Error> {
        let mut tx = self.db.node.begin().await?;
        let text = (&*receipt.header, receipt.body.get());
        let note = match self.file_receipt(&mut tx, prepared, holding, text).await {
            Err(error) => return Err(self.contradicted(tx, prepared, text, error).await),
            Ok(note) => note,
        };
        // Not sequenced by the same commit: sequencers lock the head before the chain, this has the chain already.
        leave(&mut tx, note.as_slice()).await?;
        tx.commit().await?;
        self.sequence_soon();
        Ok(holding.body.your_head.map(|head| head.size))
    }

    /// Writes down what a receipt says; gives the entry about it, if it says anything that none said before: a peer may
    /// have us send the same again as often as it likes, and that leaves nothing behind.
    pub(super) async fn file_receipt(
        &self,
        tx: &mut Tx,
        prepared: &Prepared,
        holding: &Holding,
        (signed, body): (&str, &str),
    ) -> Result<Option<Draft>, Error> {
        let node = prepared.to.descriptor.iss;
        let (lane, epoch) = (prepared.lane, self.epoch.to_string());
        let (first, last) = (holding.header.first.cast_signed(), holding.header.last.cast_signed());
        let then = epoch_of(node, origin_of(&holding.body.checkpoint)).ok_or(Error::Corrupt("receipt"))?;
        let settled = self.settle_outbox(tx, node, prepared, &holding.body.entries).await?;
        chain::acknowledge(tx, (key(node), lane, &epoch), first, last).await?;
        let row = ReceiptRow {
            peer: key(node),
            lane: lane.code().into(),
            epoch,
            first,
            last,
            counter: then.counter,
            header: signed.into(),
            body: body.into(),
        };
        let known = settled == 0 && witness::is_receipted(tx, &row, MAX_ITEMS).await?;
        if !known {
            witness::put_receipt(tx, &row).await?;
        }
        if let (Some(offered), Some(line)) = (&prepared.offered, &holding.body.cosignature) {
            self.keep_cosignature(tx, &prepared.to, offered, line).await?;
        }
        if known {
            return Ok(None);
        }
        let body = Incomplete {
            peer: Some(node),
            lane: Some(lane),
            epoch: Some(self.epoch),
            first: Some(holding.header.first),
            last: Some(holding.header.last),
            digest: Some(Digest::of(signed.as_bytes())),
            // Of a restored receiver: this one is kept beside those that it gave before.
            count: (then.counter > 1).then_some(then.counter.into()),
            ..Incomplete::default()
        };
        Ok(Some(Draft::note(EntryType::Receipt, body)))
    }

    /// Settles the messages in runs of one outcome; whatever asks for more than that one by one. Gives how many were
    /// settled by this receipt.
    async fn settle_outbox(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        prepared: &Prepared,
        entries: &[CoreEntry],
    ) -> Result<u64, Error> {
        let mut all = 0;
        let (lane, epoch) = (prepared.lane.code(), self.epoch.to_string());
        let sent: Vec<_> = entries.iter().zip(&prepared.sent).collect();
        let ends = |entry: &CoreEntry, sent: &Sent| sent.void.is_none() && entry.result == Outcome::Stored;
        for run in
            sent.chunk_by(|(a, sent), (b, next)| a.result == b.result && ends(a, sent) && ends(b, next))
        {
            let (Some((first, message)), Some((last, _))) = (run.first(), run.last()) else { continue };
            let state = first.result.to_string();
            let (from, to) = (first.seq.cast_signed(), last.seq.cast_signed());
            let mut settled = outbox::settle(tx, key(peer), lane, &epoch, from, to, &state).await?;
            if usize::try_from(settled) != Ok(run.len()) {
                consistent(tx, peer, run.iter().map(|(core, _)| *core)).await?;
                // What is told otherwise now is told by a receiver that was restored and did not get it again.
                let lane = (key(peer), lane, epoch.as_str());
                settled += outbox::settle_again(tx, lane, from, to, &state).await?;
            }
            // A receipt that another instance filed already starts nothing twice.
            if settled > 0 && !ends(first, message) {
                self.follow_up(tx, peer, first, message).await?;
            }
            all += settled;
        }
        Ok(all)
    }

    /// What a message that was refused or went void starts.
    async fn follow_up(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        entry: &CoreEntry,
        sent: &Sent,
    ) -> Result<(), Error> {
        let attempts = u32::try_from(sent.attempts).unwrap_or(u32::MAX);
        if let Some(held) = &sent.held {
            self.alarm_held(tx, peer, entry.x, held).await?;
        }
        match follow(entry.result, sent.void, attempts, self.now(), self.entropy.as_ref()) {
            Next::Done => match sent.void {
                // What went void now may have been stored before: then its receipt was lost.
                Some(code) if entry.result == Outcome::Void => self.untell(tx, peer, sent, code).await,
                _ => Ok(()),
            },
            Next::Again(at) => {
                let (lane, epoch) = (sent.header.lane.code(), self.epoch.to_string());
                let seq = entry.seq.cast_signed();
                if let Some(lead) = sent.lead {
                    let (to, place) = ((lead, key(peer)), (lane, epoch.as_str(), seq));
                    return Ok(renewal::put_refused(tx, to, place, at.0, sent.attempts).await?);
                }
                Ok(outbox::retry_at(tx, key(peer), lane, &epoch, seq, at.0).await?)
            }
            Next::Final(code) if entry.result == Outcome::Void => {
                refusal::add(tx, self.now().0, peer, entry, code).await?;
                self.untell(tx, peer, sent, code).await?;
                self.alarm_unreadable(tx, peer, entry.x).await
            }
            Next::Final(code) => {
                tracing::warn!(peer.id = %peer, code = code.code(), "{peer} refused a message for good: {code}");
                refusal::add(tx, self.now().0, peer, entry, code).await?;
                self.untell(tx, peer, sent, code).await?;
                if code.alarming() {
                    let body = Incomplete {
                        peer: Some(peer),
                        code: Some(code.code().into()),
                        x: Some(entry.x),
                        ..Incomplete::default()
                    };
                    self.note(tx, EntryType::Alarm, body).await?;
                    state::alarm(tx, self.now().0, code.code(), Some(key(peer)), Some(entry.x), None).await?;
                }
                Ok(())
            }
        }
    }
}

/// A peer's receipt that cannot be believed.
fn untrue(peer: NodeId, error: ReceiptError) -> Error {
    tracing::warn!(peer.id = %peer, code = error.code(), "the receipt of {peer} does not hold: {error}");
    Error::Unreadable("the receipt does not hold")
}
