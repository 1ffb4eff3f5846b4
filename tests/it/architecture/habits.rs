//! Names, module heads, and habits that hide a fault: silent `allow`, ignored tests, sleeping tests.

use super::source::{Finding, Source};
use super::tokens::Token;

const VAGUE: [&str; 10] =
    ["utils", "util", "helpers", "helper", "common", "types", "manager", "managers", "misc", "shared"];

/// The one file that may sleep: it polls conditions.
const WAITS: &str = "tests/it/harness/wait.rs";

/// Rule: no module with a name that says nothing.
pub(crate) fn names(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in source.modules().into_iter().filter(|name| VAGUE.contains(name)) {
        found.push(source.finding(1, "names", format_args!("a module named `{name}`")));
    }
    for pair in
        source.tokens.windows(2).filter(|pair| pair[0].is("mod") && VAGUE.contains(&pair[1].text.as_str()))
    {
        found.push(source.finding(pair[1].line, "names", format_args!("a module named `{}`", pair[1].text)));
    }
    found
}

/// Rule: a file opens with what it knows, what it must not know, and its invariant.
pub(crate) fn heads(source: &Source) -> Vec<Finding> {
    let opens =
        source.text.starts_with("//!") && source.text.lines().next().is_some_and(|line| line.len() > 8);
    if opens { Vec::new() } else { vec![source.finding(1, "heads", "the file does not open with `//!`")] }
}

/// Rule: an `allow` gives its reason, no test is ignored, nothing is left to do.
pub(crate) fn excuses(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for attribute in attributes(&source.tokens) {
        let says = |name: &str| attribute.iter().any(|token| token.is(name));
        let line = attribute.first().map_or(1, |token| token.line);
        if (says("allow") || says("expect")) && !says("reason") {
            found.push(source.finding(line, "excuses", "a lint is silenced without a reason"));
        }
        if attribute.first().is_some_and(|token| token.is("ignore")) || says("cfg_attr") && says("ignore") {
            found.push(source.finding(line, "excuses", "an ignored test"));
        }
    }
    let unfinished = |pair: &&[Token]| pair[1].is("!") && (pair[0].is("todo") || pair[0].is("unimplemented"));
    let pairs = source.tokens.windows(2).filter(unfinished);
    found.extend(
        pairs.map(|pair| source.finding(pair[0].line, "excuses", format_args!("`{}!`", pair[0].text))),
    );
    found
}

/// What stands between the brackets of each attribute.
fn attributes(tokens: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| tokens[*at].is("#")) {
        let open = if tokens.get(at + 1).is_some_and(|token| token.is("!")) { at + 2 } else { at + 1 };
        if tokens.get(open).is_some_and(|token| token.is("[")) {
            found.push(&tokens[open + 1..closing(tokens, open)]);
        }
    }
    found
}

/// Where the bracket that opens at `open` closes.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("[") {
            depth += 1;
        } else if token.is("]") {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len()
}

/// Rule: tests wait for a condition, they do not sleep.
pub(crate) fn sleeps(source: &Source) -> Vec<Finding> {
    if source.path == WAITS {
        return Vec::new();
    }
    let sleeping = source.paths.iter().filter(|path| {
        let last = path.segments.last().map_or("", String::as_str);
        path.segments.len() > 1 && ["sleep", "sleep_until", "sleep_ms"].contains(&last)
    });
    sleeping
        .map(|path| source.finding(path.line, "sleeps", format_args!("`{}` in a test", path.written())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::found_in;
    use super::*;

    #[test]
    fn vague_names_are_found() {
        assert_eq!(found_in(names, "src/store/utils.rs", ""), [(1, "names")]);
        assert_eq!(found_in(names, "src/common/mod.rs", ""), [(1, "names")]);
        assert_eq!(found_in(names, "src/store/mod.rs", "//! x\npub mod helpers;"), [(2, "names")]);
        assert_eq!(found_in(names, "src/store/manager_of_keys.rs", "mod common_law;"), []);
    }

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(found_in(heads, "src/a.rs", "use x;\n//! late"), [(1, "heads")]);
        assert_eq!(found_in(heads, "src/a.rs", "//! Knows leads."), []);
    }

    #[test]
    fn excuses_are_found() {
        let text = "#![allow(dead_code)]\n#[test]\n#[ignore = \"slow\"]\nfn f() { todo!() }\n#[expect(unused)]\nfn g() {}";
        let found = found_in(excuses, "tests/it/a.rs", text);
        assert_eq!(found, [(1, "excuses"), (3, "excuses"), (5, "excuses"), (4, "excuses")]);
        let fine = "#[allow(dead_code, reason = \"x\")]\nfn allow(x: [u8; 2]) { x.expect(\"y\") }";
        assert_eq!(found_in(excuses, "src/a.rs", fine), []);
    }

    #[test]
    fn a_sleeping_test_is_found() {
        let text = "use std::thread;\nfn f() { thread::sleep(x); tokio::time::sleep(y).await; }\nuse tokio::time::{self, sleep};";
        assert_eq!(found_in(sleeps, "tests/it/a.rs", text), [(2, "sleeps"), (2, "sleeps"), (3, "sleeps")]);
        assert_eq!(found_in(sleeps, WAITS, text), []);
    }
}
