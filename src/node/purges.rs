//! The lists of purges: what must go here and what went, what recipients of own leads owe, and their receipts.

use serde::Serialize;
use uuid::Uuid;

use super::officer::Officer;
use super::publish::listing;
use super::withdraw::ALL;
use super::{Error, Node, node_of};
use crate::audit::words::Listed;
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::domain::purge::PurgeCause;
use crate::domain::unit::Duty;
use crate::store::db::Tx;
use crate::store::purge::{self, PurgeRow};
use crate::store::withdrawal;

/// Most rows of each list.
const ROWS: i64 = 500;

/// How far ahead the lists of what is due by retention look, milliseconds.
const AHEAD: i64 = 30 * Timestamp::DAY;

/// A purge, here or at a recipient of an own lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PurgeView {
    /// Whether the data are, or were, here; else at `node`.
    pub here: bool,
    /// The other node: the owner of what is here, or the recipient of what is there.
    pub node: NodeId,
    /// The public id of the lead.
    pub sub: Uuid,
    /// Versions under this number; none: all.
    pub below: Option<u32>,
    /// Why.
    pub cause: PurgeCause,
    /// By when its receipt is due, milliseconds; none in a receipt that a recipient sent.
    pub due_at: Option<i64>,
    /// When the live data went, milliseconds.
    pub live_erased_at: Option<i64>,
    /// By when the copies are gone, milliseconds.
    pub copies_gone_by: Option<i64>,
    /// The digest of the receipt, which stands in both nodes' logs.
    pub receipt: Option<String>,
}

/// The purges of a node, both ways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PurgesView {
    /// Without a receipt, in time; by retention, the next 30 days.
    pub due: Vec<PurgeView>,
    /// Without a receipt, too late.
    pub overdue: Vec<PurgeView>,
    /// With a receipt, newest first.
    pub done: Vec<PurgeView>,
}

impl Node {
    /// What is due, overdue and done, here and at the recipients of own leads. One log entry.
    pub async fn purges(&self, officer: &Officer) -> Result<PurgesView, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison, Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let open = self.open_purges(&mut tx).await?;
        let done = finished(&mut tx).await?;
        let body = Incomplete {
            code: Some(Listed::Purges.code().into()),
            ..listing(officer, open.len() + done.len())
        };
        self.record(tx, EntryType::List, body).await?;
        let now = self.now().0;
        let late = |view: &PurgeView| view.due_at.is_some_and(|due| due < now);
        let (overdue, due) = open.into_iter().partition(late);
        Ok(PurgesView { due, overdue, done })
    }

    async fn open_purges(&self, tx: &mut Tx) -> Result<Vec<PurgeView>, Error> {
        let mut views = Vec::new();
        for row in purge::unfinished(tx, ROWS).await? {
            views.push(here(row)?);
        }
        for row in purge::due(tx, self.now().plus(AHEAD).0, ROWS).await? {
            let view = view(true, row.peer, row.sub, row.ver + 1, &row.cause)?;
            views.push(PurgeView { due_at: Some(row.purge_at), ..view });
        }
        for row in withdrawal::unanswered(tx, ROWS).await? {
            let view = view(false, row.peer, row.sub, row.below, PurgeCause::Withdrawn.code())?;
            views.push(PurgeView { due_at: Some(row.deadline), ..view });
        }
        // A recipient has as long to say so as after a withdrawal.
        let grace = i64::from(self.withdrawal_days) * Timestamp::DAY;
        for row in withdrawal::expected(tx, self.now().plus(AHEAD).0, ROWS).await? {
            let view = view(false, row.peer, row.sub, row.below, PurgeCause::Retention.code())?;
            views.push(PurgeView { due_at: Some(row.deadline.saturating_add(grace)), ..view });
        }
        Ok(views)
    }
}

async fn finished(tx: &mut Tx) -> Result<Vec<PurgeView>, Error> {
    let mut views = Vec::new();
    for row in purge::finished(tx, ROWS).await? {
        views.push(here(row)?);
    }
    for (sub, peer, below, cause, erased, gone, receipt) in withdrawal::receipts(tx, ROWS).await? {
        let (live_erased_at, copies_gone_by) = (Some(erased), Some(gone));
        let view = view(false, peer, sub, below, &cause)?;
        views.push(PurgeView { live_erased_at, copies_gone_by, receipt: Some(receipt), ..view });
    }
    views.sort_by_key(|view| std::cmp::Reverse(view.live_erased_at));
    Ok(views)
}

fn here(row: PurgeRow) -> Result<PurgeView, Error> {
    let view = view(true, row.peer, row.sub, row.below, &row.cause)?;
    let PurgeRow { due_at, erased_at, copies_gone_by, receipt, .. } = row;
    Ok(PurgeView { due_at: Some(due_at), live_erased_at: erased_at, copies_gone_by, receipt, ..view })
}

fn view(here: bool, node: i64, sub: Uuid, below: i64, cause: &str) -> Result<PurgeView, Error> {
    let below = (below < ALL).then(|| u32::try_from(below)).transpose();
    Ok(PurgeView {
        here,
        node: node_of(node)?,
        sub,
        below: below.map_err(|_| Error::Corrupt("version"))?,
        cause: cause.parse().map_err(|_| Error::Corrupt("cause"))?,
        due_at: None,
        live_erased_at: None,
        copies_gone_by: None,
        receipt: None,
    })
}
