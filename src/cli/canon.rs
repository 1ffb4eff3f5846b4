//! `guitu canon`: canonical JSON (RFC 8785) of what stands on standard input.
//!
//! Any I-JSON text (RFC 7493) nested up to 1,024 levels; every number is the nearest double, written as ECMAScript
//! does. Invariant: what has two readings (doubled keys, halves of surrogate pairs, no double at all) is refused.

use std::io::{Read, Write};

use super::failure::{Blame as _, Failure};
use crate::statement::canonical;

/// Reads standard input, writes the canonical bytes without a newline.
pub fn run() -> Result<(), Failure> {
    convert(std::io::stdin().lock(), std::io::stdout().lock())
}

fn convert(mut input: impl Read, mut out: impl Write) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).or_environment()?;
    let value = canonical::parse_any(&bytes).or_input()?;
    let canonical = canonical::to_vec(&value).or_input()?;
    out.write_all(&canonical).and_then(|()| out.flush()).or_environment()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_are_sorted_and_numbers_have_one_form() {
        let mut out = Vec::new();
        convert(&b" {\"b\": [1e3, 9007199254740993], \"a\": \"\\u00e9\"} "[..], &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "{\"a\":\"é\",\"b\":[1000,9007199254740992]}");
    }

    #[test]
    fn what_has_two_readings_is_wrong_input() {
        for bad in ["", "{", "{\"a\":1,\"a\":2}", "1 2", "nul", "\"\\ud800\"", "01", "1e999"] {
            let mut out = Vec::new();
            assert_eq!(convert(bad.as_bytes(), &mut out).unwrap_err().code(), 2, "{bad}");
            assert!(out.is_empty());
        }
    }
}
