//! Who speaks in a chat that was copied: 2020-11-02 21:14 云上的日子: 到了没.
//!
//! Such a name stands before a colon where a line begins: behind a time, or on two lines or more. Invariant: linear;
//! what common words say, or what a role is called, names no one.

use std::collections::HashMap;

use super::found::{Found, Kind, Marks};
use super::glyphs::{digit, is_han, is_word};
use super::names;
use super::text::{Gap, Text};

/// The most characters of such a name.
const MOST: usize = 12;

/// A label at the beginning of a line.
struct Label {
    start: usize,
    end: usize,
    /// Whether a time stands before it.
    stamped: bool,
}

/// Finds them outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let begins = |at: &usize| *at == 0 || text.at(at - 1) == '\n' || text.gap(*at) == Gap::Line;
    let labels: Vec<Label> = (0..text.len()).filter(begins).filter_map(|at| label(text, at)).collect();
    let mut lines: HashMap<&[char], usize> = HashMap::new();
    for Label { start, end, .. } in &labels {
        *lines.entry(text.slice(*start, *end)).or_default() += 1;
    }
    for Label { start, end, stamped } in labels {
        let word = text.slice(start, end);
        let often =
            lines.get(word).is_some_and(|lines| *lines >= 2) && !names::is_words(text, start, end, false);
        if (stamped || often) && !names::is_role(word) && !guard.any(start, end) {
            found.push(Found { start, end, kind: Kind::Netname, score: 0.85, rule: "speaker" });
        }
    }
}

/// The label of the line that begins at `at`.
fn label(text: &Text, at: usize) -> Option<Label> {
    let time = |c: char| digit(c).is_some() || "-:/.年月日时分秒[]".contains(c);
    let start = at + text.slice(at, at + 24).iter().take_while(|c| time(**c)).count();
    let figures = text.slice(at, start).iter().filter(|c| digit(**c).is_some()).count();
    let end = start + text.slice(start, start + MOST + 1).iter().position(|&c| c == ':')?;
    let word = text.slice(start, end);
    let named = word.len() >= 2
        && word.iter().any(|&c| is_han(c))
        && word
            .iter()
            .all(|&c| is_han(c) || is_word(c) || "。.·~_-".contains(c) || c > '\u{2000}' && c != '\n');
    named.then_some(Label { start, end, stamped: figures >= 3 && text.slice(at, start).contains(&':') })
}
