//! Numbers of passports, permits, vehicles and devices: letters before digits.

use super::cues::{self, Cue};
use super::found::{Found, Kind, Marks};
use super::glyphs::digit;
use super::text::{Gap, Text};

/// Finds document numbers outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < text.len() {
        let Some((end, letters, digits)) = word(text, at, guard) else {
            at += 1;
            continue;
        };
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
        at = end;
    }
    soldiers(text, found);
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
        let next = end + usize::from(end > at && "-.·/_".contains(text.at(end)) && fits(end + 1));
        let worded = letters >= 3 && text.gap(next) != Gap::None;
        if !fits(next) || worded {
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
fn soldiers(text: &Text, found: &mut Vec<Found>) {
    for at in 0..text.len() {
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
