//! What leaks and what is masked too much, by the definitions of the judging scorer.

use std::collections::BTreeMap;

use super::texts::Narrative;

/// Counts of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) all: usize,
    pub(crate) bad: usize,
}

impl Count {
    fn add(&mut self, bad: bool) {
        self.all += 1;
        self.bad += usize::from(bad);
    }

    /// Bad ones in ten thousand.
    pub(crate) fn rate(self) -> usize {
        if self.all == 0 { 0 } else { (self.bad * 10_000).div_ceil(self.all) }
    }
}

/// The sums over a set of narratives.
#[derive(Debug, Default)]
pub(crate) struct Score {
    /// Entities by kind, and those of which a core character stayed.
    pub(crate) leaks: BTreeMap<&'static str, Count>,
    /// What must stay by kind, and what was touched.
    pub(crate) kept: BTreeMap<&'static str, Count>,
    /// Letters and digits outside of entities, and the masked ones.
    pub(crate) over: Count,
    /// Narratives, and those that leak anything.
    pub(crate) narratives: Count,
}

impl Score {
    /// Adds a narrative with the masked stretches, in code points.
    pub(crate) fn add(&mut self, narrative: &Narrative, masked: &[(usize, usize)]) {
        let mut hidden = vec![false; narrative.text.len()];
        for &(start, end) in masked {
            hidden[start..end].fill(true);
        }
        let mut secret = vec![false; narrative.text.len()];
        for &(start, end) in &narrative.free {
            secret[start..end].fill(true);
        }
        let mut leaked = false;
        for gold in &narrative.secret {
            let leak = gold.core.iter().any(|&at| !hidden[at]);
            secret[gold.start..gold.end].fill(true);
            self.leaks.entry(gold.kind).or_default().add(leak);
            leaked |= leak;
        }
        for gold in &narrative.keep {
            let touched = gold.core.iter().any(|&at| hidden[at]);
            self.kept.entry(gold.kind).or_default().add(touched);
        }
        for (at, _) in narrative.text.iter().enumerate().filter(|(at, c)| !secret[*at] && c.is_alphanumeric())
        {
            self.over.add(hidden[at]);
        }
        self.narratives.add(leaked);
    }

    /// The leaks of all kinds but those named.
    pub(crate) fn structured(&self) -> Count {
        let kinds = self.leaks.iter().filter(|(kind, _)| !["PER", "ADDR", "ORG"].contains(kind));
        kinds.fold(Count::default(), |sum, (_, count)| Count {
            all: sum.all + count.all,
            bad: sum.bad + count.bad,
        })
    }

    /// The counts of a kind.
    pub(crate) fn of(&self, kind: &str) -> Count {
        self.leaks.get(kind).or_else(|| self.kept.get(kind)).copied().unwrap_or_default()
    }
}
