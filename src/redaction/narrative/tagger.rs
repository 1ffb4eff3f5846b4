//! Names in running text by statistics: persons, private organisations, places.
//!
//! Knows the network whose weights are embedded (see `tests/recipes/tagger.py`) and how its
//! probabilities become spans. Must not know cues, known values or masks: the rules around it do.
//! Invariant: spans lie within the text, are ordered, and never overlap; a sentence is read the same
//! whatever stands around it.

mod eight;
mod gate;
mod network;
mod reader;
mod weights;

use std::ops::Range;

use network::{Marks, Network};

/// A run of characters that is probably a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tag {
    /// First character, counted in the slice that was given.
    pub(super) start: usize,
    /// One past the last character.
    pub(super) end: usize,
    /// What is named.
    pub(super) kind: TagKind,
    /// Probability, 0 to 1, of the span's surest character; the others reach a tenth at least.
    pub(super) score: f32,
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// A human being, by full name, given name, nickname or alias.
    Person,
    /// A workplace or school; public bodies are left alone.
    Org,
    /// A region or an address.
    Place,
}

/// Below this probability of being part of a person's name a character ends the span.
const PERSON_FLOOR: f32 = 0.1;
/// The same for organisations and places, where nothing is gained from doubtful characters.
const OTHER_FLOOR: f32 = 0.5;
/// Pieces whose probabilities are held at once: bounds memory, lets equal lengths go together.
const BLOCK: usize = 64;
/// No piece is longer; from `SOFT` on a comma or colon ends it.
const LONGEST: usize = 128;
const SOFT: usize = 80;

/// The names in one document of normalised characters without blanks, in order of appearance.
///
/// Takes time linear in the length and memory for `BLOCK` sentences. A person's span may reach one
/// character too far rather than fall short: callers mask at the score that suits them.
pub(super) fn tag(text: &[char]) -> Vec<Tag> {
    let network = Network::embedded();
    let mut found = Vec::new();
    let mut rest = pieces(text).peekable();
    while rest.peek().is_some() {
        let block: Vec<_> = rest.by_ref().take(BLOCK).collect();
        let slices: Vec<&[char]> = block.iter().filter_map(|piece| text.get(piece.clone())).collect();
        for ((piece, slice), marks) in block.iter().zip(&slices).zip(network.marks(&slices)) {
            let at = |offset| piece.start + offset;
            found.extend(spans(slice, &marks).map(|tag| Tag {
                start: at(tag.start),
                end: at(tag.end),
                ..tag
            }));
        }
    }
    found
}

/// Cuts the text where sentences end, and long sentences at commas; the recipe cuts in the same way.
fn pieces(text: &[char]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest
            .iter()
            .zip(1..)
            .find(|&(c, length)| ends(*c, length))
            .map_or(rest.len(), |(_, length)| length);
        start += length;
        Some(start - length..start)
    })
}

fn ends(c: char, length: usize) -> bool {
    let sentence = matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | ';' | '\n');
    let pause = matches!(c, '，' | '、' | ',' | ':' | ' ');
    sentence || (length >= SOFT && pause) || length >= LONGEST
}

/// Runs of characters of one kind, broken where the network sees a new name begin.
fn spans(piece: &[char], marks: &[Marks]) -> impl Iterator<Item = Tag> {
    let kinds: Vec<_> = piece.iter().zip(marks).map(|(c, marks)| kind_of(*c, marks)).collect();
    let mut at = 0;
    std::iter::from_fn(move || {
        let (start, kind) = (at..kinds.len()).find_map(|i| Some((i, (*kinds.get(i)?)?)))?;
        let goes_on = |i: &usize| {
            kinds.get(*i) == Some(&Some(kind)) && marks.get(*i).is_some_and(|marks| !marks.begins(kind))
        };
        at = 1 + (start + 1..kinds.len()).take_while(goes_on).last().unwrap_or(start);
        let score = marks.get(start..at)?.iter().map(|marks| marks.probability(kind)).fold(0.0, f32::max);
        Some(Tag { start, end: at, kind, score })
    })
}

fn kind_of(c: char, marks: &Marks) -> Option<TagKind> {
    let reaches = |kind, floor| marks.probability(kind) >= floor;
    if reaches(TagKind::Person, PERSON_FLOOR) && in_names(c) {
        return Some(TagKind::Person);
    }
    [TagKind::Org, TagKind::Place].into_iter().find(|kind| reaches(*kind, OTHER_FLOOR))
}

/// Letters, and what joins the parts of a person's name.
fn in_names(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '·' | '•' | '・' | '.' | '-' | '\'' | ' ')
}

#[cfg(test)]
mod tests;
