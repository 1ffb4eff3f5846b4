//! The text as the rules read it: one compact vector of folded characters that knows where each
//! came from.
//!
//! Invariant: `origin` never decreases, so a stretch of folded characters is one stretch of the
//! original. Blanks and line wraps are not characters here but gaps before one; a line that really
//! ends is a `\n`. Knows nothing of names or numbers.

use unicode_normalization::UnicodeNormalization as _;

use super::glyphs;
use super::wraps;

/// What was left out before a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing.
    None,
    /// Blanks.
    Blank,
    /// A line wrap, perhaps with a page's head or foot.
    Line,
}

/// The most characters of one code point: all but two ligatures, which are whole formulas of Arabic, have no more.
const MOST: usize = 6;

/// The folded text. No `Debug`: it holds what must not be shown.
pub(super) struct Text {
    /// The folded characters.
    pub(super) chars: Vec<char>,
    origin: Vec<u32>,
    gaps: Vec<Gap>,
}

impl Text {
    /// Folds `raw`. Linear in its length; a code point becomes [`MOST`] characters at most.
    pub(super) fn fold(raw: &[char]) -> Self {
        let breaks = wraps::breaks(raw);
        let mut text = Self {
            chars: Vec::with_capacity(raw.len()),
            origin: Vec::with_capacity(raw.len()),
            gaps: Vec::with_capacity(raw.len()),
        };
        let mut gap = Gap::None;
        for (at, &c) in raw.iter().enumerate() {
            if glyphs::is_common(c) && !breaks.covers(at) {
                text.push(glyphs::folded(c), at, gap);
                gap = Gap::None;
                continue;
            }
            match breaks.get(at) {
                wraps::Kind::Wrap => gap = Gap::Line,
                wraps::Kind::End => {
                    text.push('\n', at, Gap::None);
                    gap = Gap::None;
                }
                wraps::Kind::None if glyphs::is_invisible(c) => {}
                wraps::Kind::None if c.is_whitespace() => {
                    if gap == Gap::None {
                        gap = Gap::Blank;
                    }
                }
                wraps::Kind::None => {
                    text.push_folded(c, at, gap);
                    gap = Gap::None;
                }
            }
        }
        text
    }

    fn push_folded(&mut self, c: char, at: usize, gap: Gap) {
        if c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(&c) {
            return self.push(glyphs::folded(c), at, gap);
        }
        let mut gap = gap;
        for folded in std::iter::once(c).nfkc().filter(|c| !c.is_whitespace()).take(MOST) {
            self.push(glyphs::folded(folded), at, gap);
            gap = Gap::None;
        }
    }

    fn push(&mut self, c: char, origin: usize, gap: Gap) {
        self.chars.push(c);
        // No text of four thousand million characters comes this far.
        self.origin.push(u32::try_from(origin).unwrap_or(u32::MAX));
        self.gaps.push(gap);
    }

    /// How many characters there are.
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at `at`; `\n` outside of the text.
    pub(super) fn at(&self, at: usize) -> char {
        #[cfg(test)]
        looks::count();
        self.chars.get(at).copied().unwrap_or('\n')
    }

    /// What stood before the character at `at`.
    pub(super) fn gap(&self, at: usize) -> Gap {
        self.gaps.get(at).copied().unwrap_or(Gap::None)
    }

    /// The characters from `start` to `end`, cut to the text.
    pub(super) fn slice(&self, start: usize, end: usize) -> &[char] {
        #[cfg(test)]
        looks::count();
        let end = end.min(self.chars.len());
        self.chars.get(start.min(end)..end).unwrap_or_default()
    }

    /// Whether the text goes on with `word` at `at`.
    pub(super) fn has(&self, at: usize, word: &str) -> bool {
        let rest = self.slice(at, self.len());
        let mut chars = rest.iter();
        word.chars().all(|c| chars.next() == Some(&c))
    }

    /// Whether `word` ends just before `at`.
    pub(super) fn ends(&self, at: usize, word: &str) -> bool {
        let mut before = self.slice(0, at).iter().rev();
        word.chars().rev().all(|c| before.next() == Some(&c))
    }

    /// The longest of `words` that the text goes on with at `at`, as its length.
    pub(super) fn longest(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().filter(|word| self.has(at, word)).map(|word| word.chars().count()).max()
    }

    /// Whether one of `words` ends just before `at`.
    pub(super) fn ends_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.ends(at, word))
    }

    /// The code points of the original that `start..end` stands for, as start and end.
    pub(super) fn original(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let first = *self.origin.get(start)? as usize;
        let last = *self.origin.get(end.checked_sub(1)?)? as usize;
        (start < end).then_some((first, last + 1))
    }
}

/// How often the rules look at the text, so that tests measure work and not time.
#[cfg(test)]
pub(super) mod looks {
    use std::cell::Cell;

    thread_local!(static LOOKS: Cell<u64> = const { Cell::new(0) });

    pub(super) fn count() {
        add(1);
    }

    /// Counts the work on so many characters at once.
    pub(in super::super) fn add(characters: usize) {
        LOOKS.with(|looks| looks.set(looks.get() + characters as u64));
    }

    /// How many looks `work` takes.
    pub(in super::super) fn of(work: impl FnOnce()) -> u64 {
        let before = LOOKS.with(Cell::get);
        work();
        LOOKS.with(Cell::get) - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        Text::fold(&text.chars().collect::<Vec<_>>()).chars.iter().collect()
    }

    #[test]
    fn forms_fold_and_blanks_go() {
        assert_eq!(folded("１３８\u{200b}００　ａ＠ｂ"), "13800a@b");
        assert_eq!(folded("①３1️⃣⑵❸"), "131(2)3");
        assert_eq!(folded("张\r\n伟在场。\r\n电话：1"), "张伟在场。\n电话:1");
    }

    #[test]
    fn one_code_point_becomes_six_characters_at_most() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let all = std::iter::once(c).nfkc().filter(|c| !c.is_whitespace()).count();
            assert!(all <= MOST || ['\u{fdfa}', '\u{fdfb}'].contains(&c), "{:x}", u32::from(c));
        }
        let raw = ['\u{fdfa}'; 1000];
        let text = Text::fold(&raw);
        assert_eq!(text.len(), 1000 * MOST);
        assert_eq!(text.original(0, text.len()), Some((0, 1000)));
        assert_eq!(text.original(MOST * 7, MOST * 7 + 1), Some((7, 8)));
    }

    #[test]
    fn a_stretch_maps_to_the_original() {
        let raw: Vec<char> = "：袁　\u{200b}健，".chars().collect();
        let text = Text::fold(&raw);
        assert_eq!(text.original(1, 3), Some((1, 5)));
        assert_eq!(text.gap(2), Gap::Blank);
        assert_eq!(text.original(4, 4), None);
        assert_eq!(text.original(4, 9), None);
    }
}
