//! Names of persons: by cues, by the likeliest reading of each sentence, by their form, and wherever
//! else in the document a found name stands.
//!
//! Invariant: nothing here touches what is marked as a region, a public body or a figure.

mod aliases;
mod borne;
mod context;
mod foreign;
mod joined;
mod likely;
mod peoples;
mod repeated;
mod rows;
mod spread;
mod surnames;
#[cfg(test)]
mod tests;
mod vocabulary;

use super::found::{Found, Kind, Marks};
use super::glyphs::is_han;
use super::text::{Gap, Text};

/// Finds names outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    aliases::find(text, guard, found);
    foreign::find(text, guard, found);
    peoples::find(text, guard, found);
    rows::find(text, guard, found);
    likely::find(text, guard, found);
    joined::find(text, guard, found);
    repeated::find(text, guard, found);
    borne::find(text, guard, found);
}

pub(super) use context::is_role;
pub(super) use spread::spread;

/// Takes back what parties to a case are called, which is no name of theirs: 原告, 由|原告.
pub(super) fn spare_parties(text: &Text, found: &mut Vec<Found>) {
    found.retain(|item| {
        let word = text.slice(item.start, item.end);
        let joined = word.first().is_some_and(|c| "由和与及".contains(*c));
        let party = context::is_party(word) || joined && word.get(1..).is_some_and(context::is_party);
        item.kind != Kind::Person || !party
    });
}

/// The name in `start..end` without the words that it runs into at its end.
pub(super) fn trimmed(text: &Text, start: usize, end: usize) -> (usize, usize) {
    let figured = |at: &usize| is_han(text.at(start)) && text.at(*at).is_ascii_digit();
    let end = (start + 1..end).find(figured).unwrap_or(end);
    let mut end = (start + 2..end).find(|&cut| breaks(text, cut, end)).unwrap_or(end);
    while end > start + 2
        && (runs_on(text, end)
            || "骗诉述曾又均受收扣尾辨拐带将被系称在于与和向说以从到住某等的".contains(text.at(end - 1)))
    {
        end -= 1;
    }
    if end - start == 3
        && is_single(text.slice(start, end))
        && vocabulary::GIVEN.find(&[text.at(end - 1)]).is_none_or(|cost| cost >= 33)
        && (opens_word(text, end - 1, end) || is_function(text.at(end - 1)))
    {
        end -= 1;
    }
    let parted = |at: usize| text.gap(at) == Gap::Blank && text.gap(at - 1) == Gap::None;
    if end - start == 3 && is_single(text.slice(start, end)) && parted(end - 1) {
        end -= 1;
    }
    if end - start == 4 && is_single(text.slice(start, end)) && opens_word(text, end - 1, end) {
        end -= 1;
    }
    if text.ends_any(end, &["警官", "先生", "女士", "夫妇"]) {
        end -= 2;
    }
    (start, end.max(start))
}

/// Whether `name` is in Chinese characters and opens with a surname of one.
pub(super) fn is_single(name: &[char]) -> bool {
    surname_length(name) == 1
        && name.iter().all(|&c| is_han(c))
        && name.get(..1).is_some_and(|head| surnames::SURNAMES.find(head).is_some())
}

/// Whether `at` lies within a common word of three characters or more: 班主|任.
pub(super) fn is_within(text: &Text, at: usize) -> bool {
    (1..=3).any(|back| {
        at.checked_sub(back).is_some_and(|from| {
            vocabulary::WORDS
                .all_at(text, from)
                .any(|(length, cost)| length >= 3 && length > back && cost < 50)
        })
    })
}

/// Whether the full name in `start..end` is of four characters, as the tagger saw it up to `seen`: 张李小|明, 阿旺央|吉.
pub(super) fn goes_on(text: &Text, start: usize, end: usize, seen: usize) -> bool {
    seen == end + 1
        && end - start == 3
        && context::after(text, end) < 6
        && context::after(text, seen) >= 6
        && !is_function(text.at(end))
        && !opens_word(text, end, seen)
        && vocabulary::GIVEN.find(&[text.at(end)]).is_none_or(|cost| cost < 46)
}

/// Whether `c` says how or that somebody does something, and given names seldom have it.
pub(super) fn is_function(c: char) -> bool {
    context::is_adverb(c) || "想带经骑由及每因虽领犯约撬验代以逼有熟望转付好用趁持窜辩到嗜牵骂堵则相塞提压接拿开年讲说给叫让问找抓打拉拖送卖买纠申奉".contains(c)
}

/// Whether a common word begins at `at` and goes on behind `end`.
fn opens_word(text: &Text, at: usize, end: usize) -> bool {
    vocabulary::WORDS.all_at(text, at).any(|(length, cost)| at + length > end && cost < 50)
}

/// Whether a common word that follows names stands at `cut` and fills the rest up to `end`.
fn breaks(text: &Text, cut: usize, end: usize) -> bool {
    context::after(text, cut) >= 16
        && vocabulary::WORDS
            .all_at(text, cut)
            .any(|(length, cost)| length >= 2 && cut + length >= end && cost < 48)
}

/// Whether a common word begins with the character before `end` and goes on behind it.
fn runs_on(text: &Text, end: usize) -> bool {
    vocabulary::WORDS.all_at(text, end - 1).any(|(length, cost)| length >= 2 && cost < 44)
        && context::after(text, end - 1) > 0
}

/// Whether common words explain all characters of `start..end`, and little speaks for a name: neither what
/// stands beside them nor `sure`, that they could be one.
pub(super) fn is_words(text: &Text, start: usize, end: usize, sure: bool) -> bool {
    let name = text.slice(start, end);
    if name.first() == Some(&'某')
        || vocabulary::is_never(name)
        || name.len() >= 3 && vocabulary::WORDS.find(name).is_some_and(|cost| cost < 52)
        || vocabulary::WORDS.all_at(text, start).any(|(length, _)| length >= 4 && start + length > end)
    {
        return true;
    }
    let common = vocabulary::WORDS.find(name).is_some_and(|cost| cost < 50);
    let beside = if context::is_joint(text, start) { 0 } else { context::before(text, start) }
        + context::after(text, end);
    if sure
        && !(common && beside < 20)
        && name.get(..1).is_some_and(|head| surnames::SURNAMES.find(head).is_some())
        && name.len() >= 2
    {
        return false;
    }
    if context::before(text, start) + context::after(text, end) >= 44 {
        return false;
    }
    let mut at = start;
    while at < end {
        let word =
            vocabulary::WORDS.all_at(text, at).filter(|&(length, cost)| length >= 2 && cost < 60).last();
        match word {
            Some((length, _)) => at += length,
            None if end - start == 1 => return context::before(text, start) + context::after(text, end) < 20,
            None => return false,
        }
    }
    true
}

/// Whether a single character in `start..end` stands as a name does: between signs or blanks, or beside words that
/// names stand beside.
pub(super) fn stands(text: &Text, start: usize, end: usize) -> bool {
    let edge = |at: usize, c: char| text.gap(at) != Gap::None || !c.is_alphanumeric();
    let left = start == 0 || edge(start, text.at(start - 1));
    let right = edge(end, text.at(end));
    let (before, after) = (context::before(text, start), context::after(text, end));
    left && right || (right || after >= 8) && before + after >= 20
}

/// How many characters of `name` are its surname: one where none is known.
pub(super) fn surname_length(name: &[char]) -> usize {
    let compound =
        name.len() >= 3 && name.get(..2).is_some_and(|head| surnames::SURNAMES.find(head).is_some());
    if compound { 2 } else { 1.min(name.len()) }
}
