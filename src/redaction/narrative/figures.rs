//! Figures that stay: dates, amounts, case numbers, articles of law, trains, measures.
//!
//! Knows forms only. Invariant: what is found here has a unit or a frame of its own; a bare run of
//! digits never matches, so that no identifier hides behind these rules.

use super::glyphs::{Few, digit, is_han};
use super::text::{Gap, Text};

/// A date as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Date {
    /// Its first character.
    pub(super) start: usize,
    /// Behind its last character.
    pub(super) end: usize,
    /// Whether it names a month or day, not a year alone.
    pub(super) fine: bool,
}

const SCALE: &str = "十百千万亿廿卅拾佰仟萬";
const MONEY: [&str; 16] = [
    "元",
    "块",
    "万",
    "千元",
    "百元",
    "亿",
    "余元",
    "余万",
    "多元",
    "多万",
    "多块",
    "美元",
    "美金",
    "港币",
    "人民币",
    "圆",
];
const PRICED: [&str; 8] = ["￥", "$", "RMB", "人民币", "CNY", "金额", "价款", "€"];

/// The end of the number at `at`: digits with a decimal part and separators of thousands, or
/// Chinese numerals with their scales. `at` itself, if there is none.
fn number(text: &Text, at: usize) -> usize {
    let mut end = at;
    while end < at + 24 {
        let c = text.at(end);
        let inside =
            end > at && (c == '.' || c == ',' && thousands(text, end)) && text.at(end + 1).is_ascii_digit();
        let opening = end == at && "几数".contains(c);
        let fits = digit(c).is_some() || SCALE.contains(c) || inside || opening;
        if !fits {
            break;
        }
        end += 1;
    }
    end
}

/// Whether the comma at `at` stands before three digits and no fourth.
fn thousands(text: &Text, at: usize) -> bool {
    let digits = text.slice(at + 1, at + 5).iter().take_while(|c| c.is_ascii_digit()).count();
    digits == 3
}

fn few(text: &Text, at: usize, most: usize) -> usize {
    let mut end = at;
    while end < at + most && (digit(text.at(end)).is_some() || "十廿卅元正腊冬初".contains(text.at(end)))
    {
        end += 1;
    }
    end
}

/// Characters that open figures by themselves, and those that do before another one.
const OPENERS: Few = Few::of(&[
    '十', '百', '千', '万', '亿', '廿', '卅', '拾', '佰', '仟', '元', '正', '腊', '冬', '初', '闰', '几',
    '数', '￥', '$', '€', '(', '[', '《', '人', '金', '价', '第',
]);

/// Whether a figure may begin with `c`, beside letters and digits.
pub(super) fn opens(c: char) -> bool {
    OPENERS.has(c)
}

/// Whether a figure may start at `at`; most characters are passed by this.
pub(super) fn may_open(text: &Text, at: usize) -> bool {
    let c = text.at(at);
    if c.is_ascii_alphanumeric() || digit(c).is_some() {
        return true;
    }
    OPENERS.has(c)
        && match c {
            '人' => text.at(at + 1) == '民',
            '金' => text.at(at + 1) == '额',
            '价' => text.at(at + 1) == '款',
            '元' | '正' | '腊' | '冬' => text.at(at + 1) == '月',
            _ => true,
        }
}

/// The date that starts at `at`.
pub(super) fn date(text: &Text, at: usize) -> Option<Date> {
    let before = text.at(at.wrapping_sub(1));
    if digit(before).is_none() {
        // 0101/2030/11 within 320/5832/0101/2030/11 is a piece of a number.
        let piece = "/-.".contains(before) && at >= 2 && digit(text.at(at - 2)).is_some();
        return worded(text, at).or_else(|| (!piece).then(|| dashed(text, at)).flatten());
    }
    // A number may end one line and a date open the next.
    if text.gap(at) == Gap::None {
        return None;
    }
    worded(text, at).or_else(|| dashed(text, at)).filter(|date| date.fine)
}

/// 1990年5月3日, 5月3日, 九〇年五月, 1990年.
fn worded(text: &Text, at: usize) -> Option<Date> {
    let mut end = at;
    let mut fine = false;
    let year = few(text, at, 4);
    let mut next = at;
    if year - at >= 2 && text.at(year) == '年' && text.at(year + 1) != '级' {
        end = year + 1;
        next = end;
        next += text.longest(next, &["农历", "阴历", "的", "旧历"]).unwrap_or(0);
    }
    let lead = usize::from(text.at(next) == '闰');
    let month = few(text, next + lead, 3);
    if month > next && text.at(month) == '月' && text.at(month + 1) != '份' {
        (end, fine) = (month + 1, true);
        let day = few(text, end, 3);
        if day > end && "日号".contains(text.at(day)) {
            end = day + 1;
        } else if day > end && ("初廿十".contains(text.at(end)) || "生农阴。;)\n".contains(text.at(day)))
        {
            end = day;
        }
    } else if month > next && text.at(month) == '月' {
        (end, fine) = (month + 2, true);
    }
    (end > at).then_some(Date { start: at, end, fine })
}

/// 1990-05-03, 1990.5.3, 90/5/3, 1990.5, 05/03/1990.
fn dashed(text: &Text, at: usize) -> Option<Date> {
    let (first, year) = figure(text, at, true);
    let mark = text.at(at + first);
    if first == 0 || !"-./·".contains(mark) {
        return None;
    }
    if let Some(date) = yearless(text, at) {
        return Some(date);
    }
    let (second, month) = figure(text, at + first + 1, true);
    let middle = at + first + 1 + second;
    if first == 4 && (1900..2100).contains(&year) && (1..=2).contains(&second) && (1..=12).contains(&month) {
        let (third, day) = last_figure(text, middle + 1);
        if text.at(middle) == mark && (1..=2).contains(&third) && (1..=31).contains(&day) {
            return Some(Date { start: at, end: middle + 1 + third, fine: true });
        }
        return (text.at(middle) != mark && (mark != '-' || second == 2)).then_some(Date {
            start: at,
            end: middle,
            fine: true,
        });
    }
    let (third, last) = figure(text, middle + 1, true);
    let reversed = third == 4 && (1900..2100).contains(&last) && first <= 2 && second <= 2;
    let short = first == 2
        && mark != '-'
        && second <= 2
        && third <= 2
        && third > 0
        && (1..=12).contains(&month)
        && (1..=31).contains(&last);
    (second > 0 && text.at(middle) == mark && (reversed || short)).then_some(Date {
        start: at,
        end: middle + 1 + third,
        fine: true,
    })
}

/// The figure at `at`, five digits of it at most: how many, and its value. Unless it goes `through` them, a blank ends it.
fn figure(text: &Text, at: usize, through: bool) -> (usize, u32) {
    let inside = |next: &usize| {
        text.at(*next).is_ascii_digit() && (*next == at || through || text.gap(*next) != Gap::Blank)
    };
    let count = (at..at + 5).take_while(inside).count();
    let value = text.slice(at, at + count).iter().fold(0, |sum, c| sum * 10 + c.to_digit(10).unwrap_or(0));
    (count, value)
}

/// The day at `at`, which a time may follow behind a blank: 2021-06-05 09:12.
fn last_figure(text: &Text, at: usize) -> (usize, u32) {
    let whole = figure(text, at, true);
    if whole.0 <= 2 && whole.1 <= 31 { whole } else { figure(text, at, false) }
}

/// “3·14”, 2012-2023; 4-11 D2807 and 03-18 02:13, before a train or a time.
fn yearless(text: &Text, at: usize) -> Option<Date> {
    let (first, one) = figure(text, at, false);
    let mark = text.at(at + first);
    let (second, two) = figure(text, at + first + 1, false);
    let end = at + first + 1 + second;
    let day = first <= 2 && (1..=2).contains(&second) && (1..=12).contains(&one) && (1..=31).contains(&two);
    let quoted = mark == '·' && text.at(at.wrapping_sub(1)) == '“' && text.at(end) == '”';
    let before = mark == '-' && text.gap(end) != Gap::None && (is_train(text, end) || is_time(text, end));
    let year = |value: &u32| (1900..2100).contains(value);
    let years = (first, second) == (4, 4) && [one, two].iter().all(year) && text.at(end) != mark;
    (day && (quoted || before) || years).then_some(Date { start: at, end, fine: false })
}

/// Whether a train's number stands at `at`: D2807.
fn is_train(text: &Text, at: usize) -> bool {
    let digits =
        (at + 1..at + 6).take_while(|&at| text.at(at).is_ascii_digit() && text.gap(at) == Gap::None).count();
    "GDCKTZ".contains(text.at(at)) && (1..=4).contains(&digits)
}

/// Whether a time stands at `at`: 02:13.
fn is_time(text: &Text, at: usize) -> bool {
    let hour = text.slice(at, at + 3).iter().take_while(|c| c.is_ascii_digit()).count();
    (1..=2).contains(&hour) && text.at(at + hour) == ':' && text.at(at + hour + 1).is_ascii_digit()
}

/// The end of the clock time at `at`, which stands after a date: 3时52分, 08:30:15, 5时许.
pub(super) fn clock(text: &Text, at: usize) -> usize {
    let mut end = at;
    end += text
        .longest(end, &["上午", "下午", "凌晨", "晚上", "中午", "早上", "晚", "夜间", "清晨", "傍晚"])
        .unwrap_or(0);
    loop {
        let stop = few(text, end, 3);
        if stop == end {
            break;
        }
        match text.at(stop) {
            '时' | '点' | '分' | '秒' => end = stop + 1 + usize::from(text.at(stop + 1) == '许'),
            ':' if digit(text.at(stop + 1)).is_some() => end = stop + 1,
            _ if text.at(end.wrapping_sub(1)) == ':' => end = stop,
            _ => break,
        }
    }
    end
}

/// The end of the amount, measure or frame that starts at `at`.
pub(super) fn framed(text: &Text, at: usize) -> Option<usize> {
    amount(text, at).or_else(|| case_number(text, at)).or_else(|| law(text, at)).or_else(|| train(text, at))
}

fn amount(text: &Text, at: usize) -> Option<usize> {
    let priced = matches!(text.at(at), '￥' | '$' | 'R' | '人' | 'C' | '金' | '价' | '€');
    let sign = if priced { text.longest(at, &PRICED) } else { None };
    let start = at + sign.unwrap_or(0);
    let end = number(text, start);
    if end == start || at > 0 && sign.is_none() && digit(text.at(at - 1)).is_some() {
        return None;
    }
    // 万, 伍 and 陆 are surnames, and 万元 is no sum without a figure.
    if sign.is_none() && end == start + 1 && "万伍陆".contains(text.at(start)) {
        return None;
    }
    let unit = text.longest(end, &MONEY);
    let whole = text.slice(start, end).iter().filter(|c| c.is_ascii_digit()).count() <= 9;
    match (sign, unit) {
        (_, Some(unit)) if whole => Some(end + unit),
        (Some(_), None) if whole => Some(end),
        _ => None,
    }
}

/// （2018）粤6793刑初669号, 公（万）立字〔2022〕4234号, 法释[2016]28号.
fn case_number(text: &Text, at: usize) -> Option<usize> {
    if !"([".contains(text.at(at)) {
        return None;
    }
    let year = text.slice(at + 1, at + 5);
    if !year.starts_with(&['1', '9']) && !year.starts_with(&['2', '0']) && !year.starts_with(&['二', '〇'])
    {
        return None;
    }
    if !")]".contains(text.at(at + 5)) {
        return None;
    }
    let rest = text.slice(at + 6, at + 34);
    let stop = rest.iter().position(|&c| c == '号')?;
    let body = rest.get(..stop)?;
    let plain = body.iter().all(|&c| c.is_alphanumeric() || "()-第".contains(c));
    let digits = body.iter().rev().take_while(|&&c| digit(c).is_some()).count();
    (plain && (1..=8).contains(&digits)).then_some(at + 6 + stop + 1)
}

/// Where the office's letters before a case number's year begin: 粤检刑诉[2024]79号. A court writes its letters
/// behind the year, and what stands before is a sentence.
pub(super) fn office(text: &Text, at: usize) -> usize {
    const LETTERS: &str = "字诉立刑公民检发释函办通令批捕行决监拘委执移提审申不()";
    let mut start = at;
    if is_han(text.at(at + 6)) && text.at(at + 6) != '第' {
        return at;
    }
    while start > 0 && at - start < 9 && LETTERS.contains(text.at(start - 1)) {
        let opening = (start.saturating_sub(6)..start).rev().find(|&at| text.at(at) == '(');
        start = opening.filter(|_| text.at(start - 1) == ')').unwrap_or(start - 1);
    }
    // The letter of the place.
    start - usize::from(start < at && start > 0 && is_han(text.at(start - 1)))
}

/// 《…》第二百四十条第一款.
fn law(text: &Text, at: usize) -> Option<usize> {
    if text.at(at) == '《' {
        let title = text.slice(at, at + 60);
        return title.iter().position(|&c| c == '》').map(|stop| at + stop + 1);
    }
    if text.at(at) != '第' {
        return None;
    }
    let end = number(text, at + 1);
    (end > at + 1 && "条款项章节页卷次届期批".contains(text.at(end))).then_some(end + 1)
}

/// G6350次, CZ0549航班, K1234/1235次.
fn train(text: &Text, at: usize) -> Option<usize> {
    if at > 0 && text.at(at - 1).is_ascii_alphanumeric() {
        return None;
    }
    let mut end = at;
    while end < at + 12 && (text.at(end).is_ascii_alphanumeric() || text.at(end) == '/') {
        end += 1;
    }
    let unit = text
        .longest(end, &["次列车", "次航班", "次高铁", "次动车", "次火车", "次", "航班", "号列车", "列车"])?;
    (end > at).then_some(end + unit)
}
