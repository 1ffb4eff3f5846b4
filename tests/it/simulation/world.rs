//! The world around simulated nodes: a virtual clock, a network that fails, and crashes, all from one seed.
//!
//! Knows when and whether bytes arrive; decides nothing about them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use guitu::clock::Timestamp;
use guitu::domain::node::NodeId;
use guitu::exchange::receipt::Outcome;
use guitu::tlog::witness::AddCheckpoint;
use uuid::Uuid;

use super::checker::Checker;
use super::dice::Dice;
use super::keys::{Registered, keys};
use super::network::{Couriers, Reply};
use super::site::Site;

/// How often things go wrong: each in one of so many cases, 0 for never.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) answer_lost: u64,
    pub(crate) twice: u64,
    pub(crate) crash_before_commit: u64,
    pub(crate) crash_after_commit: u64,
    pub(crate) crash_before_sequencing: u64,
    pub(crate) crash_before_filing: u64,
    /// The longest way of a call, milliseconds.
    pub(crate) slowest: i64,
}

/// How long after the last fault everything must have arrived: a few of the longest pauses.
const SETTLE: i64 = 30 * 60 * Timestamp::SECOND;
/// When a simulation that still moves is given up: something goes round.
const GIVE_UP: i64 = 12 * 60 * 60 * Timestamp::SECOND;

/// What happens at an instant.
pub(crate) enum Event {
    Wake { from: NodeId, to: NodeId },
    Arrive { from: NodeId, to: NodeId, call: u64, bytes: Arc<[u8]> },
    Answer { from: NodeId, to: NodeId, call: u64, reply: Reply },
    Timeout { from: NodeId, to: NodeId, call: u64 },
    Act(NodeId),
    Share { by: NodeId, under: Uuid },
    Chaos,
    Up(NodeId),
    Heal(NodeId, NodeId),
    Enrol { of: NodeId, at: NodeId },
    Calm,
}

/// What of a node is not durable.
pub(crate) struct Host {
    pub(crate) skew: i64,
    pub(crate) up: bool,
    pub(crate) couriers: Couriers,
}

/// What went over the network.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) batches: u64,
    pub(crate) bytes: u64,
    pub(crate) crashes: u64,
    /// The most items and bytes that one sender held in flight at once.
    pub(crate) widest: (usize, usize),
}

/// Nodes, time and network.
pub(crate) struct World {
    pub(crate) sites: BTreeMap<NodeId, Site>,
    pub(crate) hosts: BTreeMap<NodeId, Host>,
    pub(crate) now: Timestamp,
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) checker: Checker,
    pub(crate) tally: Tally,
    /// From each message's place in its lane to its receipt, milliseconds.
    pub(crate) lags: Vec<i64>,
    pub(crate) events: BTreeMap<(i64, u64), Event>,
    pub(crate) count: u64,
    pub(crate) cut: BTreeSet<(NodeId, NodeId)>,
    pub(crate) calm_at: Option<Timestamp>,
}

impl World {
    pub(crate) fn new(sites: Vec<Site>, now: Timestamp, dice: Dice, faults: Faults) -> Self {
        let host = |site: &Site| (site.id(), Host { skew: 0, up: true, couriers: Couriers::new() });
        Self {
            hosts: sites.iter().map(host).collect(),
            sites: sites.into_iter().map(|site| (site.id(), site)).collect(),
            now,
            dice,
            faults,
            checker: Checker::default(),
            tally: Tally::default(),
            lags: Vec::new(),
            events: BTreeMap::new(),
            count: 0,
            cut: BTreeSet::new(),
            calm_at: None,
        }
    }

    /// Has something happen after `ms`.
    pub(crate) fn after(&mut self, ms: i64, event: Event) {
        self.count += 1;
        self.events.insert((self.now.0 + ms.max(0), self.count), event);
    }

    /// The time that a node's clock shows.
    pub(crate) fn clock(&self, node: NodeId) -> Timestamp {
        self.now.plus(self.hosts[&node].skew)
    }

    /// The node and its clock.
    pub(crate) fn at(&mut self, node: NodeId) -> (&mut Site, Timestamp) {
        let now = self.clock(node);
        (self.sites.get_mut(&node).unwrap(), now)
    }

    /// Runs until everything has arrived after the last fault; false if it never does.
    pub(crate) fn run(&mut self) -> bool {
        while let Some(((at, _), event)) = self.events.pop_first() {
            self.now = self.now.max(Timestamp(at));
            self.happen(event);
            if let Some(calm) = self.calm_at {
                if self.now.0 > calm.0 + GIVE_UP {
                    return false;
                }
                if self.now.0 > calm.0 + SETTLE && self.is_quiet() {
                    return true;
                }
            }
        }
        self.is_quiet()
    }

    /// Runs to that time, whatever is on its way then.
    pub(crate) fn run_until(&mut self, until: Timestamp) {
        while let Some(next) = self.events.first_entry().filter(|next| next.key().0 <= until.0) {
            let ((at, _), event) = next.remove_entry();
            self.now = self.now.max(Timestamp(at));
            self.happen(event);
        }
        self.now = self.now.max(until);
    }

    /// What became of everything that a node sent, as far as it knows.
    pub(crate) fn outcomes(&self, of: NodeId) -> Vec<Outcome> {
        let chains = self.sites[&of].state.outward.values();
        chains.flat_map(|chain| chain.sent.iter().filter_map(|message| message.outcome)).collect()
    }

    /// Whether nothing is on its way and nothing waits for a receipt.
    pub(crate) fn is_quiet(&self) -> bool {
        let idle = |host: &Host| host.couriers.values().all(|courier| courier.call.is_none());
        let sent = |site: &Site| {
            site.state.drafts.is_empty()
                && site.state.outward.values().all(|chain| chain.end.seq == chain.acked)
        };
        self.hosts.values().all(idle) && self.sites.values().all(sent)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Wake { from, to } => self.wake(from, to),
            Event::Arrive { from, to, call, bytes } => self.arrive((from, to), call, &bytes),
            Event::Answer { from, to, call, reply } => self.answered((from, to), call, &reply),
            Event::Timeout { from, to, call } => self.timed_out((from, to), call),
            Event::Act(node) => {
                if self.hosts[&node].up {
                    self.act(node);
                    self.kick(node);
                }
            }
            Event::Share { by, under } => {
                let mut dice = self.dice.clone();
                let (site, now) = self.at(by);
                site.share_drawn(under, &mut dice, now);
                self.dice = dice;
                self.kick(by);
            }
            Event::Chaos => self.chaos(),
            Event::Up(node) => self.start(node),
            Event::Heal(one, other) => {
                self.cut.remove(&(one, other));
                self.cut.remove(&(other, one));
            }
            Event::Enrol { of, at } => self.enrol(of, at),
            Event::Calm => self.calm(),
        }
    }

    /// The process dies: what it had in memory is gone, what was committed is not.
    pub(crate) fn crash(&mut self, node: NodeId) {
        let host = self.hosts.get_mut(&node).unwrap();
        host.up = false;
        host.couriers.clear();
        self.tally.crashes += 1;
        let ms = self.dice.between(100, 60_000);
        self.after(ms, Event::Up(node));
    }

    fn start(&mut self, node: NodeId) {
        self.hosts.get_mut(&node).unwrap().up = true;
        let (site, now) = self.at(node);
        site.sequence(now);
        let peers: Vec<NodeId> = site.state.peers.keys().copied().collect();
        for peer in peers {
            // The hello of a node that starts.
            if self.hosts[&peer].up && !self.cut.contains(&(node, peer)) {
                self.met(peer, node);
            }
        }
        self.kick(node);
    }

    /// Nobody reaches the other for a while.
    pub(crate) fn part(&mut self, one: NodeId, other: NodeId, ms: i64) {
        self.cut.extend([(one, other), (other, one)]);
        self.after(ms, Event::Heal(one, other));
    }

    fn enrol(&mut self, of: NodeId, at: NodeId) {
        let (generation, epoch) = (self.sites[&of].state.generation, self.sites[&of].state.epoch);
        let known = Registered::of(&keys(of), generation, epoch);
        self.at(at).0.state.peers.insert(of, known);
    }

    /// No more faults: from here on everything must arrive.
    fn calm(&mut self) {
        self.faults = Faults { slowest: self.faults.slowest, ..Faults::default() };
        self.cut.clear();
        self.calm_at = Some(self.now);
        let nodes: Vec<NodeId> = self.sites.keys().copied().collect();
        for node in &nodes {
            let skew = self.dice.between(-120_000, 120_000);
            self.hosts.get_mut(node).unwrap().skew = skew;
            let peers: Vec<NodeId> = self.sites[node].state.peers.keys().copied().collect();
            for at in peers {
                self.enrol(*node, at);
            }
        }
        for node in nodes {
            self.start(node);
        }
    }

    /// Every node offers its newest head to every peer, as it does every minute.
    pub(crate) fn witness_all(&mut self) {
        let nodes: Vec<NodeId> = self.sites.keys().copied().collect();
        for log in nodes {
            let witnesses: Vec<NodeId> = self.sites[&log].state.peers.keys().copied().collect();
            for witness in witnesses {
                self.witness(log, witness);
            }
        }
    }

    fn witness(&mut self, log: NodeId, witness: NodeId) {
        let mut old = self.sites[&log].state.evidence.cosigned(witness).unwrap_or(0);
        for _ in 0..2 {
            let site = &self.sites[&log];
            let Some((size, note)) = site.checkpoint() else { return };
            let proof = if old == 0 { Vec::new() } else { site.state.log.prove_prefix(old, size) };
            let body = AddCheckpoint { old, proof, checkpoint: note.to_string() }.to_string();
            let (there, now) = self.at(witness);
            match there.witness(log, &body, now) {
                Ok(line) => {
                    let (here, _) = self.at(log);
                    return here.keep_cosignature(witness, &(size, note.to_string()), Some(&line));
                }
                Err(guitu::tlog::witness::Declined::Stale(size)) => old = size,
                Err(declined) => {
                    let (here, _) = self.at(log);
                    return here.state.alarms.push(format!("{witness} declined: {declined}"));
                }
            }
        }
    }
}
