//! The checker can fail: each planted bug is found in a few histories, and the same histories hold without it, with
//! every kind of fault and step in them.

use std::collections::BTreeMap;

use guitu::domain::lead::status::Status;
use guitu::exchange::receipt::Outcome;

use super::bugs::Bug;
use super::deeds::{LARGE, history};
use super::histories::kept;
use super::world::World;

/// In how many histories a bug may hide, beside those that are kept.
const TRIES: u64 = 24;

#[test]
fn every_planted_bug_is_found() {
    let missed: Vec<Bug> = Bug::ALL.into_iter().filter(|bug| !is_found(*bug)).collect();
    assert!(missed.is_empty(), "nothing was found of {missed:?}");
}

fn is_found(bug: Bug) -> bool {
    let seeds = (0..TRIES).chain(kept());
    seeds.into_iter().any(|seed| !history(seed, LARGE, Some(bug)).judged().is_empty())
}

#[test]
fn the_same_histories_hold_without_a_bug_and_have_everything_in_them() {
    let mut met = BTreeMap::new();
    for seed in 0..TRIES {
        let mut world = history(seed, LARGE, None);
        assert_eq!(world.judged(), Vec::<String>::new(), "seed {seed}");
        for (what, count) in happenings(&world) {
            *met.entry(what).or_insert(0) += count;
        }
    }
    assert!(met.values().all(|count| *count > 0), "{met:?}");
}

/// How often each thing happened.
fn happenings(world: &World) -> [(&'static str, usize); 11] {
    let states = || world.sites.values().map(|site| &site.state);
    let outcomes: Vec<Outcome> = world.sites.keys().flat_map(|node| world.outcomes(*node)).collect();
    let count = |fits: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| fits(outcome)).count();
    let sent = || states().flat_map(|state| state.outward.values()).flat_map(|chain| &chain.sent);
    let leads = || states().flat_map(|state| state.leads.values());
    let dossiers = || states().flat_map(|state| state.dossiers.values());
    let standings = || dossiers().filter_map(|dossier| Some(dossier.newest_signed()?.standing().clone()));
    [
        ("crashes", usize::try_from(world.tally.crashes).unwrap()),
        ("stored", count(|outcome| *outcome == Outcome::Stored)),
        ("void", count(|outcome| *outcome == Outcome::Void)),
        ("refused", count(|outcome| matches!(outcome, Outcome::Refused(_)))),
        ("sent again", sent().filter(|message| message.attempts > 1).count()),
        ("corrected", leads().filter(|lead| lead.ver > 1).count()),
        ("withdrawn", leads().filter(|lead| lead.status == Status::Withdrawn).count()),
        ("new keys", states().filter(|state| state.generation > 1).count()),
        ("amended", dossiers().filter(|dossier| dossier.versions().count() > 1).count()),
        ("suspended", standings().filter(|standing| !standing.suspended_by.is_empty()).count()),
        ("terminated", standings().filter(|standing| !standing.terminated_by.is_empty()).count()),
    ]
}
