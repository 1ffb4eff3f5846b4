//! Waiting for a condition: the only place in the tests that sleeps.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

/// Polls `condition` until it holds; panics with `what` when `timeout` has passed.
#[track_caller]
pub(crate) fn until(what: &str, timeout: Duration, mut condition: impl FnMut() -> bool) {
    until_some(what, timeout, || condition().then_some(()));
}

/// Polls `attempt` until it gives a value; panics with `what` when `timeout` has passed.
#[track_caller]
pub(crate) fn until_some<T>(what: &str, timeout: Duration, mut attempt: impl FnMut() -> Option<T>) -> T {
    let limit = Limit::begin(timeout);
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        limit.check(what);
        pause();
    }
}

/// [`until_some`] for an attempt that is itself asynchronous.
pub(crate) async fn until_some_async<T>(
    what: &str,
    timeout: Duration,
    mut attempt: impl AsyncFnMut() -> Option<T>,
) -> T {
    let limit = Limit::begin(timeout);
    loop {
        if let Some(value) = attempt().await {
            return value;
        }
        limit.check(what);
        tokio::time::sleep(PAUSE).await;
    }
}

/// [`until`] for a condition that is itself asynchronous.
pub(crate) async fn until_async(what: &str, timeout: Duration, mut condition: impl AsyncFnMut() -> bool) {
    until_some_async(what, timeout, async || condition().await.then_some(())).await;
}

#[allow(clippy::disallowed_methods, reason = "the one place that polls")]
fn pause() {
    std::thread::sleep(PAUSE);
}

struct Limit {
    began: Instant,
    timeout: Duration,
}

impl Limit {
    #[allow(clippy::disallowed_methods, reason = "real time limits real processes")]
    fn begin(timeout: Duration) -> Self {
        Self { began: Instant::now(), timeout }
    }

    #[track_caller]
    fn check(&self, what: &str) {
        assert!(self.began.elapsed() < self.timeout, "waited {:?} in vain for {what}", self.timeout);
    }
}

#[test]
fn a_condition_is_polled_until_it_holds() {
    let mut left = 3;
    until("the countdown", Duration::from_secs(10), || {
        left -= 1;
        left == 0
    });
    assert_eq!(left, 0);
}

#[test]
#[should_panic(expected = "in vain for a door that stays shut")]
fn a_wait_in_vain_says_for_what() {
    until("a door that stays shut", Duration::from_millis(20), || false);
}

#[tokio::test]
async fn asynchronous_conditions_are_polled_too() {
    let mut left = 3;
    until_async("the countdown", Duration::from_secs(10), async || {
        left -= 1;
        left == 0
    })
    .await;
    assert_eq!(left, 0);
}
