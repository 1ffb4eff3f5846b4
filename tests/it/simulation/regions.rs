//! The whole country as nodes: 34 provinces and 333 prefectures, with counties for more, and corridors between them.
//!
//! The corridors are generated from the region codes: from prefectures of the inland south-west to those of the coast
//! and the north, through a province between them; every region has some, a few have many. That is an assumption
//! about load. Which prefecture is paired with which is drawn, and says nothing about any real place.

use std::collections::{BTreeMap, BTreeSet};

use guitu::clock::{SeededEntropy, Timestamp};
use guitu::domain::agreement::Role;
use guitu::domain::node::NodeId;
use guitu::domain::region::{LATEST_LIST, Region, RegionCode, table};
use guitu::exchange::message::Epoch;
use uuid::Uuid;

use super::cases::{Parts, narrow_profile};
use super::deeds::{agree, noon};
use super::dice::Dice;
use super::keys::{Registered, keys};
use super::site::Site;
use super::world::{Event, Faults, World};

/// Provinces whose prefectures begin corridors here.
const SOURCES: [u32; 7] = [510_000, 520_000, 530_000, 450_000, 620_000, 430_000, 500_000];
/// How many corridors each prefecture begins.
const CORRIDORS: u64 = 2;
/// Leads a day in the whole country.
pub(crate) const DAILY: u64 = 10_000;

/// The provinces and prefectures; with them so many counties.
fn regions(counties: usize) -> Vec<RegionCode> {
    let governments = |row: &&Region| !row.is_placeholder();
    let provinces: Vec<RegionCode> = table().children(None, LATEST_LIST).map(|row| row.code).collect();
    let below = |parent: &RegionCode| table().children(Some(*parent), LATEST_LIST).filter(governments);
    let prefectures: Vec<RegionCode> = provinces.iter().flat_map(below).map(|row| row.code).collect();
    let lower = prefectures.iter().flat_map(below).map(|row| row.code).take(counties).collect::<Vec<_>>();
    provinces.into_iter().chain(prefectures).chain(lower).collect()
}

/// From whom, through whom, to whom.
fn corridors(regions: &[RegionCode], dice: &mut Dice) -> Vec<Parts> {
    let is_source = |code: &RegionCode| SOURCES.contains(&code.province().number());
    let whole = |code: &RegionCode| regions.iter().filter(|other| other.province() == *code).count() == 1;
    let (from, to): (Vec<RegionCode>, Vec<RegionCode>) =
        regions.iter().copied().filter(|code| *code != code.province() || whole(code)).partition(is_source);
    let mut corridors = Vec::new();
    for own in from.iter().chain(&to) {
        for n in 0..CORRIDORS {
            // Of several that are drawn the lowest code: a few places have most of the cases.
            let mut draw = |among: &[RegionCode]| (0..3).filter_map(|_| dice.pick(among)).min().unwrap();
            let (origin, end) = if is_source(own) { (*own, draw(&to)) } else { (draw(&from), *own) };
            let between = if n == 0 { own.province() } else { end.province() };
            let part = |code: RegionCode, role: Role| (NodeId(code), vec![role]);
            let mut parties = vec![part(origin, Role::Origin), part(end, Role::Destination)];
            if between != origin && between != end {
                parties.push(part(between, Role::Transit));
            }
            corridors.push(parties);
        }
    }
    corridors
}

/// The country, each node knowing those that it has corridors with, and a day's leads spread over `lasts`.
pub(crate) fn country(counties: usize, daily: u64, lasts: i64) -> World {
    let mut dice = Dice::new(34_333);
    let regions = regions(counties);
    let corridors = corridors(&regions, &mut dice);
    let mut neighbours: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for (node, _) in corridors.iter().flatten() {
        neighbours.entry(*node).or_default();
    }
    for parties in &corridors {
        for (one, _) in parties {
            neighbours
                .get_mut(one)
                .unwrap()
                .extend(parties.iter().map(|(other, _)| *other).filter(|other| other != one));
        }
    }
    let epoch = |id: NodeId| Epoch { counter: 1, nonce: u64::from(id.region().number()) };
    let site = |(id, peers): (&NodeId, &BTreeSet<NodeId>)| {
        let mut site = Site::new(keys(*id), epoch(*id), SeededEntropy::new(dice.next()), 500);
        let known = peers.iter().map(|peer| (*peer, Registered::of(&keys(*peer), 1, epoch(*peer))));
        site.state.peers.extend(known);
        site
    };
    let sites = neighbours.iter().map(site).collect();
    let faults = Faults { lost: 200, answer_lost: 200, twice: 200, slowest: 60, ..Faults::default() };
    let mut world = World::new(sites, noon(), dice, faults);
    let agreements: Vec<(Uuid, Parts)> = corridors
        .into_iter()
        .map(|parties| (agree(&mut world, &parties, &narrow_profile()), parties))
        .collect();
    let leads = daily * lasts.unsigned_abs() / Timestamp::DAY.unsigned_abs();
    for _ in 0..leads {
        let (agreement, parties) = world.dice.pick(&agreements).unwrap();
        let ms = world.dice.between(0, lasts);
        world.after(ms, Event::Share { by: parties[0].0, under: agreement });
    }
    world.after(lasts, Event::Calm);
    world
}

/// What a run of the country came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) nodes: usize,
    pub(crate) messages: u64,
    pub(crate) batches: u64,
    pub(crate) bytes: u64,
    /// From the sequencer's round to the receipt, half and 99 of 100 messages, milliseconds of the virtual clock.
    pub(crate) lag: (i64, i64),
}

impl World {
    /// What has gone over the network so far.
    pub(crate) fn load(&self) -> Load {
        let chains = self.sites.values().flat_map(|site| site.state.outward.values());
        let mut lags = self.lags.clone();
        lags.sort_unstable();
        let at = |part: usize| lags.get(lags.len() * part / 100).copied().unwrap_or(0);
        Load {
            nodes: self.sites.len(),
            messages: chains.map(|chain| chain.end.seq).sum(),
            batches: self.tally.batches,
            bytes: self.tally.bytes,
            lag: (at(50), at(99)),
        }
    }
}

#[test]
fn the_country_exchanges_for_an_hour() {
    let mut world = country(0, DAILY, 60 * 60 * Timestamp::SECOND);
    assert!(world.run(), "everything arrives");
    let load = world.load();
    assert_eq!(load.nodes, 34 + 333);
    assert!(load.messages > load.batches && load.bytes > 1_000 * load.batches, "{load:?}");
    assert!(load.lag.1 < 30 * Timestamp::SECOND, "{load:?}");
    assert_eq!(world.judged(), Vec::<String>::new(), "{load:?}");
}
