//! What became of things: receipts of a lead, figures.

use serde::Serialize;
use uuid::Uuid;

use super::officer::Officer;
use super::views::ReceiptView;
use super::{Error, Node, key, node_of};
use crate::audit::words::Shown;
use crate::audit::{EntryType, Incomplete};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::message::Header;
use crate::exchange::receipt::{CoreEntry, ReceiptBody};
use crate::store::db::Tx;
use crate::store::{log, outbox, peer as peers, received, witness};

/// Figures of a node that tell nothing about anyone.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// Entries in the log.
    pub log_size: i64,
    /// Messages without receipt, or waiting to go again.
    pub outbox_waiting: i64,
    /// Leads received.
    pub received: i64,
    /// Registered peers.
    pub peers: usize,
}

impl Node {
    /// What became of every message that carried a lead. The reading is logged.
    pub async fn receipts(&self, officer: &Officer, id: Uuid) -> Result<Vec<ReceiptView>, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison, Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let reference = match self.open_lead(&mut tx, id).await {
            Ok(open) => Some(open.reference()),
            // What was sent of it is known without its salt, which is destroyed or damaged.
            Err(Error::Erased | Error::Sealed(_)) => None,
            Err(error) => return Err(error),
        };
        let rows = outbox::of_lead(&mut tx, id).await?;
        let mut views = Vec::with_capacity(rows.len());
        for (peer, header, state) in rows {
            let (header, x) = Header::open(&header).map_err(|_| Error::Corrupt("header"))?;
            let receipt = core(&mut tx, peer, &header).await?;
            let lane = header.lane.code().to_owned();
            views.push(ReceiptView {
                node: node_of(peer)?,
                lane,
                seq: header.seq,
                x: x.to_string(),
                state,
                receipt,
            });
        }
        let (actor, code) = (Some(officer.pseudonym.clone()), Some(Shown::Receipts.code().into()));
        self.record(tx, EntryType::Read, Incomplete { actor, code, reference, ..Incomplete::default() })
            .await?;
        Ok(views)
    }

    /// Figures for status and metrics.
    pub async fn figures(&self) -> Result<Figures, Error> {
        let mut tx = self.db.node.snapshot().await?;
        Ok(Figures {
            log_size: log::head(&mut tx).await?.size,
            outbox_waiting: outbox::waiting(&mut tx).await?,
            received: received::count(&mut tx).await?,
            peers: peers::all(&mut tx).await?.len(),
        })
    }
}

/// The receiver's own entry for a message, from the receipt that covers it.
async fn core(tx: &mut Tx, peer: i64, header: &Header) -> Result<Option<CoreEntry>, Error> {
    let (lane, epoch) = (header.lane.code(), header.epoch.to_string());
    let receipt = witness::receipt_for(tx, peer, lane, &epoch, header.seq.cast_signed()).await?;
    let Some((_, body)) = receipt else { return Ok(None) };
    let body: ReceiptBody = serde_json::from_str(&body).map_err(|_| Error::Corrupt("receipt"))?;
    Ok(body.entries.into_iter().find(|entry| entry.seq == header.seq))
}

impl Node {
    /// Whether a peer is known under that name, whatever its status.
    pub async fn knows(&self, peer: NodeId) -> Result<bool, Error> {
        let mut tx = self.db.node.snapshot().await?;
        Ok(peers::find(&mut tx, key(peer)).await?.is_some())
    }
}
