//! Where a command says its result: standard output, as text or as one JSON object.

use std::io::Write as _;

use serde::Serialize;

/// How results are written.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON object instead of text.
    pub json: bool,
}

impl Output {
    /// The result: `value` as JSON, or the text that `words` makes.
    pub fn result<T: Serialize + ?Sized>(self, value: &T, words: impl FnOnce() -> String) {
        if self.json {
            line(&serde_json::to_string(value).unwrap_or_default());
        } else {
            line(words().trim_end());
        }
    }

    /// A line for people on the way; nothing with JSON.
    pub fn progress(self, words: &str) {
        if !self.json {
            line(words);
        }
    }
}

/// Writes one line at once. A reader that went away is no error of ours.
pub(super) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", plain(text)).and_then(|()| out.flush());
}

/// What others wrote must not steer the terminal: control characters but line ends and tabs become `�`.
fn plain(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// How many columns of a terminal `text` takes: Chinese characters take two.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// `text` with blanks up to `width` columns.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Rows as aligned columns; the last column is not padded.
pub fn table(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

const fn wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_does_not_steer_the_terminal() {
        assert_eq!(plain("节点\u{1b}[2J 成立\r\u{202e}x\n\ty"), "节点�[2J 成立��x\n\ty");
    }

    #[test]
    fn chinese_columns_align() {
        let rows = vec![vec!["性别".to_owned(), "x".to_owned()], vec!["abcdef".to_owned(), "y".to_owned()]];
        assert_eq!(table(&rows), "性别    x\nabcdef  y\n");
    }
}
