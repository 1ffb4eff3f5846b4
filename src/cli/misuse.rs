//! What is said of arguments that are not as they should be.
//!
//! Knows the kinds of such errors, never the words that were typed: a stray word may be part of a name, or of a text that
//! wanted quotes, and standard error is kept in logs.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::failure::one_line;
use crate::domain::UnknownCode;

/// What is wrong, in one line. Of what was typed only the names of options are repeated.
pub(super) fn said_of(error: &clap::Error) -> String {
    let named = text(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => match named.filter(|word| is_option(word)) {
            Some(option) => format!("there is no option {option}"),
            None => "a word too many, or a value of several words without quotes".into(),
        },
        ErrorKind::InvalidSubcommand => "there is no such command".into(),
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".into(),
        ErrorKind::InvalidValue if text(error, ContextKind::InvalidValue).is_none_or(str::is_empty) => {
            format!("{} needs a value", named.unwrap_or("an option"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::TooManyValues => {
            let why = values(error).or_else(|| why(error)).map_or_else(String::new, |why| format!(": {why}"));
            format!("a wrong value for {}{why}", named.unwrap_or("an option"))
        }
        _ => {
            let whole = error.to_string();
            let first = whole.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
            one_line(first)
        }
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// The values that there are, if they can be counted.
fn values(error: &clap::Error) -> Option<String> {
    let listed = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => values.join(", "),
        _ => error.source()?.downcast_ref::<UnknownCode>()?.codes.join(", "),
    };
    Some(format!("it is one of {listed}"))
}

/// What the type of the value says of it. The text of `uuid` repeats a character.
fn why(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    let is_id = source.is::<uuid::Error>();
    Some(if is_id { "an id is 32 hexadecimal digits with 4 hyphens".into() } else { source.to_string() })
}

/// Whether a word looks like an option that somebody mistyped, and like nothing else.
fn is_option(word: &str) -> bool {
    word.starts_with('-') && word.chars().all(|each| each.is_ascii_lowercase() || each == '-')
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::Cli;
    use super::said_of;

    fn said(arguments: &[&str]) -> String {
        let all = std::iter::once("guitu").chain(arguments.iter().copied());
        said_of(&Cli::try_parse_from(all).err().unwrap())
    }

    #[test]
    fn no_word_that_was_typed_is_repeated() {
        let typed = "张伟13800138000";
        let as_value = format!("--region={typed}");
        let as_option = format!("--{typed}");
        for arguments in [
            &["redact", typed][..],
            &[typed],
            &["redact", "text", typed],
            &["init", "--region", typed],
            &["init", &as_value],
            &["init", &as_option],
            &["audit", "verify", "a", "--made-since", typed],
            &["verify", "inclusion", "--index", typed],
            &["user", "add", "a", "--duty", typed, "--unit", "police"],
            &["status", "-13800138000"],
            &["lead", "show", typed],
        ] {
            let words = said(arguments);
            assert!(!words.contains("张伟") && !words.contains("138"), "{words}");
            assert!(!words.contains('\n') && !words.is_empty(), "{words}");
        }
    }

    #[test]
    fn it_is_said_where_and_what() {
        assert_eq!(said(&["status", "--verbos"]), "there is no option --verbos");
        assert_eq!(said(&["redact", "tekst"]), "there is no such command");
        assert!(
            said(&["verify", "inclusion", "--index", "x"]).starts_with("a wrong value for --index <INDEX>: ")
        );
        let id = said(&["agreement", "risk", "zhang"]);
        assert_eq!(id, "a wrong value for <ID>: an id is 32 hexadecimal digits with 4 hyphens");
        assert_eq!(said(&["verify", "inclusion", "--index"]), "--index <INDEX> needs a value");
        assert!(said(&["user", "add", "a", "--duty", "x"]).contains(": it is one of drafter, "));
        assert!(said(&["audit", "export", "--purpose", "x"]).contains(": it is one of audit, "));
        assert!(said(&["verify", "statement", "x"]).contains("--keys <KEYS>"), "what is missing is named");
    }
}
