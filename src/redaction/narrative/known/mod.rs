//! What the caller knows already: names, numbers, accounts, plates and addresses of the lead's own
//! fields, found in every written form.
//!
//! The text and the values are reduced to skeletons (letters and digits of one form, no signs), and
//! one pass finds all patterns of all values. Invariant: a value in the text is found whatever
//! signs, widths, numerals or line ends stand in it.

mod births;
mod forms;
mod names;
mod numbers;
mod places;
mod sights;
mod skeleton;
#[cfg(test)]
mod tests;
mod values;

use super::found::{Found, Kind};
use super::regions;
use super::text::Text;
use forms::Forms;
use skeleton::{Skeleton, reduced};

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
    /// Where one character stands as a name does.
    Lone,
    /// With a cover behind: 王*.
    Hidden,
    /// Among digits, with rings for those between: 138○○○○8000.
    Ringed,
    /// Behind a word like 尾号, with the X of an identity number behind.
    Checked,
    /// A date, not inside of a longer one.
    Day,
    /// A date whose figures a sign parts.
    Parted,
    /// The month of a date, with no day behind.
    Month,
    /// A part of a date, near a word like 生日.
    Born,
}

impl Known {
    /// A value of any sort: what it is shows by its form. Blank values are found nowhere, single characters only
    /// where they stand as names do.
    pub fn new(value: &str) -> Self {
        Self::of(value, values::any)
    }

    /// What a field of names holds: one name, or several with words and signs between (曾用名, 绰号, brackets).
    pub fn name(value: &str) -> Self {
        Self::of(value, values::names)
    }

    /// What a field of identity, telephone or other numbers, accounts or plates holds.
    pub fn number(value: &str) -> Self {
        Self::of(value, values::numbers)
    }

    /// What a field of addresses holds.
    pub fn place(value: &str) -> Self {
        Self::of(value, values::place)
    }

    /// A date of birth, `2015-03-09`, or its month, `2015-03`.
    pub fn birth(value: &str) -> Self {
        Self::of(value, births::patterns)
    }

    /// A day that is no birth, `2015-03-09`, with its year or without.
    pub fn day(value: &str) -> Self {
        Self::of(value, births::day)
    }

    /// A region by its name in the list, 沧源佤族自治县, also as people shorten it.
    pub fn region(name: &str) -> Self {
        Self::of(name, |name, patterns| {
            let forms = regions::forms(name);
            patterns.extend(forms.iter().map(|form| Pattern::new(form, Kind::Address, Sight::Anywhere)));
        })
    }

    fn of(value: &str, read: fn(&str, &mut Vec<Pattern>)) -> Self {
        let mut patterns = Vec::new();
        read(value, &mut patterns);
        Self { patterns: patterns.into_iter().flat_map(Pattern::pieces).collect() }
    }
}

#[cfg(test)]
impl Known {
    /// How many letters all of its forms have.
    pub(super) fn letters(&self) -> usize {
        self.patterns.iter().map(|pattern| pattern.skeleton.len()).sum()
    }
}

impl Pattern {
    fn new(form: &str, kind: Kind, sight: Sight) -> Self {
        Self { skeleton: reduced(form), kind, sight }
    }

    /// Itself, or if it is longer than any value of one person, its pieces, wherever they stand: so that a text is
    /// never followed far along a value from each of its characters.
    fn pieces(self) -> Vec<Self> {
        let Some(last) = self.skeleton.len().checked_sub(LONGEST).filter(|over| *over > 0) else {
            return vec![self];
        };
        let sight = if self.sight == Sight::Blurred { Sight::Blurred } else { Sight::Anywhere };
        let whole = self.skeleton.chunks_exact(LONGEST);
        let pieces = whole.chain(self.skeleton.get(last..));
        pieces.map(|piece| Self { skeleton: piece.to_vec(), kind: self.kind, sight }).collect()
    }
}

/// The most characters of one form.
const LONGEST: usize = 64;

/// Finds all of `known` in one text.
pub(super) fn find(text: &Text, known: &[Known], found: &mut Vec<Found>) {
    Ready::new(known.iter()).find(text, found);
}

/// What is looked for among all letters.
const OTHERS: [Sight; 10] = [
    Sight::Anywhere,
    Sight::Alone,
    Sight::Capitals,
    Sight::Starred,
    Sight::Lone,
    Sight::Hidden,
    Sight::Day,
    Sight::Parted,
    Sight::Month,
    Sight::Born,
];

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
            digits: of(&[Sight::Digits, Sight::Announced, Sight::Covered, Sight::Ringed, Sight::Checked]),
            others: of(&OTHERS),
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
    let pieces = found.len();
    for (first, pattern) in forms.hits(skeleton.letters()) {
        let Some((start, end)) = skeleton.place(first, first + pattern.skeleton.len()) else { continue };
        if sights::seen(text, start, end, pattern) {
            let end = sights::end(text, start, end, pattern);
            // Six digits and the next six are one number.
            if pattern.sight == Sight::Digits {
                let last = found.get_mut(pieces..).and_then(<[Found]>::last_mut);
                if let Some(last) = last.filter(|last| last.kind == pattern.kind && start < last.end) {
                    last.end = last.end.max(end);
                    continue;
                }
            }
            found.push(Found { start, end, kind: pattern.kind, score: 1.0, rule: "known-value" });
        }
    }
    skeleton.is_toned()
}
