//! One lane to a peer, as its courier sees it.

use tokio::sync::oneshot;

use crate::exchange::window::Window;

/// One lane as its courier sees it.
#[derive(Default)]
pub(super) struct Outward {
    pub(super) window: Window,
    /// How many batches are on their way or being filed.
    pub(super) flying: usize,
    /// Whether one of them failed: nothing follows until all have landed.
    pub(super) broken: bool,
    /// Whether the cursor was set back and no receipt came since: a peer that asks for that again waits.
    pub(super) set_back: bool,
    /// Ends once the receipt of the last batch in flight is filed.
    pub(super) before: Option<oneshot::Receiver<()>>,
}
