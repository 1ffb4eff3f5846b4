//! One peer's courier: keeps a window of batches in flight on either lane, urgent first, and never gives up.
//!
//! Invariants: batches of a lane are prepared and their receipts filed in the order of its numbers, so the cursor moves
//! over contiguous receipts only; what went before a failure is sent again from the cursor.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::deliver::Step;
use super::dispatch::{Ask, Prepared};
use super::flight::{Arrival, Flight, Landed, Office};
use super::lease::Lease;
use super::outward::Outward;
use super::{Error, Node, key};
use crate::domain::node::NodeId;
use crate::exchange::message::Lane;
use crate::exchange::outbox::{pause, pause_asked};
use crate::exchange::window::Room;
use crate::peer::transport::Transport;
use crate::store::chain::Backlog;
use crate::store::{chain, outbox};

/// One peer's worker.
pub(super) struct Courier {
    office: Office,
    peer: NodeId,
    lease: Lease,
    failures: u32,
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

/// How long the peer is left alone.
struct Wait {
    time: Duration,
    /// Whether it named the time itself: then its contact does not end it.
    asked: bool,
}

impl Wait {
    /// What a round that ends with it did.
    fn step(&self) -> Step {
        let seconds = u32::try_from(self.time.as_secs()).unwrap_or(u32::MAX);
        if self.asked { Step::Asked(seconds) } else { Step::Failed }
    }
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
            failures: 0,
            offered: 0,
            told: None,
            joined: false,
            witnessing: false,
            lanes: HashMap::new(),
            flights: JoinSet::new(),
        }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let (mut work, mut meetings) = self.office.node.hear(self.peer);
        if let Err(error) = self.office.node.greet(self.office.transport.as_ref(), self.peer).await {
            tracing::warn!(peer.id = %self.peer, code = error.code(), "{} was not greeted: {error}", self.peer);
        }
        while !*stop.borrow() {
            let wait = match self.fill().await {
                Err(error) => Some(self.failed(&error)),
                Ok(Some(wait)) => Some(wait),
                Ok(None) => tokio::select! {
                    _ = stop.changed() => None,
                    Some(landed) = self.flights.join_next() => match landed {
                        Ok(landed) => self.land(landed),
                        Err(_) => Some(self.crashed()),
                    },
                    _ = work.changed() => None,
                },
            };
            let Some(Wait { time, asked }) = wait else { continue };
            tokio::select! {
                _ = stop.changed() => {}
                // Inbound contact ends the pause.
                met = timeout(time, async {
                    if asked {
                        std::future::pending::<()>().await;
                    }
                    meetings.changed().await
                }) => if met.is_ok() { self.failures = 0 },
            }
        }
        // What is under way is finished.
        while self.flights.join_next().await.is_some() {}
    }

    /// Fills the lanes once, and waits until all that went has landed. A failure counts before what moved.
    async fn round(mut self) -> Result<Step, Error> {
        let mut step = match self.fill().await? {
            Some(wait) => wait.step(),
            None => Step::Idle,
        };
        while let Some(landed) = self.flights.join_next().await {
            let wait = match landed {
                Ok(Landed { outcome: Err(error), .. }) => return Err(error),
                Ok(landed) => self.land(landed),
                Err(_) => Some(self.crashed()),
            };
            match wait {
                Some(wait) => step = wait.step(),
                None if step == Step::Idle => step = Step::Moved,
                None => {}
            }
        }
        Ok(step)
    }

    /// Sends as many batches as there is room for, urgent first. Messages whose time to go again has come are put
    /// into the queue before.
    async fn fill(&mut self) -> Result<Option<Wait>, Error> {
        let node = Arc::clone(&self.office.node);
        if !self.lease.is_held(&node).await? {
            return Ok(None);
        }
        let present = node.keys.reigns();
        if self.told != Some(present) {
            match node.introduce(self.office.transport.as_ref(), self.peer).await? {
                Step::Idle | Step::Moved => self.told = Some(present),
                Step::Asked(seconds) => return Ok(Some(self.refused(Some(seconds)))),
                Step::Failed => return Ok(Some(self.refused(None))),
            }
        }
        if !self.joined {
            self.joined = node.rejoin(self.office.transport.as_ref(), self.peer).await?;
            if !self.joined {
                return Ok(Some(self.refused(None)));
            }
        }
        let mut again = true;
        loop {
            let mut tx = node.db.node.snapshot().await?;
            let due = again && outbox::any_due(&mut tx, key(self.peer), node.now().0).await?;
            let backlogs = chain::waiting(&mut tx, key(self.peer)).await?;
            tx.rollback().await?;
            again = false;
            if due {
                node.send_again(self.peer).await?;
                continue;
            }
            let Some((lane, ask)) = backlogs.into_iter().find_map(|backlog| self.next(backlog)) else {
                return Ok(None);
            };
            let permit = self.office.permits.acquire().await.map_err(|_| Error::Corrupt("permits"))?;
            let prepared = node.prepare_batch(self.peer, lane, ask).await?;
            drop(permit);
            let Some(prepared) = prepared else { return Ok(None) };
            self.send(prepared);
        }
    }

    /// The next batch of a lane, if anything waits there that is not in flight, and there is room.
    fn next(&mut self, backlog: Backlog) -> Option<(Lane, Ask)> {
        let Backlog { lane, last, acked } = backlog;
        let outward = self.lanes.entry(lane).or_default();
        if outward.broken || outward.window.last().unwrap_or(acked) >= last {
            return None;
        }
        let room: Room = outward.window.room()?;
        let witness = (!self.witnessing).then_some(self.offered);
        Some((lane, Ask { after: outward.window.last(), room, witness }))
    }

    fn send(&mut self, prepared: Prepared) {
        let lane = prepared.lane;
        if let Some(offered) = &prepared.offered {
            (self.offered, self.witnessing) = (offered.size, true);
        }
        let outward = self.lanes.entry(lane).or_default();
        let last = prepared.sent.last().map_or(0, |sent| sent.header.seq);
        outward.window.sent(last, prepared.bytes.len());
        outward.flying += 1;
        let (after, heard) = oneshot::channel();
        let before = outward.before.replace(heard).filter(|_| outward.flying > 1);
        let (office, witnessing) = (self.office.clone(), prepared.offered.is_some());
        let flight = Flight { prepared, before, after };
        self.flights.spawn(async move { Landed { lane, witnessing, outcome: office.fly(flight).await } });
    }

    /// Takes note of what became of a flight; how long to wait before the peer is tried again.
    fn land(&mut self, landed: Landed) -> Option<Wait> {
        let Landed { lane, witnessing, outcome } = landed;
        self.witnessing &= !witnessing;
        let outward = self.lanes.entry(lane).or_default();
        outward.flying -= 1;
        match &outcome {
            Ok(Arrival::Filed(known)) => {
                outward.window.settled();
                outward.set_back = false;
                self.offered = known.unwrap_or(self.offered);
                self.failures = 0;
            }
            Ok(_) | Err(_) => outward.broken = true,
        }
        let repeated =
            matches!(outcome, Ok(Arrival::Repositioned)) && std::mem::replace(&mut outward.set_back, true);
        if outward.broken && outward.flying == 0 {
            outward.window.failed();
            outward.broken = false;
        }
        match outcome {
            Ok(Arrival::Repositioned) if repeated => Some(self.refused(None)),
            Ok(Arrival::Filed(_) | Arrival::Repositioned | Arrival::Overtaken) => None,
            Ok(Arrival::Failed(asked)) => Some(self.refused(asked)),
            Err(error) => Some(self.failed(&error)),
        }
    }

    /// A flight ended without a word: all are given up and go again.
    fn crashed(&mut self) -> Wait {
        self.flights = JoinSet::new();
        self.lanes.clear();
        self.witnessing = false;
        self.refused(None)
    }

    fn failed(&mut self, error: &Error) -> Wait {
        tracing::warn!(peer.id = %self.peer, code = error.code(), "delivery will be tried again: {error}");
        self.refused(None)
    }

    /// The pause after a failure; `asked`: the peer named so many seconds.
    fn refused(&mut self, asked: Option<u32>) -> Wait {
        self.failures = self.failures.saturating_add(1);
        // Whoever refuses us may have missed, or forgotten, what we are now; or we, what it is.
        self.told = None;
        let entropy = self.office.node.entropy.as_ref();
        let time = match asked {
            Some(seconds) => pause_asked(seconds, self.failures, entropy),
            None => pause(self.failures, entropy),
        };
        Wait { time: Duration::from_millis(time.unsigned_abs()), asked: asked.is_some() }
    }
}
