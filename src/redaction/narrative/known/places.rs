//! The written forms of a known address.

use super::super::addresses;
use super::super::bodies;
use super::super::found::Kind;
use super::super::glyphs::is_han;
use super::super::regions;
use super::super::text::Text;
use super::{Pattern, Sight};

/// Whether the value reads as an address rather than a name.
pub(super) fn is_place(value: &[char]) -> bool {
    value.len() >= 3 && addresses::names(&Text::fold(value), 0) > 0
}

/// Whether a value without figures tells a region or a part of an address.
pub(super) fn is_told(value: &[char]) -> bool {
    const PARTS: &str = "省市县区镇乡村屯寨路街巷弄号栋幢楼室院厂店站";
    value.iter().skip(1).any(|&c| PARTS.contains(c))
        || regions::chains(&Text::fold(value))
            .iter()
            .any(|chain| chain.firm && chain.start == 0 && chain.end >= 2)
}

/// The address without its regions, each named part of it, and the house at its end.
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
    let (mut at, mut last) = (start, start);
    while at < text.len() {
        let length = addresses::names(&text, at);
        if length >= 3 {
            add(at, at + length);
        }
        let numbered = addresses::numbers(&text, at);
        if length > 0 || numbered > at {
            last = numbered.max(at + length);
        }
        at = last.max(at + 1);
    }
    // 阳光儿童福利院 behind 人民路88号.
    let house = text.slice(last, text.len());
    if last > start && house.len() >= HOUSE && house.iter().all(|&c| is_han(c)) && !bodies::is_public(house) {
        add(last, text.len());
    }
}

/// How many characters the name of a house has at least.
const HOUSE: usize = 4;

/// Where the numbers behind a known part of an address end.
pub(super) fn rest(text: &Text, at: usize) -> usize {
    addresses::rest(text, at)
}
