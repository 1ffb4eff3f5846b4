//! Names beside names: in 张伟、高兴二人 the second is a name though it is a word.
//!
//! Invariant: linear; each found name is asked for its two neighbours, and each new one again.

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::is_han;
use super::super::text::{Gap, Text};
use super::context;
use super::surnames::SURNAMES;
use super::vocabulary::{WORDS, is_borne, is_never};

/// What joins two names.
const JOINTS: &str = "、与和及跟同";

/// Finds words in the form of a name that a joint ties to a found name.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut taken = guard.clone();
    taken.take(found);
    let mut open: Vec<(usize, usize)> = found
        .iter()
        .filter(|name| name.kind == Kind::Person && name.score >= 0.85 && name.end - name.start >= 2)
        .map(|name| (name.start, name.end))
        .collect();
    while let Some((start, end)) = open.pop() {
        let beside = [before(text, start), behind(text, end), cell(text, end)];
        for (start, end) in beside.into_iter().flatten() {
            if taken.any(start, end) {
                continue;
            }
            taken.set(start, end);
            found.push(Found { start, end, kind: Kind::Person, score: 0.85, rule: "joined-name" });
            open.push((start, end));
        }
    }
}

/// The word that a joint before `at` ties to the name there.
fn before(text: &Text, at: usize) -> Option<(usize, usize)> {
    let end = at.checked_sub(1).filter(|&end| JOINTS.contains(text.at(end)))?;
    let starts = [3, 2].into_iter().filter_map(|length| end.checked_sub(length));
    starts
        .map(|start| (start, end))
        .find(|&(start, end)| is_shaped(text, start, end) && context::before(text, start) >= 6)
}

/// The word that a joint at `at` ties to the name before it.
fn behind(text: &Text, at: usize) -> Option<(usize, usize)> {
    let start = at + 1;
    let ends = [start + 3, start + 2].into_iter();
    ends.map(|end| (start, end))
        .filter(|_| JOINTS.contains(text.at(at)))
        .find(|&(start, end)| is_shaped(text, start, end) && context::after(text, end) >= 16)
}

/// The cell of a list at `at`, behind that of a name, if it has the form of one: 尤勇智 姬小妹.
fn cell(text: &Text, at: usize) -> Option<(usize, usize)> {
    if text.gap(at) != Gap::Blank {
        return None;
    }
    let inside = |end: &usize| is_han(text.at(*end)) && (*end == at || text.gap(*end) == Gap::None);
    let end = at + (at..at + 5).take_while(inside).count();
    let word = text.slice(at, end);
    let edge = text.gap(end) != Gap::None || text.at(end) == '\n';
    let named = (2..=3).contains(&word.len())
        && word.get(..1).is_some_and(|head| SURNAMES.find(head).is_some())
        && (WORDS.find(word).is_none() || is_borne(word))
        && !context::is_role(word);
    (edge && named).then_some((at, end))
}

/// Whether `start..end` is a word with a surname at its head, and no part of a longer one.
fn is_shaped(text: &Text, start: usize, end: usize) -> bool {
    let word = text.slice(start, end);
    let longer = || WORDS.at(text, start).is_some_and(|longest| longest.0 > end - start);
    word.len() == end - start
        && word.iter().all(|&c| is_han(c))
        && WORDS.find(word).is_some()
        && word.get(..1).is_some_and(|head| SURNAMES.find(head).is_some())
        && !is_never(word)
        && !context::is_role(word)
        && !longer()
}
