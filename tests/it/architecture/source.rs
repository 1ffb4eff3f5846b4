//! The repository's Rust files, and what a rule says about a line of one.

use std::fmt;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use super::paths::{Path, paths};
use super::tokens::{Token, tokens};

/// One Rust file: `path` is relative to the repository, with `/`.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) paths: Vec<Path>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let paths = paths(&tokens, modules(path).len());
        Self { path: path.to_owned(), text: text.to_owned(), tokens, paths }
    }

    /// The top-level module that the file belongs to; `main` and `lib` are rooms of their own.
    pub(crate) fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        inside.split(['/', '.']).next()
    }

    /// The modules that the file's place names, from the crate root.
    pub(crate) fn modules(&self) -> Vec<&str> {
        modules(&self.path)
    }

    pub(crate) fn finding(&self, line: usize, rule: &'static str, what: impl fmt::Display) -> Finding {
        Finding { path: self.path.clone(), line, rule, what: what.to_string() }
    }
}

fn modules(path: &str) -> Vec<&str> {
    let inside = path.strip_prefix("src/").or_else(|| path.strip_prefix("tests/it/")).unwrap_or(path);
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    inside.split('/').filter(|name| !["main", "lib", "mod"].contains(name)).collect()
}

/// A breach of a rule at a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.path, self.line, self.what, self.rule)
    }
}

/// Every Rust file under `folder`, which is relative to the repository.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    let read = |file: &PathBuf| {
        let relative = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        Source::new(&relative, &fs::read_to_string(file).unwrap())
    };
    files.iter().map(read).collect()
}

fn collect(folder: &FilePath, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Fails with every finding, one a line.
pub(crate) fn expect_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(findings.is_empty(), "{} breaches:\n{}", lines.len(), lines.join("\n"));
}

/// The lines and rules that `check` finds in a file of that place and text.
#[cfg(test)]
pub(crate) fn found_in(
    check: impl Fn(&Source) -> Vec<Finding>,
    path: &str,
    text: &str,
) -> Vec<(usize, &'static str)> {
    check(&Source::new(path, text)).into_iter().map(|finding| (finding.line, finding.rule)).collect()
}
