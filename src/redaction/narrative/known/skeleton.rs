//! Texts reduced to their letters and digits, in one form, with the way back.

use unicode_normalization::UnicodeNormalization as _;

use super::super::glyphs::{digit, is_han, mistaken};
use super::super::text::Text;

/// The most signs between two letters of one value.
const REACH: usize = 6;
/// Stands where letters are too far apart to belong together.
const BREAK: char = '\u{1}';

/// A text's letters and digits, and where each stands in the text.
pub(super) struct Skeleton {
    letters: String,
    /// The place of the letter that starts at each byte.
    places: Vec<usize>,
}

impl Skeleton {
    /// All letters and digits.
    pub(super) fn of_all(text: &Text) -> Self {
        Self::of(text, letter)
    }

    /// Digits only, and the letters that scans take for digits.
    pub(super) fn of_digits(text: &Text) -> Self {
        Self::of(text, |c| {
            if is_han(c) && digit(c).is_none() {
                return Some(BREAK);
            }
            digit(c)
                .or_else(|| mistaken(c))
                .map(|value| char::from(b'0' + value))
                .or_else(|| c.is_alphanumeric().then_some(BREAK))
        })
    }

    fn of(text: &Text, letter: impl Fn(char) -> Option<char>) -> Self {
        let mut skeleton = Self {
            letters: String::with_capacity(3 * text.len()),
            places: Vec::with_capacity(3 * text.len()),
        };
        let mut last = 0;
        for (at, &c) in text.chars.iter().enumerate() {
            let Some(letter) = letter(c) else { continue };
            if at > last + REACH {
                skeleton.push(BREAK, at);
            }
            // One break parts as well as many.
            if letter != BREAK || !skeleton.letters.ends_with(BREAK) {
                skeleton.push(letter, at);
            }
            last = at;
        }
        skeleton
    }

    fn push(&mut self, letter: char, at: usize) {
        self.letters.push(letter);
        for _ in 0..letter.len_utf8() {
            self.places.push(at);
        }
    }

    /// The letters.
    pub(super) fn letters(&self) -> &str {
        &self.letters
    }

    /// The characters of the text behind the bytes `start..end`.
    pub(super) fn place(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        Some((*self.places.get(start)?, *self.places.get(end.checked_sub(1)?)? + 1))
    }
}

/// The skeleton of a value.
pub(super) fn reduced(value: &str) -> String {
    let value: Vec<char> = value.chars().collect();
    Text::fold(&value).chars.iter().filter_map(|&c| letter(c)).collect()
}

/// The one form of a letter or digit; none for a sign.
fn letter(c: char) -> Option<char> {
    if let Some(value) = digit(c) {
        return Some(char::from(b'0' + value));
    }
    if c.is_ascii() {
        return c.is_ascii_alphanumeric().then_some(c.to_ascii_lowercase());
    }
    if is_han(c) {
        return Some(c);
    }
    let base = std::iter::once(c).nfd().next().unwrap_or(c);
    c.is_alphanumeric().then(|| base.to_lowercase().next().unwrap_or(base))
}

/// What kind of word a character belongs to: 1 digits, 2 Latin letters, 0 neither.
pub(super) fn class(c: char) -> u8 {
    if digit(c).is_some() { 1 } else { u8::from(c.is_alphabetic() && !is_han(c)) * 2 }
}
