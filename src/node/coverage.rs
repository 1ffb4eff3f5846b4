//! Which messages of a pair are accounted for (覆盖报告), as far as one node can show it.
//!
//! Knows numbers, receipts and names of lanes. Invariant: `both` holds only numbers for which this node holds the
//! other's signed receipt, whose proof ties the entry to the other's log; of what the other node sent, this node can
//! show its own half only, and says so.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Error, Node, Officer, key};
use crate::audit::coverage::{Coverage, Span, spans};
use crate::audit::words::Shown;
use crate::audit::{EntryType, Incomplete};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::message::{Epoch, Lane};
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::{log, outbox, peer as peers, witness};

/// Most numbers of one lane in one report.
pub const MOST: u64 = 50_000;

/// One lane of a pair, one way.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageView {
    /// The sender.
    pub from: NodeId,
    /// The recipient.
    pub to: NodeId,
    /// The lane.
    pub lane: Lane,
    /// The sender's epoch.
    pub epoch: Epoch,
    /// The last number that this node knows of the lane.
    pub end: u64,
    /// The first number that was looked at.
    pub first: u64,
    /// The last number that was looked at.
    pub last: u64,
    /// Shown to be in both logs.
    pub both: Vec<Span>,
    /// Shown to be in this node's log only.
    pub own: Vec<Span>,
    /// In neither, as far as this node can show.
    pub missing: Vec<Span>,
    /// The same in words.
    pub sentences: Vec<String>,
}

/// A lane of a pair as seen from here.
struct Way {
    peer: NodeId,
    lane: Lane,
    direction: Direction,
    epoch: Epoch,
    /// Its last number; none of an older epoch, whose end is not kept.
    end: Option<u64>,
}

impl Node {
    /// Every lane between this node and `peer`, both ways: which numbers from `first` on, at most [`MOST`] of each,
    /// are in both logs, which in this one. Without an epoch: that of each chain now. [`Error::NotFound`] if the
    /// peer is not enrolled. For auditors; an entry itself.
    pub async fn coverage(
        &self,
        officer: &Officer,
        peer: NodeId,
        epoch: Option<Epoch>,
        first: u64,
        last: Option<u64>,
    ) -> Result<Vec<CoverageView>, Error> {
        officer.require(&[Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        peers::find(&mut tx, key(peer)).await?.ok_or(Error::NotFound)?;
        let mut views = Vec::new();
        for direction in [Direction::Out, Direction::In] {
            for lane in Lane::ALL.iter().copied() {
                let end = chain::find(&mut tx, key(peer), lane, direction).await?.end;
                let Some(epoch) = epoch.or(end.epoch) else { continue };
                let end = (end.epoch == Some(epoch)).then_some(end.seq);
                let way = Way { peer, lane, direction, epoch, end };
                views.push(self.covered(&mut tx, &way, first, last).await?);
            }
        }
        let (actor, code) = (Some(officer.pseudonym.clone()), Some(Shown::Coverage.code().into()));
        let (peer, purpose) = (Some(peer), officer.purpose);
        let body = Incomplete { actor, code, peer, purpose, ..Incomplete::default() };
        self.record(tx, EntryType::Read, body).await?;
        Ok(views)
    }

    async fn covered(
        &self,
        tx: &mut Tx,
        way: &Way,
        first: u64,
        last: Option<u64>,
    ) -> Result<CoverageView, Error> {
        let bound = first.saturating_add(MOST - 1).min(last.unwrap_or(u64::MAX));
        let (from, to) = match way.direction {
            Direction::Out => (self.id, way.peer),
            Direction::In => (way.peer, self.id),
        };
        let own = logged(tx, way, first, bound).await?;
        let end = way.end.or(own.last().copied()).unwrap_or(0);
        let last = bound.min(end);
        let both = receipted(tx, way, first, last).await?;
        let missing = spans((first..=last).filter(|number| !own.contains(number)));
        let coverage =
            |numbers: Vec<Span>| Coverage { from, to, lane: way.lane, epoch: way.epoch, spans: numbers };
        let both = coverage(spans(own.intersection(&both).copied()));
        let own = coverage(spans(own.iter().copied().filter(|number| !covers(&both.spans, *number))));
        let missing = coverage(missing);
        let sentences = vec![both.sentence(), own.one_sided(), missing.missing(first, last)];
        Ok(CoverageView {
            from,
            to,
            lane: way.lane,
            epoch: way.epoch,
            end,
            first,
            last,
            missing: missing.spans,
            both: both.spans,
            own: own.spans,
            sentences,
        })
    }
}

fn covers(spans: &[Span], number: u64) -> bool {
    spans.iter().any(|span| (span.first..=span.last).contains(&number))
}

/// The numbers whose entry is in this node's log: sent by it, or settled by it.
async fn logged(tx: &mut Tx, way: &Way, first: u64, last: u64) -> Result<BTreeSet<u64>, Error> {
    let (peer, lane, epoch) = (key(way.peer), way.lane.code(), way.epoch.to_string());
    let (first, last) = (first.cast_signed(), last.cast_signed());
    let numbers: Vec<i64> = match way.direction {
        Direction::Out => outbox::numbers(tx, (peer, lane, &epoch), first, last).await?,
        Direction::In => {
            let settled = log::inbox_between(tx, peer, lane, &epoch, first, last).await?;
            settled.into_iter().map(|(seq, ..)| seq).collect()
        }
    };
    Ok(numbers.into_iter().map(i64::cast_unsigned).collect())
}

/// The numbers for which the recipient's receipt is here. Of what the peer sent there is none.
async fn receipted(tx: &mut Tx, way: &Way, first: u64, last: u64) -> Result<BTreeSet<u64>, Error> {
    if way.direction == Direction::In {
        return Ok(BTreeSet::new());
    }
    let epoch = way.epoch.to_string();
    let lane = (key(way.peer), way.lane.code(), epoch.as_str());
    let receipts = witness::receipted(tx, lane, first.cast_signed(), last.cast_signed()).await?;
    let clipped = receipts.into_iter().flat_map(|(from, to)| {
        let (from, to) = (from.cast_unsigned().max(first), to.cast_unsigned().min(last));
        from..=to
    });
    Ok(clipped.collect())
}
