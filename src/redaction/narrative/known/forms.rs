//! The forms of values, ready to be looked for.
//!
//! Most are looked for once, in a text of a few words, so making them ready costs little more than sorting them: where
//! one may begin, the text is followed letter by letter through those that still agree. Invariant: every place of every
//! form is told, of overlapping ones too.

use super::Pattern;

const BITS: usize = u64::BITS as usize;
/// How many words of bits tell which letters begin a form.
const HEADS: usize = 64;

/// Forms in the order of their letters: those that begin alike lie together.
pub(super) struct Forms {
    patterns: Vec<Pattern>,
    /// A bit for the last twelve bits of each first letter.
    heads: [u64; HEADS],
}

impl Forms {
    /// Makes `patterns` ready. Those that are spelt alike keep their order: of equal hits the later one counts.
    pub(super) fn new(mut patterns: Vec<Pattern>) -> Self {
        patterns.sort_by(|a, b| a.skeleton.cmp(&b.skeleton));
        patterns.dedup();
        let mut heads = [0; HEADS];
        for &head in patterns.iter().filter_map(|pattern| pattern.skeleton.first()) {
            if let Some(word) = heads.get_mut(word(head)) {
                *word |= bit(head);
            }
        }
        Self { patterns, heads }
    }

    /// Whether there is nothing to find.
    pub(super) const fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Every form in `letters`, with the place of its first letter.
    pub(super) fn hits<'a>(&'a self, letters: &'a [char]) -> impl Iterator<Item = (usize, &'a Pattern)> {
        let begins = |c: char| self.heads.get(word(c)).is_some_and(|word| word & bit(c) != 0);
        let places = letters.iter().enumerate().filter(move |&(_, &c)| begins(c));
        places.flat_map(|(at, _)| {
            self.beginning(letters.get(at..).unwrap_or_default()).map(move |pattern| (at, pattern))
        })
    }

    /// The forms that `letters` begin with, the shortest first.
    fn beginning<'a>(&'a self, letters: &'a [char]) -> impl Iterator<Item = &'a Pattern> {
        let mut agreeing = self.patterns.as_slice();
        let step = move |(depth, letter)| {
            #[cfg(test)]
            super::super::text::looks::add(1);
            let next = |pattern: &Pattern| pattern.skeleton.get(depth).cmp(&Some(letter));
            agreeing = agreeing.get(agreeing.partition_point(|pattern| next(pattern).is_lt())..)?;
            agreeing = agreeing.get(..agreeing.partition_point(|pattern| next(pattern).is_eq()))?;
            let whole = agreeing.partition_point(|pattern| pattern.skeleton.len() == depth + 1);
            (!agreeing.is_empty()).then(|| agreeing.get(..whole).unwrap_or_default())
        };
        letters.iter().enumerate().map_while(step).flatten()
    }
}

const fn word(c: char) -> usize {
    c as usize / BITS % HEADS
}

const fn bit(c: char) -> u64 {
    1 << (c as usize % BITS)
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::super::super::found::Kind;
    use super::super::Sight;
    use super::*;

    fn pattern(form: &str) -> Pattern {
        Pattern { skeleton: form.chars().collect(), kind: Kind::Person, sight: Sight::Anywhere }
    }

    /// What an automaton over all forms finds, by its letters.
    fn expected(forms: &[String], text: &str) -> Vec<(usize, String)> {
        let automaton = AhoCorasick::new(forms).unwrap();
        let letters = |byte: usize| text[..byte].chars().count();
        let hits = automaton.find_overlapping_iter(text);
        let mut all: Vec<_> = hits.map(|hit| (letters(hit.start()), text[hit.range()].to_owned())).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    proptest! {
        #[test]
        fn what_an_automaton_finds_is_found(
            forms in prop::collection::vec("[王旺玉小a1]{1,4}", 0..24),
            text in "[王旺玉小a1的]{0,40}",
        ) {
            let ready = Forms::new(forms.iter().map(|form| pattern(form)).collect());
            let letters: Vec<char> = text.chars().collect();
            let found = ready.hits(&letters).map(|(at, form)| (at, form.skeleton.iter().collect::<String>()));
            prop_assert_eq!(found.collect::<Vec<_>>(), expected(&forms, &text));
        }
    }
}
