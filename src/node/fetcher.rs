//! Fetching from a peer that cannot call us: one worker for each of its lanes, which takes batches in as if they had
//! been pushed and gives their receipts back.
//!
//! Invariant: what was fetched and not acknowledged is fetched again; whatever fails, it starts behind the last receipt
//! that the peer has.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::flight::Office;
use super::hearing::{Heard, Hearing, Steady};
use super::lease::Lease;
use super::register::Registered;
use super::{Error, Node, key};
use crate::domain::node::NodeId;
use crate::exchange::message::Lane;
use crate::exchange::problem::BatchCode;
use crate::exchange::receipt::{Receipt, ReceiptBody, ReceiptHeader, Returned, Taken};
use crate::exchange::rest::Rest;
use crate::node::register::Link;
use crate::peer::transport::{PeerAddress, Response, SHORT_ANSWER};
use crate::statement::jws;
use crate::store::witness;

/// How long the peer may keep us waiting, seconds.
const WAIT: u64 = 25;

/// The pause after an answer without messages: whoever answers at once is not asked all the time.
const BREATH: Duration = Duration::from_millis(100);

/// How often whoever does not fetch looks whether it should.
const REST: Duration = Duration::from_secs(2);

/// One lane of one peer.
pub(super) struct Fetcher {
    office: Office,
    peer: NodeId,
    lane: Lane,
    lease: Lease,
    steady: Steady,
    /// When the peer is asked again after a failure.
    rest: Rest,
    /// Whether the chains to the peer go on in this epoch.
    joined: bool,
    /// Whether the peer was told where it stands, and did not go on since: one that asks again waits.
    told: bool,
    /// The last number that we acknowledged; none: the peer knows.
    after: Option<u64>,
    /// The size of our log that a lost answer may have covered.
    offered: u64,
}

/// What one round did.
pub(super) enum Round {
    /// A batch was taken in and acknowledged.
    Moved,
    /// Nothing waits there.
    Empty,
    /// Another instance fetches, or the peer is not active.
    Elsewhere,
    /// The peer does not answer, or not well; it may have said for how many seconds to wait.
    Failed(Option<u32>),
}

impl Fetcher {
    pub(super) fn new(office: Office, peer: NodeId, lane: Lane) -> Self {
        let lease = Lease::of(format!("fetch:{peer}:{lane}"));
        let (steady, rest) = (Steady::start(), Rest::default());
        Self { office, peer, lane, lease, steady, rest, joined: false, told: false, after: None, offered: 0 }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut hearing = self.office.node.hear(self.peer);
        while !*stop.borrow() {
            let round = tokio::select! {
                // A call that only waits is given up.
                _ = stop.wait_for(|stop| *stop) => return,
                round = self.round() => round,
            };
            let idle = match round {
                Ok(Round::Moved) => Duration::ZERO,
                Ok(Round::Empty) => BREATH,
                Ok(Round::Elsewhere) => REST,
                Ok(Round::Failed(asked)) => self.failed(asked),
                Err(error) if error.is_storage() => {
                    // No fault of the peer.
                    tracing::warn!(peer.id = %self.peer, code = error.code(), "fetching waits for our database: {error}");
                    REST
                }
                Err(error) => {
                    if matches!(error, Error::Batch(_)) {
                        self.restate().await;
                    }
                    tracing::warn!(peer.id = %self.peer, code = error.code(), "fetching will be tried again: {error}");
                    self.failed(None)
                }
            };
            tokio::select! {
                _ = stop.changed() => {}
                () = async { tokio::join!(sleep(idle), self.rests(&mut hearing)); } => {}
            }
        }
    }

    /// Until the pause after a failure is over; one without a failure is over at once.
    async fn rests(&mut self, hearing: &mut Hearing) {
        while let Some(left) = self.rest.left(self.steady.now()) {
            match hearing.next(Some(left)).await {
                Heard::Contact => self.rest.met(self.steady.now()),
                Heard::Hastened => self.rest.hastened(),
                Heard::Work | Heard::Time => {}
            }
        }
    }

    /// What came does not follow what is here: a restore took that back, and the peer goes back to where we stand.
    async fn restate(&self) {
        let transport = self.office.transport.as_ref();
        Node::report("saying where we stand", self.office.node.greet(transport, self.peer).await);
    }

    fn failed(&mut self, asked: Option<u32>) -> Duration {
        self.after = None;
        self.rest.failed(self.steady.now(), asked, self.office.node.entropy.as_ref());
        Duration::ZERO
    }

    /// Fetches one batch, takes it in, and gives its receipt back.
    pub(super) async fn round(&mut self) -> Result<Round, Error> {
        let node = &self.office.node;
        if !self.lease.is_held(node).await? {
            return Ok(Round::Elsewhere);
        }
        // Nothing is settled in an epoch in which the peer has not said where the chains to it go on.
        if !self.joined {
            self.joined = node.rejoin(self.office.transport.as_ref(), self.peer).await?;
        }
        if !self.joined {
            return Ok(Round::Failed(None));
        }
        let mut tx = node.db.node.snapshot().await?;
        let Some(peer) = node.registered(&mut tx, self.peer).await?.filter(|peer| peer.active) else {
            return Ok(Round::Elsewhere);
        };
        let seen = witness::newest_head(&mut tx, key(self.peer)).await?.map(|seen| seen.size);
        tx.rollback().await?;
        let address = PeerAddress { node: self.peer, base_url: peer.descriptor.peer_url.clone() };
        let Ok(answer) = self.office.transport.get(&address, &self.path(seen)).await else {
            return Ok(Round::Failed(None));
        };
        let repeated = std::mem::take(&mut self.told);
        match answer.status {
            200 => self.take_in(&address, &peer, &answer.body).await,
            204 => {
                self.rest.succeeded();
                Ok(Round::Empty)
            }
            409 if BatchCode::said_in(&answer.body) == Some(BatchCode::PositionUnknown)
                && node.say_where(self.office.transport.as_ref(), &address).await? =>
            {
                self.after = None;
                self.told = true;
                Ok(if repeated { Round::Failed(None) } else { Round::Moved })
            }
            _ => Ok(self.refused(&answer)),
        }
    }

    fn path(&self, seen: Option<u64>) -> String {
        let after = self.after.map_or_else(String::new, |after| format!("&after={after}"));
        let seen = seen.map_or_else(String::new, |seen| format!("&seen={seen}"));
        format!("/peer/v1/batches?lane={}&wait={WAIT}{after}{seen}", self.lane)
    }

    async fn take_in(
        &mut self,
        address: &PeerAddress,
        peer: &Registered,
        batch: &[u8],
    ) -> Result<Round, Error> {
        let node = &self.office.node;
        let receipt = node.receive_over(Link::Outbound(self.peer), batch).await?;
        let receipt: Receipt = serde_json::from_str(&receipt).map_err(|_| Error::Corrupt("receipt"))?;
        let header: ReceiptHeader = serde_json::from_value(jws::claimed_payload(&receipt.header)?)
            .map_err(|_| Error::Corrupt("receipt"))?;
        let body: ReceiptBody =
            serde_json::from_str(receipt.body.get()).map_err(|_| Error::Corrupt("receipt"))?;
        let mut tx = node.db.node.snapshot().await?;
        let signed = node.checkpoint_of(&body.checkpoint)?;
        let consistency = node.consistency(&mut tx, self.peer, self.offered, signed.size).await?;
        tx.rollback().await?;
        self.offered = signed.size;
        let returned = serde_json::to_vec(&Returned { receipt, consistency });
        let returned = returned.map_err(|_| Error::Corrupt("receipt"))?;
        let Ok(answer) =
            self.office.transport.post(address, "/peer/v1/receipts", returned, SHORT_ANSWER).await
        else {
            return Ok(Round::Failed(None));
        };
        if answer.status != 200 {
            return Ok(self.refused(&answer));
        }
        let taken: Taken =
            serde_json::from_slice(&answer.body).map_err(|_| Error::Unreadable("not an answer"))?;
        if let Some(line) = &taken.cosignature {
            let mut tx = node.db.node.begin().await?;
            node.keep_cosignature(&mut tx, peer, &signed, line).await?;
            tx.commit().await?;
        }
        self.offered = taken.your_head.map_or(self.offered, |head| head.size);
        self.after = Some(header.last);
        self.rest.succeeded();
        Ok(Round::Moved)
    }

    fn refused(&self, answer: &Response) -> Round {
        tracing::warn!(
            peer.id = %self.peer, status = answer.status, "nothing was fetched from {}: HTTP {}", self.peer, answer.status
        );
        Round::Failed(answer.retry_after.filter(|_| matches!(answer.status, 429 | 503)))
    }
}
