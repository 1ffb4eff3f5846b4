//! How much a test tries: what CI carries, or more with `tests/run --long`.

use proptest::test_runner::Config;

/// Ten times as many with `--long`, which sets `GUITU_LONG`.
pub(crate) fn times(in_ci: u32) -> u32 {
    if std::env::var_os("GUITU_LONG").is_some() { in_ci * 10 } else { in_ci }
}

/// A property test of that many cases, ten times as many with `--long`.
pub(crate) fn cases(in_ci: u32) -> Config {
    Config { cases: times(in_ci), failure_persistence: None, ..Config::default() }
}
