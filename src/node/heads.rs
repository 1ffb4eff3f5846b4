//! Our log's heads to our witnesses, every minute, whether or not messages go there.
//!
//! Invariant: a witness that is late, or declines, raises an alarm and stops nothing.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::lease::Lease;
use super::proofs::prove_prefix;
use super::register::{Registered, readable};
use super::{Error, Node, Signed, key, node_of};
use crate::audit::verify::TAIL_MS;
use crate::audit::words::AlarmKind;
use crate::audit::{Entry, EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::peer::transport::{PeerAddress, Response, Transport};
use crate::store::db::Tx;
use crate::store::peer::PeerRow;
use crate::store::{log, peer as peers, state, witness};
use crate::tlog::witness::{AddCheckpoint, cosigned_line};

/// How often heads go out.
const EVERY: Duration = Duration::from_mins(1);
/// How many witnesses a node has if none is named.
const WITNESSES: usize = 5;
/// How long one instance of the node is the one that sends them, milliseconds.
const LEASE: i64 = 90_000;
/// How long one witness has to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a head is offered again at once because the witness stands elsewhere.
const ATTEMPTS: usize = 3;
/// The longest answer of a witness that is read, bytes: a few cosignatures.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The alarm when a witness saw more of the log than there is.
pub(super) const BEHIND: &str = AlarmKind::LogBehindWitness.code();
/// Entries that are looked at together.
const LOOK: i64 = 256;

/// What became of a head at a witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The witness knows all that matters.
    Nothing,
    /// It cosigned.
    Cosigned,
    /// It cannot be reached, or does not cosign: again in a minute.
    Failed,
}

impl Node {
    /// Sends heads until `stop` changes.
    pub(super) async fn push_heads(
        self: Arc<Self>,
        transport: Arc<dyn Transport>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow() {
            let round = async {
                ticks.tick().await;
                self.push_head(&transport).await
            };
            tokio::select! {
                _ = stop.changed() => {}
                done = round => if let Err(error) = done {
                    tracing::warn!(code = error.code(), "heads will be sent again: {error}");
                }
            }
        }
    }

    /// Offers the newest head to every witness, all at once, and raises an alarm for those that have become late.
    pub async fn push_head(
        self: &Arc<Self>,
        transport: &Arc<dyn Transport>,
    ) -> Result<Vec<(NodeId, Pushed)>, Error> {
        if !Lease::lasting("heads".into(), LEASE).is_held(self).await? {
            return Ok(Vec::new());
        }
        let mut rounds = JoinSet::new();
        let (active, away) = self.witnesses().await?;
        for node in away {
            Self::report("watching a witness", self.watch_lateness(node, Timestamp(0)).await);
        }
        for (witness, since) in active {
            let (node, transport) = (Arc::clone(self), Arc::clone(transport));
            rounds.spawn(async move { node.push_once(transport.as_ref(), &witness, since).await });
        }
        Ok(rounds.join_all().await)
    }

    /// One witness. What fails inside is tried again in a minute.
    async fn push_once(
        &self,
        transport: &dyn Transport,
        witness: &Registered,
        since: Timestamp,
    ) -> (NodeId, Pushed) {
        let node = witness.descriptor.iss;
        let pushed = match timeout(PATIENCE, self.push_to(transport, witness)).await {
            Ok(Ok(pushed)) => pushed,
            Ok(Err(error)) => {
                tracing::warn!(peer.id = %node, code = error.code(), "a head will be sent again: {error}");
                Pushed::Failed
            }
            Err(_) => Pushed::Failed,
        };
        if let Err(error) = self.watch_lateness(node, since).await {
            tracing::warn!(peer.id = %node, code = error.code(), "lateness is looked at again: {error}");
        }
        (node, pushed)
    }

    /// The node's witness set, ascending: the nodes that it names, active or not; if it names none, the first active
    /// peers.
    pub(super) fn witness_set(&self, peers: &[PeerRow]) -> Result<Vec<NodeId>, Error> {
        if self.witnesses.is_empty() {
            let active = peers.iter().filter(|peer| peer.status == "active");
            return active.take(WITNESSES).map(|peer| node_of(peer.node)).collect();
        }
        let mut named = self.witnesses.clone();
        named.sort_unstable();
        named.dedup();
        Ok(named)
    }

    /// The witnesses that are active peers, and since when; and those that are none, so that nobody asks them.
    async fn witnesses(&self) -> Result<(Vec<(Registered, Timestamp)>, Vec<NodeId>), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let rows = peers::all(&mut tx).await?;
        tx.rollback().await?;
        let mut away = self.witness_set(&rows)?;
        let mut active = Vec::new();
        for (row, peer) in readable(&rows) {
            if peer.active && away.contains(&peer.descriptor.iss) {
                away.retain(|node| *node != peer.descriptor.iss);
                active.push((peer, Timestamp(row.changed_at)));
            }
        }
        Ok((active, away))
    }

    /// Offers the newest head to one witness; if it stands elsewhere than we thought, again from there.
    async fn push_to(&self, transport: &dyn Transport, witness: &Registered) -> Result<Pushed, Error> {
        let (node, descriptor) = (witness.descriptor.iss, &witness.descriptor);
        let address = PeerAddress { node, base_url: descriptor.peer_url.clone() };
        let mut told = None;
        for _ in 0..ATTEMPTS {
            let mut tx = self.db.node.snapshot().await?;
            let Some(signed) = self.checkpoint(&mut tx).await? else { return Ok(Pushed::Nothing) };
            let cosigned = witness::cosigned_size(&mut tx, key(node), self.epoch.counter).await?.unwrap_or(0);
            let old = told.unwrap_or(cosigned);
            if waiting_since(&mut tx, old, signed.size).await?.is_none() {
                return Ok(Pushed::Nothing);
            }
            let proof = if old == 0 { Vec::new() } else { prove_prefix(&mut tx, old, signed.size).await? };
            tx.rollback().await?;
            let body = AddCheckpoint { old, proof, checkpoint: signed.note.clone() }.to_string();
            let Ok(answer) =
                transport.post(&address, "/peer/v1/add-checkpoint", body.into_bytes(), LONGEST_ANSWER).await
            else {
                return Ok(Pushed::Failed);
            };
            match (answer.status, stands_at(&answer)) {
                (200, _) => return self.take_cosignature(witness, &signed, &answer.body).await,
                (409, Some(size)) if size != old => told = Some(size),
                (status, _) => {
                    tracing::warn!(peer.id = %node, status, "{node} does not cosign our log: HTTP {status}");
                    // It saw another head of this size, or one that this log does not contain.
                    if matches!(status, 409 | 422) {
                        self.stand_still(transport, &address).await?;
                    }
                    return Ok(Pushed::Failed);
                }
            }
            // It saw more than it told us: its answer was lost, or what we had of the log then.
            if told > Some(cosigned) && self.stand_still(transport, &address).await? {
                return Ok(Pushed::Failed);
            }
            if self.is_behind(told).await? {
                self.raise(node, BEHIND).await?;
                return Ok(Pushed::Failed);
            }
        }
        Ok(Pushed::Failed)
    }

    /// Whether a witness saw more of our log than there is, even now.
    async fn is_behind(&self, told: Option<u64>) -> Result<bool, Error> {
        let mut tx = self.db.node.snapshot().await?;
        Ok(told > Some(log::head(&mut tx).await?.size.cast_unsigned()))
    }

    async fn take_cosignature(
        &self,
        witness: &Registered,
        signed: &Signed,
        body: &[u8],
    ) -> Result<Pushed, Error> {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let line = if text.len() > LONGEST_ANSWER {
            None
        } else {
            cosigned_line(&signed.note, text, &witness.cosigner_key()?)
        };
        let Some(line) = line else { return Ok(Pushed::Failed) };
        let mut tx = self.db.node.begin().await?;
        let kept = self.keep_cosignature(&mut tx, witness, signed, &line).await?;
        tx.commit().await?;
        Ok(if kept { Pushed::Cosigned } else { Pushed::Failed })
    }

    /// The witnesses that are late now, as far as this process, if it is the one that sends heads, knows.
    pub fn late_witnesses(&self) -> Vec<NodeId> {
        let known = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let mut late: Vec<NodeId> = known.iter().copied().collect();
        late.sort_unstable();
        late
    }

    /// Raises an alarm when a witness becomes late, and says when it no longer is.
    async fn watch_lateness(&self, node: NodeId, since: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let cosigned = witness::cosigned_size(&mut tx, key(node), self.epoch.counter).await?.unwrap_or(0);
        let size = log::head(&mut tx).await?.size.cast_unsigned();
        let waiting = waiting_since(&mut tx, cosigned, size).await?;
        tx.rollback().await?;
        let late = waiting.is_some_and(|at| self.now().0 - at.0.max(since.0) > TAIL_MS);
        let known = || self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let was = known().contains(&node);
        if late && !was {
            // Known only once the alarm is in the log: one that could not be written is raised again.
            self.raise(node, AlarmKind::WitnessLate.code()).await?;
            known().insert(node);
        } else if was && !late {
            known().remove(&node);
            tracing::info!(peer.id = %node, "{node} witnesses our log again");
        }
        Ok(())
    }

    /// Raises an alarm, unless there was one of the kind within a day.
    pub(super) async fn raise(&self, peer: NodeId, code: &'static str) -> Result<(), Error> {
        tracing::warn!(peer.id = %peer, code, "alarm about {peer}: {code}");
        let (mut tx, now) = (self.db.node.begin().await?, self.now().0);
        if state::alarmed(&mut tx, code, key(peer), now - Timestamp::DAY).await? {
            return Ok(());
        }
        let body = Incomplete { peer: Some(peer), code: Some(code.into()), ..Incomplete::default() };
        self.note(&mut tx, EntryType::Alarm, body).await?;
        state::alarm(&mut tx, now, code, Some(key(peer)), None, None).await?;
        self.commit_sequenced(tx).await
    }
}

/// Since when something waits for its witness: the first entry from `old` to `size` that is not the head of
/// another log. Nodes that witness each other would else have something to send for ever.
async fn waiting_since(tx: &mut Tx, old: u64, size: u64) -> Result<Option<Timestamp>, Error> {
    let mut next = old;
    while next < size {
        let page = log::entries(tx, next.cast_signed(), LOOK).await?;
        if page.is_empty() {
            break;
        }
        next += u64::try_from(page.len()).unwrap_or(u64::MAX);
        for (_, entry) in page {
            let entry = Entry::open(entry.as_bytes()).map_err(|_| Error::Corrupt("entry"))?;
            if entry.t != EntryType::PeerHead {
                return Ok(Some(entry.at));
            }
        }
    }
    Ok(None)
}

/// The size that a declining witness says it saw.
fn stands_at(answer: &Response) -> Option<u64> {
    std::str::from_utf8(&answer.body).ok()?.trim_end().parse().ok()
}
