//! Rust source as tokens with line numbers, without comments and without what literals hold.
//!
//! `syn` gives no line numbers to a crate that is not a procedural macro; and tokens also show what
//! stands inside macro calls, where a path counts as much as anywhere else.

/// One identifier, number, literal (always `"`), `::` or punctuation character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(crate) fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// All tokens of `source`, in order.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner { rest: source, line: 1, found: Vec::new() };
    while !scanner.rest.is_empty() {
        let (length, text) = next(scanner.rest);
        scanner.take(length, text);
    }
    scanner.found
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Token>,
}

impl Scanner<'_> {
    fn take(&mut self, length: usize, text: Option<&str>) {
        let (taken, rest) = self.rest.split_at(length);
        if let Some(text) = text {
            self.found.push(Token { text: text.to_owned(), line: self.line });
        }
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }
}

/// The length of what stands first in `rest`, and the token it is, if it is one.
fn next(rest: &str) -> (usize, Option<&str>) {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_whitespace() {
        (first.len_utf8(), None)
    } else if rest.starts_with("//") {
        (rest.find('\n').unwrap_or(rest.len()), None)
    } else if rest.starts_with("/*") {
        (block_comment(rest), None)
    } else if let Some(length) = string(rest) {
        (length, Some("\""))
    } else if first == '\'' {
        quote(rest)
    } else if first.is_alphanumeric() || first == '_' {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        (end, Some(&rest[..end]))
    } else if rest.starts_with("::") {
        (2, Some("::"))
    } else {
        (first.len_utf8(), Some(&rest[..first.len_utf8()]))
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if tail.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a string literal of any kind, if one starts here.
fn string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        let tail = rest.strip_prefix(prefix).unwrap_or(" ");
        let tail = if prefix.ends_with('r') { tail.trim_start_matches('#') } else { tail };
        tail.starts_with('"')
    })?;
    let tail = &rest[prefix.len()..];
    let length = if prefix.ends_with('r') { raw_string(tail) } else { quoted(tail, '"') };
    Some(prefix.len() + length)
}

fn raw_string(tail: &str) -> usize {
    let hashes = tail.len() - tail.trim_start_matches('#').len();
    let close = format!("\"{}", "#".repeat(hashes));
    tail[hashes + 1..].find(&close).map_or(tail.len(), |end| hashes + 1 + end + close.len())
}

/// The length of a literal between two `quote` characters, escapes included.
fn quoted(tail: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in tail.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    tail.len()
}

/// A character literal, or a lifetime (which says nothing here).
fn quote(rest: &str) -> (usize, Option<&'static str>) {
    let mut after = rest.chars().skip(1);
    let (first, second) = (after.next(), after.next());
    if first == Some('\\') || second == Some('\'') {
        return (quoted(rest, '\''), Some("\""));
    }
    (1, None)
}

#[test]
fn comments_and_literals_hide_what_they_hold() {
    let source = "// crate::a\nlet x = \"crate::b \\\" {\"; /* { /* } */ */ 'c': '{' '\\'' br#\"}\" crate\"#\nfn f<'a>() {}";
    let texts: Vec<String> = tokens(source).into_iter().map(|token| token.text).collect();
    assert_eq!(texts.join(" "), "let x = \" ; \" : \" \" \" fn f < a > ( ) { }");
}

#[test]
fn lines_count_through_strings_and_comments() {
    let found = tokens("/* a\n b */ \"c\nd\"\n  here");
    assert_eq!(found.last().map(|token| (token.text.as_str(), token.line)), Some(("here", 4)));
}
