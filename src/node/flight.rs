//! A batch on its way to a peer: it goes, its answer is read, its receipt is filed in its turn.
//!
//! Invariant: a peer that does not answer holds no permit for work, only its own small batches.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::deliver::Step;
use super::dispatch::Prepared;
use super::handed::Way;
use super::outward::Place;
use super::{Error, Node};
use crate::exchange::message::Lane;
use crate::exchange::problem::BatchCode;
use crate::peer::transport::{Response, Transport, receipt_bytes};

/// How many couriers of a node prepare batches or file receipts at a time.
const AT_WORK: usize = 4;

/// What the couriers of one node share.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) node: Arc<Node>,
    pub(super) transport: Arc<dyn Transport>,
    /// Held for work in this process, never while a peer is waited for.
    pub(super) permits: Arc<Semaphore>,
}

impl Office {
    pub(super) fn new(node: Arc<Node>, transport: Arc<dyn Transport>) -> Self {
        Self { node, transport, permits: Arc::new(Semaphore::new(AT_WORK)) }
    }
}

/// A batch on its way.
pub(super) struct Flight {
    pub(super) prepared: Prepared,
    pub(super) place: Place,
}

/// What became of a flight.
pub(super) struct Landed {
    pub(super) lane: Lane,
    /// The first and the last number of its messages.
    pub(super) numbers: (u64, u64),
    pub(super) witnessing: bool,
    pub(super) outcome: Result<Arrival, Error>,
}

pub(super) enum Arrival {
    /// Its receipt is filed; the size of our log that the peer knows.
    Filed(Option<u64>),
    /// The cursor was set to where the peer stands.
    Repositioned,
    /// A batch before it failed: it goes again after that one.
    Overtaken,
    /// The peer was not reached, or did not answer.
    Unreached,
    /// The peer is busy, and said for how many seconds.
    Busy(u32),
    /// The peer did not take it.
    Refused,
}

impl Office {
    /// Sends a batch; files its receipt once those of all batches before it are filed.
    pub(super) async fn fly(&self, flight: Flight) -> Result<Arrival, Error> {
        let Flight { mut prepared, place: Place { before, after } } = flight;
        let body = std::mem::take(&mut prepared.bytes);
        let (peer, lane) = (prepared.to.descriptor.iss, prepared.lane);
        self.node.own_up(&prepared, Way::Pushed).await?;
        let new = self.node.handed.leaves(peer, lane, &prepared.sent);
        let most = receipt_bytes(prepared.sent.len());
        let underway = self.node.traffic.departs(peer, lane, prepared.sent.len());
        let answer = self.transport.post(&prepared.address(), "/peer/v1/batches", body, most).await;
        let alone = before.is_none();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                if !error.may_have_left() {
                    self.node.handed.stayed(peer, lane, &new);
                }
                tracing::debug!(peer.id = %peer, "{peer} was not reached: {error}");
                return Ok(Arrival::Unreached);
            }
        };
        if let Some(before) = before
            && before.await.is_err()
        {
            return Ok(Arrival::Overtaken);
        }
        let arrival = self.answered(&prepared, &answer, alone).await?;
        if matches!(arrival, Arrival::Filed(_)) {
            underway.lands();
            let last = prepared.sent.last().map_or(0, |sent| sent.header.seq);
            self.node.handed.settled(peer, lane, last);
            // Nobody may be behind it.
            let _ = after.send(());
        }
        Ok(arrival)
    }

    async fn answered(&self, prepared: &Prepared, answer: &Response, alone: bool) -> Result<Arrival, Error> {
        let peer = prepared.to.descriptor.iss;
        match answer.status {
            200 => {
                let _permit = self.permits.acquire().await.map_err(|_| Error::Corrupt("permits"))?;
                Ok(Arrival::Filed(self.node.accept_receipt(prepared, &answer.body).await?))
            }
            // It came before one that was still on its way: where the peer stood then says nothing any more.
            409 if !alone => Ok(Arrival::Overtaken),
            409 => match self.node.reposition(peer, prepared.lane, answer).await? {
                Step::Moved => Ok(Arrival::Repositioned),
                _ => Ok(self.refused(prepared, answer)),
            },
            _ => Ok(self.refused(prepared, answer)),
        }
    }

    /// The peer answered, and took nothing: people see where it stands.
    fn refused(&self, prepared: &Prepared, answer: &Response) -> Arrival {
        let (peer, status) = (prepared.to.descriptor.iss, answer.status);
        let code = BatchCode::said_in(&answer.body).map(BatchCode::code);
        tracing::warn!(peer.id = %peer, status, code, "{peer} refused a batch: HTTP {status}");
        if let Some(seconds) = answer.retry_after.filter(|_| matches!(status, 429 | 503)) {
            return Arrival::Busy(seconds);
        }
        if let Some(first) = prepared.sent.first() {
            let code = code.map_or_else(|| format!("http_{status}"), str::to_owned);
            self.node.traffic.blocked(peer, prepared.lane, first.header.seq, code);
        }
        Arrival::Refused
    }
}
