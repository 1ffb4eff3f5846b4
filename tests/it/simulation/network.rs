//! Couriers and the network between them: calls that arrive, late or twice, or do not, and answers likewise.

use std::collections::BTreeMap;
use std::sync::Arc;

use guitu::domain::node::NodeId;
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::rest::Rest;

use super::bugs::Bug;
use super::sender::Prepared;
use super::world::{Event, World};

/// How long a sender waits for an answer, milliseconds.
const PATIENCE: i64 = 10_000;

/// A sender's work for one peer; gone with its process.
#[derive(Default)]
pub(crate) struct Courier {
    pub(crate) call: Option<(u64, Prepared)>,
    pub(crate) rest: Rest,
    pub(crate) offered: u64,
    pub(crate) wake: Option<i64>,
}

/// The couriers of a node, by peer.
pub(crate) type Couriers = BTreeMap<NodeId, Courier>;

/// What a receiver answers.
pub(crate) enum Reply {
    Receipt(String),
    /// The batch was refused whole.
    Refused(Option<ChainEnd>),
}

impl World {
    /// Wakes the couriers for whom there is work, now or once it is due, as the timer of a node does; not those that
    /// pause after a failure.
    pub(crate) fn kick(&mut self, from: NodeId) {
        for to in self.sites[&from].peers_with_work() {
            let (site, clock) = (&self.sites[&from], self.clock(from));
            let due = site.next_due(to).map(|at| (at.0 - clock.0).max(0));
            let waits = site.waiting(to).next().map(|_| 0);
            let Some(ms) = waits.or(due) else { continue };
            let (now, at) = (self.now.0, self.now.0 + ms);
            let courier = self.courier(from, to);
            let sooner = courier.wake.is_none_or(|wake| at < wake);
            if courier.call.is_none() && courier.rest.left(now).is_none() && (ms == 0 || sooner) {
                self.wake_at(from, to, ms);
            }
        }
    }

    pub(crate) fn courier(&mut self, from: NodeId, to: NodeId) -> &mut Courier {
        self.hosts.get_mut(&from).unwrap().couriers.entry(to).or_default()
    }

    pub(crate) fn wake_at(&mut self, from: NodeId, to: NodeId, ms: i64) {
        let at = self.now.0 + ms;
        self.courier(from, to).wake = Some(at);
        self.after(ms, Event::Wake { from, to });
    }

    /// One round of a courier.
    pub(crate) fn wake(&mut self, from: NodeId, to: NodeId) {
        let now = self.now.0;
        if !self.hosts[&from].up || self.courier(from, to).wake.is_none_or(|at| at > now) {
            return;
        }
        let courier = self.courier(from, to);
        courier.wake = None;
        if courier.call.is_some() {
            return;
        }
        let (offered, clock) = (courier.offered, self.clock(from));
        let site = self.sites.get_mut(&from).unwrap();
        if site.next_due(to).is_some_and(|at| at <= clock) {
            site.send_again(to, clock);
        }
        let Some(prepared) = site.prepare(to, offered, clock, &mut self.checker) else {
            if let Some(due) = site.next_due(to) {
                self.wake_at(from, to, (due.0 - clock.0).max(1));
            }
            return;
        };
        self.post(from, prepared);
    }

    pub(crate) fn post(&mut self, from: NodeId, prepared: Prepared) {
        self.count += 1;
        let (call, to, bytes) = (self.count, prepared.to, Arc::clone(&prepared.bytes));
        self.tally.batches += 1;
        self.tally.bytes += bytes.len() as u64;
        let widest = &mut self.tally.widest;
        *widest = (widest.0.max(prepared.sent.len()), widest.1.max(bytes.len()));
        let courier = self.courier(from, to);
        courier.offered = prepared.offered.0;
        courier.call = Some((call, prepared));
        self.after(PATIENCE, Event::Timeout { from, to, call });
        if self.dice.one_in(self.faults.lost) || self.cut.contains(&(from, to)) {
            return;
        }
        let copies = 1 + u64::from(self.dice.one_in(self.faults.twice));
        for copy in 0..copies {
            // A second copy may come much later, after others.
            let slowest = if copy == 0 { self.faults.slowest } else { 20 * self.faults.slowest };
            let ms = self.dice.between(1, slowest.max(1));
            self.after(ms, Event::Arrive { from, to, call, bytes: Arc::clone(&bytes) });
        }
    }

    pub(crate) fn arrive(&mut self, (from, to): (NodeId, NodeId), call: u64, bytes: &[u8]) {
        if !self.hosts[&to].up {
            return;
        }
        let (site, now) = self.at(to);
        let judged = site.judge(from, bytes, now);
        if self.dice.one_in(self.faults.crash_before_commit) {
            return self.crash(to);
        }
        let site = self.sites.get_mut(&to).unwrap();
        let reply = match judged {
            Ok(judged) => {
                let batch = site.settle(judged, now);
                if self.dice.one_in(self.faults.crash_before_sequencing) {
                    return self.crash(to);
                }
                site.sequence(now);
                Reply::Receipt(site.receipt(&batch, now))
            }
            Err(refusal) => {
                if refusal.code.alarming() {
                    site.state.alarms.push(format!("{from} {refusal}"));
                }
                Reply::Refused(refusal.expected)
            }
        };
        if self.dice.one_in(self.faults.crash_after_commit) {
            return self.crash(to);
        }
        self.met(to, from);
        self.kick(to);
        if !self.dice.one_in(self.faults.answer_lost) && !self.cut.contains(&(to, from)) {
            let ms = self.dice.between(1, self.faults.slowest.max(1));
            self.after(ms, Event::Answer { from, to, call, reply });
        }
    }

    pub(crate) fn answered(&mut self, (from, to): (NodeId, NodeId), call: u64, reply: &Reply) {
        if !self.hosts[&from].up {
            return;
        }
        let courier = self.courier(from, to);
        let Some((_, prepared)) = courier.call.take_if(|(asked, _)| *asked == call) else { return };
        if self.dice.one_in(self.faults.crash_before_filing) {
            return self.crash(from);
        }
        let (site, now) = self.at(from);
        let moved = match reply {
            Reply::Receipt(receipt) => match site.file(&prepared, receipt, now) {
                Ok(known) => {
                    site.sequence(now);
                    self.lags.extend(prepared.sent.iter().map(|sent| now.0 - sent.sequenced_at().0));
                    let courier = self.courier(from, to);
                    courier.offered = known.unwrap_or(courier.offered);
                    true
                }
                Err(_) => false,
            },
            Reply::Refused(Some(end)) => site.reposition(to, prepared.lane, *end),
            Reply::Refused(None) => false,
        };
        self.step_done(from, to, moved);
    }

    pub(crate) fn timed_out(&mut self, (from, to): (NodeId, NodeId), call: u64) {
        let courier = self.courier(from, to);
        let Some((_, prepared)) = courier.call.take_if(|(asked, _)| *asked == call) else { return };
        let (site, _) = self.at(from);
        if site.bug == Some(Bug::LostAnswerFiled) {
            site.file_anyway(&prepared);
        }
        self.step_done(from, to, false);
    }

    /// On at once after what moved; after a failure a pause.
    pub(crate) fn step_done(&mut self, from: NodeId, to: NodeId, moved: bool) {
        let (now, entropy) = (self.now.0, &self.sites[&from].entropy);
        let rest = &mut self.hosts.get_mut(&from).unwrap().couriers.entry(to).or_default().rest;
        if moved {
            rest.succeeded();
        } else {
            rest.failed(now, None, entropy);
        }
        let ms = rest.left(now).unwrap_or(0);
        self.wake_at(from, to, ms);
    }

    /// Inbound contact may end a pause.
    pub(crate) fn met(&mut self, at: NodeId, peer: NodeId) {
        let now = self.now.0;
        let courier = self.courier(at, peer);
        let before = courier.rest.left(now);
        courier.rest.met(now);
        let left = courier.rest.left(now);
        if courier.call.is_none() && left != before {
            self.wake_at(at, peer, left.unwrap_or(0));
        }
    }
}
