//! The heads that one node recorded of the other's log, against that log's tree.
//!
//! A log that was rewritten or split verifies by itself, but not against what others saw of it.

use serde::Serialize;

use super::{GRACE_MS, SKEW_MS, must_be_in};
use crate::audit::verify::evidence::Evidence;
use crate::audit::verify::heads::SeenHead;
use crate::audit::verify::{Fault, Findings};
use crate::domain::node::NodeId;
use crate::tlog::tree::Frontier;

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
    let (mut tree, mut completed) = (Frontier::default(), Vec::new());
    let mut leaves = owner.leaves.iter();
    for head in seer.heads.iter().filter(|head| head.peer == node) {
        if seer.origin(head.log) != Some(&owner.log_origin) {
            report.other_log += 1;
            continue;
        }
        let missing = head.size.saturating_sub(tree.size());
        for leaf in leaves.by_ref().take(usize::try_from(missing).unwrap_or(usize::MAX)) {
            completed.clear();
            // A tree of 2⁶⁴ − 1 leaves does not fit into memory.
            let _ = tree.append(*leaf, &mut completed);
        }
        let place = format!("{node} {} ({seen_by})", head.size);
        if head.size > tree.size() {
            report.beyond += 1;
            let list = if is_late(head, owner) { &mut *findings } else { &mut *notices };
            list.add(Fault::HeadBeyond, place);
        } else if head.root == tree.root() {
            report.confirmed = head.size;
            report.checked += 1;
        } else {
            report.checked += 1;
            findings.add(Fault::HeadMismatch, place);
        }
    }
    report
}

/// Whether the head existed so long before the bundle of its log was made that the bundle must have it.
fn is_late(head: &SeenHead, owner: &Evidence) -> bool {
    head.sent_at.is_some_and(|at| must_be_in(owner.made_at, at, GRACE_MS))
        || head.logged_at.is_some_and(|at| must_be_in(owner.made_at, at, SKEW_MS))
}
