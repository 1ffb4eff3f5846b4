//! What a restored node lost, for people: who holds it, so that it can be entered again or asked for.

use serde::Serialize;
use uuid::Uuid;

use super::officer::Officer;
use super::publish::listing;
use super::{Error, Node, node_of};
use crate::audit::words::Listed;
use crate::audit::{EntryType, Incomplete};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::message::{Epoch, Lane};
use crate::store::db::Tx;
use crate::store::loss;

/// Most records of one peer that are listed.
const MOST: i64 = 10_000;

/// What was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LossesView {
    /// Records that a peer holds in a version that is not here.
    pub records: Vec<LostRecordView>,
    /// Messages that a peer holds and the log does not.
    pub messages: Vec<LostMessagesView>,
}

/// A record that a peer holds in a version that is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LostRecordView {
    /// Who holds it.
    pub node: NodeId,
    /// Its public id.
    pub sub: Uuid,
    /// The version. The next one here has a higher number.
    pub ver: i64,
    /// The own lead, if an older version of it is here; else it is entered anew.
    pub lead: Option<Uuid>,
}

/// Messages that a peer holds and the log does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LostMessagesView {
    /// Who holds them.
    pub node: NodeId,
    /// The lane.
    pub lane: Lane,
    /// The epoch that they were sent in.
    pub epoch: Epoch,
    /// The first number.
    pub first: i64,
    /// The last number.
    pub last: i64,
}

impl Node {
    /// What was lost, for the operator at the node itself.
    pub async fn losses(&self) -> Result<LossesView, Error> {
        lost(&mut self.db.node.snapshot().await?).await
    }

    /// What was lost, for approvers and auditors. One log entry.
    pub async fn list_losses(&self, officer: &Officer) -> Result<LossesView, Error> {
        officer.require(&[Duty::Approver, Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let view = lost(&mut tx).await?;
        let body =
            Incomplete { code: Some(Listed::Losses.code().into()), ..listing(officer, view.records.len()) };
        self.record(tx, EntryType::List, body).await?;
        Ok(view)
    }
}

async fn lost(tx: &mut Tx) -> Result<LossesView, Error> {
    let records = loss::records(tx, MOST).await?;
    let messages = loss::messages(tx).await?;
    let record = |(peer, sub, ver, lead)| Ok(LostRecordView { node: node_of(peer)?, sub, ver, lead });
    let message = |(peer, lane, epoch, first, last): loss::LostMessages| {
        let lane = lane.parse().map_err(|_| Error::Corrupt("lane"))?;
        let epoch = epoch.parse().map_err(|_| Error::Corrupt("epoch"))?;
        Ok(LostMessagesView { node: node_of(peer)?, lane, epoch, first, last })
    };
    Ok(LossesView {
        records: records.into_iter().map(record).collect::<Result<_, Error>>()?,
        messages: messages.into_iter().map(message).collect::<Result<_, Error>>()?,
    })
}
