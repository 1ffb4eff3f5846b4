//! The paths that a file names, in `use` declarations and everywhere else, spelled out from the root.

use super::tokens::Token;

/// Names that may stand before `::` without being part of a path.
const KEYWORDS: [&str; 9] = ["use", "return", "in", "as", "dyn", "for", "impl", "mut", "else"];

/// One path with its groups opened: `use crate::{a, b::c}` gives `crate::a` and `crate::b::c`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

impl Path {
    pub(crate) fn starts_with(&self, prefix: &[&str]) -> bool {
        self.segments.len() >= prefix.len() && self.segments.iter().zip(prefix).all(|(a, b)| a == b)
    }

    pub(crate) fn written(&self) -> String {
        self.segments.join("::")
    }
}

/// The paths of a file whose module lies `depth` levels below the crate root. `guitu::` and chains of
/// `super::` that reach the root read as `crate::`.
pub(crate) fn paths(tokens: &[Token], depth: usize) -> Vec<Path> {
    let inner = module_depths(tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if starts_path(tokens, at) {
            let first = found.len();
            at = collect(tokens, at, &[], &mut found).max(at + 1);
            for path in &mut found[first..] {
                from_root(path, depth + inner.get(at - 1).copied().unwrap_or(0));
            }
        } else {
            at += 1;
        }
    }
    found
}

/// How many inline modules stand around each token.
fn module_depths(tokens: &[Token]) -> Vec<usize> {
    let (mut braces, mut opened) = (0_usize, Vec::new());
    let mut depths = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        if token.is("{") {
            braces += 1;
            if at >= 2 && tokens[at - 2].is("mod") {
                opened.push(braces);
            }
        } else if token.is("}") {
            if opened.last() == Some(&braces) {
                opened.pop();
            }
            braces = braces.saturating_sub(1);
        }
        depths.push(opened.len());
    }
    depths
}

/// A name followed by `::` (or named by `use`) that no other path segment precedes.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|index| tokens[index].text.as_str());
    let follows = tokens.get(at + 1).is_some_and(|next| next.is("::")) || before(1) == Some("use");
    let segment = |token: &Token| token.is_name() && !KEYWORDS.contains(&token.text.as_str());
    let continues =
        before(1) == Some("::") && (before(2) == Some(">") || at >= 2 && segment(&tokens[at - 2]));
    segment(&tokens[at]) && follows && !continues
}

/// Reads one path (and the group it may end in) from `at`; returns where it ends.
fn collect(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Path>) -> usize {
    let mut segments = before.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        if token.is("{") {
            return group(tokens, at + 1, &segments, found);
        }
        if !token.is_name() && !token.is("*") {
            break;
        }
        segments.push(token.text.clone());
        at += 1;
        if !tokens.get(at).is_some_and(|next| next.is("::")) {
            break;
        }
        at += 1;
    }
    found.push(Path { segments, line });
    at
}

fn group(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Path>) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.is("}") {
            return at + 1;
        }
        let names = token.is_name() && !token.is("as") && !tokens[at - 1].is("as");
        at =
            if names || token.is("*") || token.is("{") { collect(tokens, at, before, found) } else { at + 1 };
    }
    at
}

/// Rewrites `guitu::…`, and `super::…` that climbs to the root, as `crate::…`.
fn from_root(path: &mut Path, depth: usize) {
    let climbs = path.segments.iter().take_while(|segment| *segment == "super").count();
    if path.starts_with(&["guitu"]) {
        "crate".clone_into(&mut path.segments[0]);
    } else if climbs > 0 && climbs >= depth {
        path.segments.splice(..climbs, ["crate".to_owned()]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn written(source: &str, depth: usize) -> Vec<String> {
        paths(&tokens(source), depth).iter().map(Path::written).collect()
    }

    #[test]
    fn groups_are_opened() {
        let found = written("use crate::{a, b::{c as d, *}}; use tokio; use ::std::fs;", 1);
        assert_eq!(found, ["crate::a", "crate::b::c", "crate::b::*", "tokio", "std::fs"]);
    }

    #[test]
    fn paths_inside_code_and_macros_count() {
        let found = written("fn f(x: crate::a::T) { json!({\"k\": guitu::b::v()}); y.tokio }", 1);
        assert_eq!(found, ["crate::a::T", "crate::b::v"]);
    }

    #[test]
    fn climbing_to_the_root_is_seen_through_inline_modules() {
        assert_eq!(written("use super::x;", 1), ["crate::x"]);
        assert_eq!(written("use super::x;", 2), ["super::x"]);
        assert_eq!(
            written("mod tests { use super::node::Y; use super::super::node::Z; }", 1),
            ["super::node::Y", "crate::node::Z"]
        );
    }
}
