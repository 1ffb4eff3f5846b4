//! What was handed to the transport with its content and has no receipt: where it goes void later, the peer may have
//! its content all the same (`possibly_disclosed`), and only the receipt tells.
//!
//! Kept in memory, so that a batch costs no write before it leaves. Invariant: what this process cannot know because
//! another one, or an earlier life of it, may have sent the message counts as handed over.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use super::dispatch::{Prepared, Sent};
use super::{Error, Node, key};
use crate::audit::words::AlarmKind;
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::exchange::message::Lane;
use crate::store::state;

const CODE: &str = AlarmKind::PossiblyDisclosed.code();

/// What this process knows of it.
#[derive(Debug)]
pub(super) struct Handed {
    /// When this process began: it sent nothing before.
    began: Timestamp,
    /// Since when nobody but this process sends to a peer, where that was somebody else before.
    alone: Mutex<HashMap<NodeId, Timestamp>>,
    /// The numbers that it handed over, by lane.
    numbers: Mutex<HashMap<(NodeId, Lane), BTreeSet<u64>>>,
}

/// Who may have handed a message over before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Whoever holds the peer's lease.
    Pushed,
    /// Whichever instance the peer asks.
    Fetched,
}

impl Handed {
    pub(super) fn since(began: Timestamp) -> Self {
        Self { began, alone: Mutex::default(), numbers: Mutex::default() }
    }

    /// From now on nobody but this process sends to the peer.
    pub(super) fn takes_over(&self, peer: NodeId, now: Timestamp) {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner).insert(peer, now);
    }

    /// These messages leave; those of them that this process had not handed over before.
    pub(super) fn leaves(&self, peer: NodeId, lane: Lane, sent: &[Sent]) -> Vec<u64> {
        let open = sent.iter().filter(|sent| sent.void.is_none() && sent.lead.is_some());
        let open = open.map(|sent| sent.header.seq);
        self.of((peer, lane), |known| open.filter(|seq| known.insert(*seq)).collect())
    }

    /// These never reached the transport.
    pub(super) fn stayed(&self, peer: NodeId, lane: Lane, new: &[u64]) {
        self.of((peer, lane), |known| new.iter().for_each(|seq| _ = known.remove(seq)));
    }

    /// There are receipts up to that number.
    pub(super) fn settled(&self, peer: NodeId, lane: Lane, last: u64) {
        self.of((peer, lane), |known| *known = known.split_off(&(last + 1)));
    }

    /// Whether the peer may have the content of a message that goes void now. `shared`: other instances send as well.
    fn may_have(&self, peer: NodeId, sent: &Sent, way: Way, shared: bool) -> bool {
        let alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner).get(&peer).copied();
        let elsewhere = match way {
            Way::Fetched if shared => true,
            _ => sent.header.sequenced_at < alone.unwrap_or(self.began).max(self.began),
        };
        elsewhere || self.of((peer, sent.header.lane), |known| known.contains(&sent.header.seq))
    }

    fn of<T>(&self, lane: (NodeId, Lane), with: impl FnOnce(&mut BTreeSet<u64>) -> T) -> T {
        with(self.numbers.lock().unwrap_or_else(PoisonError::into_inner).entry(lane).or_default())
    }
}

impl Node {
    /// Before a batch leaves: of what goes void in it and may have left with its content before, that is logged and
    /// alarmed, once for each message. When this returns, it is durable.
    pub(super) async fn own_up(&self, prepared: &Prepared, way: Way) -> Result<(), Error> {
        let (peer, shared) = (prepared.to.descriptor.iss, self.db.node.is_shared());
        let void = prepared.sent.iter().filter(|sent| sent.void.is_some() && sent.lead.is_some());
        let possible: Vec<&Sent> =
            void.filter(|sent| self.handed.may_have(peer, sent, way, shared)).collect();
        if possible.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.node.begin().await?;
        for sent in possible {
            if state::alarmed_about(&mut tx, CODE, key(peer), sent.x).await? {
                continue;
            }
            tracing::warn!(peer.id = %peer, code = CODE, "{peer} may have what goes void now; its receipt tells");
            let (peer, code, x) = (Some(peer), Some(CODE.into()), Some(sent.x));
            self.note(&mut tx, EntryType::Alarm, Incomplete { code, peer, x, ..Incomplete::default() })
                .await?;
            state::alarm(&mut tx, self.now().0, CODE, peer.map(key), x, None).await?;
        }
        tx.commit().await?;
        self.sequence_soon();
        Ok(())
    }
}
