//! When whoever failed tries again: by itself, when the peer is in contact, when an operator says so.
//!
//! Knows counts and times (milliseconds of any steady clock); must not know what is tried. Invariants: contact ends the
//! first pause at once and each further one only after a floor that grows as pauses do, so that two nodes which refuse
//! each other do not keep each other awake; a pause that the peer asked for is ended by an operator alone.

use super::outbox::{pause, pause_asked};
use crate::clock::Entropy;

/// The failures of one thing since it last succeeded, and the pause after the newest of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rest {
    failures: u32,
    /// How many pauses ended by contact.
    met: u32,
    pause: Option<Pause>,
    /// Whether the peer was in contact while this was tried again.
    heard: bool,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    until: i64,
    /// When contact may end it; none: it may not, or did.
    floor: Option<i64>,
    /// Whether the peer named the time.
    asked: bool,
}

impl Rest {
    /// It failed; `asked`: the peer named so many seconds. What fails while it rests already counts no more, but may
    /// bring that time.
    pub fn failed(&mut self, now: i64, asked: Option<u32>, entropy: &dyn Entropy) {
        if self.under_way(now).is_some_and(|pause| pause.asked || asked.is_none()) {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let heard = std::mem::take(&mut self.heard);
        let (time, floor) = match (asked, self.met) {
            (Some(seconds), _) => (pause_asked(seconds, self.failures, entropy), None),
            (None, 0) => (pause(self.failures, entropy), Some(now)),
            (None, met) => (pause(self.failures, entropy), Some(now.saturating_add(pause(met, entropy)))),
        };
        self.pause = Some(Pause { until: now.saturating_add(time), floor, asked: asked.is_some() });
        if heard {
            self.met(now);
        }
    }

    /// Something else is not ready, and nobody failed: it is tried again in `time` milliseconds at the latest.
    pub fn waits(&mut self, now: i64, time: i64) {
        if self.under_way(now).is_none() {
            self.pause = Some(Pause { until: now.saturating_add(time), floor: None, asked: false });
        }
    }

    /// It succeeded: nothing counts any more but a pause that the peer asked for.
    pub fn succeeded(&mut self) {
        let pause = self.pause.filter(|pause| pause.asked);
        *self = Self { pause, ..Self::default() };
    }

    /// The peer was in contact: the pause ends at its floor, if that is sooner.
    pub fn met(&mut self, now: i64) {
        let Some(pause) = self.under_way(now) else {
            // It may be up since the try that is about to fail.
            self.heard = self.failures > 0;
            return;
        };
        let Some(floor) = pause.floor.map(|floor| floor.max(now)).filter(|floor| *floor < pause.until) else {
            return;
        };
        self.met = self.met.saturating_add(1);
        self.failures = self.failures.min(self.met);
        self.pause = Some(Pause { until: floor, floor: None, ..pause });
    }

    /// An operator does not wait: any pause ends at once.
    pub fn hastened(&mut self) {
        *self = Self::default();
    }

    /// For how long it rests still; none: it may be tried.
    pub fn left(&self, now: i64) -> Option<i64> {
        self.under_way(now).map(|pause| pause.until - now)
    }

    fn under_way(&self, now: i64) -> Option<Pause> {
        self.pause.filter(|pause| pause.until > now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::SeededEntropy;

    const HOUR: i64 = 3_600_000;

    /// How often each of two nodes tries within an hour, where every try is contact for the other and is refused.
    fn tries_in_an_hour(seed: u64) -> [u32; 2] {
        let entropy = SeededEntropy::new(seed);
        let (mut rests, mut tries, mut now) = ([Rest::default(); 2], [0, 0], 0);
        while now < HOUR {
            for node in [0, 1] {
                if rests[node].left(now).is_none() {
                    tries[node] += 1;
                    rests[1 - node].met(now);
                    rests[node].failed(now, None, &entropy);
                }
                assert!(tries[node] < 1_000, "they keep each other awake");
            }
            now += rests.iter().map(|rest| rest.left(now).unwrap_or(0)).min().unwrap();
        }
        tries
    }

    #[test]
    fn nodes_that_refuse_each_other_come_to_rest() {
        for seed in 0..50 {
            assert!(tries_in_an_hour(seed).into_iter().all(|tries| (10..100).contains(&tries)));
        }
    }

    #[test]
    fn the_first_contact_after_an_outage_ends_its_pause_at_once() {
        let entropy = SeededEntropy::new(7);
        let mut rest = Rest::default();
        let mut now = 0;
        for _ in 0..40 {
            now += rest.left(now).unwrap_or(0);
            rest.failed(now, None, &entropy);
        }
        assert!(rest.left(now).unwrap() >= 150_000);
        rest.met(now + 10);
        assert_eq!(rest.left(now + 10), None);
        rest.failed(now + 10, None, &entropy);
        rest.met(now + 10);
        assert!((100..=200).contains(&rest.left(now + 10).unwrap()), "the second one has a floor");
        rest.succeeded();
        assert_eq!(rest.left(now + 10), None);
        rest.failed(now + 20, None, &entropy);
        rest.met(now + 20);
        assert_eq!(rest.left(now + 20), None, "and after a success none");
    }

    #[test]
    fn contact_during_the_try_that_fails_is_not_forgotten() {
        let entropy = SeededEntropy::new(8);
        let mut rest = Rest::default();
        rest.met(0);
        rest.failed(0, None, &entropy);
        assert!(rest.left(0).is_some(), "nothing had failed when it came");
        let now = rest.left(0).unwrap();
        rest.met(now);
        rest.failed(now, None, &entropy);
        assert_eq!(rest.left(now), None);
    }

    #[test]
    fn waiting_for_something_else_counts_for_nothing() {
        let entropy = SeededEntropy::new(10);
        let mut rest = Rest::default();
        for now in 0..100 {
            rest.waits(now * 1_000, 1_000);
            assert_eq!(rest.left(now * 1_000), Some(1_000));
        }
        rest.failed(200_000, Some(30), &entropy);
        rest.waits(200_000, 1_000);
        assert!(rest.left(200_000).unwrap() >= 30_000, "it ends no pause");
        rest.hastened();
        rest.failed(300_000, None, &entropy);
        assert!(rest.left(300_000).unwrap() <= 200, "it was the first failure");
    }

    #[test]
    fn only_an_operator_ends_a_pause_that_the_peer_asked_for() {
        let entropy = SeededEntropy::new(9);
        let mut rest = Rest::default();
        rest.failed(0, None, &entropy);
        rest.failed(0, Some(60), &entropy);
        rest.failed(0, None, &entropy);
        rest.met(1);
        rest.succeeded();
        assert!(rest.left(1).unwrap() >= 59_999, "it is busy, whatever else it took");
        rest.hastened();
        assert_eq!(rest.left(1), None);
    }

    proptest! {
        /// Whatever comes when: no pause is longer than what may be asked for, contact never lengthens one, and between
        /// two successes contact ends fewer than thirty pauses within an hour.
        #[test]
        fn contact_never_lengthens_a_pause_and_ends_few(steps in prop::collection::vec((0_u8..4, 0_i64..2_000), 1..400)) {
            let entropy = SeededEntropy::new(3);
            let (mut rest, mut now) = (Rest::default(), 0);
            for (step, later) in steps {
                now += later;
                let before = rest.left(now);
                match step {
                    0 => rest.failed(now, None, &entropy),
                    1 => rest.failed(now, Some(2), &entropy),
                    _ => {
                        rest.met(now);
                        prop_assert!(rest.left(now).unwrap_or(0) <= before.unwrap_or(0));
                    }
                }
                prop_assert!(rest.left(now).unwrap_or(0) <= 375_000);
                prop_assert!(now >= HOUR || rest.met < 30);
            }
        }
    }
}
