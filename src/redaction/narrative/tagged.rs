//! What the tagger says, beside the rules: sure tags are masked, doubtful ones shown for review.

use super::accounts::is_plain;
use super::bodies;
use super::found::{Found, Kind, Marks};
use super::glyphs::is_han;
use super::names;
use super::tagger::{self, TagKind};
use super::text::{Gap, Text};

/// From here on a person is masked.
const PERSON: f32 = 0.4;
/// From here on a workplace is masked.
const WORKPLACE: f32 = 0.7;
/// From here on a word that could be a name is one.
const SURE: f32 = 0.8;
/// Below this nothing is shown for review.
const DOUBT: f32 = 0.15;

/// No name has a longer word: what is longer is taken no further, lest a text of one word be read again and again.
const LONGEST: usize = 64;

/// Adds sure tags outside of `guard` to `found` and doubtful ones to `review`.
pub(super) fn find(
    text: &Text,
    guard: &Marks,
    taken: &Marks,
    found: &mut Vec<Found>,
    review: &mut Vec<Found>,
) {
    for tag in tagger::tag(&text.chars) {
        let (kind, least) = match tag.kind {
            TagKind::Person => (Kind::Person, PERSON),
            TagKind::Org => (Kind::Workplace, WORKPLACE),
            TagKind::Place => continue,
        };
        for (start, end) in guard.gaps(tag.start, tag.end) {
            let (start, end) =
                if kind == Kind::Person { names::trimmed(text, start, end) } else { (start, end) };
            let (start, end) = whole(text, guard, start, end);
            let end = if kind == Kind::Person { within(text, start, end, taken) } else { end };
            let doubted = kind == Kind::Workplace
                && (text.at(start) == '某'
                    || bodies::names_none(text, start, end)
                    || names::is_words(text, start, end, false))
                || is_abbreviation(text, start, end)
                || tag.score < SURE && names::is_within(text, start)
                || kind == Kind::Person && names::is_words(text, start, end, tag.score >= SURE);
            if start >= end || doubted {
                continue;
            }
            let item = Found { start, end, kind, score: tag.score, rule: "tagger" };
            if tag.score >= least {
                found.push(item);
            } else if tag.score >= DOUBT && !taken.any(start, end) {
                review.push(item);
            }
        }
    }
}

/// `start..end` with the rest of the Latin words and figures at its ends.
fn whole(text: &Text, guard: &Marks, start: usize, end: usize) -> (usize, usize) {
    let joined = |at: usize| {
        at > 0
            && [at - 1, at].iter().all(|&at| text.at(at).is_ascii_alphabetic())
            && text.gap(at) == Gap::None
    };
    // zz|12345 is one word.
    let numbered = |at: usize| {
        at > 0
            && text.at(at - 1).is_ascii_alphanumeric()
            && text.at(at).is_ascii_digit()
            && !guard.has(at)
            && text.gap(at) == Gap::None
    };
    let (first, last) = (start, end);
    let (mut start, mut end) = (start, end);
    while start < end && joined(start) && first - start < LONGEST {
        start -= 1;
    }
    while start < end && (joined(end) || numbered(end)) && end - last < LONGEST {
        end += 1;
    }
    (start, end)
}

/// `end` without what the tagger adds to a full name that the rules found: 张小明|老师.
fn within(text: &Text, start: usize, end: usize, taken: &Marks) -> usize {
    let found = (start..end).take_while(|&at| taken.has(at)).count();
    let name = text.slice(start, start + found);
    if found < 2 || !is_han(text.at(start)) || !is_han(text.at(start + found)) {
        return end;
    }
    // Of a shorter name, and of those of other peoples, nobody knows whether one more belongs to it.
    let full = names::is_single(name) && found >= 3 || found >= 4 && names::surname_length(name) == 2;
    let more = !full || names::goes_on(text, start, start + found, end);
    end.min(start + found + usize::from(more))
}

/// Whether `start..end` is a Latin word that names no one: DNA, ATM.
fn is_abbreviation(text: &Text, start: usize, end: usize) -> bool {
    let word = text.slice(start, end);
    word.iter().all(char::is_ascii_alphabetic) && is_plain(&word.iter().collect::<String>().to_lowercase())
}
