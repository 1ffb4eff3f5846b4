//! How far long work came, on standard error.
//!
//! Invariant: at most one line for every twentieth of the work.

use std::fmt::Display;

/// What is said of work that counts up to a known end.
pub(super) struct Progress {
    name: String,
    whole: u64,
    said: u64,
}

impl Progress {
    /// Nothing done yet of `whole` (bytes, entries).
    pub(super) fn new(name: impl Display, whole: u64) -> Self {
        Self { name: name.to_string(), whole: whole.max(1), said: 0 }
    }

    /// So much is `done`. Worth a call now and then, after work that took a while.
    pub(super) fn at(&mut self, done: u64) {
        if let Some(percent) = self.news(done) {
            eprintln!("{}: {percent} %", self.name);
        }
    }

    /// The percentage, if it is worth a line.
    fn news(&mut self, done: u64) -> Option<u64> {
        let percent = u128::from(done.min(self.whole)) * 100 / u128::from(self.whole);
        let percent = u64::try_from(percent).unwrap_or(100);
        (percent >= self.said + 5).then(|| {
            self.said = percent;
            percent
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_lines_at_most() {
        let mut progress = Progress::new("work", 1_000);
        let said: Vec<u64> = (0..=1_000).filter_map(|done| progress.news(done)).collect();
        assert_eq!(said, (1..=20).map(|part| part * 5).collect::<Vec<_>>());
        assert_eq!(Progress::new("nothing", 0).news(0), None);
        assert_eq!(Progress::new("all", u64::MAX).news(u64::MAX), Some(100));
    }
}
