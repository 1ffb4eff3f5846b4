//! Writing receipts: our own log entries, proved under our signed checkpoint.

use serde_json::value::RawValue;

use super::register::Registered;
use super::{Error, Node, key, proofs};
use crate::audit::entry::own_core;
use crate::domain::digest::Digest;
use crate::exchange::inbox::OpenedBatch;
use crate::exchange::receipt::{CoreEntry, Receipt, ReceiptBody, ReceiptHeader};
use crate::statement::jws;
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::log;

impl Node {
    /// The receipt for a batch whose every item is settled and sequenced.
    pub(super) async fn receipt(&self, peer: &Registered, batch: &OpenedBatch) -> Result<String, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let entries = self.cores(&mut tx, peer, batch).await?;
        let signed = self.checkpoint(&mut tx).await?.ok_or(Error::Corrupt("checkpoint"))?;
        let mut leaves: Vec<u64> = entries.iter().map(|entry| entry.leaf).collect();
        leaves.sort_unstable();
        leaves.dedup();
        let proof = proofs::prove_leaves(&mut tx, &leaves, signed.size).await?;
        let settled =
            chain::find(&mut tx, key(peer.descriptor.iss), batch.header.lane, Direction::In).await?.end;
        let (cosignature, your_head) = self.cosign(&mut tx, peer, batch.checkpoint.as_deref()).await?;
        tx.rollback().await?;
        let body = ReceiptBody { entries, settled, checkpoint: signed.note, proof, cosignature, your_head };
        self.sign_receipt(batch, &body)
    }

    async fn cores(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        batch: &OpenedBatch,
    ) -> Result<Vec<CoreEntry>, Error> {
        let header = &batch.header;
        let (first, last) = (header.first.cast_signed(), header.last.cast_signed());
        let from = key(peer.descriptor.iss);
        let epoch = header.epoch.to_string();
        let rows = log::inbox_between(tx, from, header.lane.code(), &epoch, first, last).await?;
        if rows.len() != batch.items.len() {
            return Err(Error::Corrupt("a settled message has no entry"));
        }
        let leaves: Vec<i64> = rows.iter().map(|(_, _, leaf)| *leaf).collect();
        let mut cores = Vec::with_capacity(rows.len());
        for (_, entry) in log::entries_at(tx, &leaves).await? {
            cores.push(own_core(entry.as_bytes()).ok_or(Error::Corrupt("entry"))?);
        }
        cores.sort_by_key(|core| core.seq);
        Ok(cores)
    }

    fn sign_receipt(&self, batch: &OpenedBatch, body: &ReceiptBody) -> Result<String, Error> {
        let text = serde_json::to_string(body).map_err(|_| Error::Corrupt("receipt"))?;
        let header = ReceiptHeader {
            iss: self.id,
            iat: self.now().seconds(),
            to: batch.header.iss,
            epoch: batch.header.epoch,
            lane: batch.header.lane,
            first: batch.header.first,
            last: batch.header.last,
            body: Digest::of(text.as_bytes()),
        };
        let header = jws::sign(self.keys.signing(), jws::typ::RECEIPT, &header)?;
        let body = RawValue::from_string(text).map_err(|_| Error::Corrupt("receipt"))?;
        serde_json::to_string(&Receipt { header, body }).map_err(|_| Error::Corrupt("receipt"))
    }
}
