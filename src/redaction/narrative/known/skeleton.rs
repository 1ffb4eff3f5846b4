//! Texts reduced to their letters and digits, in one form, with the way back.

use unicode_normalization::UnicodeNormalization as _;

use super::super::glyphs::{Few, digit, folded, is_common, is_cover, is_han, mistaken, spoken};
use super::super::text::Text;

/// The most signs between two letters of one value.
const REACH: usize = 6;
/// Stands where letters are too far apart to belong together.
const BREAK: char = '\u{1}';

/// A text's letters and digits, and where each stands in the text.
pub(super) struct Skeleton {
    letters: Vec<char>,
    /// Of each letter its place in the text.
    places: Vec<u32>,
    /// Whether a digit of 1 to 5 stands right behind a Latin letter: zhang1wei3.
    toned: bool,
}

impl Skeleton {
    /// All letters and digits.
    pub(super) fn of_all(text: &Text) -> Self {
        Self::of(text, letter)
    }

    /// All letters, without digits: what tones in figures leave of a name in pinyin.
    pub(super) fn of_letters(text: &Text) -> Self {
        Self::of(text, |c| letter(c).filter(|letter| !letter.is_ascii_digit()))
    }

    /// All letters and digits, those that scans confuse in one form.
    pub(super) fn of_blurred(text: &Text) -> Self {
        Self::of(text, blurred)
    }

    /// Digits only, and the letters that scans take for digits.
    pub(super) fn of_digits(text: &Text) -> Self {
        Self::with(text, |at, c| {
            if is_common(c) && c.is_ascii_digit() || digit(c).is_some() {
                return digit(c).filter(|_| !counts_places(text, at)).map(|value| char::from(b'0' + value));
            }
            if is_han(c) {
                if let Some(value) = spoken(c).filter(|_| is_spoken(text, at)) {
                    return Some(char::from(b'0' + value));
                }
                return (!BETWEEN.has(c)).then_some(BREAK);
            }
            if matches!(c, 'x' | 'X') {
                return None;
            }
            mistaken(c).map(|value| char::from(b'0' + value)).or_else(|| c.is_alphanumeric().then_some(BREAK))
        })
    }

    fn of(text: &Text, letter: impl Fn(char) -> Option<char>) -> Self {
        Self::with(text, |_, c| letter(c))
    }

    fn with(text: &Text, letter: impl Fn(usize, char) -> Option<char>) -> Self {
        let mut skeleton = Self {
            letters: Vec::with_capacity(text.len()),
            places: Vec::with_capacity(text.len()),
            toned: false,
        };
        let mut last = 0;
        for (at, &c) in text.chars.iter().enumerate() {
            let Some(letter) = letter(at, c) else {
                if is_cover(c) || matches!(c, 'x' | 'X' | '某') || is_repeated(text, at) {
                    last = last.max(at);
                }
                continue;
            };
            if ('1'..='5').contains(&letter) && skeleton.letters.last().is_some_and(char::is_ascii_lowercase)
            {
                skeleton.toned = true;
            }
            if at > last + REACH {
                skeleton.push(BREAK, at);
            }
            // One break parts as well as many.
            if letter != BREAK || skeleton.letters.last() != Some(&BREAK) {
                skeleton.push(letter, at);
            }
            last = at;
        }
        skeleton
    }

    fn push(&mut self, letter: char, at: usize) {
        // No text of four thousand million characters comes this far.
        self.places.push(u32::try_from(at).unwrap_or(u32::MAX));
        self.letters.push(letter);
    }

    /// Whether the text may have names in pinyin with their tones in figures.
    pub(super) const fn is_toned(&self) -> bool {
        self.toned
    }

    /// The letters.
    pub(super) fn letters(&self) -> &[char] {
        &self.letters
    }

    /// The characters of the text behind the letters `start..end`.
    pub(super) fn place(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let at = |letter: usize| self.places.get(letter).map(|&place| place as usize);
        Some((at(start)?, at(end.checked_sub(1)?)? + 1))
    }
}

/// What people say or write between the groups of one number: 138转0013, 前三位138，中间0013; and 138某某8000.
const BETWEEN: Few = Few::of(&[
    '转', '中', '间', '前', '后', '面', '头', '尾', '位', '再', '接', '着', '然', '最', '开', '是', '为',
    '加', '段', '连', '杠', '横', '某',
]);

/// Whether another figure stands beside `at`, with a few signs between at most.
fn is_spoken(text: &Text, at: usize) -> bool {
    let letter = |c: &&char| c.is_alphanumeric();
    let figure = |c: Option<&char>| c.is_some_and(|&c| digit(c).is_some() || spoken(c).is_some());
    figure(text.slice(at.saturating_sub(4), at).iter().rev().find(letter))
        || figure(text.slice(at + 1, at + 5).iter().find(letter))
}

/// Whether the figure at `at` says how many follow: 前3位, 后四位.
fn counts_places(text: &Text, at: usize) -> bool {
    text.at(at + 1) == '位' && at.checked_sub(1).is_some_and(|last| "前后中间末尾头".contains(text.at(last)))
}

/// Whether the sign at `at` stands there more than once: 138……8000, 138----8000.
pub(super) fn is_repeated(text: &Text, at: usize) -> bool {
    let c = text.at(at);
    !c.is_alphanumeric() && c != '\n' && (text.at(at + 1) == c || at > 0 && text.at(at - 1) == c)
}

/// The skeleton of a value.
pub(super) fn reduced(value: &str) -> Vec<char> {
    if value.chars().all(is_common) {
        return value.chars().filter_map(|c| letter(folded(c))).collect();
    }
    let value: Vec<char> = value.chars().collect();
    Text::fold(&value).chars.iter().filter_map(|&c| letter(c)).collect()
}

/// The skeleton of a value with the letters that scans confuse in one form.
pub(super) fn blurred_form(value: &str) -> Vec<char> {
    reduced(value).into_iter().filter_map(blurred).collect()
}

/// The one form of all letters and digits that scans take for `c`.
fn blurred(c: char) -> Option<char> {
    let c = letter(c)?;
    Some(mistaken(c).map_or(c, |value| char::from(b'0' + value)))
}

/// The one form of a letter or digit; none for a sign.
fn letter(c: char) -> Option<char> {
    if let Some(value) = digit(c) {
        return Some(char::from(b'0' + value));
    }
    if c.is_ascii() {
        return c.is_ascii_alphanumeric().then_some(c.to_ascii_lowercase());
    }
    if is_han(c) {
        return Some(c);
    }
    if let Some(plain) = plain(c) {
        return Some(plain);
    }
    let base = std::iter::once(c).nfd().next().unwrap_or(c);
    c.is_alphanumeric().then(|| base.to_lowercase().next().unwrap_or(base))
}

/// The letter without its stroke, where Unicode does not take it apart.
const fn plain(c: char) -> Option<char> {
    Some(match c {
        'đ' | 'Đ' | 'ð' | 'Ð' | 'ɖ' | 'Ɖ' => 'd',
        'ø' | 'Ø' => 'o',
        'ł' | 'Ł' => 'l',
        'ħ' | 'Ħ' => 'h',
        'ı' => 'i',
        'ŧ' | 'Ŧ' => 't',
        _ => return None,
    })
}

/// What kind of word a character belongs to: 1 digits, 2 Latin letters, 0 neither.
pub(super) fn class(c: char) -> u8 {
    if digit(c).is_some() { 1 } else { u8::from(c.is_alphabetic() && !is_han(c)) * 2 }
}
