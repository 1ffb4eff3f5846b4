//! Line ends: which only wrap a line, which end one, and which lines are a page's head or foot.
//!
//! Invariant: one pass over the lines; a wrap may join too much, never lose a character.

use super::glyphs;

/// What a character of the original is, as far as lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A character of a line.
    None,
    /// Part of a line wrap, or of a page's head or foot within one.
    Wrap,
    /// The end of a line.
    End,
}

/// The kinds of all characters that are not [`Kind::None`].
pub(super) struct Breaks(Vec<(usize, usize, Kind)>, std::cell::Cell<usize>);

impl Breaks {
    /// Whether the character at `at` may be part of a break; to be asked in rising order.
    pub(super) fn covers(&self, at: usize) -> bool {
        self.0.get(self.1.get()).is_some_and(|&(start, ..)| start <= at)
    }

    /// The kind of the character at `at`; to be asked in rising order.
    pub(super) fn get(&self, at: usize) -> Kind {
        let mut next = self.1.get();
        while self.0.get(next).is_some_and(|&(_, end, _)| end <= at) {
            next += 1;
        }
        self.1.set(next);
        match self.0.get(next) {
            Some(&(start, _, kind)) if start <= at => kind,
            _ => Kind::None,
        }
    }
}

/// Finds the breaks of `raw`.
pub(super) fn breaks(raw: &[char]) -> Breaks {
    let mut found = Vec::new();
    let mut last = None;
    let mut at = 0;
    while let Some(&c) = raw.get(at) {
        if glyphs::is_common(c) {
            last = Some(c);
            at += 1;
        } else if is_newline(c) {
            let end = skip_noise(raw, at);
            let kind = if wraps(last, raw, end) { Kind::Wrap } else { Kind::End };
            let start = if kind == Kind::Wrap { at } else { end - 1 };
            if kind == Kind::End && start > at {
                found.push((at, start, Kind::Wrap));
            }
            found.push((start, end, kind));
            at = end;
        } else {
            if !c.is_whitespace() && !glyphs::is_invisible(c) {
                last = Some(c);
            }
            at += 1;
        }
    }
    Breaks(found, std::cell::Cell::new(0))
}

const fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The end of the newlines at `at`, with the page's heads and feet between them.
fn skip_noise(raw: &[char], at: usize) -> usize {
    let mut end = at;
    loop {
        while raw.get(end).is_some_and(|&c| is_newline(c)) {
            end += 1;
        }
        let rest = raw.get(end..).unwrap_or_default();
        let length = rest.iter().take(64).position(|&c| is_newline(c));
        match length {
            Some(length) if is_noise(rest.get(..length).unwrap_or_default()) => end += length,
            _ => return end,
        }
    }
}

/// A page's head or foot: a page number, a rule, blanks. A bare number
/// may be the rest of one and is none.
fn is_noise(line: &[char]) -> bool {
    let line: String = line.iter().filter(|c| !c.is_whitespace()).collect();
    let count = line.chars().count();
    if count == 0 || line.chars().all(|c| "-—–_=*~·.".contains(c)) {
        return true;
    }
    let digits = |c: char| glyphs::digit(glyphs::folded(c)).is_some() || c.is_numeric();
    let paged = line.contains('页')
        && count <= 30
        && line.chars().any(digits)
        && (line.contains('第') || line.contains('共'));
    let bare = line.trim_matches(|c| "-—–·.()（）/[]".contains(c));
    let framed = bare.chars().count() + 2 <= count
        && bare.chars().count() <= 4
        && bare.chars().all(|c| c.is_ascii_digit())
        && "-—–·".contains(line.chars().next().unwrap_or_default());
    let english = line.to_ascii_lowercase().starts_with("page") && count <= 16;
    paged || framed || english
}

/// Whether the line before, which ends with `last`, goes on at `next`.
fn wraps(last: Option<char>, raw: &[char], next: usize) -> bool {
    let Some(last) = last else { return false };
    if "。！？；!?;：:…".contains(last) {
        return false;
    }
    let line = raw.get(next..).unwrap_or_default();
    let line: Vec<char> = line
        .iter()
        .take(16)
        .take_while(|&&c| !is_newline(c))
        .copied()
        .filter(|c| !c.is_whitespace())
        .collect();
    !starts_anew(&line)
}

/// Roles that open the lines under a judgment.
const SIGNED: [&str; 9] =
    ["审判长", "审判员", "代理审判员", "人民陪审员", "陪审员", "书记员", "法官助理", "检察员", "本件与原本"];

/// Whether a line opens with a label (`姓名：`) or the number of a list.
fn starts_anew(line: &[char]) -> bool {
    let label = line.iter().position(|&c| c == '：' || c == ':');
    let is_label = label.is_some_and(|at| {
        (2..=10).contains(&at)
            && line.iter().take(at).all(|&c| glyphs::is_han(c) || "（）()/、QMWeChatqs".contains(c))
            // 李|红说： goes on.
            && !line.get(at - 1).is_some_and(|&c| "说称答问讲道".contains(c))
    });
    let Some((&first, rest)) = line.split_first() else { return true };
    let second = rest.first().copied().unwrap_or('\n');
    let numbered =
        (first.is_ascii_digit() || "一二三四五六七八九十".contains(first)) && "、".contains(second);
    let bracketed = "（(".contains(first) && "一二三四五六七八九十".contains(second);
    let opening: String = line.iter().collect();
    let signed = SIGNED.iter().any(|role| opening.starts_with(role));
    let dated = opening.starts_with("二〇") || opening.starts_with("20") && line.get(4) == Some(&'年');
    // ①③⑧⓪ are the figures of one number.
    let circled = |c: char| "①②③④⑤⑥⑦⑧⑨⓪".contains(c);
    let listed = circled(first) && !circled(second) || "★●■◆".contains(first);
    is_label || numbered || bracketed || signed || dated || listed
}
