//! Dates of birth among the dates; the others stay.
//!
//! Invariant: a date is one of birth only by what stands around it.

use super::figures::{self, Date};
use super::found::{Found, Kind, Marks};
use super::glyphs::digit;
use super::text::{Gap, Text};

const BEFORE: [&str; 17] = [
    "出生日期",
    "出生年月日",
    "出生年月",
    "出生时间",
    "出生于",
    "生于",
    "生日",
    "出生",
    "诞生于",
    "生辰",
    "降生于",
    "born",
    "DOB",
    "Birth",
    "农历生日",
    "阴历生日",
    "生年月日",
];
const AFTER: [&str; 12] =
    ["出生", "生人", "降生", "诞生", "所生", "产下", "生于", "生下", "(出生", "日生", "左右出生", "前后出生"];
/// What 生 begins other than a birth.
const OTHER: &str = "活产效前病命意物态成根存";

/// Marks every date and frame in `guard`, and finds the dates of birth among them.
pub(super) fn find(text: &Text, guard: &mut Marks, found: &mut Vec<Found>) {
    let columned = has_column(text);
    let mut at = 0;
    while at < text.len() {
        if !figures::may_open(text, at) {
            at += 1;
        } else if let Some(date) = figures::date(text, at) {
            if date.fine && (is_birth(text, date) || columned && is_cell(text, date)) {
                found.push(Found { start: at, end: date.end, kind: Kind::Birth, score: 0.95, rule: "birth" });
            }
            let end = figures::clock(text, date.end);
            guard.set(at, end);
            at = end;
        } else if let Some(end) = compact(text, at) {
            found.push(Found { start: at, end, kind: Kind::Birth, score: 0.95, rule: "birth-compact" });
            guard.set(at, end);
            at = end;
        } else if let Some(end) = figures::framed(text, at) {
            let bracket = text.at(at) == '[' || text.at(at) == '(';
            guard.set(if bracket { figures::office(text, at) } else { at }, end);
            at = end;
        } else {
            at += 1;
        }
    }
}

/// Whether a heading 出生日期 stands over a column: the next column's heading follows it, no value.
fn has_column(text: &Text) -> bool {
    (0..text.len()).any(|at| {
        text.at(at) == '出'
            && text.longest(at, &["出生日期", "出生年月", "出生年月日", "出生时间"]).is_some_and(|length| {
                let end = at + length;
                let bar = usize::from(text.at(end) == '|');
                let divided = text.gap(end) == Gap::Blank || bar > 0 || text.at(end) == '\n';
                divided && digit(text.at(end + bar)).is_none()
            })
    })
}

/// Whether the date fills a cell of a table.
fn is_cell(text: &Text, date: Date) -> bool {
    let edge = |at: usize| text.gap(at) != Gap::None || text.at(at) == '\n';
    let opens = edge(date.start) || text.ends_any(date.start, &["|", "\n"]);
    opens && (edge(date.end) || text.at(date.end) == '|')
}

/// 19900503 or 900503 behind 出生 or before 出生: the end.
fn compact(text: &Text, at: usize) -> Option<usize> {
    if at > 0 && digit(text.at(at - 1)).is_some() {
        return None;
    }
    let count = text.slice(at, at + 9).iter().take_while(|c| digit(**c).is_some()).count();
    let end = at + count;
    let date = Date { start: at, end, fine: true };
    (matches!(count, 4 | 6 | 8) && (announced(text, at) && count > 4 || followed(text, date) && count == 8))
        .then_some(end)
}

fn is_birth(text: &Text, date: Date) -> bool {
    announced(text, date.start) || followed(text, date) || of_a_person(text, date)
}

/// Whether 出生日期 or the like stands before `start`, with nothing but signs between.
fn announced(text: &Text, start: usize) -> bool {
    let mut end = start;
    for _ in 0..3 {
        if text.ends_any(end, &BEFORE) {
            return true;
        }
        let filler = [
            "为", "是", ":", "系", "农历", "阴历", "(", "公历", "在", "日", "的", "大概", "约", "应为", "于",
            "“", "时间",
        ];
        let Some(length) =
            filler.iter().filter(|word| text.ends(end, word)).map(|word| word.chars().count()).max()
        else {
            return false;
        };
        end -= length;
    }
    false
}

/// Whether 生 or 出生 follows.
fn followed(text: &Text, date: Date) -> bool {
    let mut next = date.end;
    next += text
        .longest(next, &["(农历)", "(阴历)", "左右", "许", "前后", "凌晨", "的", "(身份证)", "(公历)", ","])
        .unwrap_or(0);
    AFTER.iter().any(|word| text.has(next, word))
        || text.at(next) == '生' && !OTHER.contains(text.at(next + 1))
}

/// Whether the date stands in the list of a person's particulars: 男,1985年10月3日,汉族.
fn of_a_person(text: &Text, date: Date) -> bool {
    let sexed = text
        .ends_any(date.start, &["男,", "女,", "男", "女", "男、", "女、", "男性,", "女性,", "男;", "女;"]);
    let listed = ",;、)(".contains(text.at(date.end)) || text.at(date.end) == '\n';
    let by_nation = text.ends_any(date.start, &["族,", "族、"]) && listed;
    sexed && listed || by_nation
}
