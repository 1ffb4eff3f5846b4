//! The sender's decisions: what to do with an outcome, and how long to wait before trying again.

use super::judge::refusal_code;
use super::problem::ItemCode;
use super::receipt::Outcome;
use crate::clock::{Entropy, Timestamp, random};
use crate::domain::access::{Permit, Refusal};
use crate::domain::lead::status::RecipientStatus;

/// The first pause after a failure, milliseconds.
const FIRST_PAUSE: i64 = 200;

/// The longest pause, milliseconds. No outage is ever terminal.
const LONGEST_PAUSE: i64 = 5 * 60 * Timestamp::SECOND;

/// What the sender does with a message once its receipt is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done.
    Done,
    /// It is sent again as a new message, at that time or when something changed.
    Again(Timestamp),
    /// It goes to the list of final refusals, with its reason.
    Final(ItemCode),
}

/// Decides what follows from `outcome` for a message that was sent `attempts` times (1: once); `void` is why
/// it went void at its last dispatch, if it did then.
pub fn follow(
    outcome: Outcome,
    void: Option<ItemCode>,
    attempts: u32,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Next {
    match outcome {
        // It went void at a dispatch before, whose receipt was lost: nothing stands against it by now.
        Outcome::Void if void.is_none_or(ItemCode::passing) => {
            Next::Again(now.plus(pause(attempts, entropy)))
        }
        // Nothing will mend it by itself: somebody must look.
        Outcome::Void if void == Some(ItemCode::UNREADABLE) => Next::Final(ItemCode::UNREADABLE),
        Outcome::Stored | Outcome::Void => Next::Done,
        Outcome::Refused(code) if code.retryable() => Next::Again(now.plus(pause(attempts, entropy))),
        Outcome::Refused(code) => Next::Final(code),
    }
}

/// What becomes of a lead that is to go to a peer which was given it before.
pub enum Renewal {
    /// It goes now, as the permit allows it.
    Now(Permit),
    /// Its basis may allow it later.
    Later,
    /// It never goes: it was taken back or purged there, or its basis is gone.
    Never,
}

/// Decides it, from where the lead stands at the peer and from what access says today.
pub fn renewal(there: RecipientStatus, permit: Result<Permit, Refusal>) -> Renewal {
    match permit {
        _ if !there.holds() => Renewal::Never,
        Ok(permit) => Renewal::Now(permit),
        Err(refusal) if refusal_code(refusal).passing() => Renewal::Later,
        Err(_) => Renewal::Never,
    }
}

/// The pause after `failures` failures in a row: exponential from 200 ms to 5 min, with jitter over
/// its upper half, so that many senders do not come back at once.
pub fn pause(failures: u32, entropy: &dyn Entropy) -> i64 {
    let ceiling = FIRST_PAUSE.saturating_mul(1_i64 << failures.saturating_sub(1).min(20)).min(LONGEST_PAUSE);
    let draw = i64::from(u32::from_be_bytes(random(entropy)));
    ceiling / 2 + (ceiling / 2) * draw / i64::from(u32::MAX)
}

/// The pause after a peer asked for one of so many seconds (429 or 503 with Retry-After): at least that long,
/// with jitter above it, and not shorter than [`pause`] after `failures`. More than 5 min are not granted.
pub fn pause_asked(seconds: u32, failures: u32, entropy: &dyn Entropy) -> i64 {
    let asked = (i64::from(seconds) * Timestamp::SECOND).min(LONGEST_PAUSE);
    let draw = i64::from(u32::from_be_bytes(random(entropy)));
    let jittered = asked + asked / 4 * draw / i64::from(u32::MAX);
    jittered.max(pause(failures, entropy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn pauses_grow_to_five_minutes_and_no_further() {
        let entropy = SeededEntropy::new(3);
        for failures in 0..60 {
            let pause = pause(failures, &entropy);
            assert!((100..=300_000).contains(&pause), "{failures}: {pause}");
        }
        assert!(super::pause(40, &entropy) >= 150_000);
    }

    #[test]
    fn a_peer_gets_the_pause_that_it_asked_for_and_no_outage() {
        let entropy = SeededEntropy::new(5);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let pause = pause_asked(8, 1, &entropy);
            assert!((8_000..=10_000).contains(&pause), "{pause}");
            seen.insert(pause);
        }
        assert!(seen.len() > 50, "many senders do not come back at once");
        assert!((300_000..=375_000).contains(&pause_asked(u32::MAX, 1, &entropy)));
        assert!(pause_asked(0, 40, &entropy) >= 150_000);
    }

    #[test]
    fn only_retryable_refusals_go_again() {
        let entropy = SeededEntropy::new(4);
        let after = |outcome| follow(outcome, None, 1, Timestamp(1_000), &entropy);
        let void = |code| follow(Outcome::Void, Some(code), 1, Timestamp(1_000), &entropy);
        assert_eq!(after(Outcome::Stored), Next::Done);
        assert_eq!(void(ItemCode::RecordErased), Next::Done);
        assert_eq!(void(ItemCode::UNREADABLE), Next::Final(ItemCode::UNREADABLE));
        assert!(matches!(void(ItemCode::AgreementSuspended), Next::Again(_)));
        assert!(matches!(after(Outcome::Void), Next::Again(_)), "its basis is open again");
        assert_eq!(after(Outcome::Refused(ItemCode::OverDisclosure)), Next::Final(ItemCode::OverDisclosure));
        assert!(
            matches!(after(Outcome::Refused(ItemCode::KeyUnknown)), Next::Again(at) if at > Timestamp(1_000))
        );
    }
}
