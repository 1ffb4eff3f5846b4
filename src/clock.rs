//! The only real time and the only randomness in the program.
//!
//! Everything else takes a [`Clock`] or an [`Entropy`] (or a [`Timestamp`] made from one) as an
//! argument, so that tests and simulations decide both.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// One second.
    pub const SECOND: i64 = 1_000;
    /// One day.
    pub const DAY: i64 = 86_400 * Self::SECOND;

    /// This instant moved by `ms` milliseconds (negative: earlier), saturating.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The start of the UTC day that holds this instant.
    #[must_use]
    pub const fn day_start(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::DAY))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(Self::SECOND)
    }

    /// RFC 3339 in UTC with milliseconds; instants outside the calendar print as a number.
    pub fn rfc3339(self) -> String {
        time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok())
            .unwrap_or_else(|| self.0.to_string())
    }
}

impl FromStr for Timestamp {
    type Err = &'static str;

    /// RFC 3339, with any offset; less than a millisecond is cut off.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339);
        let at = at.map_err(|_| "not a time as RFC 3339 has it, such as 2026-11-23T08:00:00Z")?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000))
            .map(Self)
            .map_err(|_| "not a time of this calendar")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is moved. Refuses to go back.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `at`.
    pub const fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves the clock forward to `at`; an earlier instant leaves it where it is.
    pub fn set(&self, at: Timestamp) {
        self.0.fetch_max(at.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Where randomness comes from: keys, salts, ids, jitter.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `into` with random bytes.
    fn fill(&self, into: &mut [u8]);
}

/// The operating system's generator, through aws-lc.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[allow(clippy::disallowed_methods, clippy::expect_used, reason = "the one place that draws randomness")]
    fn fill(&self, into: &mut [u8]) {
        // aws-lc aborts rather than return weak bytes; an error here would mean the same.
        aws_lc_rs::rand::fill(into).expect("the operating system has randomness");
    }
}

/// A reproducible stream from a seed, for tests, simulations and demo data. Never for keys of a real node.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<(u64, u64)>);

impl SeededEntropy {
    /// The stream that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new((seed, 0)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, into: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in into.chunks_mut(32) {
            let mut block = [0_u8; 16];
            block[..8].copy_from_slice(&state.0.to_be_bytes());
            block[8..].copy_from_slice(&state.1.to_be_bytes());
            state.1 += 1;
            chunk.copy_from_slice(&digest::digest(&digest::SHA256, &block).as_ref()[..chunk.len()]);
        }
    }
}

/// `N` random bytes.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// A random `UUIDv4` (RFC 9562 §5.4): the public `sub` of a record.
pub fn uuid_v4(entropy: &dyn Entropy) -> Uuid {
    uuid::Builder::from_random_bytes(random(entropy)).into_uuid()
}

/// A time-ordered `UUIDv7` (RFC 9562 §5.7): the internal id of a record, which never leaves the node.
pub fn uuid_v7(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random(entropy)).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_clock_never_goes_back() {
        let clock = ManualClock::at(Timestamp(5));
        clock.set(Timestamp(9));
        clock.set(Timestamp(7));
        assert_eq!(clock.now(), Timestamp(9));
    }

    #[test]
    fn a_seed_names_one_stream() {
        let (a, b) = (SeededEntropy::new(7), SeededEntropy::new(7));
        assert_eq!(random::<40>(&a), random::<40>(&b));
        assert_ne!(random::<16>(&a), random::<16>(&SeededEntropy::new(8)));
    }

    #[test]
    fn ids_say_what_they_are() {
        let entropy = SeededEntropy::new(1);
        assert_eq!(uuid_v4(&entropy).get_version_num(), 4);
        let (early, late) = (uuid_v7(Timestamp(1), &entropy), uuid_v7(Timestamp(2), &entropy));
        assert_eq!(early.get_version_num(), 7);
        assert!(early < late);
    }

    #[test]
    fn a_day_starts_at_midnight_utc() {
        assert_eq!(Timestamp(Timestamp::DAY + 5).day_start(), Timestamp(Timestamp::DAY));
        assert_eq!(Timestamp(-1).day_start(), Timestamp(-Timestamp::DAY));
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00Z");
    }
}
