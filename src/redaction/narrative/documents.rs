//! Numbers of passports, permits, vehicles and devices: letters before digits.

use super::cues::{self, Cue};
use super::found::{Found, Kind, Marks};
use super::glyphs::digit;
use super::runs;
use super::steps::Steps;
use super::text::{Gap, Text};

/// Finds document numbers outside of `guard`.
pub(super) fn find(text: &Text, steps: &Steps, guard: &Marks, found: &mut Vec<Found>) {
    let mut next = 0;
    while let Some(at) = steps.next(next) {
        next = at + 1;
        let formed = device(text, at).map(|end| (end, "device-address"));
        if let Some((end, rule)) = formed.or_else(|| Some((burmese(text, at)?, "burmese-card"))) {
            found.push(Found { start: at, end, kind: Kind::Document, score: 0.95, rule });
            next = end;
            continue;
        }
        let Some((end, letters, digits)) = word(text, at, guard) else { continue };
        next = next.max(end);
        let verdict = match cues::before(text, at) {
            Some(Cue::Of(Kind::Document | Kind::Identity)) if digits >= 3 && letters + digits >= 5 => {
                Some((0.99, "document-after-cue"))
            }
            Some(Cue::Case) => None,
            _ if is_cue(text, at, letters) => None,
            _ if letters + digits == 17 && letters >= 2 && digits >= 4 => Some((0.9, "vehicle-number")),
            _ if (1..=2).contains(&letters) && (7..=10).contains(&digits) && opens_with_letter(text, at) => {
                Some((0.85, "document-by-form"))
            }
            _ => None,
        };
        if let Some((score, rule)) = verdict {
            found.push(Found { start: at, end, kind: Kind::Document, score, rule });
        }
    }
    soldiers(text, steps, found);
}

/// The end of a network card's address at `at`: 00:1A:2B:3C:4D:5E.
fn device(text: &Text, at: usize) -> Option<usize> {
    let pairs = text.slice(at, at + 17).chunks(3);
    let mark = text.at(at + 2);
    let whole = pairs.len() == 6
        && "-:".contains(mark)
        && pairs.enumerate().all(|(nth, pair)| {
            pair.iter().take(2).all(char::is_ascii_hexdigit) && (nth == 5 || pair.get(2) == Some(&mark))
        });
    let within = |at: usize| text.at(at).is_ascii_alphanumeric() && text.gap(at) == Gap::None;
    (whole && !within(at + 17) && (at == 0 || !within(at - 1))).then_some(at + 17)
}

/// The end of a Burmese citizen's card number at `at`: 13/MASATA(N)044718.
fn burmese(text: &Text, at: usize) -> Option<usize> {
    let count = |from: usize, fits: fn(&char) -> bool| {
        text.slice(from, from + 12).iter().take_while(|c| fits(c)).count()
    };
    let state = count(at, char::is_ascii_digit);
    let town = at + state + 1;
    let letters = count(town, char::is_ascii_alphabetic);
    let class = town + letters;
    let marks = count(class + 1, char::is_ascii_alphabetic);
    let number = class + marks + 2;
    let digits = count(number, char::is_ascii_digit);
    let whole = (1..=2).contains(&state)
        && text.at(town - 1) == '/'
        && (3..=10).contains(&letters)
        && (text.at(class), text.at(number - 1)) == ('(', ')')
        && (1..=2).contains(&marks)
        && (5..=7).contains(&digits);
    whole.then_some(number + digits)
}

/// Whether the letters at `at` are a cue of their own: `QQ12345678`.
fn is_cue(text: &Text, at: usize, letters: usize) -> bool {
    matches!(cues::before(text, at + letters), Some(Cue::Of(kind)) if kind != Kind::Document)
}

fn opens_with_letter(text: &Text, at: usize) -> bool {
    text.at(at).is_ascii_alphabetic()
}

/// The letters and digits at `at`, blanks and hyphens between them: the end, how many of each.
fn word(text: &Text, at: usize, guard: &Marks) -> Option<(usize, usize, usize)> {
    let fits =
        |at: usize| !guard.has(at) && (text.at(at).is_ascii_alphanumeric() || digit(text.at(at)).is_some());
    if !fits(at) || at > 0 && text.at(at - 1).is_ascii_alphanumeric() && text.gap(at) == Gap::None {
        return None;
    }
    let (mut end, mut letters, mut digits) = (at, 0, 0);
    while end < at + 32 {
        let stars = text.slice(end, end + 14).iter().take_while(|c| **c == '*').count();
        let next = if stars >= 2 && end > at && fits(end + stars) {
            end + stars
        } else {
            end + usize::from(end > at && "-.·/_".contains(text.at(end)) && fits(end + 1))
        };
        let worded = letters >= 3 && text.gap(next) != Gap::None;
        if !fits(next) || worded || next > at && runs::counts(text, next + 1) {
            break;
        }
        if text.at(next).is_ascii_alphabetic() {
            letters += 1;
        } else {
            digits += 1;
        }
        end = next + 1;
    }
    Some((end, letters, digits))
}

/// 南字第01234567号, 军字第12345号: officers' cards.
fn soldiers(text: &Text, steps: &Steps, found: &mut Vec<Found>) {
    let first = steps.next(0);
    for at in std::iter::successors(first, |at| steps.next(at + 1)) {
        if text.at(at) != '字' {
            continue;
        }
        if !(text.has(at, "字第") || text.has(at, "字") && digit(text.at(at + 1)).is_some()) {
            continue;
        }
        let start = at + if text.has(at, "字第") { 2 } else { 1 };
        let digits = text.slice(start, start + 12).iter().take_while(|c| digit(**c).is_some()).count();
        let lead = at.saturating_sub(1);
        let office = "立刑民初终执破移提不".contains(text.at(lead));
        let announced = matches!(cues::nearby(text, lead, 8), Some(Cue::Of(Kind::Document)));
        if (5..=10).contains(&digits) && (announced || !office) {
            let end = start + digits;
            found.push(Found { start: lead, end, kind: Kind::Document, score: 0.9, rule: "officer-card" });
        }
    }
}
