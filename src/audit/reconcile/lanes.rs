//! One lane: the sender's entries against the receiver's, number by number.
//!
//! Invariant: every message of either side is counted in exactly one class.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{GRACE_MS, SKEW_MS, must_be_in};
use crate::audit::coverage::{Coverage, spans};
use crate::audit::verify::chains::{Receipted, Sent};
use crate::audit::verify::evidence::{Evidence, Settled};
use crate::audit::verify::{Fault, Findings};
use crate::exchange::message::{Epoch, Lane};
use crate::exchange::receipt::Outcome;

/// What the two logs say of one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaneReport {
    /// The lane, and the messages that are in both logs.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// Messages in the sender's log.
    pub sent: u64,
    /// Messages in the receiver's log.
    pub settled: u64,
    /// In both, with the same exchange digest.
    pub matched: u64,
    /// Of these: a receipt from the receiver's log is proved.
    pub receipted: u64,
    /// Of these: stored, void, refused by the receiver.
    pub outcomes: [u64; 3],
    /// Sent, and nobody says that it arrived: on the way, or the receiver is down.
    pub in_flight: u64,
    /// Settled after the sender's bundle was made, or receipted after the receiver's.
    pub after_export: u64,
    /// In another log of the same node: before or after a new epoch.
    pub other_log: u64,
    /// In the sender's log, and missing in the receiver's.
    pub only_in_sender: u64,
    /// In the receiver's log, and missing in the sender's.
    pub only_in_receiver: u64,
    /// One number, two messages.
    pub differing: u64,
    /// Places where one of the two logs skips numbers.
    pub gaps: u64,
}

/// Compares every lane from `sender` to `receiver`.
pub(super) fn compare(
    sender: &Evidence,
    receiver: &Evidence,
    findings: &mut Findings,
    notices: &mut Findings,
) -> Vec<LaneReport> {
    let sent: BTreeMap<_, _> =
        sender.lanes_to(receiver.node).map(|(lane, epoch, sent)| ((lane, epoch), sent)).collect();
    let settled: BTreeMap<_, _> =
        receiver.lanes_from(sender.node).map(|(lane, epoch, settled)| ((lane, epoch), settled)).collect();
    let places: BTreeSet<(Lane, Epoch)> = sent.keys().chain(settled.keys()).copied().collect();
    let mut reports = Vec::new();
    for (lane, epoch) in places {
        let sent = sent.get(&(lane, epoch)).copied().unwrap_or_default();
        let settled = settled.get(&(lane, epoch)).copied().unwrap_or_default();
        let mut join =
            Join { sender, receiver, sent, settled, findings, report: empty(sender, receiver, lane, epoch) };
        join.run();
        let report = join.report;
        if report.other_log > 0 {
            notices.add(Fault::OtherEpoch, place(&report.coverage, None));
        }
        reports.push(report);
    }
    reports
}

fn empty(sender: &Evidence, receiver: &Evidence, lane: Lane, epoch: Epoch) -> LaneReport {
    LaneReport {
        coverage: Coverage { from: sender.node, to: receiver.node, lane, epoch, spans: Vec::new() },
        sent: 0,
        settled: 0,
        matched: 0,
        receipted: 0,
        outcomes: [0; 3],
        in_flight: 0,
        after_export: 0,
        other_log: 0,
        only_in_sender: 0,
        only_in_receiver: 0,
        differing: 0,
        gaps: 0,
    }
}

/// The lane, and the number of one message in it.
fn place(lane: &Coverage, seq: Option<u64>) -> String {
    let Coverage { from, to, lane, epoch, .. } = lane;
    match seq {
        Some(seq) => format!("{from}>{to} {lane} {epoch} {seq}"),
        None => format!("{from}>{to} {lane} {epoch}"),
    }
}

/// Where the receiver's entry for a message is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bearing {
    /// In the log that lies beside the sender's.
    Here,
    /// In that log, beyond its export.
    Later,
    /// In another log of the node, or in what a restore took from it.
    Elsewhere,
}

/// Two lists of one lane, both ascending, being merged.
struct Join<'a> {
    sender: &'a Evidence,
    receiver: &'a Evidence,
    sent: &'a [Sent],
    settled: &'a [Settled],
    findings: &'a mut Findings,
    report: LaneReport,
}

impl Join<'_> {
    fn run(&mut self) {
        self.report.sent = self.sent.len() as u64;
        self.report.settled = self.settled.len() as u64;
        self.report.gaps = gaps(self.sent.iter().map(|sent| sent.seq))
            + gaps(self.settled.iter().map(|settled| settled.seq));
        let mut settled = self.settled.iter().peekable();
        let mut matched = Vec::new();
        for sent in self.sent {
            while let Some(early) = settled.next_if(|settled| settled.seq < sent.seq) {
                self.only_settled(early);
            }
            match settled.next_if(|settled| settled.seq == sent.seq) {
                Some(settled) if settled.x == sent.x => {
                    matched.push(sent.seq);
                    self.matched(sent, settled);
                }
                Some(settled) => {
                    self.report.differing += 1;
                    self.find(Fault::SameSeqOtherX, settled.seq);
                }
                None => self.only_sent(sent),
            }
        }
        settled.for_each(|late| self.only_settled(late));
        self.report.matched = matched.len() as u64;
        self.report.coverage.spans = spans(matched);
    }

    fn find(&mut self, fault: Fault, seq: u64) {
        self.findings.add(fault, place(&self.report.coverage, Some(seq)));
    }

    fn matched(&mut self, sent: &Sent, settled: &Settled) {
        let [stored, void, refused] = &mut self.report.outcomes;
        *match settled.outcome {
            Outcome::Stored => stored,
            Outcome::Void => void,
            Outcome::Refused(_) => refused,
        } += 1;
        let Some(receipt) = sent.receipt else { return };
        if self.bearing(receipt) == Bearing::Elsewhere {
            return;
        }
        if (receipt.leaf, receipt.outcome) == (settled.leaf, settled.outcome) {
            self.report.receipted += 1;
        } else {
            self.find(Fault::ReceiptContradicted, sent.seq);
        }
    }

    /// Where the entry that a receipt names is, seen from the log beside the sender's.
    fn bearing(&self, receipt: Receipted) -> Bearing {
        match self.sender.origin(receipt.log).and_then(|origin| self.receiver.sizes(origin)) {
            Some((_, end, _)) if receipt.leaf < end => Bearing::Here,
            Some((.., true)) => Bearing::Later,
            _ => Bearing::Elsewhere,
        }
    }

    fn only_sent(&mut self, sent: &Sent) {
        let restored = self.receiver.epochs.first().is_some_and(|(epoch, _)| epoch.counter > 1);
        let before = self.settled.first().is_some_and(|first| sent.seq < first.seq);
        let within = self.settled.last().is_some_and(|last| sent.seq < last.seq);
        match sent.receipt.map(|receipt| self.bearing(receipt)) {
            // What a restored receiver lost comes to it again, from the first on.
            Some(Bearing::Elsewhere) if !within || before => self.report.other_log += 1,
            Some(Bearing::Later) if !within => self.report.after_export += 1,
            None if before && restored => self.report.other_log += 1,
            None if !within => self.report.in_flight += 1,
            _ => {
                self.report.only_in_sender += 1;
                self.find(Fault::OnlyInSender, sent.seq);
            }
        }
    }

    fn only_settled(&mut self, settled: &Settled) {
        let epoch = self.report.coverage.epoch;
        let beyond = self.sent.last().is_none_or(|last| settled.seq > last.seq);
        // What a closed epoch had beyond what was kept of it was lost.
        let lost = !self.sender.has(epoch) || beyond && !self.sender.is_in(epoch);
        if lost && !self.sender.precedes(epoch) {
            self.report.other_log += 1;
            return;
        }
        // Whoever dates its messages into the future hides nothing: the receiver had them by its own clock.
        let made_at = self.sender.made_at;
        let late =
            must_be_in(made_at, settled.sequenced_at, GRACE_MS) || must_be_in(made_at, settled.at, SKEW_MS);
        if beyond && !late {
            self.report.after_export += 1;
        } else {
            self.report.only_in_receiver += 1;
            self.find(Fault::OnlyInReceiver, settled.seq);
        }
    }
}

/// How often ascending `numbers` skip some.
fn gaps(numbers: impl IntoIterator<Item = u64>) -> u64 {
    spans(numbers).len().saturating_sub(1) as u64
}
