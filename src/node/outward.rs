//! One lane to a peer, as its courier sees it.
//!
//! Invariant: what goes wrong in a lane holds up that lane alone.

use tokio::sync::oneshot;

use super::Error;
use super::flight::Arrival;
use crate::exchange::message::Lane;
use crate::exchange::rest::Rest;
use crate::exchange::window::{Room, STEADY_ITEMS, Window};
use crate::store::chain::Backlog;

/// One lane as its courier sees it.
#[derive(Default)]
pub(super) struct Outward {
    window: Window,
    /// How many batches are on their way or being filed.
    flying: usize,
    /// Whether one of them failed: nothing follows until all have landed.
    broken: bool,
    /// Up to which number receipts were filed when the cursor was set back, until one beyond it is: a peer that asks
    /// for that again meanwhile waits.
    set_back: Option<u64>,
    /// Ends once the receipt of the last batch in flight is filed.
    before: Option<oneshot::Receiver<()>>,
    /// When it is tried again.
    pub(super) rest: Rest,
    /// Whether the peer refused something: it may have missed, or forgotten, what we are now.
    pub(super) doubted: bool,
}

/// The place of a batch among those of its lane that are in flight.
pub(super) struct Place {
    /// Heard when the receipt of the batch before it is filed; none: nothing was in flight.
    pub(super) before: Option<oneshot::Receiver<()>>,
    /// Told when its own receipt is filed.
    pub(super) after: oneshot::Sender<()>,
}

impl Outward {
    /// After which number the next batch starts, and its room, if anything waits that is not in flight, and may go.
    pub(super) fn next(&self, backlog: &Backlog, now: i64) -> Option<(Option<u64>, Room)> {
        let last = self.window.last();
        let waiting = backlog.last.saturating_sub(last.unwrap_or(backlog.acked));
        // What is not urgent, and would not fill a batch, waits for the receipts of what is under way: fewer and fuller
        // batches cost both nodes less (RFC 896 has it for segments).
        let gathers =
            backlog.lane == Lane::Normal && waiting < STEADY_ITEMS as u64 && !self.window.is_empty();
        if self.broken || self.rest.left(now).is_some() || waiting == 0 || gathers {
            return None;
        }
        Some((last, self.window.room()?))
    }

    /// A batch of that many bytes leaves, `last` is its last number.
    pub(super) fn departs(&mut self, last: u64, bytes: usize) -> Place {
        self.window.sent(last, bytes);
        self.flying += 1;
        let (after, heard) = oneshot::channel();
        let before = self.before.replace(heard).filter(|_| self.flying > 1);
        Place { before, after }
    }

    /// A batch has landed, of the numbers from `first` to `last`; whether the cursor was set back once more, before there
    /// was a receipt for anything new.
    pub(super) fn landed(&mut self, (first, last): (u64, u64), outcome: &Result<Arrival, Error>) -> bool {
        self.flying -= 1;
        if matches!(outcome, Ok(Arrival::Filed(_))) {
            self.window.settled();
            if self.set_back.is_none_or(|before| before < last) {
                self.set_back = None;
                self.rest.succeeded();
            }
        } else {
            // Those behind the one that was refused are no further proof.
            if matches!(outcome, Ok(Arrival::Refused)) && !self.broken {
                self.window.refused();
            }
            self.broken = true;
        }
        let repeated = matches!(outcome, Ok(Arrival::Repositioned)) && self.set_back.is_some();
        if matches!(outcome, Ok(Arrival::Repositioned)) {
            self.set_back = self.set_back.max(first.checked_sub(1));
        }
        if self.broken && self.flying == 0 {
            self.window.failed();
            self.broken = false;
        }
        repeated
    }
}
