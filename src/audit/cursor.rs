//! Reads canonical JSON by comparing, where every byte is fixed: what one struct writes, member for member.
//!
//! Knows words that stand in JSON as strings without escapes, numbers and digests. Invariant: what is accepted has no
//! other spelling; whatever is not recognised is left to a full reader.

use std::str::FromStr;

use crate::domain::digest::{self, Digest};

/// Most digits of a number that is read here; longer ones are left to the full reader.
const MAX_DIGITS: usize = 15;
/// Characters of a UUID, and where hyphens stand in it.
const UUID: usize = 36;
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The bytes at which a string without escapes ends, or is none.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    let mut control = 0;
    while control < b' ' {
        ends[control as usize] = true;
        control += 1;
    }
    ends
};

/// What is still to be read, and what stands before the next member of the object.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) rest: &'a str,
    pub(super) separator: u8,
}

#[allow(
    clippy::option_option,
    reason = "the outer one: whether it can be read; the inner one: whether it is there"
)]
impl<'a> Cursor<'a> {
    /// Begins before the object `text`.
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text, separator: b'{' }
    }

    /// How many bytes were read.
    pub(super) const fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// Whether the next member is `name`, given with its quotes and colon; moves to its value. The length is known
    /// when this is compiled: to compare names was what reading an entry took longest for.
    fn named<const N: usize>(&mut self, name: &[u8; N]) -> bool {
        let Some((separator, rest)) = self.rest.as_bytes().split_first() else { return false };
        let found = *separator == self.separator && rest.first_chunk() == Some(name);
        if found {
            // Names are ASCII: a character begins after the colon.
            (self.rest, self.separator) = (self.rest.get(1 + N..).unwrap_or_default(), b',');
        }
        found
    }

    pub(super) fn member<T, const N: usize>(
        &mut self,
        name: &[u8; N],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if self.named(name) { read(self) } else { None }
    }

    /// `Some(None)` if the member is not there, `None` if it cannot be read.
    pub(super) fn optional<T, const N: usize>(
        &mut self,
        name: &[u8; N],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.named(name) { read(self).map(Some) } else { Some(None) }
    }

    pub(super) fn literal(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// A string without escapes.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        let inner = self.rest.strip_prefix('"')?;
        let end = inner.bytes().position(|byte| ENDS[usize::from(byte)])?;
        let (text, after) = inner.split_at_checked(end)?;
        self.rest = after.strip_prefix('"')?;
        Some(text)
    }

    pub(super) fn parsed<T: FromStr>(&mut self) -> Option<T> {
        self.string()?.parse().ok()
    }

    pub(super) fn nullable<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.literal("null") {
            Some(()) => Some(None),
            None => read(self).map(Some),
        }
    }

    /// A string whose length is known: nothing is searched for, and what it holds is checked by who reads it.
    fn fixed(&mut self, length: usize) -> Option<&'a str> {
        let (text, after) = self.rest.strip_prefix('"')?.split_at_checked(length)?;
        self.rest = after.strip_prefix('"')?;
        Some(text)
    }

    pub(super) fn digest(&mut self) -> Option<Digest> {
        self.fixed(digest::CHARS)?.parse().ok()
    }

    pub(super) fn uuid(&mut self) -> Option<()> {
        let text = self.fixed(UUID)?.as_bytes();
        let figures = text.iter().filter(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        let hyphens = HYPHENS.iter().all(|at| text.get(*at) == Some(&b'-'));
        (hyphens && figures == UUID - HYPHENS.len()).then_some(())
    }

    /// A number of at most [`MAX_DIGITS`] digits.
    pub(super) fn number(&mut self) -> Option<u64> {
        let digit = |byte: &u8| Some(byte.wrapping_sub(b'0')).filter(|digit| *digit < 10);
        let digits = self.rest.as_bytes().iter().take(MAX_DIGITS + 1).map_while(digit);
        let (end, value) =
            digits.fold((0, 0), |(end, value), digit| (end + 1, value * 10 + u64::from(digit)));
        let plain = end == 1 || !self.rest.starts_with('0');
        self.rest = self.rest.get(end..)?;
        (plain && (1..=MAX_DIGITS).contains(&end)).then_some(value)
    }

    /// An object, all of whose members `read` takes.
    pub(super) fn object<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let outer = std::mem::replace(&mut self.separator, b'{');
        let object = read(self)?;
        self.literal("}")?;
        self.separator = outer;
        Some(object)
    }

    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.literal("[")?;
        if self.literal("]").is_some() {
            return Some(items);
        }
        loop {
            items.push(read(self)?);
            if self.literal("]").is_some() {
                return Some(items);
            }
            self.literal(",")?;
        }
    }

    /// A list of codes that this version knows.
    pub(super) fn codes<T: FromStr>(&mut self) -> Option<()> {
        self.list(|cursor| cursor.parsed::<T>().map(drop)).map(drop)
    }
}
