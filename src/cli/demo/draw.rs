//! Reproducible choices from a seed. Knows no lead.

use std::fmt::Display;

use crate::clock::{SeededEntropy, random};

/// A stream of choices; the same seed makes the same ones.
pub(super) struct Draw(SeededEntropy);

impl Draw {
    /// The choices that belong to `seed`.
    pub(super) const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below `limit`; 0 if `limit` is 0.
    pub(super) fn below(&self, limit: u32) -> u32 {
        let word = u64::from_be_bytes(random(&self.0));
        u32::try_from(word % u64::from(limit.max(1))).unwrap_or(0)
    }

    /// A number of `from..=to`.
    pub(super) fn between(&self, from: u32, to: u32) -> u32 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True in `percent` of a hundred draws.
    pub(super) fn chance(&self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which is not empty.
    pub(super) fn pick<T: Copy>(&self, items: &[T]) -> T {
        let limit = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items[self.below(limit) as usize]
    }

    /// `count` different ones of `items`, or all if there are fewer, in their order.
    pub(super) fn some<T: Copy>(&self, items: &[T], count: usize) -> Vec<T> {
        let mut chosen = items.to_vec();
        while chosen.len() > count {
            let limit = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
            chosen.remove(self.below(limit) as usize);
        }
        chosen
    }

    /// As [`Self::some`], in the order of the wire values.
    pub(super) fn codes<T: Copy + Display>(&self, items: &[T], count: usize) -> Vec<T> {
        let mut chosen = self.some(items, count);
        chosen.sort_by_key(ToString::to_string);
        chosen
    }
}
