//! Names in Latin letters and pinyin, names with a middle dot, names in other scripts.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::accounts::is_plain;
use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::is_han;
use super::super::text::{Gap, Text};
use super::context;
use super::peoples::transcribes;
use super::vocabulary::WORDS;

const INITIALS: &str = "b p m f d t n l g k h j q x zh ch sh r z c s y w";
const FINALS: &str = "a o e ai ei ao ou an en ang eng ong i ia ie iao iu ian in iang ing iong u ua uo uai ui uan un uang ueng v ve ue er";

static SYLLABLES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let joined =
        INITIALS.split(' ').flat_map(|initial| FINALS.split(' ').map(move |last| format!("{initial}{last}")));
    joined.chain("a o e ai ei ao ou an en ang er".split(' ').map(str::to_owned)).collect()
});

/// Finds them outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < text.len() {
        let next = latin(text, at, guard, found)
            .or_else(|| dotted(text, at, guard, found))
            .or_else(|| script(text, at, found));
        at = next.unwrap_or(at + 1).max(at + 1);
    }
}

const fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}')
}

/// The words in Latin letters from `at`; where to go on.
fn latin(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) -> Option<usize> {
    if !is_latin(text.at(at)) || at > 0 && is_attached(text, at) {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    let mut end = at;
    while words.len() < 8 {
        let start = end
            + usize::from(
                end > at
                    && "·.-,_".contains(text.at(end))
                    && is_latin(text.at(end + 1))
                    && (text.at(end) != ',' || text.gap(end + 1) != Gap::None),
            );
        let stop = word_end(text, start);
        if stop == start || stop - start > 24 {
            break;
        }
        words.push(text.slice(start, stop).iter().collect());
        end = stop;
    }
    if text.at(end).is_ascii_digit() && text.gap(end) == Gap::None || "_@".contains(text.at(end)) || end == at
    {
        return Some(end.max(at + 1));
    }
    if !guard.any(at, end)
        && let Some(score) = named(text, at, end, &words)
    {
        found.push(Found { start: at, end, kind: Kind::Person, score, rule: "latin-name" });
    }
    Some(end)
}

fn is_attached(text: &Text, at: usize) -> bool {
    let c = text.at(at - 1);
    text.gap(at) == Gap::None && (is_latin(c) || c.is_ascii_digit() || "_@.".contains(c))
}

/// The end of the word at `at`: a blank or a capital after a blank ends it.
fn word_end(text: &Text, at: usize) -> usize {
    let mut end = at;
    while is_latin(text.at(end)) && (end == at || text.gap(end) != Gap::Blank) && end < at + 25 {
        end += 1;
    }
    end
}

/// How surely the words are a name.
fn named(text: &Text, start: usize, end: usize, words: &[String]) -> Option<f32> {
    let telling: Vec<&String> = words.iter().filter(|word| !is_plain(&word.to_lowercase())).collect();
    let letters: usize = telling.iter().map(|word| word.chars().count()).sum();
    let capital = |word: &&&String| word.chars().next().is_some_and(char::is_uppercase);
    let capitals = telling.iter().filter(capital).count();
    let cued = context::before(text, start) >= 14 || context::after(text, end) >= 16;
    let spelled = telling.iter().all(|word| is_pinyin(&word.to_lowercase()));
    if letters < 2 || telling.is_empty() {
        return None;
    }
    match telling.len() {
        1 if capitals == 1 && letters >= 3 && (cued || spelled) => Some(0.85),
        1 if spelled && letters >= 5 && cued => Some(0.8),
        1 if capitals == 1
            && letters >= 4
            && telling.iter().any(|word| word.chars().any(char::is_lowercase)) =>
        {
            Some(0.6)
        }
        1 => None,
        _ if capitals >= 2 || spelled && cued || spelled && letters >= 6 => Some(0.95),
        _ => cued.then_some(0.7),
    }
}

/// Whether `word` is one to four syllables of pinyin.
fn is_pinyin(word: &str) -> bool {
    fn rest(word: &str, left: usize) -> bool {
        word.is_empty()
            || left > 0
                && (1..=6).any(|length| {
                    word.get(..length).is_some_and(|head| SYLLABLES.contains(head))
                        && word
                            .get(length..)
                            .is_some_and(|tail| rest(tail.trim_start_matches('\''), left - 1))
                })
    }
    word.is_ascii() && word.len() <= 20 && rest(word, 4)
}

/// 古丽巴哈尔·依明: the dot is at `at`; where to go on.
fn dotted(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) -> Option<usize> {
    if text.at(at) != '·' && !(text.at(at) == '.' && transcribes(text.at(at + 1))) || at == 0 {
        return None;
    }
    let mut start = at;
    while start > 0 && at - start < 12 && is_han(text.at(start - 1)) && !guard.has(start - 1) {
        let settled = at - start >= 2 && !transcribes(text.at(start - 1))
            || at > start && context::before(text, start) >= context::STRONG && at - start >= 2;
        if settled {
            break;
        }
        start -= 1;
    }
    let mut end = at + 1;
    while end < at + 40 && !guard.has(end) {
        let c = text.at(end);
        // 赛买提 and 依米提 end as 提出 begins.
        let syllable = c == '提' && "买米麦迈".contains(text.at(end - 1));
        let worded = !syllable
            && end > at + 2
            && WORDS.all_at(text, end).any(|(length, cost)| length >= 2 && cost < 46);
        let more = !worded && is_han(c) && (transcribes(c) || end == at + 1 || text.at(end - 1) == '·')
            || c == '·' && is_han(text.at(end + 1));
        if !more {
            break;
        }
        end += 1;
    }
    if start == at || end == at + 1 && !guard.has(end) || !is_han(text.at(at + 1)) {
        return None;
    }
    found.push(Found { start, end, kind: Kind::Person, score: 0.95, rule: "dotted-name" });
    Some(end)
}

/// Words in scripts other than Han, Latin and kana: Tibetan, Uyghur, Thai, Burmese.
fn script(text: &Text, at: usize, found: &mut Vec<Found>) -> Option<usize> {
    let foreign = |c: char| matches!(c, '\u{530}'..='\u{10ff}' | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{ac00}'..='\u{d7a3}');
    let mut end = at;
    while foreign(text.at(end)) && end < at + 80 {
        end += 1;
    }
    if end < at + 2 {
        return None;
    }
    found.push(Found { start: at, end, kind: Kind::Person, score: 0.7, rule: "foreign-script" });
    Some(end)
}
