//! Runs of digits as identifiers: identity numbers, phones, bank cards, QQ.
//!
//! Invariant: a check digit raises the score and never vetoes; a run too long for any figure of
//! speech is masked even if nothing says what it is.

use super::cues::{self, Cue};
use super::found::{Found, Kind, Marks};
use super::runs::{self, Run};
use super::steps::Steps;
use super::text::{Gap, Text};

/// Public numbers that stay.
const HOTLINES: [&str; 20] = [
    "110", "112", "114", "119", "120", "122", "999", "12110", "12338", "12309", "12345", "12348", "12355",
    "12315", "12320", "12333", "12337", "12368", "12388", "12389",
];
/// Units after a count; nobody counts to ten millions without one.
const UNITS: &str = "元块万亿名人个次年月岁天米克吨件起条平%度";

/// Finds identifiers among the runs of digits outside of `guard`.
pub(super) fn find(text: &Text, steps: &Steps, guard: &Marks, found: &mut Vec<Found>) {
    let mut next = 0;
    while let Some(at) = steps.next(next) {
        next = at + 1;
        let Some(run) = runs::run(text, at, guard) else { continue };
        next = next.max(run.end);
        if !follows_letter(text, &run) {
            judge(text, &run, found);
        }
    }
}

/// Whether the run is the tail of a word in Latin letters (`wxid_12345`, `G6350`), which other rules
/// read.
fn follows_letter(text: &Text, run: &Run) -> bool {
    run.start.checked_sub(1).is_some_and(|at| {
        let c = text.at(at);
        (c.is_ascii_alphabetic() || c == '_')
            && text.gap(run.start) == Gap::None
            && cues::before(text, run.start).is_none()
            && run.count < 11
    })
}

fn judge(text: &Text, run: &Run, found: &mut Vec<Found>) {
    let cue = cues::before(text, run.start);
    let least = if "Xx".contains(text.at(run.end)) { 1 } else { 3 };
    if (least..=6).contains(&run.count) && is_tail(text, run.start) {
        found.push(Found {
            start: run.start,
            end: run.end + usize::from(!run.check_x && "Xx".contains(text.at(run.end))),
            kind: Kind::Bank,
            score: 0.9,
            rule: "last-digits",
        });
        return;
    }
    let (kind, score, rule) = match cue {
        Some(Cue::Case) if !is_mobile(run) && !is_identity(run) => return,
        Some(Cue::Of(kind)) => match announced(text, run, kind) {
            Some(verdict) => verdict,
            None => return,
        },
        _ => match unannounced(text, run) {
            Some(verdict) => verdict,
            None => return,
        },
    };
    let end = if kind == Kind::Phone { extension(text, run.end) } else { run.end };
    found.push(Found { start: run.start, end, kind, score, rule });
}

/// The verdict on a run that a cue stands before.
fn announced(text: &Text, run: &Run, kind: Kind) -> Option<(Kind, f32, &'static str)> {
    let least = match kind {
        Kind::Phone | Kind::Qq | Kind::Wechat | Kind::Document | Kind::Netname => 5,
        Kind::Identity | Kind::Bank => 6,
        Kind::Plate | Kind::Email => 4,
        _ => return None,
    };
    if run.count < least || is_hotline(text, run) || has_unit(text, run) && run.count < 9 {
        return None;
    }
    let kind = match kind {
        Kind::Phone if run.count >= 15 => shaped(run).unwrap_or(Kind::Identity),
        Kind::Bank | Kind::Identity | Kind::Qq if is_mobile(run) && run.count == 11 => Kind::Phone,
        kind => kind,
    };
    Some((kind, 0.99, "number-after-cue"))
}

/// The verdict on a run by its form alone.
fn unannounced(text: &Text, run: &Run) -> Option<(Kind, f32, &'static str)> {
    if let Some(kind) = shaped(run) {
        return Some((kind, 0.95, "number-by-form"));
    }
    let wide = cues::nearby(text, run.start, 16);
    if let Some(Cue::Of(kind)) = wide
        && run.count >= 7
        && !has_unit(text, run)
    {
        return Some((kind, 0.9, "number-near-cue"));
    }
    if run.count < 7
        || is_hotline(text, run)
        || has_unit(text, run) && run.count < 11
        || wide == Some(Cue::Case)
    {
        return None;
    }
    if run.count == 8 && is_date(run, 0) && run.end - run.start == 8 {
        return None;
    }
    Some((Kind::Phone, 0.7, "long-number"))
}

/// What a run of this length and beginning is.
fn shaped(run: &Run) -> Option<Kind> {
    if is_identity(run) {
        return Some(Kind::Identity);
    }
    match run.count {
        _ if run.plus && run.count >= 7 => Some(Kind::Phone),
        10..=15 if run.opens(&[0, 0]) => Some(Kind::Phone),
        10..=12 if run.opens(&[0]) => Some(Kind::Phone),
        11 | 12 if is_mobile(run) => Some(Kind::Phone),
        13 if run.opens(&[8, 6, 1]) => Some(Kind::Phone),
        14.. if run.opens(&[6, 2]) || run.opens(&[4]) || run.opens(&[5]) || run.opens(&[9, 5]) => {
            Some(Kind::Bank)
        }
        14.. => Some(Kind::Identity),
        _ => None,
    }
}

/// Whether 尾号 or the like stands before `at`.
fn is_tail(text: &Text, at: usize) -> bool {
    let at = at
        - ["号码为", "号码是", "为", "是", ":", "数字", "("]
            .iter()
            .find(|word| text.ends(at, word))
            .map_or(0, |word| word.chars().count());
    text.ends_any(
        at,
        &["尾号", "后四位", "末四位", "尾数", "后4位", "末4位", "后六位", "末六位", "后三位", "末位"],
    )
}

fn is_mobile(run: &Run) -> bool {
    run.opens(&[1]) && run.digits.get(1).is_some_and(|&digit| digit >= 3) && (10..=12).contains(&run.count)
}

/// Whether the run reads as an identity number: a region, a date of birth, a serial number; one
/// digit too many or too few, and a wrong check digit, are no pardon.
fn is_identity(run: &Run) -> bool {
    let region = (11..=82).contains(&run.number(0, 2));
    let long = (16..=19).contains(&run.count) && ((5..=7).any(|at| is_date(run, at)) || run.check_x);
    let short = run.count == 15 && is_short_date(run, 6);
    region && (long || short) || run.check_x
}

/// Whether eight digits from `at` write a date of 1900 to 2099.
fn is_date(run: &Run, at: usize) -> bool {
    (1900..2100).contains(&run.number(at, 4)) && is_day(run, at + 4)
}

fn is_short_date(run: &Run, at: usize) -> bool {
    is_day(run, at + 2)
}

fn is_day(run: &Run, at: usize) -> bool {
    (1..=12).contains(&run.number(at, 2)) && (1..=31).contains(&run.number(at + 2, 2))
}

/// Whether the run is a public number, or two of them joined.
fn is_hotline(text: &Text, run: &Run) -> bool {
    let written: String = text.slice(run.start, run.end).iter().collect();
    let mut parts = written.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).peekable();
    let public = |part: &str| {
        HOTLINES.contains(&part)
            || part.len() == 5
                && (part.starts_with("12")
                    || part.starts_with("10")
                    || part.starts_with("95")
                    || part.starts_with("96"))
    };
    parts.peek().is_some() && parts.all(public)
}

fn has_unit(text: &Text, run: &Run) -> bool {
    let next = text.at(run.end);
    UNITS.contains(next)
        || "余多".contains(next) && UNITS.contains(text.at(run.end + 1))
        || text.has(run.end, "公里")
}

/// The end of the extension behind a phone: 转003, 分机12.
fn extension(text: &Text, end: usize) -> usize {
    let mut next = end;
    if "(,-".contains(text.at(next)) {
        next += 1;
    }
    let Some(word) = text.longest(next, &["转", "分机", "分机号", "内线", "ext", "ext.", "转分机", "#", "x"])
    else {
        return end;
    };
    next += word;
    let digits =
        text.slice(next, next + 6).iter().take_while(|c| super::glyphs::digit(**c).is_some()).count();
    if digits == 0 { end } else { next + digits }
}
