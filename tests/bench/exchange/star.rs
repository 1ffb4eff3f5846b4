//! One node and many that receive what it shares: prefectures and counties where the same person was seen.

use std::collections::BTreeSet;
use std::time::Duration;

use guitu::clock::{Clock, SystemClock};
use guitu::domain::agreement::{Party, Role};
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::lead::place::{Place, PlaceRole};
use guitu::domain::node::NodeId;
use guitu::domain::region::{LATEST_LIST, Level, RegionCode, table};
use guitu::node::agree::Proposal;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::alike::{self, A};
use crate::database::Engine;
use crate::desk::{approver, drafter};
use crate::pair::Side;

/// Peers of one agreement: with the sender fewer than it takes parties.
const GROUP: usize = 16;

/// The sender, its peers, and the agreements with each [`GROUP`] of them.
pub(crate) struct Star {
    pub(crate) hub: Side,
    pub(crate) rays: Vec<Side>,
    agreements: Vec<Uuid>,
}

impl Star {
    /// Opens all of them on fresh databases.
    pub(crate) async fn open(engine: Engine, peers: usize) -> Self {
        let (hub, said) = Side::open(engine, A).await;
        let (mut rays, mut all_said) = (Vec::new(), Vec::new());
        for id in nodes(peers) {
            let (ray, said) = Side::open_with(engine, id, 2).await;
            rays.push(ray);
            all_said.push(said);
        }
        let mut star = Self { hub, rays, agreements: Vec::new() };
        for first in (0..peers).step_by(GROUP) {
            let group = first..peers.min(first + GROUP);
            let members: Vec<&Side> = star.members(group.clone()).collect();
            let said: Vec<_> = std::iter::once(&said).chain(&all_said[group]).collect();
            introduce(&members, &said).await;
            let agreement = agree(&members).await;
            star.agreements.push(agreement);
        }
        // The first lead carries the agreements' signatures along; the measured ones go alone.
        star.share(star.approved().await).await;
        settle(&star.members(0..peers).collect::<Vec<_>>()).await;
        star
    }

    fn members(&self, group: std::ops::Range<usize>) -> impl Iterator<Item = &Side> {
        std::iter::once(&self.hub).chain(&self.rays[group])
    }

    /// A lead that all peers have a role in, signed; its id.
    pub(crate) async fn approved(&self) -> Uuid {
        let made = self.hub.node.create(&drafter(), lead(self.rays.len()), None).await.unwrap();
        self.hub.node.submit(&drafter(), made.id).await.unwrap();
        self.hub.node.approve(&approver(), made.id).await.unwrap();
        made.id
    }

    /// Shares it with all of them.
    pub(crate) async fn share(&self, lead: Uuid) {
        for (agreement, group) in self.agreements.iter().zip(self.rays.chunks(GROUP)) {
            let to = group.iter().map(|ray| ray.address.node).collect();
            self.hub.node.share(&drafter(), lead, *agreement, Some(to)).await.unwrap();
        }
    }

    /// Where the lists of the peers end.
    pub(crate) async fn ends(&self) -> Vec<i64> {
        let mut ends = Vec::new();
        for ray in &self.rays {
            ends.push(ray.end_of_list().await);
        }
        ends
    }

    /// Waits until each peer has `n` leads after where its list ended; when that was.
    pub(crate) async fn readable(&self, ends: &[i64], n: usize) -> Instant {
        let mut last = Instant::now();
        for (ray, end) in self.rays.iter().zip(ends) {
            last = last.max(ray.readable(*end, n).await);
        }
        last
    }

    /// Waits until the sender has all receipts.
    pub(crate) async fn acknowledged(&self) {
        let mut bell = self.hub.node.listen();
        while self.hub.node.lags().await.unwrap().iter().any(|lag| lag.waiting > 0) {
            // The last one may have been filed between the look and the wait.
            let _ = timeout(Duration::from_millis(5), bell.changed()).await;
        }
    }

    /// Ends all of them.
    pub(crate) async fn close(self) {
        self.hub.close().await;
        for ray in self.rays {
            ray.close().await;
        }
    }
}

/// Counties that the present list has, each in a prefecture of its own that it has too.
fn counties() -> impl Iterator<Item = RegionCode> {
    let (mut seen, listed) = (BTreeSet::new(), |code| table().find(code, LATEST_LIST).is_ok());
    table().all().iter().map(|region| region.code).filter(move |code| {
        let prefecture = code.prefecture();
        let apart = !A.region().contains(*code) && code.level() == Level::County;
        apart && listed(*code) && listed(prefecture) && seen.insert(prefecture)
    })
}

/// The nodes of so many regions: each county's prefecture, and the county.
fn nodes(peers: usize) -> Vec<NodeId> {
    counties().flat_map(|county| [county.prefecture(), county]).take(peers).map(NodeId).collect()
}

/// A lead with a place for every two peers.
fn lead(peers: usize) -> Lead {
    let mut lead = alike::lead(CivilDate::of(SystemClock.now()));
    lead.places.retain(|place| A.region().contains(place.code));
    let seen = |code| Place { role: PlaceRole::Destination, code, list_year: LATEST_LIST };
    lead.places.extend(counties().take(peers.div_ceil(2)).map(seen));
    lead
}

/// Registers each with all others; what they say of themselves is in the same order.
async fn introduce(members: &[&Side], said: &[&(String, String)]) {
    for (at, one) in members.iter().enumerate() {
        for (_, (descriptor, fingerprint)) in said.iter().enumerate().filter(|(of, _)| *of != at) {
            one.node.enrol(descriptor, fingerprint).await.unwrap();
        }
        assert!(one.verifier.replace(one.node.peer_trust().await.unwrap()).is_empty());
    }
}

async fn agree(members: &[&Side]) -> Uuid {
    let usual = alike::agreement(CivilDate::of(SystemClock.now()));
    let party = |side: &&Side| Party {
        node: side.address.node,
        roles: vec![if side.address.node == A { Role::Origin } else { Role::Destination }],
        ..usual.parties[0].clone()
    };
    let proposal = Proposal { parties: members.iter().map(party).collect(), ..usual.clone() };
    let proposed = members[0].node.propose(None, proposal).await.unwrap();
    settle(members).await;
    for side in &members[1..] {
        side.node.countersign(None, proposed.id, proposed.version, proposed.digest).await.unwrap();
    }
    settle(members).await;
    proposed.id
}

/// Delivers until nothing waits anywhere.
async fn settle(members: &[&Side]) {
    let mut moved = true;
    while moved {
        moved = false;
        for from in members {
            let peers: Vec<NodeId> = from.node.peers().await.unwrap().iter().map(|peer| peer.node).collect();
            for to in members.iter().filter(|to| peers.contains(&to.address.node)) {
                moved |= from.push(to.address.node).await;
            }
        }
    }
}
