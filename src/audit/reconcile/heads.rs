//! The heads that one node recorded of the other's log, against that log's tree.
//!
//! A log that was rewritten or split verifies by itself, but not against what others saw of it.

use serde::Serialize;

use super::{GRACE_MS, SKEW_MS, must_be_in};
use crate::audit::trust::epoch_of;
use crate::audit::verify::evidence::Evidence;
use crate::audit::verify::heads::SeenHead;
use crate::audit::verify::{Fault, Findings};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::tlog::tree::{Frontier, Node};

/// What the heads came to that one node recorded of the other's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeadsReport {
    /// Who recorded them.
    pub seer: NodeId,
    /// Whose log they are of.
    pub owner: NodeId,
    /// How many are heads of the log beside it, and were compared.
    pub checked: u64,
    /// The size of the largest of these that is in the tree: up to here the log was not rewritten.
    pub confirmed: u64,
    /// How many lie beyond the end of the bundle.
    pub beyond: u64,
    /// How many are of another log of that node.
    pub other_log: u64,
}

/// Compares the heads of `owner`'s log that `seer` recorded.
pub(super) fn compare(
    seer: &Evidence,
    owner: &Evidence,
    findings: &mut Findings,
    notices: &mut Findings,
) -> HeadsReport {
    let (node, seen_by) = (owner.node, seer.node);
    let mut report =
        HeadsReport { seer: seen_by, owner: node, checked: 0, confirmed: 0, beyond: 0, other_log: 0 };
    let mut heads: Vec<&SeenHead> = seer.heads.iter().filter(|head| head.peer == node).collect();
    heads.sort_by_key(|head| head.size);
    let mut tree =
        Growing { frontier: Frontier::default(), leaves: owner.leaves.iter(), completed: Vec::new() };
    for head in heads {
        let place = format!("{node} {} ({seen_by})", head.size);
        let origin = seer.origin(head.log);
        let later =
            origin.and_then(|origin| epoch_of(node, origin)).is_some_and(|epoch| owner.precedes(epoch));
        let grows = origin.and_then(|origin| owner.sizes(origin));
        if later || grows.is_some_and(|(_, end, grows)| grows && head.size > end) {
            report.beyond += 1;
            let list = if is_late(head, owner) { &mut *findings } else { &mut *notices };
            list.add(Fault::HeadBeyond, place);
            continue;
        }
        match grows {
            None => report.other_log += 1,
            // What a closed epoch had beyond what was kept of it was lost.
            Some((_, end, false)) if head.size > end => report.other_log += 1,
            Some((first, ..)) => {
                report.checked += 1;
                if head.size > first && tree.root(head.size) == head.root {
                    report.confirmed = head.size;
                } else {
                    findings.add(Fault::HeadMismatch, place);
                }
            }
        }
    }
    report
}

/// A tree that grows over the leaves.
struct Growing<'a> {
    frontier: Frontier,
    leaves: std::slice::Iter<'a, Digest>,
    completed: Vec<Node>,
}

impl Growing<'_> {
    /// The root at a size that is no smaller than the one before.
    fn root(&mut self, size: u64) -> Digest {
        let missing = size.saturating_sub(self.frontier.size());
        for leaf in self.leaves.by_ref().take(usize::try_from(missing).unwrap_or(usize::MAX)) {
            self.completed.clear();
            // A tree of 2⁶⁴ − 1 leaves does not fit into memory.
            let _ = self.frontier.append(*leaf, &mut self.completed);
        }
        self.frontier.root()
    }
}

/// Whether the head existed so long before the bundle of its log was made that the bundle must have it.
fn is_late(head: &SeenHead, owner: &Evidence) -> bool {
    head.sent_at.is_some_and(|at| must_be_in(owner.made_at, at, GRACE_MS))
        || head.logged_at.is_some_and(|at| must_be_in(owner.made_at, at, SKEW_MS))
}
