//! What happens in a history: officers' steps and misfortunes, drawn from its seed.

use guitu::clock::{SeededEntropy, Timestamp, uuid_v4};
use guitu::domain::agreement::{Act, Role, Said, State as Standing, Terms};
use guitu::domain::date::CivilDate;
use guitu::domain::lead::status::Status;
use guitu::domain::node::NodeId;
use guitu::domain::profile::Profile;
use guitu::exchange::message::Epoch;
use uuid::Uuid;

use super::bugs::Bug;
use super::cases::{Case, Parts, draft, narrow_profile, terms};
use super::dice::Dice;
use super::keys::{GENERATIONS, Registered, keys};
use super::site::Site;
use super::world::{Event, Faults, World};

/// How much happens in one history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Steps of officers.
    pub(crate) acts: u64,
    /// Misfortunes beside those of the network.
    pub(crate) chaos: u64,
    /// How long it goes on, milliseconds.
    pub(crate) lasts: i64,
}

/// What CI carries ten thousand times.
pub(crate) const SMALL: Scale = Scale { acts: 10, chaos: 2, lasts: 12 * 60 * Timestamp::SECOND };
/// What one in 32 of them is.
pub(crate) const LARGE: Scale = Scale { acts: 22, chaos: 4, lasts: 20 * 60 * Timestamp::SECOND };

/// When histories begin: an ordinary noon.
pub(crate) fn noon() -> Timestamp {
    "2026-11-21".parse::<CivilDate>().unwrap().start().plus(Timestamp::DAY / 2)
}

/// The three regions and what each is to the others.
pub(crate) fn parts() -> Parts {
    let node = |code: &str| code.parse::<NodeId>().unwrap();
    vec![
        (node("530900"), vec![Role::Origin]),
        (node("500000"), vec![Role::Transit, Role::Destination]),
        (node("140600"), vec![Role::Destination, Role::Origin]),
    ]
}

/// The history of a seed.
pub(crate) fn history(seed: u64, scale: Scale, bug: Option<Bug>) -> World {
    let mut dice = Dice::new(seed);
    let (parts, now) = (parts(), noon());
    let wide = dice.one_in(16);
    let profile = if wide { Profile::default_matrix() } else { narrow_profile() };
    let window = usize::try_from(dice.between(1, 9)).unwrap();
    let mut sites = found(&parts, &profile, window, &mut dice);
    for site in &mut sites {
        site.bug = bug;
    }
    let faults = Faults {
        lost: 6 + dice.below(20),
        answer_lost: 6 + dice.below(20),
        twice: 8 + dice.below(20),
        crash_before_commit: 30 + dice.below(60),
        crash_after_commit: 30 + dice.below(60),
        crash_before_sequencing: 30 + dice.below(60),
        crash_before_filing: 30 + dice.below(60),
        slowest: dice.between(5, 3_000),
    };
    let mut world = World::new(sites, now, dice, faults);
    let agreements = [parts.clone(), parts[..2].to_vec()];
    for parties in &agreements {
        agree(&mut world, parties, &profile);
    }
    schedule(&mut world, scale);
    world
}

fn schedule(world: &mut World, scale: Scale) {
    let nodes: Vec<NodeId> = world.sites.keys().copied().collect();
    for _ in 0..scale.acts {
        let (ms, node) = (world.dice.between(0, scale.lasts), world.dice.pick(&nodes).unwrap());
        world.after(ms, Event::Act(node));
    }
    for _ in 0..scale.chaos {
        let ms = world.dice.between(0, scale.lasts);
        world.after(ms, Event::Chaos);
    }
    world.after(scale.lasts, Event::Calm);
}

/// Nodes that have enrolled one another.
pub(crate) fn found(parts: &Parts, profile: &Profile, window: usize, dice: &mut Dice) -> Vec<Site> {
    let epoch = |id: NodeId| Epoch { counter: 1, nonce: u64::from(id.region().number()) };
    let make = |(id, _): &(NodeId, Vec<Role>)| {
        let mut site = Site::new(keys(*id), epoch(*id), dice.entropy(), window);
        site.profile = profile.clone();
        for (other, _) in parts.iter().filter(|(other, _)| other != id) {
            site.state.peers.insert(*other, Registered::of(&keys(*other), 1, epoch(*other)));
        }
        site
    };
    parts.iter().map(make).collect()
}

/// An agreement that all parties have signed: each has the whole set, as if it had come long ago. In some
/// histories only its proposer knows it, and it has to be signed first.
pub(crate) fn agree(world: &mut World, parties: &Parts, profile: &Profile) -> Uuid {
    let id = uuid_v4(&SeededEntropy::new(world.dice.next()));
    let draft = draft(terms(id, parties, profile.clone(), world.now));
    let (proposer, now) = (parties[0].0, world.now);
    if world.dice.one_in(8) {
        let (site, now) = world.at(proposer);
        site.say(id, Said::Proposal(draft), now);
        world.kick(proposer);
        return id;
    }
    let mut said = vec![(proposer, Said::Proposal(draft.clone()))];
    said.extend(parties[1..].iter().map(|(node, _)| (*node, Said::Countersignature(draft.key()))));
    let sign = |(node, said): (NodeId, Said)| {
        guitu::exchange::agreement::AgreementStatement::sign(&keys(node).signing[0], node, now, id, said)
            .unwrap()
    };
    let signed: Vec<_> = said.into_iter().map(sign).collect();
    for (node, _) in parties {
        let (site, now) = world.at(*node);
        for statement in &signed {
            site.keep(statement, now);
        }
    }
    id
}

impl World {
    /// An officer of that node does something that can be done now.
    pub(crate) fn act(&mut self, node: NodeId) {
        let mut dice = self.dice.clone();
        let (site, now) = self.at(node);
        let agreements: Vec<Uuid> = site.state.dossiers.keys().copied().collect();
        let leads = site.state.leads.iter().filter(|(_, lead)| lead.status == Status::Shared);
        let own: Vec<Uuid> = leads.map(|(sub, _)| *sub).collect();
        let held: Vec<(NodeId, Uuid)> = site.state.held.keys().copied().collect();
        for agreement in &agreements {
            site.countersign(*agreement, now);
        }
        let agreement = dice.pick(&agreements);
        match dice.below(100) {
            0..45 => drop(agreement.and_then(|agreement| site.share_drawn(agreement, &mut dice, now))),
            45..60 => {
                if let Some(sub) = dice.pick(&own) {
                    site.correct_drawn(sub, &mut dice, now);
                }
            }
            60..68 => {
                if let Some(sub) = dice.pick(&own) {
                    site.withdraw(sub, now);
                }
            }
            68..84 => {
                if let Some((owner, sub)) = dice.pick(&held) {
                    site.answer(owner, sub, now);
                }
            }
            84..88 => site.propose_next(agreement, &mut dice, now),
            chance => {
                let act = match chance {
                    88..92 => Act::Suspend,
                    92..97 => Act::Resume,
                    97 => Act::Terminate,
                    _ => Act::Acknowledge,
                };
                for agreement in agreements {
                    if let Some(said) = site.step(agreement, act, now) {
                        site.say(agreement, said, now);
                    }
                }
            }
        }
        self.dice = dice;
    }

    /// Something goes wrong beside the network.
    pub(crate) fn chaos(&mut self) {
        let nodes: Vec<NodeId> = self.sites.keys().copied().collect();
        let (node, other) = (self.dice.pick(&nodes).unwrap(), self.dice.pick(&nodes).unwrap());
        match self.dice.below(6) {
            0 => self.crash(node),
            1 | 2 if node != other => {
                let ms = self.dice.between(1_000, 15 * 60 * Timestamp::SECOND);
                self.part(node, other, ms);
            }
            3 => self.rotate(node),
            4 => self.witness_all(),
            _ => {
                let jump = self.dice.between(-300_000, 300_000);
                self.hosts.get_mut(&node).unwrap().skew = jump;
            }
        }
    }

    /// The node signs with a new key; its peers hear of it one by one.
    fn rotate(&mut self, of: NodeId) {
        let (site, _) = self.at(of);
        if site.state.generation == GENERATIONS {
            return;
        }
        site.state.generation += 1;
        let peers: Vec<NodeId> = site.state.peers.keys().copied().collect();
        for at in peers {
            let ms = self.dice.between(0, 5 * 60 * Timestamp::SECOND);
            self.after(ms, Event::Enrol { of, at });
        }
    }
}

impl Site {
    /// The parts that the agreement gives its parties.
    fn parts_of(&self, agreement: Uuid, now: Timestamp) -> Option<Parts> {
        let current = self.current(agreement, now)?;
        Some(current.terms().parties.iter().map(|party| (party.node, party.roles.clone())).collect())
    }

    pub(crate) fn share_drawn(&mut self, agreement: Uuid, dice: &mut Dice, now: Timestamp) -> Option<Uuid> {
        let case = Case::drawn(&self.parts_of(agreement, now)?, dice);
        self.share(case, agreement, now)
    }

    fn correct_drawn(&mut self, sub: Uuid, dice: &mut Dice, now: Timestamp) {
        let lead = &self.state.leads[&sub];
        let under = lead.shares.values().next().map(|share| share.under.0);
        let elsewhere = under.filter(|_| dice.one_in(3)).and_then(|under| self.parts_of(under, now));
        let case = elsewhere.map_or_else(|| lead.case.clone(), |parts| Case::drawn(&parts, dice));
        self.correct(sub, case, now);
    }

    /// Signs whatever waits for this party's signature.
    fn countersign(&mut self, agreement: Uuid, now: Timestamp) {
        let dossier = &self.state.dossiers[&agreement];
        let due = dossier.versions().find(|version| match version.state_at(now) {
            Standing::Proposed { awaiting } => awaiting.contains(&self.id()),
            _ => false,
        });
        let said = due.and_then(|version| dossier.countersign(self.id(), version.key(), now).ok());
        if let Some(said) = said {
            self.say(agreement, said, now);
        }
    }

    /// Proposes the next version: a row less for one role, or all rows again.
    fn propose_next(&mut self, agreement: Option<Uuid>, dice: &mut Dice, now: Timestamp) {
        let Some(dossier) = agreement.and_then(|agreement| self.state.dossiers.get(&agreement)) else {
            return;
        };
        let (Some((version, previous)), Some(newest)) = (dossier.amendable(), dossier.newest_signed()) else {
            return;
        };
        let cells: Vec<_> = self.profile.open_cells().map(|(row, role, ..)| (row, role)).collect();
        let profile = match dice.pick(&cells) {
            Some((row, role)) if !dice.one_in(3) => self.profile.clone().lowered(row, role),
            _ => self.profile.clone(),
        };
        let next = Terms {
            version,
            previous: Some(previous),
            proposer: self.id(),
            profile,
            ..newest.terms().clone()
        };
        let id = dossier.id();
        if let Ok(said) = dossier.amend(self.id(), draft(next)) {
            self.say(id, said, now);
        }
    }
}
