//! What a peer fetches: batches of what waits for it, and the receipts that it gives for them. For peers that nobody can
//! call.
//!
//! Invariants: a fetched batch is made as a pushed one, and its receipt is filed as one; to fetch acknowledges nothing.

use std::time::Duration;

use super::dispatch::{Ask, Prepared};
use super::draft::leave;
use super::handed::Way;
use super::{Error, Node, key};
use crate::exchange::batch::MAX_ITEMS;
use crate::exchange::chain::ChainEnd;
use crate::exchange::inbox::BatchRefusal;
use crate::exchange::message::Lane;
use crate::exchange::problem::{BatchCode, ItemCode};
use crate::exchange::receipt::{Outcome, Receipt, ReceiptHeader, Returned, Taken};
use crate::exchange::window::Room;
use crate::peer::identity::{PeerCertificate, Until};
use crate::statement::jws;
use crate::store::chain::{self, Chain, Direction};
use crate::store::outbox;

/// The longest that a caller may wait, seconds.
pub const LONGEST_WAIT: u64 = 30;

/// What a peer asks for.
#[derive(Clone, Copy, Debug)]
pub struct Fetch {
    /// Of which lane.
    pub lane: Lane,
    /// After which number; none: after the last receipt that it gave.
    pub after: Option<u64>,
    /// The size of our log that it saw last.
    pub seen: Option<u64>,
    /// How long it waits for something to come, at most [`LONGEST_WAIT`].
    pub wait: Duration,
    /// When the certificate of the connection ends: from then on nothing is handed over on it.
    pub until: Until,
}

impl Node {
    /// The next batch of a lane for the caller, as soon as there is one; none if nothing came in time, or before the
    /// caller's certificate ended.
    pub async fn fetch(&self, connection: &PeerCertificate, fetch: Fetch) -> Result<Option<Vec<u8>>, Error> {
        let mut work = self.hear(connection.node).work;
        let mut closing = self.closing.subscribe();
        self.met(connection.node);
        let patience = tokio::time::sleep(fetch.wait.min(Duration::from_secs(LONGEST_WAIT)));
        tokio::pin!(patience);
        loop {
            work.mark_unchanged();
            if self.now() >= fetch.until.0 {
                return Ok(None);
            }
            if let Some(prepared) = self.next_for(connection, fetch).await? {
                return Ok(Some(prepared.bytes));
            }
            tokio::select! {
                _ = work.changed() => {}
                () = &mut patience => return Ok(None),
                _ = closing.wait_for(|closing| *closing) => return Ok(None),
            }
        }
    }

    async fn next_for(&self, connection: &PeerCertificate, fetch: Fetch) -> Result<Option<Prepared>, Error> {
        let Fetch { lane, after, seen, .. } = fetch;
        let peer = connection.node;
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        let due = outbox::any_due(&mut tx, key(peer), self.now().0).await?;
        let chain = chain::find(&mut tx, key(peer), lane, Direction::Out).await?;
        tx.rollback().await?;
        if !self.has_begun(chain.end) {
            // Only the caller can say where its chain goes on: nobody asks it.
            return Err(BatchRefusal::from(BatchCode::PositionUnknown).into());
        }
        if after.is_some_and(|after| after > chain.end.seq) {
            return Err(gap(chain.end));
        }
        if due {
            self.send_again(peer).await?;
        }
        let ask = Ask { after, room: Room::WHOLE, witness: Some(seen.unwrap_or(0)) };
        let prepared = self.prepare_batch(peer, lane, ask).await?;
        if let Some(prepared) = &prepared {
            self.own_up(prepared, Way::Fetched).await?;
            self.handed.leaves(peer, lane, &prepared.sent);
        }
        Ok(prepared)
    }

    /// Takes in the receipt for a batch that the caller fetched; gives the answer's JSON. When this returns, the cursor
    /// stands behind the batch, durably, and the receipt's checkpoint is cosigned if it contains the last head that
    /// we saw.
    pub async fn take_receipt(&self, connection: &PeerCertificate, bytes: &[u8]) -> Result<String, Error> {
        let malformed = || Error::from(BatchRefusal::from(BatchCode::Malformed));
        let returned: Returned = serde_json::from_slice(bytes).map_err(|_| malformed())?;
        let claimed = jws::claimed_payload(&returned.receipt.header).map_err(|_| malformed())?;
        let claimed: ReceiptHeader = serde_json::from_value(claimed).map_err(|_| malformed())?;
        let mut tx = self.db.node.snapshot().await?;
        let peer = self.admitted(&mut tx, connection).await?;
        let chain = chain::find(&mut tx, key(connection.node), claimed.lane, Direction::Out).await?;
        tx.rollback().await?;
        let ask = self.sent_before(&claimed, &chain)?;
        let prepared = self.prepare_batch(connection.node, claimed.lane, ask).await?;
        let mut prepared = prepared.ok_or_else(malformed)?;
        let holding = self.check_receipt(&prepared, &returned.receipt)?;
        recall_voids(&mut prepared, &holding.body.entries);
        self.keep_offered(&mut prepared, holding.body.your_head.map(|head| head.size)).await?;
        let mut tx = self.db.node.begin().await?;
        let Receipt { header, body } = &returned.receipt;
        let filed = match self.file_receipt(&mut tx, &prepared, &holding, (header, body.get())).await {
            Err(error) => return Err(self.contradicted(tx, &prepared, (header, body.get()), error).await),
            Ok(filed) => filed,
        };
        let checkpoint = holding.body.checkpoint.as_str();
        let mut drafts = Vec::from_iter(filed);
        drafts.extend(self.see_head(&mut tx, &peer, checkpoint, &returned.consistency).await?);
        leave(&mut tx, &drafts).await?;
        tx.commit().await?;
        self.handed.settled(connection.node, claimed.lane, claimed.last);
        self.sequence().await?;
        self.met(connection.node);
        self.taken(connection, checkpoint).await
    }

    /// The batch that a receipt is for, if we sent one with these numbers, and there are receipts for all before it.
    fn sent_before(&self, claimed: &ReceiptHeader, chain: &Chain) -> Result<Ask, Error> {
        let ReceiptHeader { epoch, first, last, .. } = *claimed;
        if epoch != self.epoch {
            return Err(BatchRefusal { code: BatchCode::EpochUnknown, expected: Some(chain.end) }.into());
        }
        let items = last.checked_sub(first).and_then(|more| usize::try_from(more).ok()?.checked_add(1));
        let Some(items) = items.filter(|items| *items <= MAX_ITEMS && first > 0) else {
            return Err(BatchRefusal::from(BatchCode::Malformed).into());
        };
        if last > chain.end.seq || first - 1 > chain.acked.cast_unsigned() {
            return Err(gap(chain.end));
        }
        Ok(Ask { after: Some(first - 1), room: Room { items, bytes: usize::MAX }, witness: None })
    }

    /// The checkpoint that went along, if it is the one that the peer says it knows: signed again, it is the same.
    async fn keep_offered(&self, prepared: &mut Prepared, known: Option<u64>) -> Result<(), Error> {
        let Some(size) = known else { return Ok(()) };
        let mut tx = self.db.node.snapshot().await?;
        if let Some(root) = crate::store::log::root_at(&mut tx, size.cast_signed()).await? {
            prepared.offered = Some(self.sign_head(size, root)?);
        }
        Ok(())
    }

    async fn taken(&self, connection: &PeerCertificate, checkpoint: &str) -> Result<String, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let peer = self.admitted(&mut tx, connection).await?;
        let (cosignature, your_head) = self.cosign(&mut tx, &peer, Some(checkpoint)).await?;
        serde_json::to_string(&Taken { cosignature, your_head }).map_err(|_| Error::Corrupt("answer"))
    }
}

/// Where the chain to the caller ends: it asks again without a number.
fn gap(end: ChainEnd) -> Error {
    BatchRefusal { code: BatchCode::Gap, expected: Some(end) }.into()
}

/// What went void then and might travel now goes again.
fn recall_voids(prepared: &mut Prepared, entries: &[crate::exchange::receipt::CoreEntry]) {
    for (sent, entry) in prepared.sent.iter_mut().zip(entries) {
        if entry.result == Outcome::Void && sent.void.is_none() {
            sent.void = Some(ItemCode::NoLongerPermitted);
        }
    }
}
