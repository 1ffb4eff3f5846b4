//! The written forms of a known number, account or plate.

use super::super::found::Kind;
use super::super::glyphs::{digit, is_han};
use super::{Pattern, Sight, births, reduced, skeleton};

/// The fewest digits of a number that tell it without a word beside them.
const TELLING: usize = 6;
/// The most digits of a number of which people cover some with rings.
const LONGEST: usize = 40;
/// How many digits the numbers of identity cards have at least, of all that lead values hold.
const IDENTITY: usize = 15;

/// The forms of one value: as a number if digits make it one, else as an account.
pub(super) fn patterns(value: &[char], patterns: &mut Vec<Pattern>) {
    let digits: Vec<char> = value.iter().filter_map(|&c| Some(char::from(b'0' + digit(c)?))).collect();
    let letters = value.iter().filter(|c| c.is_ascii_alphabetic()).count();
    if digits.len() < 4 || letters > 1 && digits.len() < TELLING {
        return accounts(value, None, patterns);
    }
    let abroad = digits.starts_with(&['0', '0', '8', '6']);
    let kind = if digits.len() >= IDENTITY && !abroad { Kind::Identity } else { Kind::Phone };
    number(&digits, kind, patterns);
    for local in locals(&digits) {
        number(local, kind, patterns);
    }
    if kind == Kind::Identity {
        births::of_identity(&digits, patterns);
        if value.last().is_some_and(|c| matches!(c, 'x' | 'X')) {
            checked(&digits, patterns);
        }
    }
    let plain = letters == 0 || kind == Kind::Identity;
    accounts(value, plain.then_some(kind), patterns);
}

/// A telephone number without the code of its country or area.
fn locals(digits: &[char]) -> impl Iterator<Item = &[char]> {
    let behind =
        |lead: &[char], most: usize| digits.strip_prefix(lead).filter(move |rest| rest.len() <= most);
    let country = [behind(&['8', '6'], 11), behind(&['0', '0', '8', '6'], 11)];
    let area = if digits.first() == Some(&'0') && (10..=12).contains(&digits.len()) {
        [digits.get(3..), digits.get(4..)]
    } else {
        [None, None]
    };
    country.into_iter().map(|rest| rest.filter(|rest| rest.len() >= 10)).chain(area).flatten()
}

/// The number in full, each six digits of it, its last four and six behind a word, what covers leave of it.
fn number(digits: &[char], kind: Kind, patterns: &mut Vec<Pattern>) {
    let mut add = |form: Option<&[char]>, sight| {
        patterns.extend(form.map(|form| Pattern { skeleton: form.to_vec(), kind, sight }));
    };
    for start in 0..digits.len().saturating_sub(TELLING - 1) {
        add(digits.get(start..start + TELLING), Sight::Digits);
    }
    add((digits.len() < TELLING).then_some(digits), Sight::Alone);
    for (head, tail) in [(3, 4), (4, 4), (6, 4), (3, 3), (2, 4), (6, 3), (3, 2), (6, 2), (4, 3)] {
        let ends = digits.get(..head).zip(digits.len().checked_sub(tail).and_then(|at| digits.get(at..)));
        let Some((first, last)) = ends.filter(|_| head + tail < digits.len()) else { continue };
        add(Some(&[first, last].concat()), Sight::Covered);
        if digits.len() > LONGEST {
            continue;
        }
        let rings = vec!['0'; digits.len() - head - tail];
        add(Some(&[first, rings.as_slice(), last].concat()), Sight::Ringed);
    }
    for count in [4, 5] {
        add(digits.len().checked_sub(count).and_then(|start| digits.get(start..)), Sight::Announced);
        add(digits.get(..count), Sight::Announced);
    }
}

/// The last digits before the X of an identity number: 尾号01X.
fn checked(digits: &[char], patterns: &mut Vec<Pattern>) {
    for count in 1..TELLING {
        let last = digits.len().checked_sub(count).and_then(|start| digits.get(start..));
        patterns.extend(last.map(|last| Pattern {
            skeleton: last.to_vec(),
            kind: Kind::Identity,
            sight: Sight::Checked,
        }));
    }
}

/// An account, e-mail address or plate: in full, without its province, before its `@`.
pub(super) fn accounts(value: &[char], number: Option<Kind>, patterns: &mut Vec<Pattern>) {
    let whole: String = value.iter().collect();
    let plate = value.first().is_some_and(|&c| is_han(c));
    let kind = if plate {
        Kind::Plate
    } else if whole.contains('@') {
        Kind::Email
    } else {
        number.unwrap_or(Kind::Netname)
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
