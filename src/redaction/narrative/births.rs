//! Dates of birth among the dates; the others stay.
//!
//! Invariant: a date is one of birth only by what stands around it.

use super::figures::{self, Date};
use super::found::{Found, Kind, Marks};
use super::glyphs::{digit, is_han};
use super::names;
use super::steps::Steps;
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
const AFTER: [&str; 15] = [
    "出生",
    "生人",
    "降生",
    "诞生",
    "所生",
    "产下",
    "生于",
    "生下",
    "(出生",
    "日生",
    "左右出生",
    "前后出生",
    "农历生日",
    "阴历生日",
    "生日",
];
/// The hours of birth, two of our own each.
const HOURS: &str = "子丑寅卯辰巳午未申酉戌亥";
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// What 生 begins other than a birth.
const OTHER: &str = "活产效前病命意物态成根存";

/// Marks every date and frame in `guard`, and finds the dates of birth among them.
pub(super) fn find(text: &Text, steps: &Steps, guard: &mut Marks, found: &mut Vec<Found>) {
    let columned = has_column(text, steps);
    let mut next = 0;
    while let Some(at) = steps.next(next) {
        next = at + 1;
        if !figures::may_open(text, at) {
            continue;
        }
        if let Some(date) = figures::date(text, at) {
            if date.fine && (is_birth(text, date) || columned && is_cell(text, date)) {
                found.push(Found { start: at, end: date.end, kind: Kind::Birth, score: 0.95, rule: "birth" });
            }
            let end = figures::clock(text, date.end);
            if !is_given(text, date) {
                guard.set(at, end);
            }
            next = end;
        } else if let Some(end) = compact(text, at).or_else(|| english(text, at)) {
            found.push(Found { start: at, end, kind: Kind::Birth, score: 0.95, rule: "birth-compact" });
            guard.set(at, end);
            next = end;
        } else if let Some(end) = figures::framed(text, at) {
            let bracket = text.at(at) == '[' || text.at(at) == '(';
            guard.set(if bracket { figures::office(text, at) } else { at }, end);
            next = end;
        }
    }
}

/// Whether a heading 出生日期 stands over a column: the next column's heading follows it, no value.
fn has_column(text: &Text, steps: &Steps) -> bool {
    let first = steps.next(0);
    std::iter::successors(first, |at| steps.next(at + 1)).any(|at| {
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
    let day = || count == 4 && text.ends_any(at, &["生日", "生日:", "生日是"]);
    (matches!(count, 4 | 6 | 8)
        && (announced(text, at) && count > 4 || followed(text, date) && count == 8 || day()))
    .then_some(end)
}

/// Whether a month stands behind a surname, as the name of somebody who was born in it: 戴|腊月.
fn is_given(text: &Text, date: Date) -> bool {
    let Some(before) = date.start.checked_sub(1) else { return false };
    let month = "腊正冬".contains(text.at(date.start)) && date.end == date.start + 2;
    month && names::is_single(text.slice(before, date.end)) && !"于年至到在从时元和".contains(text.at(before))
}

/// 07 MAR 2004 behind DOB: the end.
fn english(text: &Text, at: usize) -> Option<usize> {
    let count = |from: usize, fits: fn(&char) -> bool| {
        text.slice(from, from + 9).iter().take_while(|c| fits(c)).count()
    };
    let day = count(at, char::is_ascii_digit);
    let word = count(at + day, char::is_ascii_alphabetic);
    let name: String = text.slice(at + day, at + day + 3).iter().map(char::to_ascii_uppercase).collect();
    let year = at + day + word + usize::from("-./,".contains(text.at(at + day + word)));
    let end = year + count(year, char::is_ascii_digit);
    let whole = (1..=2).contains(&day) && word >= 3 && MONTHS.contains(&name.as_str()) && end == year + 4;
    (whole && announced(text, at)).then_some(end)
}

fn is_birth(text: &Text, date: Date) -> bool {
    announced(text, date.start) || followed(text, date) || of_a_person(text, date) || is_told(text, date)
}

/// 她是1998年2月17日的.
fn is_told(text: &Text, date: Date) -> bool {
    let subject =
        text.ends_any(date.start, &["她是", "他是", "我是", "孩子是", "女儿是", "儿子是", "她", "属相是"]);
    let over = !is_han(text.at(date.end + 1)) || text.gap(date.end + 1) != Gap::None;
    let whole = text.ends_any(date.start, &[":", "\n"])
        && (text.at(date.end + 1) == '\n' || text.gap(date.end + 1) == Gap::Line);
    (subject || whole) && text.at(date.end) == '的' && over
}

/// Finds the dates that stand in brackets behind a name, and nothing of what happened then: 王芳(1997年1月28日).
pub(super) fn behind_names(text: &Text, found: &mut Vec<Found>) {
    let beside = |name: &Found| {
        let start = name.end + 1;
        let date = figures::date(text, start).filter(|date| date.fine && text.at(name.end) == '(')?;
        let with_year = text.slice(start, start + 4).iter().take_while(|c| digit(**c).is_some()).count() == 4;
        let alone =
            ")、;".contains(text.at(date.end)) || text.at(date.end) == ',' && !is_event(text, date.end + 1);
        (with_year && alone).then_some(date)
    };
    let dates: Vec<Date> = found.iter().filter(|name| name.kind == Kind::Person).filter_map(beside).collect();
    found.extend(dates.into_iter().map(|Date { start, end, .. }| Found {
        start,
        end,
        kind: Kind::Birth,
        score: 0.9,
        rule: "birth-behind-name",
    }));
}

/// Whether what happened to somebody is told at `at`: 失踪, 在某地被拐.
fn is_event(text: &Text, at: usize) -> bool {
    const EVENTS: [&str; 20] = [
        "失踪", "走失", "报案", "报警", "被", "在", "于", "到", "因", "从", "由", "离", "外出", "失联",
        "死亡", "去世", "病故", "判", "入所", "入站",
    ];
    text.longest(at, &EVENTS).is_some()
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
            "“", "时间", "|", "写", "写着", "登记",
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
    let hour = HOURS.contains(text.at(date.end)) && text.at(date.end + 1) == '时';
    hour || AFTER.iter().any(|word| text.has(next, word))
        || text.at(next) == '生' && !OTHER.contains(text.at(next + 1))
}

/// Whether the date stands in the list of a person's particulars: 男,1985年10月3日,汉族.
fn of_a_person(text: &Text, date: Date) -> bool {
    let sexed = text
        .ends_any(date.start, &["男,", "女,", "男", "女", "男、", "女、", "男性,", "女性,", "男;", "女;"]);
    let listed =
        ",;、)(".contains(text.at(date.end)) || text.at(date.end) == '\n' || text.gap(date.end) != Gap::None;
    let by_nation = text.ends_any(date.start, &["族,", "族、"]) && listed;
    sexed && listed || by_nation
}
