//! How often a log-in may be tried: so many at once from one address, and after a run of refused ones only one in a
//! while for each name, so that nobody guesses passwords or keeps officers waiting.
//!
//! Knows addresses and keyed hashes of names, in memory; no name. Invariants: names that nobody has are treated as
//! those of accounts; what is kept is bounded; a try that is turned away does not lengthen the pause.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::slots::{Slot, Slots};
use crate::clock::Timestamp;

/// Most log-ins that one address has open.
const AT_ONCE: usize = 8;
/// So many in a row may be refused before the pauses begin.
const FREE: u32 = 10;
/// Between two tries then.
pub(super) const PAUSE_SECONDS: u32 = 5;
const PAUSE: i64 = PAUSE_SECONDS as i64 * Timestamp::SECOND;
/// After so long without a refused try the run is forgotten, milliseconds.
const FORGOTTEN: i64 = 15 * 60_000;
/// Most names that are kept.
const MOST_NAMES: usize = 10_000;

/// The tries of all names and addresses.
#[derive(Debug)]
pub(super) struct Tries {
    at_once: Arc<Slots<IpAddr>>,
    hasher: RandomState,
    runs: Mutex<HashMap<u64, Run>>,
}

/// Refused tries in a row.
#[derive(Clone, Copy, Debug)]
struct Run {
    count: u32,
    last: Timestamp,
}

impl Run {
    fn is_forgotten(self, now: Timestamp) -> bool {
        now.0.saturating_sub(self.last.0) >= FORGOTTEN
    }
}

impl Tries {
    pub(super) fn new() -> Self {
        Self { at_once: Slots::new(AT_ONCE), hasher: RandomState::new(), runs: Mutex::default() }
    }

    /// Lets a try for `name` in until the slot is dropped; none: later.
    pub(super) fn admit(&self, from: IpAddr, name: &str, now: Timestamp) -> Option<Slot<IpAddr>> {
        let run = self.runs().get(&self.hasher.hash_one(name)).copied();
        let pauses = run.is_some_and(|run| {
            run.count >= FREE && !run.is_forgotten(now) && (0..PAUSE).contains(&(now.0 - run.last.0))
        });
        if pauses { None } else { self.at_once.take(from) }
    }

    /// A try for `name` was refused.
    pub(super) fn refused(&self, name: &str, now: Timestamp) {
        let mut runs = self.runs();
        if runs.len() >= MOST_NAMES {
            runs.retain(|_, run| !run.is_forgotten(now));
        }
        // Where names are sprayed, the runs that are paused stay.
        if runs.len() >= MOST_NAMES {
            runs.retain(|_, run| run.count >= FREE);
        }
        let (key, full) = (self.hasher.hash_one(name), runs.len() >= MOST_NAMES);
        match runs.get_mut(&key) {
            Some(run) if run.is_forgotten(now) => *run = Run { count: 1, last: now },
            Some(run) => *run = Run { count: run.count.saturating_add(1), last: now },
            None if full => {}
            None => drop(runs.insert(key, Run { count: 1, last: now })),
        }
    }

    /// `name` is in: its run is over.
    pub(super) fn welcome(&self, name: &str) {
        self.runs().remove(&self.hasher.hash_one(name));
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<u64, Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_233_600_000);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn is_admitted(tries: &Tries, name: &str, now: Timestamp) -> bool {
        tries.admit(HERE, name, now).is_some()
    }

    #[test]
    fn a_run_of_refused_tries_brings_pauses_for_that_name_only() {
        let tries = Tries::new();
        for _ in 0..FREE {
            assert!(is_admitted(&tries, "张", NOW));
            tries.refused("张", NOW);
        }
        assert!(!is_admitted(&tries, "张", NOW) && !is_admitted(&tries, "张", NOW.plus(PAUSE - 1)));
        assert!(is_admitted(&tries, "李", NOW) && is_admitted(&tries, "张", NOW.plus(PAUSE)));
        // A clock that is put back locks nobody out.
        assert!(is_admitted(&tries, "张", NOW.plus(-1)));
        tries.refused("张", NOW.plus(PAUSE));
        assert!(!is_admitted(&tries, "张", NOW.plus(PAUSE)));
        assert!(is_admitted(&tries, "张", NOW.plus(PAUSE + FORGOTTEN)));
        tries.welcome("张");
        assert!(is_admitted(&tries, "张", NOW.plus(PAUSE)));
    }

    #[test]
    fn one_address_has_so_many_open_at_once() {
        let tries = Tries::new();
        let open: Vec<_> = (0..AT_ONCE).map(|_| tries.admit(HERE, "张", NOW).unwrap()).collect();
        assert!(!is_admitted(&tries, "李", NOW));
        assert!(tries.admit("10.0.0.1".parse().unwrap(), "李", NOW).is_some());
        drop(open);
        assert!(is_admitted(&tries, "李", NOW));
    }

    #[test]
    fn sprayed_names_take_bounded_memory_and_end_no_pause() {
        let tries = Tries::new();
        (0..FREE).for_each(|_| tries.refused("张", NOW));
        (0..3 * MOST_NAMES).for_each(|i| tries.refused(&i.to_string(), NOW));
        assert!(tries.runs().len() <= MOST_NAMES && !is_admitted(&tries, "张", NOW));
    }
}
