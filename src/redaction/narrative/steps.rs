//! Where a rule for identifiers may begin: most characters of a text begin none, and are looked at once for all rules.
//!
//! Knows which characters each rule begins with. Invariant: passing over all others changes no finding.

use std::sync::LazyLock;

use super::glyphs::{digit, mistaken};
use super::text::Text;
use super::{accounts, figures, plates};

const BITS: usize = u64::BITS as usize;

/// A bit for each character of a text.
pub(super) struct Steps(Vec<u64>);

/// A bit for each character of the basic plane; no other begins anything.
static OPENING: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; 0x1_0000 / BITS];
    for c in ('\0'..='\u{ffff}').filter(|&c| opens(c)) {
        if let Some(word) = bits.get_mut(c as usize / BITS) {
            *word |= 1 << (c as usize % BITS);
        }
    }
    bits
});

fn opens(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || digit(c).is_some()
        || mistaken(c).is_some()
        || matches!(c, '_' | '+' | '(' | '字' | '出')
        || figures::opens(c)
        || plates::opens(c)
        || accounts::opens(c)
}

impl Steps {
    /// Looks at each character once.
    pub(super) fn of(text: &Text) -> Self {
        let opening = &*OPENING;
        let bit = |c: char| opening.get(c as usize / BITS).map_or(0, |word| word >> (c as usize % BITS) & 1);
        let words = text.chars.chunks(BITS);
        Self(words.map(|word| word.iter().rev().fold(0, |bits, &c| bits << 1 | bit(c))).collect())
    }

    /// The first place at or behind `at` where something may begin.
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        let first = self.0.get(at / BITS)? & (u64::MAX << (at % BITS));
        if first != 0 {
            return Some(at / BITS * BITS + first.trailing_zeros() as usize);
        }
        let more = self.0.iter().enumerate().skip(at / BITS + 1).find(|(_, word)| **word != 0);
        more.map(|(index, word)| index * BITS + word.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_nothing_is_passed_over() {
        let far = format!("{}粤", "的".repeat(200));
        let text = Text::fold(&format!("在8的，{far}").chars().collect::<Vec<_>>());
        let steps = Steps::of(&text);
        assert_eq!((steps.next(0), steps.next(1), steps.next(2)), (Some(1), Some(1), Some(204)));
        assert_eq!((steps.next(204), steps.next(205), steps.next(9_999)), (Some(204), None, None));
    }
}
