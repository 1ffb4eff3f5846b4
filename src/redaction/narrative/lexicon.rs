//! Lists of words that are looked up in the text, forwards or backwards.
//!
//! Invariant: a look-up takes as many steps as the longest word has characters at most, whatever the text.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::glyphs;
use super::text::Text;

/// Words with what each means.
pub(super) struct Lexicon<T> {
    words: HashMap<Box<[char]>, T, BuildHasherDefault<Mixer>>,
    longest: usize,
    heads: Lengths,
    tails: Lengths,
}

/// How many characters have lengths of their own; others share them.
const SLOTS: usize = 4096;

/// The lengths of the words that start (or end) with a character, as bits: most characters of a text
/// start none, and are never looked up.
struct Lengths(Box<[u32; SLOTS]>);

impl Lengths {
    fn new() -> Self {
        Self(Box::new([0; SLOTS]))
    }

    fn add(&mut self, c: Option<&char>, length: usize) {
        if let Some(slot) = c.and_then(|&c| self.0.get_mut(c as usize % SLOTS)) {
            *slot |= 1 << length.min(31);
        }
    }

    /// Whether a word of `length` characters may start (or end) with `c`.
    fn of(&self, c: Option<&char>) -> u32 {
        c.and_then(|&c| self.0.get(c as usize % SLOTS)).copied().unwrap_or(0)
    }
}

const fn fits(lengths: u32, length: usize) -> bool {
    lengths >> (if length < 31 { length } else { 31 }) & 1 == 1
}

/// Mixes a few characters quickly. The keys are ours, never a stranger's, but for the names of one
/// document, which are few.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(value)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl<T: Copy> Lexicon<T> {
    /// The words of each group (parted by blanks) with the group's meaning.
    pub(super) fn of(groups: &[(T, &str)]) -> Self {
        Self::from_words(
            groups
                .iter()
                .flat_map(|&(meaning, words)| words.split_whitespace().map(move |word| (word, meaning))),
        )
    }

    /// The words one by one, folded as the text is; the first meaning of a word stands.
    pub(super) fn from_words<'a>(words: impl Iterator<Item = (&'a str, T)>) -> Self {
        let mut lexicon =
            Self { words: HashMap::default(), longest: 0, heads: Lengths::new(), tails: Lengths::new() };
        for (word, meaning) in words {
            let word: Box<[char]> = word.chars().map(glyphs::folded).collect();
            lexicon.longest = lexicon.longest.max(word.len());
            lexicon.heads.add(word.first(), word.len());
            lexicon.tails.add(word.last(), word.len());
            lexicon.words.entry(word).or_insert(meaning);
        }
        lexicon
    }

    /// What `word` means.
    pub(super) fn find(&self, word: &[char]) -> Option<T> {
        self.words.get(word).copied()
    }

    /// The longest word that starts at `at`: its length and meaning.
    pub(super) fn at(&self, text: &Text, at: usize) -> Option<(usize, T)> {
        let rest = text.slice(at, at + self.longest);
        let lengths = self.heads.of(rest.first());
        let most = rest.len().min(self.reach(lengths));
        (1..=most)
            .rev()
            .filter(|&length| fits(lengths, length))
            .find_map(|length| Some((length, self.find(rest.get(..length)?)?)))
    }

    /// The longest word that ends just before `at`: its length and meaning.
    pub(super) fn before(&self, text: &Text, at: usize) -> Option<(usize, T)> {
        let head = text.slice(at.saturating_sub(self.longest), at);
        let lengths = self.tails.of(head.last());
        let most = head.len().min(self.reach(lengths));
        (1..=most).rev().filter(|&length| fits(lengths, length)).find_map(|length| {
            let word = head.get(head.len() - length..)?;
            Some((length, self.find(word)?))
        })
    }

    /// Every word that starts at `at`, the short ones first: lengths and meanings.
    pub(super) fn all_at<'a>(&'a self, text: &'a Text, at: usize) -> impl Iterator<Item = (usize, T)> + 'a {
        let rest = text.slice(at, at + self.longest);
        let lengths = self.heads.of(rest.first());
        (1..=rest.len().min(self.reach(lengths)))
            .filter(move |&length| fits(lengths, length))
            .filter_map(move |length| Some((length, self.find(rest.get(..length)?)?)))
    }

    /// The longest of `lengths`.
    const fn reach(&self, lengths: u32) -> usize {
        if lengths >> 31 == 1 { self.longest } else { (u32::BITS - lengths.leading_zeros()) as usize }
    }
}
