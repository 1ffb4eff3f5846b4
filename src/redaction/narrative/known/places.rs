//! The written forms of a known address.

use super::super::addresses;
use super::super::found::Kind;
use super::super::regions;
use super::super::text::Text;
use super::{Pattern, Sight};

/// Whether the value reads as an address rather than a name.
pub(super) fn is_place(value: &[char]) -> bool {
    value.len() >= 3 && addresses::names(&Text::fold(value), 0) > 0
}

/// The address without its regions, and each named part of it.
pub(super) fn patterns(value: &[char], patterns: &mut Vec<Pattern>) {
    let text = Text::fold(value);
    let start = regions::chains(&text)
        .iter()
        .take_while(|chain| chain.firm)
        .map(|chain| chain.end)
        .last()
        .unwrap_or(0);
    let mut add = |start: usize, end: usize| {
        let form: String = text.slice(start, end).iter().collect();
        patterns.push(Pattern::new(&form, Kind::Address, Sight::Anywhere));
    };
    add(start, text.len());
    let mut at = start;
    while at < text.len() {
        let length = addresses::names(&text, at);
        if length >= 3 {
            add(at, at + length);
        }
        at += length.max(1);
    }
}

/// Where the numbers behind a known part of an address end.
pub(super) fn rest(text: &Text, at: usize) -> usize {
    addresses::rest(text, at)
}
