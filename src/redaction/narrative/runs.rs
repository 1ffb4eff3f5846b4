//! Runs of digits as people write them: with blanks, dots and hyphens between, in Chinese
//! numerals, with letters that a scan took for digits.
//!
//! Invariant: a run starts and ends with a digit (or the X of an identity number); the next search
//! goes on behind it, so the pass is linear.

use super::found::Marks;
use super::glyphs::{digit, is_han, mistaken, spoken};
use super::text::{Gap, Text};

/// Digits that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The first character, a plus or bracket included.
    pub(super) start: usize,
    /// Behind the last character.
    pub(super) end: usize,
    /// The values of the first digits, 24 at most.
    pub(super) digits: Vec<u8>,
    /// How many digits there are.
    pub(super) count: usize,
    /// Whether it opens with `+`.
    pub(super) plus: bool,
    /// Whether it ends with the X of an identity number.
    pub(super) check_x: bool,
    /// How many digits are Chinese numerals.
    pub(super) numerals: usize,
}

/// How many digits of a run have their values kept.
const KEPT: usize = 24;

/// The run that starts at `at`.
pub(super) fn run(text: &Text, at: usize, guard: &Marks) -> Option<Run> {
    let first = match text.at(at) {
        '+' => at + 1 + usize::from(text.at(at + 1) == '('),
        '(' => at + 1 + usize::from(text.at(at + 1) == '+'),
        _ => at,
    };
    if guard.has(first) || value(text, first).is_none() {
        return None;
    }
    let mut run = Run {
        start: at,
        end: first,
        digits: Vec::new(),
        count: 0,
        plus: text.slice(at, first).contains(&'+'),
        check_x: false,
        numerals: 0,
    };
    let mut next = first;
    while let Some(value) = (!guard.has(next)).then(|| value(text, next)).flatten() {
        run.take(value, text.at(next));
        run.end = next + 1;
        let complete = matches!(run.count, 11 | 15 | 18) && another(text, run.end);
        next = next_digit(text, run.end, guard).filter(|_| !complete).unwrap_or(run.end);
        if next == run.end && self_value(text, next, guard).is_none() {
            break;
        }
    }
    if counts(text, run.end) {
        run.end -= 1;
        run.count -= 1;
        run.digits.truncate(run.count);
    }
    if run.count >= 13 && "Xx".contains(text.at(run.end)) {
        run.check_x = true;
        run.end += 1;
    } else if run.count >= 13 && "-. ".contains(text.at(run.end)) && "Xx".contains(text.at(run.end + 1)) {
        run.check_x = true;
        run.end += 2;
    }
    if text.slice(run.start, first).contains(&'(') && !text.slice(first, run.end).contains(&')') {
        run.start = first;
    }
    Some(run)
}

/// Whether the last digit before `end` counts what follows, or opens a word: a number in digits, then 一张 or 一直.
pub(super) fn counts(text: &Text, end: usize) -> bool {
    let last = text.at(end - 1);
    is_han(last)
        && end >= 2
        && text.at(end - 2).is_ascii_digit()
        && "张名人部个件份枚本台辆户位次条起直共同并律般些样".contains(text.at(end))
}

impl Run {
    fn take(&mut self, value: u8, c: char) {
        self.count += 1;
        if self.digits.len() < KEPT {
            self.digits.push(value);
        }
        if !c.is_ascii() {
            self.numerals += 1;
        }
    }

    /// Whether the digits open with `prefix`.
    pub(super) fn opens(&self, prefix: &[u8]) -> bool {
        self.digits.starts_with(prefix)
    }

    /// The number that `count` digits from `from` write.
    pub(super) fn number(&self, from: usize, count: usize) -> u32 {
        let digits = self.digits.get(from..from + count).unwrap_or_default();
        digits.iter().fold(0, |sum, &digit| sum * 10 + u32::from(digit))
    }
}

fn self_value(text: &Text, at: usize, guard: &Marks) -> Option<u8> {
    if guard.has(at) { None } else { value(text, at) }
}

/// Whether a sign at `at` parts a number from another of seven digits or more.
fn another(text: &Text, at: usize) -> bool {
    "(/,、;".contains(text.at(at))
        && text.slice(at + 1, at + 8).iter().filter(|c| digit(**c).is_some()).count() == 7
}

/// The digit at `at`: a digit, or a letter that a scan took for one between digits.
fn value(text: &Text, at: usize) -> Option<u8> {
    let c = text.at(at);
    if let Some(value) = digit(c) {
        return (!is_word(text, at)).then_some(value);
    }
    if let Some(value) = spoken(c) {
        return is_spoken(text, at).then_some(value);
    }
    let value = mistaken(c)?;
    let certain = |at: usize| digit(text.at(at)).is_some();
    // The Q before a number is the name of a service.
    if "Qq".contains(c) && !at.checked_sub(1).is_some_and(certain) {
        return None;
    }
    let alike = |at: usize| certain(at) || mistaken(text.at(at)).is_some();
    let left = at.checked_sub(1).is_some_and(certain)
        || at >= 2 && alike(at - 1) && (certain(at - 2) || at >= 3 && alike(at - 2) && certain(at - 3));
    let right = certain(at + 1);
    let letter = |at: usize| text.at(at).is_ascii_alphabetic() && mistaken(text.at(at)).is_none();
    let letters = letter(at + 1) || at.checked_sub(1).is_some_and(letter);
    let within = at.checked_sub(1).is_some_and(alike) && alike(at + 1) && digits_around(text, at) >= 6;
    let edge = (left || right) && !letters && digits_around(text, at) >= 5;
    (within || edge).then_some(value)
}

/// Whether the figures around `at` are as people say them: 幺三八洞洞幺三八洞洞洞. 拐 behind figures is another word.
fn is_spoken(text: &Text, at: usize) -> bool {
    let said = |c: char| digit(c).is_some_and(|_| is_han(c)) || spoken(c).is_some();
    let beside = |at: usize| said(text.at(at));
    let around = text.slice(at.saturating_sub(8), at + 9).iter().filter(|&&c| said(c)).count();
    (at.checked_sub(1).is_some_and(beside) || beside(at + 1)) && around > 6
}

/// How many true digits stand within eight characters of `at`.
fn digits_around(text: &Text, at: usize) -> usize {
    text.slice(at.saturating_sub(8), at + 9).iter().filter(|&&c| digit(c).is_some()).count()
}

/// A lone Chinese numeral within a word is no digit: 一起, 两名, 三轮车. A neighbour that is a digit makes
/// it one.
fn is_word(text: &Text, at: usize) -> bool {
    if text.at(at).is_ascii_digit() {
        return false;
    }
    let near =
        |at: usize| digit(text.at(at)).is_some() || spoken(text.at(at)).is_some() && is_spoken(text, at);
    !(at.checked_sub(1).is_some_and(near) || near(at + 1))
}

/// Where the next digit of the run stands, at `at` or behind separators.
fn next_digit(text: &Text, at: usize, guard: &Marks) -> Option<usize> {
    if value(text, at).is_some() {
        return Some(at);
    }
    let mut next = at;
    while next < at + 4 && is_separator(text, next) && !guard.has(next) {
        next += 1;
    }
    let joined = next > at && value(text, next).is_some() && !guard.has(next);
    (joined && (text.at(at) != ',' || short_groups(text, at))).then_some(next)
}

fn is_separator(text: &Text, at: usize) -> bool {
    "-.·_~/()*'`:,、\"^=".contains(text.at(at)) && !(text.at(at) == ':' && text.gap(at) == Gap::Line)
}

/// Commas join digits only within one number: short groups on both sides.
fn short_groups(text: &Text, comma: usize) -> bool {
    let left =
        text.slice(comma.saturating_sub(7), comma).iter().rev().take_while(|&&c| digit(c).is_some()).count();
    let right = text.slice(comma + 1, comma + 8).iter().take_while(|&&c| digit(c).is_some()).count();
    left <= 6 && right <= 6 && left >= 2 && right >= 2
}
