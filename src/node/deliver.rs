//! Delivery: a courier per peer, the sequencing of what nobody waits for, where a chain goes on.
//!
//! A peer that is down costs its own queue only. Several instances share the work by leases.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::courier::Courier;
use super::fetcher::Fetcher;
use super::flight::Office;
use super::instances::Seen;
use super::register::readable;
use super::{Error, Node, key, node_of};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::message::{Header, Lane};
use crate::peer::transport::{PeerAddress, Response, SHORT_ANSWER, Transport};
use crate::store::chain::Chain;
use crate::store::db::Tx;
use crate::store::{chain, lease, outbox, peer as peers};

/// Which side calls, where that is not both: beside what the descriptors say.
#[derive(Clone, Debug, Default)]
pub struct Dialling {
    /// Nobody can call this node: it fetches from every peer that it can call.
    pub uncallable: bool,
    /// Peers that cannot call this node: it fetches from them.
    pub fetch_from: Vec<NodeId>,
    /// Peers that this node cannot call: they fetch from it.
    pub fetched_by: Vec<NodeId>,
}

impl Dialling {
    /// Whether this node sends to the peer, and whether it fetches from it.
    fn ways(&self, peer: NodeId, callable: bool) -> (bool, bool) {
        let sends = callable && !self.fetched_by.contains(&peer);
        (sends, callable && (self.uncallable || self.fetch_from.contains(&peer)))
    }
}

/// What one round of delivery did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Batches went and their receipts are filed, or the cursor was set back: there may be more.
    Moved,
    /// Nothing waits.
    Idle,
    /// The peer did not take it; try again after a pause.
    Failed,
    /// The peer is busy and asked for a pause of so many seconds.
    Asked(u32),
}

/// The member of a 409 problem document that says where the receiver stands.
#[derive(Deserialize)]
struct Expected {
    expected: Option<ChainEnd>,
}

impl Node {
    /// Runs delivery until `stop` changes, where every node can call every other.
    pub async fn deliver(
        self: Arc<Self>,
        transport: Arc<dyn Transport>,
        poll: Duration,
        stop: watch::Receiver<bool>,
    ) {
        self.deliver_as(transport, poll, Dialling::default(), stop).await;
    }

    /// Runs delivery until `stop` changes: workers per registered peer, and the sequencing of drafts that
    /// nobody waits for. `poll` bounds how long what another process left waits for its turn.
    pub async fn deliver_as(
        self: Arc<Self>,
        transport: Arc<dyn Transport>,
        poll: Duration,
        dialling: Dialling,
        stop: watch::Receiver<bool>,
    ) {
        self.closing.send_replace(false);
        let office = Office::new(Arc::clone(&self), Arc::clone(&transport));
        let (mut workers, mut register, mut seen) =
            (Workers::default(), Register::default(), Seen::default());
        let purging = tokio::spawn(Arc::clone(&self).purge(poll, stop.clone()));
        let heads = tokio::spawn(Arc::clone(&self).push_heads(Arc::clone(&transport), stop.clone()));
        let last = tokio::spawn(Arc::clone(&self).keep_last_heads(stop.clone()));
        let index = tokio::spawn(Arc::clone(&self).keep_index(stop.clone()));
        let mut bell = self.listen();
        let mut stopping = stop.clone();
        let mut ticks = interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stopping.borrow() {
            tokio::select! {
                _ = stopping.changed() => {}
                _ = bell.changed() => if self.turn.is_behind() {
                    Self::report("sequencing", self.sequence().await);
                },
                _ = ticks.tick() => {
                    Self::report("sequencing", self.sequence_rest().await);
                    Self::report("reading the register", self.look_up_peers(&mut register).await);
                    for (peer, callable) in &register.peers {
                        workers.keep(&office, *peer, dialling.ways(*peer, *callable), &stop);
                    }
                    Self::report("looking for work", self.wake_couriers().await);
                    Self::report("hearing other instances", self.hear_instances(&mut seen).await);
                }
            }
        }
        self.closing.send_replace(true);
        for worker in workers.0.into_values().chain([purging, heads, last, index]) {
            let _ = worker.await;
        }
        Self::report("giving back the leases", self.give_back().await);
    }

    /// Purges what is due, apart from delivery: rewriting a table takes a while.
    async fn purge(self: Arc<Self>, poll: Duration, mut stopping: watch::Receiver<bool>) {
        let mut ticks = interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stopping.borrow() {
            tokio::select! {
                _ = stopping.changed() => {}
                _ = ticks.tick() => Self::report("purging", self.purge_due().await.map(drop)),
            }
        }
    }

    /// What fails here is tried again by itself.
    pub(super) fn report(what: &str, outcome: Result<(), Error>) {
        if let Err(error) = outcome {
            tracing::warn!(code = error.code(), "{what} will be tried again: {error}");
        }
    }

    /// Wakes the couriers of the peers for whom something waits, whoever left it.
    async fn wake_couriers(&self) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let peers = outbox::peers_waiting(&mut tx, self.now().0).await?;
        tx.rollback().await?;
        for peer in peers {
            self.wake(node_of(peer)?);
        }
        Ok(())
    }

    /// Reads the register again if it changed. A peer whose row is damaged has no part in it, and costs no other.
    async fn look_up_peers(&self, register: &mut Register) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let stamp = peers::stamp(&mut tx).await?;
        if register.stamp != Some(stamp) {
            let rows = peers::all(&mut tx).await?;
            register.peers = readable(&rows)
                .map(|(_, peer)| (peer.descriptor.iss, peer.descriptor.is_callable()))
                .collect();
            register.stamp = Some(stamp);
        }
        Ok(())
    }

    async fn give_back(&self) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        lease::release(&mut tx, &self.instance).await?;
        Ok(tx.commit().await?)
    }

    /// Says hello to a peer: we are up again, so its pause before it tries us ends; and where we stand in what it
    /// sends, so that it goes back if we were restored. If it was, while we were down, we go back.
    pub async fn greet(&self, transport: &dyn Transport, peer: NodeId) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let registered = self.registered(&mut tx, peer).await?.filter(|peer| peer.active);
        let hello = self.place_at(&mut tx, peer).await?;
        tx.rollback().await?;
        let Some(registered) = registered.filter(|peer| peer.descriptor.is_callable()) else { return Ok(()) };
        let address = PeerAddress { node: peer, base_url: registered.descriptor.peer_url };
        let body = serde_json::to_vec(&hello).map_err(|_| Error::Corrupt("hello"))?;
        match transport.post(&address, "/peer/v1/hello", body, SHORT_ANSWER).await {
            Ok(answer) => match serde_json::from_slice(&answer.body) {
                Ok(there) if answer.status == 200 => self.go_on_from(peer, there).await,
                _ => Ok(()),
            },
            Err(error) => {
                tracing::debug!(peer.id = %peer, "{peer} was not greeted: {error}");
                Ok(())
            }
        }
    }

    /// The peer stands elsewhere than we thought: we go on where it stands, if we have been there.
    pub(super) async fn reposition(
        &self,
        peer: NodeId,
        lane: Lane,
        answer: &Response,
    ) -> Result<Step, Error> {
        let expected = serde_json::from_slice::<Expected>(&answer.body).ok().and_then(|body| body.expected);
        match expected {
            Some(end) if self.go_back(peer, lane, end).await? => Ok(Step::Moved),
            Some(end) => self.look_behind(peer, lane, end).await.map(|()| Step::Failed),
            None => Ok(Step::Failed),
        }
    }

    /// Sends again from where the peer says that it stands, if we have been there; whether that is so.
    pub(super) async fn go_back(&self, peer: NodeId, lane: Lane, end: ChainEnd) -> Result<bool, Error> {
        // Before our first message of this epoch, if it stands in another one.
        let place = if end.epoch == Some(self.epoch) { end.seq } else { 0 };
        // Never forward: what has no receipt is offered again, whatever the peer says.
        let is_back = |ours: &Chain| place < ours.acked.cast_unsigned() && self.has_begun(ours.end);
        let mut tx = self.db.node.snapshot().await?;
        let ours = chain::find(&mut tx, key(peer), lane, chain::Direction::Out).await?;
        tx.rollback().await?;
        // Most say where we think that they stand: nobody waits for the writer because of them.
        if !is_back(&ours) {
            return Ok(false);
        }
        let mut tx = self.db.node.begin().await?;
        if !is_back(&chain::find(&mut tx, key(peer), lane, chain::Direction::Out).await?) {
            return Ok(false);
        }
        if !self.said(&mut tx, peer, lane, (place, end.x)).await? {
            tracing::warn!(peer.id = %peer, seq = end.seq, "{peer} claims a chain that we never sent");
            return Ok(false);
        }
        tracing::warn!(peer.id = %peer, seq = place, "{peer} stands at {place}, going on there");
        let epoch = self.epoch.to_string();
        chain::reposition(&mut tx, (key(peer), lane, &epoch), place.cast_signed()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a chain that ends as the peer states it is ours up to number `place` of this epoch; 0: our first message
    /// follows it.
    async fn said(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        lane: Lane,
        (place, x): (u64, Digest),
    ) -> Result<bool, Error> {
        if place == 0 {
            return Ok(self.begins_behind(tx, peer, lane).await? == Some(x));
        }
        let epoch = self.epoch.to_string();
        let rows = outbox::after(tx, key(peer), lane.code(), &epoch, place.cast_signed() - 1, 1).await?;
        Ok(rows.first().is_some_and(|row| Digest::of(row.header.as_bytes()) == x))
    }

    /// What our chain to the peer in this epoch begins behind; none if its first message is kept no longer.
    pub(super) async fn begins_behind(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        lane: Lane,
    ) -> Result<Option<Digest>, Error> {
        let ours = chain::find(tx, key(peer), lane, chain::Direction::Out).await?;
        if ours.end.seq == 0 {
            return Ok(Some(ours.end.x));
        }
        let epoch = self.epoch.to_string();
        let rows = outbox::after(tx, key(peer), lane.code(), &epoch, 0, 1).await?;
        let Some(first) = rows.first().filter(|row| row.seq == 1) else { return Ok(None) };
        let header: Header = serde_json::from_str(&first.header).map_err(|_| Error::Corrupt("header"))?;
        Ok(Some(header.prev))
    }
}

/// The registered peers, and whether each can be called, as they were read last.
#[derive(Default)]
struct Register {
    stamp: Option<(i64, i64)>,
    peers: Vec<(NodeId, bool)>,
}

/// The running workers: a courier for a peer, and a fetcher for each of its lanes.
#[derive(Default)]
struct Workers(HashMap<(NodeId, Option<Lane>), JoinHandle<()>>);

impl Workers {
    /// Starts those that a peer needs and has not.
    fn keep(&mut self, office: &Office, peer: NodeId, ways: (bool, bool), stop: &watch::Receiver<bool>) {
        let (sends, fetches) = if *stop.borrow() { (false, false) } else { ways };
        if sends {
            self.start((peer, None), || Courier::new(office.clone(), peer).run(stop.clone()));
        }
        for lane in Lane::ALL.iter().copied().filter(|_| fetches) {
            self.start((peer, Some(lane)), || Fetcher::new(office.clone(), peer, lane).run(stop.clone()));
        }
    }

    /// Starts a worker, unless it runs. None ends before it is stopped, unless it failed inside.
    fn start<W: Future<Output = ()> + Send + 'static>(
        &mut self,
        work: (NodeId, Option<Lane>),
        worker: impl FnOnce() -> W,
    ) {
        match self.0.get(&work) {
            Some(running) if !running.is_finished() => return,
            Some(_) => {
                tracing::error!(peer.id = %work.0, "a worker for {} ended, and is started again", work.0);
            }
            None => {}
        }
        self.0.insert(work, tokio::spawn(worker()));
    }
}
