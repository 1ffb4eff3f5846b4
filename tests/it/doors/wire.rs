//! The members of serialisable types that may hold what somebody wrote, read from the source.
//!
//! Knows tokens only: a type that holds a string under a name of its own is found where that name is declared.

use std::collections::BTreeSet;

use crate::architecture::tokens::Token;

/// Types that may hold any text.
const FREE: [&str; 10] =
    ["String", "str", "char", "Cow", "Value", "RawValue", "Map", "OsString", "PathBuf", "Bytes"];

/// Type and member of every such member of the serialisable types of a source, those of its tests aside.
pub(super) fn strings(tokens: &[Token]) -> Vec<(String, String)> {
    let tokens = without_tests(tokens);
    let by_hand = by_hand(&tokens);
    let (mut found, mut derived, mut at) = (Vec::new(), false, 0);
    while let Some(token) = tokens.get(at) {
        if token.is("#") {
            let end = at + 1 + balanced(&tokens[at + 1..]);
            derived |= tokens[at..end].iter().any(|token| token.is("derive"))
                && tokens[at..end].iter().any(|token| token.is("Serialize"));
            at = end;
            continue;
        }
        let name = tokens.get(at + 1).filter(|name| name.is_name()).map(|name| name.text.clone());
        match name {
            Some(name) if token.is("struct") || token.is("enum") => {
                if std::mem::take(&mut derived) || by_hand.contains(&name) {
                    let body = &tokens[at + 2..];
                    members(&body[generics(body)..], token.is("enum"), &name, &mut found);
                }
            }
            // What a reader of serde gives back is no name of a type.
            Some(name) if token.is("type") && name != "Value" => {
                let end = tokens[at..].iter().position(|token| token.is(";")).unwrap_or(0);
                if is_free(tokens.get(at + 2..at + end).unwrap_or_default()) {
                    found.push((name, "type".to_owned()));
                }
            }
            _ => derived &= !(token.is("fn") || token.is("impl")),
        }
        at += 1;
    }
    found
}

/// Names of types with an `impl … Serialize for` of their own.
fn by_hand(tokens: &[Token]) -> BTreeSet<String> {
    let said = tokens.windows(3).filter(|three| three[0].is("Serialize") && three[1].is("for"));
    said.map(|three| three[2].text.clone()).collect()
}

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let opens = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let rest = &tokens[at..];
        if rest.len() > opens.len() && opens.iter().zip(rest).all(|(open, token)| token.is(open)) {
            // Behind the module's name.
            at += opens.len() + 1;
            at += balanced(&tokens[at..]);
            continue;
        }
        kept.push(tokens[at].clone());
        at += 1;
    }
    kept
}

/// How many tokens the bracket that opens first takes; one, if none opens.
fn balanced(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

fn generics(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if at == 0 { 0 } else { at + 1 };
        }
    }
    0
}

fn is_free(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| FREE.contains(&token.text.as_str()))
}

/// Adds the members of a body in brackets that may hold any text.
fn members(body: &[Token], variants: bool, name: &str, found: &mut Vec<(String, String)>) {
    let inside = balanced(body).checked_sub(1).filter(|_| body.first().is_some_and(|token| !token.is(";")));
    let Some(inside) = inside.and_then(|end| body.get(1..end)) else { return };
    for (index, member) in parts(inside).into_iter().enumerate() {
        let declared = declared(member);
        let (Some(own), rest) = (declared.first(), declared.get(1..).unwrap_or_default()) else { continue };
        if variants && rest.first().is_some_and(|token| token.is("{")) {
            members(rest, false, &format!("{name}::{}", own.text), found);
        } else if variants && is_free(rest) {
            found.push((name.to_owned(), own.text.clone()));
        } else if !variants && is_free(declared) {
            let named = rest.first().is_some_and(|token| token.is(":"));
            found.push((name.to_owned(), if named { own.text.clone() } else { index.to_string() }));
        }
    }
}

/// What commas part, outside of any bracket.
fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut all, mut depth, mut start) = (Vec::new(), 0_isize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth -= 1,
            "," if depth == 0 => {
                all.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&tokens[start..]);
    all
}

/// A member without its attributes and its visibility.
fn declared(member: &[Token]) -> &[Token] {
    let mut at = 0;
    while let Some(token) = member.get(at) {
        match token.text.as_str() {
            "#" => at += 1 + balanced(&member[at + 1..]),
            "pub" if member.get(at + 1).is_some_and(|token| token.is("(")) => {
                at += 1 + balanced(&member[at + 1..]);
            }
            "pub" => at += 1,
            _ => break,
        }
    }
    member.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::tokens::tokens;

    fn found(source: &str) -> Vec<String> {
        strings(&tokens(source)).into_iter().map(|(name, member)| format!("{name}.{member}")).collect()
    }

    #[test]
    fn a_new_string_is_seen_however_it_is_written() {
        for (source, member) in [
            (
                "#[derive(Clone, Serialize)]\npub struct Note {\n    /// A.\n    pub text: Option<String>,\n}",
                "Note.text",
            ),
            (
                "#[derive(Serialize)] pub struct Note<'a> { #[serde(skip)] pub(super) text: &'a str }",
                "Note.text",
            ),
            ("#[derive(Serialize)] pub struct Note(u32, pub Box<str>);", "Note.1"),
            (
                "#[derive(Serialize)] enum Said { Nothing, Word(String), More { text: Cow<'static, str>, at: u8 } }",
                "Said.Word Said::More.text",
            ),
            ("pub struct Note { text: String }\nimpl Serialize for Note { fn serialize() {} }", "Note.text"),
            (
                "#[derive(Serialize)]\n#[serde(untagged)]\npub struct Note { any: Vec<serde_json::Value>, pairs: BTreeMap<u8, String> }",
                "Note.any Note.pairs",
            ),
            ("pub type Text = String;", "Text.type"),
        ] {
            assert_eq!(found(source).join(" "), member, "{source}");
        }
    }

    #[test]
    fn what_is_no_string_or_no_wire_type_is_not() {
        for source in [
            "pub struct Inside { text: String }",
            "#[derive(Serialize)] pub struct Note { text: OutgoingText, at: u8 }\nstruct Other { text: String }",
            "impl Visitor for V { type Value = Value; }",
            "#[derive(Serialize)] struct Unit;\nfn told(text: String) {}",
            "#[cfg(test)]\nmod tests { #[derive(Serialize)] struct Note { text: String } }",
        ] {
            assert_eq!(found(source), [""; 0], "{source}");
        }
    }
}
