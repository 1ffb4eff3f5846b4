//! Three days without a peer: a hundred thousand messages wait, agreements end, leads are taken back, and then all
//! of it catches up in order, with what is held in memory no larger than ever.

use guitu::clock::Timestamp;
use guitu::domain::agreement::{Act, Role};
use guitu::domain::node::NodeId;
use guitu::exchange::batch::{MAX_BYTES, MAX_ITEMS};
use guitu::exchange::receipt::Outcome;
use uuid::Uuid;

use super::cases::{Case, Parts, narrow_profile};
use super::deeds::{agree, found, noon};
use super::dice::Dice;
use super::world::{Event, Faults, World};
use crate::harness::effort::volume;

const HOUR: i64 = 60 * 60 * Timestamp::SECOND;
/// How long the peer is away.
const AWAY: i64 = 72 * HOUR;
/// How often officers share, each time a hundredth of all.
const TURNS: i64 = 100;

fn parts() -> Parts {
    let node = |code: &str| code.parse::<NodeId>().unwrap();
    vec![(node("530900"), vec![Role::Origin]), (node("140600"), vec![Role::Destination])]
}

/// The outage of a sender with four agreements: one goes on, one is ended, one is suspended and resumed, one stays
/// suspended.
struct Outage {
    world: World,
    sender: NodeId,
    agreements: Vec<Uuid>,
    dice: Dice,
}

impl Outage {
    fn begin() -> Self {
        let (parts, mut dice) = (parts(), Dice::new(72));
        let sites = found(&parts, &narrow_profile(), MAX_ITEMS, &mut dice);
        let faults = Faults { slowest: 50, ..Faults::default() };
        let mut world = World::new(sites, noon(), dice.clone(), faults);
        let agreements = (0..4).map(|_| agree(&mut world, &parts, &narrow_profile())).collect();
        let sender = parts[0].0;
        world.part(sender, parts[1].0, AWAY);
        world.after(AWAY, Event::Calm);
        Self { world, sender, agreements, dice }
    }

    /// The officers' three days.
    fn pass(&mut self, leads: u32) {
        let mut shared = Vec::new();
        for turn in 1..=TURNS {
            self.world.run_until(noon().plus(turn * AWAY / TURNS - 1));
            let (site, now) = self.world.at(self.sender);
            let open =
                |agreement: &&Uuid| site.current(**agreement, now).is_some_and(|it| it.may_send(now).is_ok());
            let open: Vec<Uuid> = self.agreements.iter().filter(open).copied().collect();
            for n in 0..leads / u32::try_from(TURNS).unwrap() {
                // Some cases are none of the peer's business.
                let mut drawn = || {
                    site.share(
                        Case::drawn(&parts(), &mut self.dice),
                        open[usize::try_from(n).unwrap() % open.len()],
                        now,
                    )
                };
                shared.push(std::iter::repeat_with(&mut drawn).flatten().next().unwrap());
            }
            let act = |at: i64| turn == at * TURNS / 72;
            let said =
                [(24, 1, Act::Terminate), (40, 2, Act::Suspend), (60, 2, Act::Resume), (66, 3, Act::Suspend)];
            for (_, of, act) in said.into_iter().filter(|(hour, ..)| act(*hour)) {
                let said = site.step(self.agreements[of], act, now).unwrap();
                site.say(self.agreements[of], said, now);
            }
            if act(30) {
                shared.iter().step_by(20).for_each(|sub| site.withdraw(*sub, now));
            }
            self.world.kick(self.sender);
        }
    }
}

#[test]
fn three_days_of_outage_catch_up_in_order_and_in_bounded_memory() {
    let leads = volume(100_000);
    let mut outage = Outage::begin();
    outage.pass(leads);
    let sender = outage.sender;
    let waiting: u64 =
        outage.world.sites[&sender].state.outward.values().map(|chain| chain.end.seq - chain.acked).sum();
    assert!(waiting + u64::from(leads) / 10 >= u64::from(leads), "{waiting} messages wait");
    assert!(outage.world.run(), "everything arrives");
    let (items, bytes) = outage.world.tally.widest;
    assert!(items <= MAX_ITEMS && bytes <= MAX_BYTES, "{items} items, {bytes} bytes in flight");
    let outcomes = outage.world.outcomes(sender);
    assert!(outcomes.iter().filter(|outcome| **outcome == Outcome::Void).count() > 0);
    assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused(_))), "nothing is refused");
    assert_eq!(outage.world.judged(), Vec::<String>::new());
}
