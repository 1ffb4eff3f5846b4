//! One peer's courier: keeps a window of batches in flight on either lane, urgent first, and never gives up.
//!
//! Invariants: batches of a lane are prepared and their receipts filed in the order of its numbers, so the cursor moves
//! over contiguous receipts only; what went before a failure is sent again from the cursor; a lane that fails rests by
//! itself, a peer that is not reached, or is busy, is left alone as a whole, and meanwhile what is under way is filed.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::deliver::Step;
use super::dispatch::{Ask, Prepared};
use super::flight::{Arrival, Flight, Landed, Office};
use super::hearing::{Heard, Steady};
use super::lease::Lease;
use super::outward::Outward;
use super::{Error, Node, key};
use crate::domain::node::NodeId;
use crate::exchange::message::Lane;
use crate::exchange::rest::Rest;
use crate::peer::transport::Transport;
use crate::store::chain::Backlog;
use crate::store::{chain, outbox};

/// How long it waits when our own database cannot be used, milliseconds.
const MOMENT: i64 = 1_000;

/// One peer's worker.
pub(super) struct Courier {
    office: Office,
    peer: NodeId,
    lease: Lease,
    steady: Steady,
    /// When the peer is tried again as a whole.
    rest: Rest,
    /// Whether our own database could not be used last: that is said once.
    troubled: bool,
    /// The size of our log that a lost receipt may have covered.
    offered: u64,
    /// What the peer was told of us last, by its number; none: tell it before anything else.
    told: Option<usize>,
    /// Whether the chains to the peer go on in this epoch.
    joined: bool,
    /// Whether a batch in flight carries our checkpoint.
    witnessing: bool,
    lanes: HashMap<Lane, Outward>,
    flights: JoinSet<Landed>,
}

impl Node {
    /// One round of what a courier does for a peer, for whoever drives delivery himself: everything goes that a lane
    /// which is not known to work has room for, and the receipts are filed when this returns. Idle where nothing
    /// waits, or where another instance holds the peer's lease.
    pub async fn deliver_round(
        self: &Arc<Self>,
        transport: Arc<dyn Transport>,
        peer: NodeId,
    ) -> Result<Step, Error> {
        Courier::new(Office::new(Arc::clone(self), transport), peer).round().await
    }
}

impl Courier {
    pub(super) fn new(office: Office, peer: NodeId) -> Self {
        Self {
            office,
            peer,
            lease: Lease::of(format!("deliver:{peer}")),
            steady: Steady::start(),
            rest: Rest::default(),
            troubled: false,
            offered: 0,
            told: None,
            joined: false,
            witnessing: false,
            lanes: HashMap::new(),
            flights: JoinSet::new(),
        }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut hearing = self.office.node.hear(self.peer);
        if let Err(error) = self.office.node.greet(self.office.transport.as_ref(), self.peer).await {
            tracing::warn!(peer.id = %self.peer, code = error.code(), "{} was not greeted: {error}", self.peer);
        }
        while !*stop.borrow() {
            let looked = self.steady.now();
            if self.rest.left(looked).is_none()
                && let Err(error) = self.fill().await
            {
                self.stumbles(&error);
            }
            if self.flights.is_empty()
                && let Err(error) = self.lease.lived(&self.office.node).await
            {
                self.stumbles(&error);
            }
            let left = self.left(looked);
            tokio::select! {
                _ = stop.changed() => {}
                Some(landed) = self.flights.join_next() => {
                    self.landed(landed);
                }
                heard = hearing.next(left) => self.heard(heard),
            }
        }
        // What is under way is finished.
        while self.flights.join_next().await.is_some() {}
    }

    /// Fills the lanes once, and waits until all that went has landed. A failure counts before what moved.
    async fn round(mut self) -> Result<Step, Error> {
        let mut step = self.fill().await?.unwrap_or(Step::Idle);
        while let Some(landed) = self.flights.join_next().await {
            if let Ok(Landed { outcome: Err(error), .. }) = landed {
                return Err(error);
            }
            match self.landed(landed) {
                Some(failed) => step = failed,
                None if step == Step::Idle => step = Step::Moved,
                None => {}
            }
        }
        Ok(step)
    }

    /// How long until something may be tried again that rested when it was looked at; none if nothing did.
    fn left(&self, looked: i64) -> Option<i64> {
        let lanes = || self.lanes.values().filter_map(|outward| outward.rest.left(looked)).min();
        let left = self.rest.left(looked).or_else(lanes)?;
        Some((left - (self.steady.now() - looked)).max(0))
    }

    fn heard(&mut self, heard: Heard) {
        let now = self.steady.now();
        let lanes = self.lanes.values_mut().map(|outward| &mut outward.rest);
        for rest in std::iter::once(&mut self.rest).chain(lanes) {
            match heard {
                Heard::Contact => rest.met(now),
                Heard::Hastened => rest.hastened(),
                Heard::Work | Heard::Time => {}
            }
        }
    }

    /// Sends as many batches as there is room for, urgent first; what went wrong, if something did. Messages whose time
    /// to go again has come are put into the queue before.
    async fn fill(&mut self) -> Result<Option<Step>, Error> {
        let node = Arc::clone(&self.office.node);
        match self.lease.hold(&node).await? {
            None => return Ok(None),
            Some(true) => node.handed.takes_over(self.peer, node.now()),
            Some(false) => {}
        }
        if self.told != Some(node.keys.reigns())
            && let Some(failed) = self.introduce().await?
        {
            return Ok(Some(failed));
        }
        if !self.joined {
            self.joined = node.rejoin(self.office.transport.as_ref(), self.peer).await?;
            if !self.joined {
                return Ok(Some(self.rests(None)));
            }
        }
        // What is left meanwhile rings, and is looked at then.
        let (mut backlogs, mut failed) = (self.look().await?, None);
        while self.rest.left(self.steady.now()).is_none()
            && let Some((lane, ask)) = backlogs.iter().find_map(|backlog| self.next(backlog))
        {
            if self.lanes.get(&lane).is_some_and(|outward| outward.doubted)
                && let Some(step) = self.introduce_again(lane).await?
            {
                failed = Some(step);
                continue;
            }
            let permit = self.office.permits.acquire().await.map_err(|_| Error::Corrupt("permits"))?;
            let prepared = node.prepare_batch(self.peer, lane, ask).await;
            drop(permit);
            match prepared {
                Ok(Some(prepared)) => self.send(prepared),
                Ok(None) => backlogs.retain(|backlog| backlog.lane != lane),
                Err(error) => failed = Some(self.lane_stumbles(lane, &error)),
            }
        }
        Ok(failed)
    }

    /// What waits for the peer, urgent first, and what goes again with it.
    async fn look(&self) -> Result<Vec<Backlog>, Error> {
        let node = &self.office.node;
        let mut tx = node.db.node.snapshot().await?;
        if outbox::any_due(&mut tx, key(self.peer), node.now().0).await? {
            tx.rollback().await?;
            node.send_again(self.peer).await?;
            tx = node.db.node.snapshot().await?;
        }
        let backlogs = chain::waiting(&mut tx, key(self.peer)).await?;
        tx.rollback().await?;
        Ok(backlogs)
    }

    /// Tells the peer what we are; what went wrong, if something did. One that is not active is told later.
    async fn introduce(&mut self) -> Result<Option<Step>, Error> {
        let present = self.office.node.keys.reigns();
        match self.office.node.introduce(self.office.transport.as_ref(), self.peer).await? {
            Step::Idle => Ok(None),
            Step::Moved => {
                self.told = Some(present);
                for outward in self.lanes.values_mut() {
                    outward.doubted = false;
                }
                Ok(None)
            }
            Step::Asked(seconds) => Ok(Some(self.rests(Some(seconds)))),
            Step::Failed => Ok(Some(self.rests(None))),
        }
    }

    /// The same because of one lane, which alone waits if the peer does not hear it.
    async fn introduce_again(&mut self, lane: Lane) -> Result<Option<Step>, Error> {
        let outward = self.lanes.entry(lane).or_default();
        match self.office.node.introduce(self.office.transport.as_ref(), self.peer).await? {
            Step::Idle | Step::Moved => {
                outward.doubted = false;
                Ok(None)
            }
            Step::Asked(seconds) => Ok(Some(self.rests(Some(seconds)))),
            Step::Failed => Ok(Some(self.lane_rests(lane))),
        }
    }

    /// The next batch of a lane, if there is one.
    fn next(&mut self, backlog: &Backlog) -> Option<(Lane, Ask)> {
        let now = self.steady.now();
        let (after, room) = self.lanes.entry(backlog.lane).or_default().next(backlog, now)?;
        let witness = (!self.witnessing).then_some(self.offered);
        Some((backlog.lane, Ask { after, room, witness }))
    }

    fn send(&mut self, prepared: Prepared) {
        let lane = prepared.lane;
        if let Some(offered) = &prepared.offered {
            (self.offered, self.witnessing) = (offered.size, true);
        }
        let [first, last] =
            [prepared.sent.first(), prepared.sent.last()].map(|sent| sent.map_or(0, |sent| sent.header.seq));
        let place = self.lanes.entry(lane).or_default().departs(last, prepared.bytes.len());
        let (office, witnessing, numbers) = (self.office.clone(), prepared.offered.is_some(), (first, last));
        let flight = Flight { prepared, place };
        self.flights
            .spawn(async move { Landed { lane, numbers, witnessing, outcome: office.fly(flight).await } });
    }

    fn landed(&mut self, landed: Result<Landed, JoinError>) -> Option<Step> {
        match landed {
            Ok(landed) => self.land(landed),
            Err(_) => Some(self.crashed()),
        }
    }

    /// Takes note of what became of a flight; what went wrong, if something did.
    fn land(&mut self, landed: Landed) -> Option<Step> {
        let Landed { lane, numbers, witnessing, outcome } = landed;
        self.witnessing &= !witnessing;
        let repeated = self.lanes.entry(lane).or_default().landed(numbers, &outcome);
        match outcome {
            Ok(Arrival::Filed(known)) => {
                self.offered = known.unwrap_or(self.offered);
                self.rest.succeeded();
                self.troubled = false;
                None
            }
            Ok(Arrival::Repositioned) if !repeated => None,
            Ok(Arrival::Overtaken) => None,
            Ok(Arrival::Repositioned | Arrival::Refused) => Some(self.lane_rests(lane)),
            Ok(Arrival::Unreached) => Some(self.rests(None)),
            Ok(Arrival::Busy(seconds)) => Some(self.rests(Some(seconds))),
            Err(error) => Some(self.lane_stumbles(lane, &error)),
        }
    }

    /// A flight ended without a word: all are given up and go again.
    fn crashed(&mut self) -> Step {
        self.flights = JoinSet::new();
        self.lanes.clear();
        self.witnessing = false;
        self.rests(None)
    }

    fn warn(&self, error: &Error) {
        tracing::warn!(peer.id = %self.peer, code = error.code(), "delivery will be tried again: {error}");
    }

    /// What went wrong was not the peer's doing, or not its alone.
    fn stumbles(&mut self, error: &Error) -> Step {
        if !error.is_storage() {
            self.warn(error);
            return self.rests(None);
        }
        if !std::mem::replace(&mut self.troubled, true) {
            self.warn(error);
        }
        self.rest.waits(self.steady.now(), MOMENT);
        Step::Failed
    }

    /// The same with one lane.
    fn lane_stumbles(&mut self, lane: Lane, error: &Error) -> Step {
        if error.is_storage() {
            return self.stumbles(error);
        }
        self.warn(error);
        self.lane_rests(lane)
    }

    /// The peer is left alone; `asked`: it named so many seconds.
    fn rests(&mut self, asked: Option<u32>) -> Step {
        // It may have missed, or forgotten, what we are now; or we, what it is.
        self.told = None;
        self.rest.failed(self.steady.now(), asked, self.office.node.entropy.as_ref());
        asked.map_or(Step::Failed, Step::Asked)
    }

    /// One lane is left alone.
    fn lane_rests(&mut self, lane: Lane) -> Step {
        let outward = self.lanes.entry(lane).or_default();
        outward.doubted = true;
        outward.rest.failed(self.steady.now(), None, self.office.node.entropy.as_ref());
        Step::Failed
    }
}
