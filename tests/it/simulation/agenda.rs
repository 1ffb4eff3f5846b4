//! Which own leads go to which peers again, and when: what the columns `renew_at` and `renewals` hold, with the index
//! that makes tens of thousands of them cheap.

use std::collections::{BTreeMap, BTreeSet};

use guitu::clock::Timestamp;
use guitu::domain::node::NodeId;
use uuid::Uuid;

/// By peer and lead: when it goes again, and how often it did in a row.
#[derive(Clone, Default)]
pub(crate) struct Agenda {
    all: BTreeMap<(NodeId, Uuid), (Timestamp, u32)>,
    by_time: BTreeSet<(NodeId, Timestamp, Uuid)>,
}

impl Agenda {
    pub(crate) fn put(&mut self, (peer, sub): (NodeId, Uuid), at: Timestamp, renewals: u32) {
        self.remove((peer, sub));
        self.all.insert((peer, sub), (at, renewals));
        self.by_time.insert((peer, at, sub));
    }

    pub(crate) fn remove(&mut self, (peer, sub): (NodeId, Uuid)) {
        if let Some((at, _)) = self.all.remove(&(peer, sub)) {
            self.by_time.remove(&(peer, at, sub));
        }
    }

    /// Takes what is due for a peer: each lead, and how often it went in a row.
    pub(crate) fn take_due(&mut self, peer: NodeId, now: Timestamp) -> BTreeMap<Uuid, u32> {
        let due = self.by_time.range((peer, Timestamp(i64::MIN), Uuid::nil())..=(peer, now, Uuid::max()));
        let subs: Vec<Uuid> = due.map(|(_, _, sub)| *sub).collect();
        let renewals = subs.into_iter().map(|sub| (sub, self.all[&(peer, sub)].1));
        let taken: BTreeMap<Uuid, u32> = renewals.collect();
        for sub in taken.keys() {
            self.remove((peer, *sub));
        }
        taken
    }

    /// When the next lead goes to a peer again.
    pub(crate) fn next(&self, peer: NodeId) -> Option<Timestamp> {
        let first = (peer, Timestamp(i64::MIN), Uuid::nil());
        let next = self.by_time.range(first..).next().filter(|(of, ..)| *of == peer);
        next.map(|(_, at, _)| *at)
    }

    /// The peers for whom there is anything.
    pub(crate) fn peers(&self) -> BTreeSet<NodeId> {
        let mut peers = BTreeSet::new();
        let mut rest = self.all.keys().next();
        while let Some((peer, _)) = rest {
            peers.insert(*peer);
            rest = self.all.range((*peer, Uuid::max())..).map(|(key, _)| key).find(|(of, _)| of != peer);
        }
        peers
    }

    /// Puts those forward to `now` that fit, and counts them anew.
    pub(crate) fn hasten(&mut self, now: Timestamp, fits: impl Fn(NodeId, Uuid) -> bool) {
        let later = self.all.iter().filter(|((peer, sub), (at, _))| *at > now && fits(*peer, *sub));
        for place in later.map(|(place, _)| *place).collect::<Vec<_>>() {
            self.put(place, now, 0);
        }
    }
}
