//! What the workers for a peer hear, and the steady clock of their pauses.
//!
//! Knows that something happened, and no more. Invariant: what is told between two hearings is heard once.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep};

use super::{Node, arrival, breach};
use crate::domain::node::NodeId;

/// What is told about a peer, and where its early batches wait.
pub(super) struct Calls {
    work: watch::Sender<u64>,
    contact: watch::Sender<u64>,
    hastened: watch::Sender<u64>,
    /// Whether it was in contact since the other instances were told.
    untold: Cell<bool>,
    /// Where its early batches wait.
    pub(super) seats: Arc<Semaphore>,
    /// The gap that it was told of last.
    pub(super) gaps: Cell<breach::Gaps>,
}

impl Default for Calls {
    fn default() -> Self {
        let seats = Arc::new(Semaphore::new(arrival::SEATS));
        let [work, contact, hastened] = [(); 3].map(|()| watch::Sender::default());
        Self { work, contact, hastened, untold: Cell::default(), seats, gaps: Cell::default() }
    }
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Something waits for the peer, or may.
    Work,
    /// The peer was in contact with us.
    Contact,
    /// An operator does not wait.
    Hastened,
    /// The time is over.
    Time,
}

/// Hears what is told about a peer.
pub(super) struct Hearing {
    pub(super) work: watch::Receiver<u64>,
    contact: watch::Receiver<u64>,
    hastened: watch::Receiver<u64>,
}

impl Hearing {
    /// The next thing that is told, within `left` milliseconds if that is given. Nothing is lost by giving it up.
    pub(super) async fn next(&mut self, left: Option<i64>) -> Heard {
        let time = async {
            match left {
                Some(left) => sleep(Duration::from_millis(left.unsigned_abs())).await,
                None => std::future::pending().await,
            }
        };
        // The senders live as long as the node.
        tokio::select! {
            biased;
            _ = self.hastened.changed() => Heard::Hastened,
            _ = self.contact.changed() => Heard::Contact,
            _ = self.work.changed() => Heard::Work,
            () = time => Heard::Time,
        }
    }
}

/// A clock that nobody sets: pauses are measured by it.
#[derive(Clone, Copy)]
pub(super) struct Steady(Instant);

impl Steady {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since it was started.
    pub(super) fn now(self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

impl Node {
    /// Something waits for the peer, or may.
    pub fn wake(&self, peer: NodeId) {
        self.calls(peer, |calls| tell(&calls.work));
    }

    /// The peer was in contact with us.
    pub fn met(&self, peer: NodeId) {
        self.calls(peer, |calls| {
            calls.untold.set(true);
            tell(&calls.contact);
        });
    }

    /// The peer was in contact with another instance of us.
    pub(super) fn met_elsewhere(&self, peer: NodeId) {
        self.calls(peer, |calls| tell(&calls.contact));
    }

    /// The peers that were in contact since this was asked last, ascending.
    pub(super) fn untold(&self) -> Vec<NodeId> {
        let mut met = self.peers_called(|calls| calls.untold.take());
        met.sort_unstable();
        met
    }

    /// An operator wants the peer to be tried now.
    pub(super) fn hurry(&self, peer: NodeId) {
        self.calls(peer, |calls| tell(&calls.hastened));
    }

    /// Something waits for every peer, or may.
    pub(super) fn wake_everyone(&self) {
        self.every_call(|calls| tell(&calls.work));
    }

    /// Hears from now on what is told about the peer.
    pub(super) fn hear(&self, peer: NodeId) -> Hearing {
        self.calls(peer, |calls| Hearing {
            work: calls.work.subscribe(),
            contact: calls.contact.subscribe(),
            hastened: calls.hastened.subscribe(),
        })
    }
}

fn tell(listeners: &watch::Sender<u64>) {
    listeners.send_modify(|times| *times = times.wrapping_add(1));
}
