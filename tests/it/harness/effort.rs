//! How much a test tries: what CI carries, or more with `tests/run --long`.

use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

/// How long one parser is exercised; ten times as long with `--long`.
const EXERCISE: Duration = Duration::from_secs(30);
/// How many inputs it is given between two looks at the clock.
const BETWEEN_LOOKS: u32 = 200;

/// Whether this is `tests/run --long`, which sets `GUITU_LONG`.
fn is_long() -> bool {
    std::env::var_os("GUITU_LONG").is_some()
}

/// Ten times as many with `--long`.
pub(crate) fn times(in_ci: u32) -> u32 {
    if is_long() { in_ci * 10 } else { in_ci }
}

/// Gives `test` one of `inputs` after the other for half a minute, ten times as long with `--long`; `GUITU_EXERCISE`
/// says for how many seconds otherwise, for a look while one writes. A failure is made small and shown.
#[track_caller]
#[allow(clippy::disallowed_methods, reason = "real time limits a long run; nothing is asserted of it")]
pub(crate) fn exercise<S: Strategy>(inputs: S, test: impl Fn(S::Value)) {
    let said = std::env::var("GUITU_EXERCISE").ok().and_then(|seconds| seconds.parse().ok());
    let lasts = said.map_or(EXERCISE * times(1), Duration::from_secs);
    let began = Instant::now();
    loop {
        let config = Config { cases: BETWEEN_LOOKS, failure_persistence: None, ..Config::default() };
        let run = TestRunner::new(config).run(&inputs, |input| {
            test(input);
            Ok(())
        });
        assert!(run.is_ok(), "{}", run.unwrap_err());
        if began.elapsed() >= lasts {
            return;
        }
    }
}

/// A property test of that many cases, ten times as many with `--long`.
pub(crate) fn cases(in_ci: u32) -> Config {
    Config { cases: times(in_ci), failure_persistence: None, ..Config::default() }
}

/// How many histories a simulation runs; `GUITU_HISTORIES` says otherwise, for a look while one writes.
pub(crate) fn histories(in_ci: u32) -> u32 {
    let said = std::env::var("GUITU_HISTORIES").ok();
    said.and_then(|count| count.parse().ok()).unwrap_or_else(|| times(in_ci))
}

/// How many of something large one test carries, with `--long` too; `GUITU_HISTORIES` says otherwise.
pub(crate) fn volume(in_ci: u32) -> u32 {
    let said = std::env::var("GUITU_HISTORIES").ok();
    said.and_then(|count| count.parse().ok()).unwrap_or(in_ci)
}
