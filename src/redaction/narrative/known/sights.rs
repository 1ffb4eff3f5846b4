//! Whether a form of a known value counts where it stands in a text, and how far it goes on there.

use super::super::found::Kind;
use super::super::glyphs::is_cover;
use super::super::names;
use super::super::text::{Gap, Text};
use super::skeleton::{class, is_repeated};
use super::{Pattern, Sight, births, places};

/// What stands before figures that count or name something.
const COUNTED: &str = "第-./:";
/// What stands behind them.
const UNITS: &str =
    "-./:%岁年月日号时分秒点元万千百亿块个名人次天周里米斤克公吨楼层室栋幢单组路线位条件页章期届级度倍";

/// Whether a person's form belongs to a number: 七七 may be written 77, but 33 in 0033 and 33号 is no 三三, and what
/// begins within a number is none: 0033，家. One that ends in figures may be 张3 before a telephone number.
fn is_of_number(text: &Text, start: usize, end: usize) -> bool {
    let figure = |at: usize| text.at(at).is_ascii_digit();
    let joined = |at: usize| at > 0 && text.gap(at) == Gap::None;
    if joined(start) && figure(start - 1) && figure(start) {
        return true;
    }
    let before = joined(start) && COUNTED.contains(text.at(start - 1));
    let behind = joined(end) && (figure(end) || UNITS.contains(text.at(end)));
    (start..end).all(figure) && (before || behind)
}

/// Whether the figure of a tone stands at `at`, behind a syllable: wei3.
fn is_tone(text: &Text, at: usize) -> bool {
    let behind = at.checked_sub(1).is_some_and(|last| class(text.at(last)) == 2);
    behind && matches!(text.at(at), '1'..='5') && class(text.at(at + 1)) == 0
}

/// Whether the hit of `pattern` at `start..end` counts.
pub(super) fn seen(text: &Text, start: usize, end: usize, pattern: &Pattern) -> bool {
    if pattern.kind == Kind::Person && is_of_number(text, start, end) {
        return false;
    }
    let any = |fits: fn(char) -> bool| text.slice(start, end).iter().any(|&c| fits(c));
    match pattern.sight {
        Sight::Anywhere | Sight::Digits | Sight::Blurred => true,
        Sight::Covered => {
            any(|c| is_cover(c) || matches!(c, 'x' | 'X' | '某'))
                || (start..end).any(|at| is_repeated(text, at))
        }
        Sight::Starred => any(is_cover),
        Sight::Ringed => any(|c| c == '〇'),
        Sight::Alone => alone(text, start, end),
        Sight::Capitals => alone(text, start, end) && !any(|c| c.is_ascii_lowercase()),
        Sight::Announced => alone(text, start, end) && announced(text, start, end),
        Sight::Checked => {
            matches!(text.at(end), 'x' | 'X') && alone(text, start, end + 1) && announced(text, start, end)
        }
        Sight::Lone => names::stands(text, start, end),
        Sight::Hidden => is_hiding(text.at(end)),
        Sight::Day | Sight::Parted | Sight::Month | Sight::Born => {
            births::seen(text, start, end, pattern.sight)
        }
    }
}

/// Where the value that a hit of `pattern` at `start..end` belongs to ends.
pub(super) fn end(text: &Text, start: usize, end: usize, pattern: &Pattern) -> usize {
    match pattern.kind {
        Kind::Address => places::rest(text, end),
        Kind::Birth => births::end(text, start, end),
        Kind::Person if pattern.sight == Sight::Hidden => {
            // Two covers at most: no name has more.
            end + (end..end + 2).take_while(|&at| is_hiding(text.at(at))).count()
        }
        Kind::Person => end + usize::from(is_tone(text, end)),
        Kind::Identity => {
            let x = matches!(text.at(end), 'x' | 'X') && !text.at(end + 1).is_ascii_alphanumeric();
            end + usize::from(x)
        }
        _ => end,
    }
}

/// What hides the rest of a name behind its surname: 王*, 王□.
const fn is_hiding(c: char) -> bool {
    matches!(c, '*' | '□' | '■' | '█' | '▇' | '▓' | '〇')
}

/// Whether the hit is no piece of a longer word or number.
fn alone(text: &Text, start: usize, end: usize) -> bool {
    let class = |at: usize| class(text.at(at));
    let left = start > 0 && class(start - 1) == class(start) && class(start) != 0;
    let right = class(end) == class(end - 1) && class(end) != 0;
    let joined = left && text.gap(start) == Gap::None || right && text.gap(end) == Gap::None;
    !joined
}

/// Whether a word like 尾号 stands near before, or 结尾 behind.
fn announced(text: &Text, start: usize, end: usize) -> bool {
    const WORDS: [&str; 21] = [
        "尾号",
        "后四位",
        "末四位",
        "尾数",
        "后4位",
        "末4位",
        "后五位",
        "前四位",
        "前4位",
        "开头",
        "尾",
        "号码段",
        "后三位",
        "后3位",
        "末三位",
        "后两位",
        "后2位",
        "末两位",
        "后六位",
        "末六位",
        "后6位",
    ];
    let near = (start.saturating_sub(6)..=start).any(|at| text.ends_any(at, &WORDS));
    near || text
        .longest(end, &["结尾", "开头", "尾号", "的手机", "的电话", "的号", "的卡", "的车", "打头"])
        .is_some()
}
