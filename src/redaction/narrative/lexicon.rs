//! Lists of words that are looked up in the text, forwards or backwards.
//!
//! Invariant: a look-up takes as many steps as the longest word has characters at most, whatever the text.

use std::num::NonZeroU16;

use super::glyphs;
use super::text::Text;

/// Words with what each means: a table with open addressing over one stretch of characters, since there are
/// eighty thousand words and a node keeps them for good.
pub(super) struct Lexicon<T> {
    letters: Vec<char>,
    table: Vec<Option<Entry<T>>>,
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

/// A word: where its characters are, and what it means.
#[derive(Clone, Copy)]
struct Entry<T> {
    start: u32,
    length: NonZeroU16,
    meaning: T,
}

/// Mixes a few characters quickly. The keys are ours, never a stranger's, but for the names of one
/// document, which are few.
fn mixed(word: &[char]) -> usize {
    let mix = |sum: u64, &c: &char| (sum.rotate_left(5) ^ u64::from(c)).wrapping_mul(0x517c_c1b7_2722_0a95);
    let sum = word.iter().fold(0, mix);
    usize::try_from((sum ^ (sum >> 32)) & 0xffff_ffff).unwrap_or(0)
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
        let mut lexicon = Self {
            letters: Vec::new(),
            table: Vec::new(),
            longest: 0,
            heads: Lengths::new(),
            tails: Lengths::new(),
        };
        let entries: Vec<Entry<T>> =
            words.filter_map(|(word, meaning)| lexicon.take(word, meaning)).collect();
        lexicon.letters.shrink_to_fit();
        lexicon.table = vec![None; (entries.len() * 3 / 2).next_power_of_two().max(2)];
        for entry in entries {
            lexicon.insert(entry);
        }
        lexicon
    }

    /// Keeps the characters of a word.
    fn take(&mut self, word: &str, meaning: T) -> Option<Entry<T>> {
        let start = self.letters.len();
        self.letters.extend(word.chars().map(glyphs::folded));
        let word = self.letters.get(start..)?;
        self.longest = self.longest.max(word.len());
        self.heads.add(word.first(), word.len());
        self.tails.add(word.last(), word.len());
        let length = NonZeroU16::new(u16::try_from(word.len()).ok()?)?;
        Some(Entry { start: u32::try_from(start).ok()?, length, meaning })
    }

    fn insert(&mut self, entry: Entry<T>) {
        let at = self.slot(self.word(entry));
        if let Some(slot @ None) = self.table.get_mut(at) {
            *slot = Some(entry);
        }
    }

    fn word(&self, entry: Entry<T>) -> &[char] {
        let start = entry.start as usize;
        self.letters.get(start..start + usize::from(entry.length.get())).unwrap_or_default()
    }

    /// The slot that holds `word`, or the empty one where it belongs. A third of the slots is empty.
    fn slot(&self, word: &[char]) -> usize {
        let last = self.table.len() - 1;
        let mut at = mixed(word) & last;
        while let Some(Some(entry)) = self.table.get(at) {
            if self.word(*entry) == word {
                break;
            }
            at = (at + 1) & last;
        }
        at
    }

    /// What `word` means.
    pub(super) fn find(&self, word: &[char]) -> Option<T> {
        Some(self.table.get(self.slot(word))?.as_ref()?.meaning)
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
