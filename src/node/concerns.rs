//! What wants somebody's attention: alarms, and messages of ours that peers refused for good.
//!
//! Knows codes, peers, times and digests; no case data. Both lists run from the newest to the oldest, so
//! that what is committed late stands where the next reading begins.

use serde::Serialize;

use super::heads::BEHIND;
use super::officer::Officer;
use super::publish::listing;
use super::rotation::REFUSED;
use super::told::BEFORE;
use super::unreadable::UNREADABLE;
use super::views::Page;
use super::{Error, Node, node_of};
use crate::audit::words::Listed;
use crate::audit::{EntryType, Incomplete};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::message::Lane;
use crate::exchange::problem::{Advice, ItemCode};
use crate::store::db::Tx;
use crate::store::{refusal, state};

/// Most rows of one page.
const PAGE: i64 = 200;

const WATCHERS: &[Duty] = &[Duty::Auditor, Duty::SecurityAdmin];

/// Who sees what was refused: those who watch, and those who can do something about it.
const CONCERNED: &[Duty] = &[Duty::Auditor, Duty::SecurityAdmin, Duty::Approver, Duty::Liaison];

/// An alarm that was raised.
#[derive(Clone, Debug, Serialize)]
pub struct AlarmView {
    /// When, milliseconds.
    pub at: i64,
    /// Why.
    pub code: String,
    /// About which peer.
    pub peer: Option<NodeId>,
    /// About which message: its exchange digest, the same in both logs.
    pub x: Option<Digest>,
    /// What the peer signed that proves it: digests, signed headers, signed heads.
    pub proof: Option<String>,
    /// Which place of a message of ours it is about: claim, code point, kind of identifier.
    pub place: Option<String>,
    /// What to do.
    pub advice: Advice,
}

/// A message that a peer refused for good.
#[derive(Clone, Debug, Serialize)]
pub struct RefusalView {
    /// Its number in the list.
    pub id: i64,
    /// When its receipt was filed, milliseconds; 0 if that was not kept.
    pub at: i64,
    /// Why.
    pub code: ItemCode,
    /// The peer.
    pub peer: NodeId,
    /// The lane.
    pub lane: Lane,
    /// The number in the lane.
    pub seq: u64,
    /// Its exchange digest, the same in both logs.
    pub x: Digest,
    /// What to do.
    pub advice: Advice,
    /// The same in words.
    pub action: &'static str,
    /// Whether the same message may be sent once more, when what was in the way is gone.
    pub may_go_again: bool,
    /// When it was sent once more.
    pub again_at: Option<i64>,
}

impl Node {
    /// The newest alarms, for the operator at the node itself.
    pub async fn alarms(&self) -> Result<Vec<AlarmView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let rows = state::alarms(&mut tx, i64::MAX, PAGE).await?;
        rows.into_iter().map(alarm).collect()
    }

    /// The alarms, newest first, after the cursor of the page before (negative: from the newest). One
    /// log entry. For auditors and security administrators.
    pub async fn list_alarms(
        &self,
        officer: &Officer,
        after: i64,
        limit: i64,
    ) -> Result<Page<AlarmView>, Error> {
        officer.require(WATCHERS)?;
        let limit = limit.clamp(1, PAGE);
        let mut tx = self.db.node.snapshot().await?;
        let rows = state::alarms(&mut tx, before(after), limit).await?;
        let next = next(rows.last().map(|row| row.0), rows.len(), limit);
        let items = rows.into_iter().map(alarm).collect::<Result<Vec<_>, _>>()?;
        self.listed(tx, officer, Listed::Alarms, None, Page { items, next }).await
    }

    /// The messages that peers refused for good, newest first, after the cursor of the page before
    /// (negative: from the newest). One log entry. For those who watch, and approvers and liaison officers.
    pub async fn list_refusals(
        &self,
        officer: &Officer,
        after: i64,
        limit: i64,
    ) -> Result<Page<RefusalView>, Error> {
        officer.require(CONCERNED)?;
        let limit = limit.clamp(1, PAGE);
        let mut tx = self.db.node.snapshot().await?;
        let rows = refusal::list(&mut tx, before(after), limit).await?;
        let next = next(rows.last().map(|row| row.0), rows.len(), limit);
        let items = rows.into_iter().map(refused).collect::<Result<Vec<_>, _>>()?;
        self.listed(tx, officer, Listed::Refusals, None, Page { items, next }).await
    }

    /// Logs the list before it leaves: what was listed, and of which record, if of one.
    pub(super) async fn listed<T>(
        &self,
        tx: Tx,
        officer: &Officer,
        what: Listed,
        reference: Option<Digest>,
        page: Page<T>,
    ) -> Result<Page<T>, Error> {
        let body =
            Incomplete { code: Some(what.code().into()), reference, ..listing(officer, page.items.len()) };
        self.record(tx, EntryType::List, body).await?;
        Ok(page)
    }
}

const fn before(after: i64) -> i64 {
    if after < 0 { i64::MAX } else { after }
}

fn next(last: Option<i64>, rows: usize, limit: i64) -> Option<i64> {
    last.filter(|_| i64::try_from(rows) == Ok(limit))
}

fn alarm((_, at, code, peer, x, proof, place): state::AlarmRow) -> Result<AlarmView, Error> {
    let peer = peer.map(node_of).transpose()?;
    let x = x.map(|x| Digest::try_from(x.as_slice()).map_err(|_| Error::Corrupt("alarm"))).transpose()?;
    let advice = match peer {
        _ if [BEHIND, BEFORE].contains(&code.as_str()) => Advice::OpenEpoch,
        _ if code == UNREADABLE => Advice::ReportFault,
        _ if code == REFUSED => Advice::CompareFingerprints,
        Some(_) if place.is_some() => Advice::CorrectRecord,
        Some(_) => Advice::CompareLogs,
        None => Advice::InstructOfficer,
    };
    Ok(AlarmView { at, code, peer, x, proof, place, advice })
}

pub(super) fn refused(row: refusal::RefusalRow) -> Result<RefusalView, Error> {
    let (id, at, peer, lane, seq, x, code, again_at) = row;
    let corrupt = || Error::Corrupt("refusal");
    let code: ItemCode = code.parse().map_err(|_| corrupt())?;
    Ok(RefusalView {
        id,
        at,
        code,
        peer: node_of(peer)?,
        lane: lane.parse().map_err(|_| corrupt())?,
        seq: u64::try_from(seq).map_err(|_| corrupt())?,
        x: Digest::try_from(x.as_slice()).map_err(|_| corrupt())?,
        advice: code.advice(),
        action: code.advice().label(),
        may_go_again: again_at.is_none() && code.advice().sends_again(),
        again_at,
    })
}
