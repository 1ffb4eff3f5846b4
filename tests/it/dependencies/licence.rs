//! SPDX licence expressions (SPDX 2.3, annex D): `AND`, `OR`, `WITH`, parentheses, and the old `/`.

/// Whether the licences that `allowed` accepts are enough for `expression`. An id with an exception
/// (`Apache-2.0 WITH LLVM-exception`) is asked for as a whole. What cannot be read is an error.
pub(crate) fn is_satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let satisfied = reader.any().filter(|_| reader.words.is_empty());
    satisfied.ok_or_else(|| format!("not an SPDX expression: {expression:?}"))
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Option<bool> {
        let mut satisfied = self.all()?;
        while self.takes("OR") {
            satisfied |= self.all()?;
        }
        Some(satisfied)
    }

    fn all(&mut self) -> Option<bool> {
        let mut satisfied = self.one()?;
        while self.takes("AND") {
            satisfied &= self.one()?;
        }
        Some(satisfied)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let inner = self.any()?;
            return self.takes(")").then_some(inner);
        }
        let id = self.id()?;
        if self.takes("WITH") {
            let exception = self.id()?;
            return Some((self.allowed)(&format!("{id} WITH {exception}")));
        }
        Some((self.allowed)(id))
    }

    fn id(&mut self) -> Option<&'a str> {
        let (&first, rest) = self.words.split_first()?;
        if ["AND", "OR", "WITH", "(", ")"].contains(&first) {
            return None;
        }
        self.words = rest;
        Some(first)
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}

#[test]
fn and_binds_closer_than_or() {
    let with = |expression: &str, ids: &[&str]| is_satisfied(expression, &|id| ids.contains(&id));
    assert_eq!(with("MIT OR GPL-3.0-only AND ISC", &["MIT"]), Ok(true));
    assert_eq!(with("(MIT OR GPL-3.0-only) AND ISC", &["MIT"]), Ok(false));
    assert_eq!(with("(MIT OR GPL-3.0-only) AND ISC", &["MIT", "ISC"]), Ok(true));
    assert_eq!(with("Apache-2.0 / MIT", &["MIT"]), Ok(true));
    assert_eq!(with("GPL-2.0-only WITH Classpath-exception-2.0", &["GPL-2.0-only"]), Ok(false));
}

#[test]
fn what_is_not_an_expression_is_refused() {
    for expression in ["", "MIT OR", "MIT ISC", "(MIT", "OR MIT", "MIT)"] {
        assert!(is_satisfied(expression, &|_| true).is_err(), "{expression:?}");
    }
}
