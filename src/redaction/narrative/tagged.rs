//! What the tagger says, beside the rules: sure tags are masked, doubtful ones shown for review.

use super::accounts::is_plain;
use super::bodies;
use super::found::{Found, Kind, Marks};
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
            let (start, end) = whole(text, start, end);
            let doubted = kind == Kind::Workplace
                && (text.at(start) == '某'
                    || bodies::names_none(text, start, end)
                    || names::is_words(text, start, end, false))
                || is_abbreviation(text, start, end)
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

/// `start..end` with the rest of the Latin words at its ends.
fn whole(text: &Text, start: usize, end: usize) -> (usize, usize) {
    let joined = |at: usize| {
        at > 0
            && [at - 1, at].iter().all(|&at| text.at(at).is_ascii_alphabetic())
            && text.gap(at) == Gap::None
    };
    let (mut start, mut end) = (start, end);
    while start < end && joined(start) {
        start -= 1;
    }
    while start < end && joined(end) {
        end += 1;
    }
    (start, end)
}

/// Whether `start..end` is a Latin word that names no one: DNA, ATM.
fn is_abbreviation(text: &Text, start: usize, end: usize) -> bool {
    let word = text.slice(start, end);
    word.iter().all(char::is_ascii_alphabetic) && is_plain(&word.iter().collect::<String>().to_lowercase())
}
