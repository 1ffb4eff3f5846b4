//! The written forms of a known date of birth.
//!
//! Invariant: a year alone is no form of it, and a day without its year only one near a word of birth.

use super::super::found::Kind;
use super::super::glyphs::digit;
use super::super::text::{Gap, Text};
use super::{Pattern, Sight};

/// The words of birth.
const WORDS: [&str; 12] =
    ["生日", "出生", "生于", "生辰", "诞生", "降生", "周岁", "满月", "DOB", "birth", "Birth", "BIRTH"];
/// How far from a date they count, before and behind it.
const BEFORE: usize = 8;
const BEHIND: usize = 5;

/// Adds the forms of `2015-03-09` or `2015-03`; none, if `value` is no such date.
pub(super) fn patterns(value: &str, patterns: &mut Vec<Pattern>) {
    let mut parts = value.split('-').map(|part| part.trim().parse::<u16>().ok());
    let (year, month) = (parts.next().flatten(), parts.next().flatten());
    if let Some((year, month)) = year.zip(month) {
        add(year, month, parts.next().flatten(), patterns);
    }
}

/// Adds the forms of the day `2015-03-09`; none, if `value` is no such date.
pub(super) fn day(value: &str, patterns: &mut Vec<Pattern>) {
    let mut parts = value.split('-').map(|part| part.trim().parse::<u16>().ok());
    let (year, month, day) = (parts.next().flatten(), parts.next().flatten(), parts.next().flatten());
    let Some(((year, month), day)) = year.zip(month).zip(day) else { return };
    let mut push = |form: &str, sight| patterns.push(Pattern::new(form, Kind::Birth, sight));
    for month in spelt(month) {
        for day in spelt(day) {
            push(&format!("{month}月{day}"), Sight::Day);
            push(&format!("{year}年{month}月{day}"), Sight::Day);
            push(&format!("{year}{month}{day}"), Sight::Parted);
        }
    }
    push(&format!("{year}{month:02}{day:02}"), Sight::Day);
}

/// Adds the forms of the date that an identity number of these digits carries.
pub(super) fn of_identity(digits: &[char], patterns: &mut Vec<Pattern>) {
    let number = |from: usize, to: usize| {
        let part = digits.get(from..to)?.iter().collect::<String>();
        part.parse::<u16>().ok()
    };
    let long = digits.len() >= 17;
    let year = if long { number(6, 10) } else { number(6, 8).map(|year| 1900 + year) };
    let at = if long { 10 } else { 8 };
    if let (Some(year), Some(month), Some(day)) = (year, number(at, at + 2), number(at + 2, at + 4)) {
        add(year, month, Some(day), patterns);
    }
}

fn add(year: u16, month: u16, day: Option<u16>, patterns: &mut Vec<Pattern>) {
    let exists = (1900..2100).contains(&year) && (1..=12).contains(&month);
    if !exists || day.is_some_and(|day| !(1..=31).contains(&day)) {
        return;
    }
    let mut push = |form: &str, sight| patterns.push(Pattern::new(form, Kind::Birth, sight));
    let short = format!("{:02}", year % 100);
    for month in spelt(month) {
        push(&format!("{year}年{month}月"), Sight::Month);
        push(&format!("{year}{month}"), Sight::Month);
        push(&format!("{short}年{month}月"), Sight::Born);
        for day in day.map(spelt).unwrap_or_default() {
            push(&format!("{year}年{month}月{day}"), Sight::Day);
            push(&format!("{short}年{month}月{day}"), Sight::Day);
            push(&format!("{year}{month}{day}"), Sight::Parted);
            push(&format!("{day}{month}{year}"), Sight::Parted);
            push(&format!("{month}月{day}"), Sight::Born);
        }
    }
    let Some(day) = day else { return };
    push(&format!("{year}{month:02}{day:02}"), Sight::Day);
    push(&format!("{short}{month:02}{day:02}"), Sight::Born);
    push(&format!("{month:02}{day:02}"), Sight::Born);
    if month < 10 || day < 10 {
        push(&format!("{short}{month}{day}"), Sight::Born);
        push(&format!("{month}{day}"), Sight::Born);
    }
}

/// The ways to write a month or day.
fn spelt(number: u16) -> Vec<String> {
    let (tens, ones) = (number / 10, number % 10);
    let last = if ones > 0 { ones.to_string() } else { String::new() };
    let mut forms = vec![number.to_string()];
    match tens {
        0 => forms.push(format!("0{number}")),
        1 => forms.push(format!("十{last}")),
        2 => forms.extend([format!("2十{last}"), format!("廿{last}")]),
        _ => forms.extend([format!("3十{last}"), format!("卅{last}")]),
    }
    forms
}

/// Whether the date at `start..end` counts by `sight`.
pub(super) fn seen(text: &Text, start: usize, end: usize, sight: Sight) -> bool {
    let figure = |at: usize| digit(text.at(at)).is_some() || "十廿卅".contains(text.at(at));
    let left = start > 0 && text.gap(start) == Gap::None && figure(start - 1);
    let right = text.gap(end) == Gap::None && figure(end);
    if left || right {
        return false;
    }
    let parted = || text.slice(start, end).iter().any(|&c| !c.is_alphanumeric() || c == '年');
    let day = || "-./".contains(text.at(end)) && figure(end + 1);
    match sight {
        Sight::Parted => parted(),
        Sight::Month => parted() && !day(),
        Sight::Born => near(text, start, end),
        _ => true,
    }
}

/// Whether a word of birth stands near.
fn near(text: &Text, start: usize, end: usize) -> bool {
    (start.saturating_sub(BEFORE)..=start).any(|at| text.ends_any(at, &WORDS))
        || (end..=end + BEHIND).any(|at| text.longest(at, &WORDS).is_some())
}

/// Where the date that goes on at `end` ends: behind its 日 or 号.
pub(super) fn end(text: &Text, start: usize, end: usize) -> usize {
    let worded = text.slice(start, end).contains(&'月') && text.at(end - 1) != '月';
    end + usize::from(worded && "日号".contains(text.at(end)))
}
