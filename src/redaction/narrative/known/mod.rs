//! What the caller knows already: names, numbers, accounts, plates and addresses of the lead's own
//! fields, found in every written form.
//!
//! The text and the values are reduced to skeletons (letters and digits of one form, no signs), and
//! one pass finds all patterns of all values. Invariant: a value in the text is found whatever
//! signs, widths, numerals or line ends stand in it.

mod forms;
mod names;
mod places;
mod skeleton;
#[cfg(test)]
mod tests;

use super::found::{Found, Kind};
use super::glyphs::{digit, is_cover, is_han};
use super::text::{Gap, Text};
use forms::Forms;
use skeleton::{Skeleton, reduced};

/// The fewest digits of a number that tell it without a word beside them.
const TELLING: usize = 6;

/// A value that must not stand in the text. No `Debug`.
pub struct Known {
    patterns: Vec<Pattern>,
}

/// One form of a value, as a skeleton.
#[derive(Clone, PartialEq, Eq)]
struct Pattern {
    skeleton: Vec<char>,
    kind: Kind,
    sight: Sight,
}

/// Where a pattern counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Anywhere.
    Anywhere,
    /// Not inside of a longer word or number.
    Alone,
    /// Alone and in capitals.
    Capitals,
    /// Alone, behind a word like 尾号.
    Announced,
    /// Among digits and what scans make of them.
    Digits,
    /// Among digits, with covered ones between: 138****8000.
    Covered,
    /// With a covered letter between: 张*明.
    Starred,
    /// In the letters that scans confuse.
    Blurred,
}

impl Known {
    /// The value: a name, number, account, plate, address or e-mail address, by its form. Blank values
    /// and single characters are found nowhere.
    pub fn new(value: &str) -> Self {
        let value: Vec<char> = Text::fold(&value.chars().collect::<Vec<_>>()).chars;
        let han = value.iter().filter(|&&c| is_han(c) && digit(c).is_none()).count();
        let digits = value.iter().filter(|&&c| digit(c).is_some()).count();
        let latin = value.iter().filter(|c| c.is_ascii_alphabetic()).count();
        let ascii = value.iter().any(char::is_ascii_alphanumeric);
        let written = han > 0 && !ascii && value.iter().all(|&c| is_han(c) || !c.is_alphanumeric());
        let mut patterns = Vec::new();
        if written && (value.len() <= 5 || value.contains(&'·')) {
            names::han(&value, &mut patterns);
        }
        if han > 1
            && value.len() >= 3
            && (ascii || value.len() > 5 || places::is_place(&value))
            && !value.contains(&'·')
        {
            places::patterns(&value, &mut patterns);
        }
        if han > 1 || written {
            return Self { patterns };
        }
        if digits >= 4 && (latin <= 1 || digits >= TELLING) && han == 0 {
            numbers(&value, &mut patterns);
            accounts(&value, &mut patterns);
        } else if digits == 0 && han == 0 {
            names::latin(&value, &mut patterns);
        } else {
            accounts(&value, &mut patterns);
        }
        Self { patterns }
    }
}

impl Pattern {
    fn new(form: &str, kind: Kind, sight: Sight) -> Self {
        Self { skeleton: reduced(form), kind, sight }
    }
}

/// The number in full, each six digits of it, its last four and six behind a word.
fn numbers(value: &[char], patterns: &mut Vec<Pattern>) {
    let digits: Vec<char> = value.iter().filter_map(|&c| Some(char::from(b'0' + digit(c)?))).collect();
    let kind = if digits.len() >= 15 { Kind::Identity } else { Kind::Phone };
    let mut add = |form: Option<&[char]>, sight| {
        patterns.extend(form.map(|form| Pattern { skeleton: form.to_vec(), kind, sight }));
    };
    for start in 0..digits.len().saturating_sub(TELLING - 1) {
        add(digits.get(start..start + TELLING), Sight::Digits);
    }
    add((digits.len() < TELLING).then_some(&digits), Sight::Alone);
    for (head, tail) in [(3, 4), (4, 4), (6, 4), (3, 3), (2, 4), (6, 3), (3, 2), (6, 2), (4, 3)] {
        let ends = digits.get(..head).zip(digits.len().checked_sub(tail).and_then(|at| digits.get(at..)));
        let form = ends.filter(|_| head + tail < digits.len()).map(|(head, tail)| [head, tail].concat());
        add(form.as_deref(), Sight::Covered);
    }
    for count in [4, 5] {
        add(digits.len().checked_sub(count).and_then(|start| digits.get(start..)), Sight::Announced);
        add(digits.get(..count), Sight::Announced);
    }
}

/// An account, e-mail address or plate: in full, without its province, before its `@`.
fn accounts(value: &[char], patterns: &mut Vec<Pattern>) {
    let whole: String = value.iter().collect();
    let plate = value.first().is_some_and(|&c| is_han(c));
    let kind = if plate {
        Kind::Plate
    } else if whole.contains('@') {
        Kind::Email
    } else {
        Kind::Netname
    };
    let sight = if reduced(&whole).len() < TELLING { Sight::Alone } else { Sight::Anywhere };
    patterns.push(Pattern::new(&whole, kind, sight));
    let skeleton = skeleton::blurred_form(&whole);
    if skeleton.len() >= TELLING {
        patterns.push(Pattern { skeleton, kind, sight: Sight::Blurred });
    }
    if plate {
        for skip in 1..=2 {
            let rest: String = value.iter().skip(skip).collect();
            patterns.push(Pattern::new(&rest, kind, Sight::Alone));
        }
    }
    if let Some((local, _)) = whole.split_once('@').filter(|(local, _)| local.len() >= 4) {
        patterns.push(Pattern::new(local, kind, Sight::Alone));
    }
}

/// Finds all of `known` in one text.
pub(super) fn find(text: &Text, known: &[Known], found: &mut Vec<Found>) {
    Ready::new(known.iter()).find(text, found);
}

/// Known values made ready: those to be found in the digits of a text, in all of its letters, and in letters and
/// digits that scans confuse.
pub(super) struct Ready {
    digits: Forms,
    others: Forms,
    blurred: Forms,
}

impl Ready {
    /// Prepares `known` once for any number of texts.
    pub(super) fn new<'a>(known: impl Iterator<Item = &'a Known> + Clone) -> Self {
        let all = known.flat_map(|known| &known.patterns).filter(|form| !form.skeleton.is_empty());
        let of = |sights: &[Sight]| {
            Forms::new(all.clone().filter(|form| sights.contains(&form.sight)).cloned().collect())
        };
        Self {
            digits: of(&[Sight::Digits, Sight::Announced, Sight::Covered]),
            others: of(&[Sight::Anywhere, Sight::Alone, Sight::Capitals, Sight::Starred]),
            blurred: of(&[Sight::Blurred]),
        }
    }

    /// Finds all values in the text.
    pub(super) fn find(&self, text: &Text, found: &mut Vec<Found>) {
        find_in(text, &self.digits, Skeleton::of_digits, found);
        let toned = find_in(text, &self.others, Skeleton::of_all, found);
        if toned {
            find_in(text, &self.others, Skeleton::of_letters, found);
        }
        find_in(text, &self.blurred, Skeleton::of_blurred, found);
    }
}

/// Finds the forms in a skeleton of the text; whether it may have tones in figures.
fn find_in(text: &Text, forms: &Forms, skeleton: impl Fn(&Text) -> Skeleton, found: &mut Vec<Found>) -> bool {
    if forms.is_empty() {
        return false;
    }
    let skeleton = skeleton(text);
    for (first, pattern) in forms.hits(skeleton.letters()) {
        let Some((start, end)) = skeleton.place(first, first + pattern.skeleton.len()) else { continue };
        let number = pattern.kind == Kind::Person && is_of_number(text, start, end);
        if !number && seen(text, start, end, pattern.sight) {
            let end = match pattern.kind {
                Kind::Address => places::rest(text, end),
                Kind::Person => end + usize::from(is_tone(text, end)),
                _ => end,
            };
            found.push(Found { start, end, kind: pattern.kind, score: 1.0, rule: "known-value" });
        }
    }
    skeleton.is_toned()
}

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
    let behind = at.checked_sub(1).is_some_and(|last| skeleton::class(text.at(last)) == 2);
    behind && matches!(text.at(at), '1'..='5') && skeleton::class(text.at(at + 1)) == 0
}

/// Whether a hit at `start..end` counts.
fn seen(text: &Text, start: usize, end: usize, sight: Sight) -> bool {
    let alone = || {
        let class = |at: usize| skeleton::class(text.at(at));
        let left = start > 0 && class(start - 1) == class(start) && class(start) != 0;
        let right = class(end) == class(end - 1) && class(end) != 0;
        let joined = left && text.gap(start) == Gap::None || right && text.gap(end) == Gap::None;
        !joined
    };
    match sight {
        Sight::Anywhere | Sight::Digits | Sight::Blurred => true,
        Sight::Covered => text.slice(start, end).iter().any(|&c| is_cover(c) || matches!(c, 'x' | 'X')),
        Sight::Starred => text.slice(start, end).iter().any(|&c| is_cover(c)),
        Sight::Alone => alone(),
        Sight::Capitals => alone() && text.slice(start, end).iter().all(|c| !c.is_ascii_lowercase()),
        Sight::Announced => alone() && announced(text, start, end),
    }
}

/// Whether a word like 尾号 stands near before, or 结尾 behind.
fn announced(text: &Text, start: usize, end: usize) -> bool {
    const WORDS: [&str; 12] = [
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
    ];
    let near = (start.saturating_sub(6)..=start).any(|at| text.ends_any(at, &WORDS));
    near || text
        .longest(end, &["结尾", "开头", "尾号", "的手机", "的电话", "的号", "的卡", "的车", "打头"])
        .is_some()
}
