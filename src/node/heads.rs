//! Our log's heads to our witnesses, every minute, whether or not messages go there.
//!
//! Invariant: a witness that is late, or declines, raises an alarm and stops nothing.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::register::Registered;
use super::{Error, Node, Signed, key, node_of, proofs};
use crate::audit::verify::TAIL_MS;
use crate::audit::{EntryType, Incomplete};
use crate::domain::node::NodeId;
use crate::peer::transport::{PeerAddress, Response, Transport};
use crate::store::db::Tx;
use crate::store::{log, peer as peers, state, witness};
use crate::tlog::witness::AddCheckpoint;

/// How often heads go out.
const EVERY: Duration = Duration::from_mins(1);
/// How many witnesses a node has if none is named.
const WITNESSES: usize = 5;
/// How long one instance of the node is the one that sends them, milliseconds.
const LEASE: i64 = 90_000;
/// Entries that are looked at to see whether a head says anything new.
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
            tokio::select! {
                _ = stop.changed() => {}
                _ = ticks.tick() => {
                    if let Err(error) = self.push_head(transport.as_ref()).await {
                        tracing::warn!(code = error.code(), "heads will be sent again: {error}");
                    }
                }
            }
        }
    }

    /// Offers the newest head to every witness, and raises an alarm for those that have become late.
    pub async fn push_head(&self, transport: &dyn Transport) -> Result<Vec<(NodeId, Pushed)>, Error> {
        if self.db.node.is_shared() && !self.leads_heads().await? {
            return Ok(Vec::new());
        }
        let mut done = Vec::new();
        for witness in self.witnesses().await? {
            let node = witness.descriptor.iss;
            done.push((node, self.push_to(transport, &witness).await?));
            self.watch_lateness(node).await?;
        }
        Ok(done)
    }

    async fn leads_heads(&self) -> Result<bool, Error> {
        let (mut tx, now) = (self.db.node.begin().await?, self.now().0);
        let held = state::lease(&mut tx, "heads", &self.instance, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// The witnesses that are active peers.
    async fn witnesses(&self) -> Result<Vec<Registered>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let mut active = Vec::new();
        for row in peers::all(&mut tx).await? {
            let named = self.witnesses.is_empty() || self.witnesses.contains(&node_of(row.node)?);
            let peer = Registered::of(&row)?;
            if named && peer.active {
                active.push(peer);
            }
        }
        if self.witnesses.is_empty() {
            active.truncate(WITNESSES);
        }
        Ok(active)
    }

    /// Offers the newest head to one witness. If it stands elsewhere than we thought, once more from there.
    async fn push_to(&self, transport: &dyn Transport, witness: &Registered) -> Result<Pushed, Error> {
        let (node, descriptor) = (witness.descriptor.iss, &witness.descriptor);
        let address = PeerAddress { node, base_url: descriptor.peer_url.clone() };
        let mut tx = self.db.node.snapshot().await?;
        let Some(signed) = self.checkpoint(&mut tx).await? else { return Ok(Pushed::Nothing) };
        let mut old = witness::cosigned_size(&mut tx, key(node)).await?.unwrap_or(0);
        if !says_more(&mut tx, old, signed.size).await? {
            return Ok(Pushed::Nothing);
        }
        tx.rollback().await?;
        for _ in 0..2 {
            let body = self.offer(old, &signed).await?;
            let Ok(answer) = transport.post(&address, "/peer/v1/add-checkpoint", body).await else {
                return Ok(Pushed::Failed);
            };
            match (answer.status, stands_at(&answer)) {
                (200, _) => return self.take_cosignatures(witness, &signed, &answer.body).await,
                (409, Some(size)) if size > signed.size => {
                    self.raise(node, "log_behind_witness").await?;
                    return Ok(Pushed::Failed);
                }
                (409, Some(size)) if size != old => old = size,
                (409 | 422, _) => {
                    self.raise(node, "log_inconsistent").await?;
                    return Ok(Pushed::Failed);
                }
                (status, _) => {
                    tracing::warn!(peer.id = %node, status, "{node} does not cosign our log: HTTP {status}");
                    return Ok(Pushed::Failed);
                }
            }
        }
        Ok(Pushed::Failed)
    }

    async fn offer(&self, old: u64, signed: &Signed) -> Result<Vec<u8>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let proof =
            if old == 0 { Vec::new() } else { proofs::prove_prefix(&mut tx, old, signed.size).await? };
        Ok(AddCheckpoint { old, proof, checkpoint: signed.note.clone() }.to_string().into_bytes())
    }

    async fn take_cosignatures(
        &self,
        witness: &Registered,
        signed: &Signed,
        body: &[u8],
    ) -> Result<Pushed, Error> {
        let mut tx = self.db.node.begin().await?;
        let mut kept = false;
        for line in std::str::from_utf8(body).unwrap_or_default().lines() {
            kept |= self.keep_cosignature(&mut tx, witness, signed, line).await?;
        }
        tx.commit().await?;
        Ok(if kept { Pushed::Cosigned } else { Pushed::Failed })
    }

    /// Raises an alarm when a witness becomes late, and says when it no longer is.
    async fn watch_lateness(&self, node: NodeId) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let cosigned = witness::cosigned_size(&mut tx, key(node)).await?.unwrap_or(0);
        let size = log::head(&mut tx).await?.size.cast_unsigned();
        let waits = says_more(&mut tx, cosigned, size).await?;
        let since = log::heads_since(&mut tx, cosigned.cast_signed()).await?;
        tx.rollback().await?;
        let late = waits && since.is_some_and(|at| self.now().0 - at > TAIL_MS);
        let changed = {
            let mut known = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            if late { known.insert(node) } else { known.remove(&node) }
        };
        match (late, changed) {
            (true, true) => self.raise(node, "witness_late").await,
            (false, true) => {
                tracing::info!(peer.id = %node, "{node} witnesses our log again");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn raise(&self, peer: NodeId, code: &'static str) -> Result<(), Error> {
        tracing::warn!(peer.id = %peer, code, "the log is not witnessed by {peer}: {code}");
        let mut tx = self.db.node.begin().await?;
        let body = Incomplete { peer: Some(peer), code: Some(code.into()), ..Incomplete::default() };
        self.note(&mut tx, EntryType::Alarm, body).await?;
        state::alarm(&mut tx, self.now().0, code, Some(key(peer)), None, None).await?;
        self.commit_sequenced(tx).await
    }
}

/// Whether the entries from `old` to `size` say anything beside heads of other logs: nodes that witness each
/// other would else have something to send for ever.
async fn says_more(tx: &mut Tx, old: u64, size: u64) -> Result<bool, Error> {
    let entries = log::entries(tx, old.cast_signed(), LOOK).await?;
    let all = u64::try_from(entries.len()).is_ok_and(|seen| old + seen >= size);
    let head = format!("\"t\":\"{}\"", EntryType::PeerHead.code());
    Ok(!all || entries.iter().any(|(_, entry)| !entry.contains(&head)))
}

/// The size that a declining witness says it saw.
fn stands_at(answer: &Response) -> Option<u64> {
    std::str::from_utf8(&answer.body).ok()?.trim_end().parse().ok()
}
