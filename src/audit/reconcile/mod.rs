//! Two nodes' logs side by side: what one says that it sent, the other must say that it got.
//!
//! Each log was verified by itself first; here only what no single log can show is found: a message in one
//! of them only, another message under the same number, a receipt that the receiver's log does not bear
//! out, a head that one saw and the other's tree does not have. Invariant: what one bundle cannot know
//! because it was made earlier, or is of another epoch, is a notice and never a finding.

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

use super::coverage::Coverage;
use super::verify::evidence::Evidence;
use super::verify::{Findings, Report, Verdict};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::exchange::message::{Basis, Kind};

mod heads;
mod lanes;

pub use heads::HeadsReport;
pub use lanes::LaneReport;

/// How much later than a message's place in its sender's log a bundle of that log may be made and still
/// not have it, milliseconds: a round of the sequencer is read before it is committed.
pub const GRACE_MS: i64 = 60 * 1_000;

/// The same where two nodes' clocks are compared: peers refuse each other beyond 5 minutes.
pub const SKEW_MS: i64 = 5 * 60 * 1_000 + GRACE_MS;

/// The two bundles are of one node: the caller named the wrong files.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("both bundles are of node {0}")]
pub struct SameNode(pub NodeId);

/// One of the two logs: how it verified, and what it says of the exchange.
pub type Side = (Report, Option<Evidence>);

/// Messages of one kind under one agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// The sender.
    pub from: NodeId,
    /// The recipient.
    pub to: NodeId,
    /// The code of what the statements are.
    pub kind: String,
    /// The agreement and its version; none where the basis is no agreement.
    pub agreement: Option<(Uuid, u32)>,
    /// Whether the basis is the control of the cooperation itself: no case data.
    pub control: bool,
    /// How many the sender's log has.
    pub messages: u64,
}

/// What two logs come to together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// What it comes to: holds only if both logs do.
    pub verdict: Verdict,
    /// How each log verified by itself.
    pub reports: [Report; 2],
    /// Every lane between the two, in each direction.
    pub lanes: Vec<LaneReport>,
    /// The heads that each recorded of the other's log.
    pub heads: Vec<HeadsReport>,
    /// Who sent what to whom under which agreement.
    pub traffic: Vec<Traffic>,
    /// What does not hold between the two.
    pub findings: Findings,
    /// What holds, and should be known.
    pub notices: Findings,
}

impl Reconciliation {
    /// Demands that both bundles were made at that time or later ([`Report::demand_made_since`]).
    pub fn demand_made_since(&mut self, since: Timestamp) {
        for report in &mut self.reports {
            report.demand_made_since(since);
        }
        if !self.reports.iter().all(Report::holds) {
            self.verdict = Verdict::Fails;
        }
    }

    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.verdict == Verdict::Holds
    }

    /// What is covered, lane by lane.
    pub fn coverage(&self) -> Vec<Coverage> {
        self.lanes.iter().map(|lane| lane.coverage.clone()).collect()
    }

    /// How many findings there are in all, those of each log by itself included.
    pub fn found(&self) -> u64 {
        self.findings.total + self.reports.iter().map(|report| report.findings.total).sum::<u64>()
    }
}

/// Holds two logs side by side.
pub fn reconcile(a: &Side, b: &Side) -> Result<Reconciliation, SameNode> {
    if a.0.node == b.0.node {
        return Err(SameNode(a.0.node));
    }
    let mut joint = Reconciliation {
        verdict: Verdict::Fails,
        reports: [a.0.clone(), b.0.clone()],
        lanes: Vec::new(),
        heads: Vec::new(),
        traffic: Vec::new(),
        findings: Findings::default(),
        notices: Findings::default(),
    };
    if let (Some(a), Some(b)) = (&a.1, &b.1) {
        for (one, other) in [(a, b), (b, a)] {
            joint.lanes.extend(lanes::compare(one, other, &mut joint.findings, &mut joint.notices));
            joint.heads.push(heads::compare(one, other, &mut joint.findings, &mut joint.notices));
            joint.traffic.extend(traffic(one, other.node));
        }
        if joint.found() == 0 {
            joint.verdict = Verdict::Holds;
        }
    }
    Ok(joint)
}

/// The agreement that a basis cites and its version, and whether the basis is control.
type Cited = (Option<(Uuid, u32)>, bool);

fn traffic(one: &Evidence, to: NodeId) -> Vec<Traffic> {
    let mut counts: BTreeMap<(&str, Cited), u64> = BTreeMap::new();
    for (errand, count) in one.errands.iter().filter(|(errand, _)| errand.to == to) {
        let basis: Option<Basis> = serde_json::from_str(&errand.basis).ok();
        let control = matches!(basis, Some(Basis::Control));
        let agreement = basis.and_then(|basis| basis.agreement()).map(|(id, version, _)| (id, version));
        *counts.entry((&errand.kind, (agreement, control))).or_default() += count;
    }
    let rows = counts.into_iter();
    rows.map(|((kind, (agreement, control)), messages)| Traffic {
        from: one.node,
        to,
        kind: kind.to_owned(),
        agreement,
        control,
        messages,
    })
    .collect()
}

impl Traffic {
    /// What people call the kind.
    pub fn label(&self) -> &str {
        match self.kind.parse::<Kind>() {
            Ok(kind) => kind.label(),
            Err(_) => &self.kind,
        }
    }
}

/// Whether something that happened `at` must be in a bundle made at `made_at`, the clocks being at most
/// `margin` milliseconds apart.
fn must_be_in(made_at: Timestamp, at: Timestamp, margin: i64) -> bool {
    at.plus(margin) < made_at
}
