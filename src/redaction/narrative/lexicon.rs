//! Lists of words that are looked up in the text, forwards or backwards.
//!
//! Invariant: a look-up takes as many steps as the longest word has characters, whatever the text.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::glyphs;
use super::text::Text;

/// Words with what each means.
pub(super) struct Lexicon<T> {
    words: HashMap<Box<[char]>, T, BuildHasherDefault<Mixer>>,
    longest: usize,
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
        let mut lexicon = Self { words: HashMap::default(), longest: 0 };
        for (word, meaning) in words {
            let word: Box<[char]> = word.chars().map(glyphs::folded).collect();
            lexicon.longest = lexicon.longest.max(word.len());
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
        (1..=rest.len()).rev().find_map(|length| Some((length, self.find(rest.get(..length)?)?)))
    }

    /// The longest word that ends just before `at`: its length and meaning.
    pub(super) fn before(&self, text: &Text, at: usize) -> Option<(usize, T)> {
        let head = text.slice(at.saturating_sub(self.longest), at);
        (0..head.len()).find_map(|skip| {
            let word = head.get(skip..)?;
            Some((word.len(), self.find(word)?))
        })
    }

    /// Every word that starts at `at`, the short ones first: lengths and meanings.
    pub(super) fn all_at<'a>(&'a self, text: &'a Text, at: usize) -> impl Iterator<Item = (usize, T)> + 'a {
        let rest = text.slice(at, at + self.longest);
        (1..=rest.len()).filter_map(move |length| Some((length, self.find(rest.get(..length)?)?)))
    }
}
