//! Reads a text as letters: upper case, half width, without zero-width characters.

use super::locus::{locus_at, spelled};

/// Characters between a locus and its first allele.
const MAX_GAP: usize = 12;

pub(super) struct Letters(Vec<char>);

impl Letters {
    pub(super) fn of(text: &str) -> Self {
        Self(text.chars().filter_map(letter).collect())
    }

    pub(super) fn at(&self, index: usize) -> Option<char> {
        self.0.get(index).copied()
    }

    /// The first index from `at` on that holds no separator; at most `most` are passed over.
    pub(super) fn skip_separators(&self, at: usize, most: usize) -> usize {
        at + self.0.iter().skip(at).take(most).take_while(|&&c| is_separator(c)).count()
    }

    /// The first index from `at` on that holds a letter or digit.
    pub(super) fn next_word(&self, at: usize) -> usize {
        self.skip_separators(at, self.0.len())
    }

    /// What follows `at`, without separators.
    pub(super) fn words_from(&self, at: usize) -> String {
        self.0.iter().skip(at).filter(|&&c| !is_separator(c)).collect()
    }

    /// Every index at which a name can start.
    pub(super) fn word_starts(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len()).filter(|&at| self.starts_word(at) && self.at(at).is_some_and(|c| !is_separator(c)))
    }

    /// Whether a Latin letter stands here.
    pub(super) fn letter_at(&self, at: usize) -> bool {
        self.at(at).is_some_and(|c| c.is_ascii_alphabetic())
    }

    /// Whether a name can start here: not within a Latin word or a number.
    fn starts_word(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.at(before));
        !before.is_some_and(|c| c.is_ascii_alphanumeric())
    }

    /// The number at `at` as an allele, and the index after it: 1–2 digits, up to 60, with an
    /// optional microvariant (`9.3`).
    fn allele(&self, at: usize) -> Option<usize> {
        let digit = |index| self.at(index).filter(char::is_ascii_digit).and_then(|c| c.to_digit(10));
        let first = digit(at)?;
        let (value, mut end) = digit(at + 1).map_or((first, at + 1), |second| (first * 10 + second, at + 2));
        if self.at(end) == Some('.') && digit(end + 1).is_some_and(|part| (1..=3).contains(&part)) {
            end += 2;
        }
        let alone = !self.at(end).is_some_and(|c| c.is_ascii_alphanumeric());
        (alone && (1..=60).contains(&value)).then_some(end)
    }
}

impl Letters {
    /// The end of the amelogenin allele at `at`: `X`, `Y`, `XX`, `XY`.
    fn sex_allele(&self, at: usize) -> Option<usize> {
        let sex = |index| matches!(self.at(index), Some('X' | 'Y'));
        let end = if sex(at + 1) { at + 2 } else { at + 1 };
        (sex(at) && !self.at(end).is_some_and(|c| c.is_ascii_alphanumeric())).then_some(end)
    }
}

/// Whether `letters` carry a genotype (see `genotype_in_text`).
pub(super) fn carries_genotype(letters: &Letters) -> bool {
    let (mut at, mut loci, mut row) = (0, 0_usize, 0_usize);
    while let Some(c) = letters.at(at) {
        if !letters.starts_word(at) || is_separator(c) {
            at += 1;
        } else if let Some(end) = locus_at(letters, at) {
            if alleles_follow(letters, end) || (c == 'A' && sex_follows(letters, end)) {
                return true;
            }
            (at, loci, row) = (end, loci + 1, 0);
        } else if let Some(end) = letters.allele(at) {
            (at, row) = (end, row + 1);
            if loci >= 3 && row >= loci {
                return true;
            }
        } else {
            (at, row) = (at + 1, 0);
        }
    }
    false
}

/// Two alleles within a short gap, or one directly behind the name.
fn alleles_follow(letters: &Letters, end: usize) -> bool {
    let direct = after_label(letters, letters.skip_separators(end, MAX_GAP));
    if letters.allele(direct).is_some() {
        return true;
    }
    let filler = |c: &char| !c.is_ascii_alphanumeric();
    let gap = letters.0.iter().skip(end).take(MAX_GAP).take_while(|c| filler(c)).count();
    let second = |first: usize| {
        let joined = letters.skip_separators(first, 3);
        let joined =
            if matches!(letters.at(joined), Some('和' | '与' | '及')) { joined + 1 } else { joined };
        joined > first && letters.allele(letters.skip_separators(joined, 3)).is_some()
    };
    letters.allele(end + gap).is_some_and(second)
}

/// Passes over the words that kits put before the numbers.
fn after_label(letters: &Letters, at: usize) -> usize {
    let label = ["ALLELES", "ALLELE", "GENOTYPE"].iter().find_map(|word| spelled(letters, at, word));
    label.map_or(at, |end| letters.skip_separators(end, MAX_GAP))
}

/// An amelogenin result behind its name. No other locus starts with `A`.
fn sex_follows(letters: &Letters, end: usize) -> bool {
    letters.sex_allele(letters.skip_separators(end, MAX_GAP)).is_some()
}

/// Whether the whole text is nothing but alleles: `9.3`, `6,9.3`, `X/Y`.
pub(super) fn is_alleles(letters: &Letters) -> bool {
    let mut at = letters.next_word(0);
    let mut seen = false;
    while letters.at(at).is_some() {
        let Some(end) = letters.allele(at).or_else(|| letters.sex_allele(at)) else { return false };
        (at, seen) = (letters.next_word(end), true);
    }
    seen
}

/// Whether a JSON number can be an allele.
pub(super) fn is_allele_number(number: f64) -> bool {
    (1.0..=60.9).contains(&number)
}

fn letter(c: char) -> Option<char> {
    match c {
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' => None,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).map(|c| c.to_ascii_uppercase()),
        '\u{3000}' => Some(' '),
        _ => Some(c.to_ascii_uppercase()),
    }
}

/// Neither letter nor digit of any script.
fn is_separator(c: char) -> bool {
    !c.is_alphanumeric()
}
