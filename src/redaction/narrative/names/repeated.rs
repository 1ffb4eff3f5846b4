//! Names that no single place proves: 陆月 thrice between a comma and what somebody does.
//!
//! Each place of the same characters adds what stands beside it; together they outweigh what speaks against a
//! name. Invariant: linear in the text; nothing that cuts a common word, or always stands in one phrase, is taken.

use std::collections::HashMap;

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::is_han;
use super::super::text::Text;
use super::context;
use super::surnames::SURNAMES;
use super::vocabulary::{GIVEN, WORDS, is_never};

/// What the places of a name weigh together before it is one.
const NAME: i32 = 14;
/// How much less three or more weigh.
const THRICE: i32 = 20;
/// What a place must weigh to count at all.
const PLACE: i32 = 20;
/// What a character of given names costs at most.
const OFTEN: i32 = 40;
/// A word that costs less is bound to its characters.
const COMMON: i32 = 50;

/// What speaks for one form.
#[derive(Default)]
struct Sum {
    weight: i32,
    places: Vec<(usize, usize)>,
    /// What stands behind the first place.
    next: Option<char>,
    /// Whether something else stands behind another.
    varied: bool,
}

/// Finds names of two or three characters that stand twice or more where a name may stand.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut taken = guard.clone();
    taken.take(found);
    let mut sums: HashMap<&[char], Sum> = HashMap::new();
    for at in 0..text.len() {
        let Some(surname) = SURNAMES.find(text.slice(at, at + 1)).filter(|_| !taken.has(at)) else {
            continue;
        };
        for end in [at + 2, at + 3] {
            let Some(given) = given(text, at + 1, end).filter(|_| !taken.any(at, end)) else { break };
            let (left, right) = (context::before(text, at), context::told(text, end));
            if left < 6 || left + right < PLACE || is_bound(text, at, end) {
                continue;
            }
            let sum = sums.entry(text.slice(at, end)).or_default();
            let price = if sum.places.is_empty() { surname + given } else { 0 };
            sum.weight += left + right - price;
            sum.varied |= sum.next.is_some_and(|next| next != text.at(end));
            sum.next = Some(text.at(end));
            sum.places.push((at, end));
        }
    }
    let named = sums
        .into_values()
        .filter(|sum| sum.varied && sum.weight >= NAME - THRICE * i32::from(sum.places.len() > 2));
    found.extend(named.flat_map(|sum| sum.places).map(|(start, end)| Found {
        start,
        end,
        kind: Kind::Person,
        score: 0.85,
        rule: "repeated-name",
    }));
}

/// What the given name in `start..end` costs; none if it can be no given name.
fn given(text: &Text, start: usize, end: usize) -> Option<i32> {
    let chars = text.slice(start, end);
    let costs = chars.iter().map(|c| GIVEN.find(&[*c]).filter(|&cost| cost <= OFTEN && is_han(*c)));
    if chars.len() < end - start { None } else { costs.sum() }
}

/// Whether a common word holds or cuts `start..end`.
fn is_bound(text: &Text, start: usize, end: usize) -> bool {
    let word = text.slice(start, end);
    let crosses = |from: usize| {
        WORDS.all_at(text, from).any(|(length, cost)| {
            length >= 2 && cost < COMMON && from + length > start && (from < start || from + length > end)
        })
    };
    is_never(word)
        || context::is_role(word)
        || WORDS.find(word).is_some_and(|cost| cost < COMMON)
        || (1..=3).any(|back| start.checked_sub(back).is_some_and(crosses))
        || (start..end).any(crosses)
}
