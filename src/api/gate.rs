//! What one peer may ask of the peer listener: so many requests at once, so many in a second.
//!
//! Knows the node that a certificate names, before anyone looks into the register: a peer beyond its
//! measure costs a lock and an answer. Invariants: one peer's requests never use up another's measure; a node that waits
//! says where it stands, so that no two wait for each other, and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::problem::Problem;
use super::slots::{Slot, Slots};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::node::Node;
use crate::peer::verifier::PeerCertificate;

const SECOND: i64 = 1_000_000;

/// The measure of each peer, shared by all threads of the listener.
#[derive(Debug)]
pub(super) struct Gate {
    at_once: Arc<Slots<NodeId>>,
    /// Microseconds that one request uses up.
    share: i64,
    /// Until when the requests of each peer have used up its time, microseconds.
    spent: Mutex<HashMap<NodeId, i64>>,
}

impl Gate {
    /// Each peer may have `at_once` requests open, and `per_second` in a second, in any rhythm.
    pub(super) fn new(at_once: usize, per_second: u32) -> Self {
        let share = SECOND / i64::from(per_second.max(1));
        Self { at_once: Slots::new(at_once), share, spent: Mutex::default() }
    }

    /// Lets a request in until the slot is dropped; none: later.
    fn admit(&self, peer: NodeId, now: Timestamp) -> Option<Slot<NodeId>> {
        let slot = self.at_once.take(peer)?;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = spent.entry(peer).or_default();
        let now = now.0.saturating_mul(1_000);
        // Not further ahead than a second, whatever the clock did.
        let full = now.saturating_add(SECOND);
        *spent = (*spent).clamp(now, full);
        let next = spent.saturating_add(self.share);
        if next > full {
            return None;
        }
        *spent = next;
        Some(slot)
    }
}

/// What a node that waits answers.
const POSITION: [&str; 2] = ["/peer/v1/position", "/peer/v1/position/records"];

/// Answers 429 to a peer beyond its measure, and 503 to whatever a node that waits does not answer. Whoever showed no
/// certificate is refused further inside.
pub(super) async fn gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let caller = request.conn_data::<PeerCertificate>().map(|caller| caller.node);
    let (gate, node) = (request.app_data::<web::Data<Gate>>(), request.app_data::<web::Data<Node>>());
    let asked = request.method() == Method::GET && POSITION.contains(&request.path());
    if !asked && node.is_some_and(|node| node.waits()) {
        return Err(Problem::from(crate::node::Error::Waits).into());
    }
    let _slot = match (caller, gate, node) {
        (Some(caller), Some(gate), Some(node)) => {
            let beyond = || Problem::too_many("more requests than one peer may send: try again later", None);
            Some(gate.admit(caller, node.now()).ok_or_else(beyond)?)
        }
        _ => None,
    };
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_233_600_000);

    fn peer(code: &str) -> NodeId {
        code.parse().unwrap()
    }

    fn admitted(gate: &Gate, peer: NodeId, now: Timestamp) -> usize {
        (0..100).filter(|_| gate.admit(peer, now).is_some()).count()
    }

    #[test]
    fn a_second_holds_its_number_of_requests_for_each_peer() {
        let (gate, first, second) = (Gate::new(5, 10), peer("530900"), peer("500000"));
        assert_eq!(admitted(&gate, first, NOW), 10);
        assert_eq!(admitted(&gate, second, NOW), 10);
        assert_eq!(admitted(&gate, first, NOW.plus(100)), 1);
        assert_eq!(admitted(&gate, first, NOW.plus(10_000)), 10);
        // A clock that is put back costs a second, no more.
        assert_eq!(admitted(&gate, first, NOW.plus(-300_000)), 0);
        assert_eq!(admitted(&gate, first, NOW.plus(-299_000)), 10);
    }

    #[test]
    fn only_so_many_are_open_at_once() {
        let (gate, first) = (Gate::new(2, 1_000), peer("530900"));
        let open: Vec<_> = (0..2).map(|_| gate.admit(first, NOW).unwrap()).collect();
        assert!(gate.admit(first, NOW).is_none());
        assert!(gate.admit(peer("500000"), NOW).is_some());
        drop(open);
        assert!(gate.admit(first, NOW).is_some());
    }
}
