//! Canonical JSON (RFC 8785) and the strict reader for JSON that others wrote.
//!
//! Knows JSON only. Invariant: a text that the strict reader accepts has one reading: no doubled
//! keys, no bytes after the value, no integer that a double cannot hold (RFC 7493). Numbers that are no
//! integers become the nearest double, to the last bit: `float_roundtrip` of `serde_json` sees to that.

use std::cell::Cell;
use std::fmt;

use serde::Serialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::domain::digest::Digest;

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: u16 = 32;
/// How deep they may nest for [`parse_any`]: what the stack of any thread carries.
pub const MAX_ANY_DEPTH: u16 = 1_024;
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value has no canonical form, or a text is refused. Whoever wrote it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CanonicalError {
    /// The value cannot be written as JSON (NaN, a map key that is no string).
    #[error("the value has no JSON form")]
    NotSerializable,
    /// The bytes are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// The text is not one JSON value, or something follows the value.
    #[error("the text is not one JSON value")]
    NotJson,
    /// An object holds one key twice.
    #[error("an object holds one key twice")]
    DuplicateKey,
    /// Arrays and objects nest deeper than that: [`MAX_DEPTH`] or [`MAX_ANY_DEPTH`].
    #[error("arrays and objects nest deeper than {0} levels")]
    TooDeep(u16),
    /// An integer outside ±(2^53 − 1), which other readers would round (RFC 7493 §2.2).
    #[error("an integer is too large for a double")]
    IntegerTooLarge,
}

/// The canonical bytes of `value` (RFC 8785).
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    serde_json_canonicalizer::to_vec(&value).map_err(|_| CanonicalError::NotSerializable)
}

/// SHA-256 over the canonical bytes of `value`.
pub fn digest<T: Serialize + ?Sized>(value: &T) -> Result<Digest, CanonicalError> {
    to_vec(value).map(|bytes| Digest::of(&bytes))
}

/// Reads one JSON value; whitespace is allowed, ambiguity is not.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, CanonicalError> {
    parse(bytes, MAX_DEPTH, false)
}

/// Reads any JSON value that has a canonical form (RFC 8785): as [`parse_strict`], but up to [`MAX_ANY_DEPTH`]
/// deep, and every number, integers too, is the nearest double (§3.2.2.3).
pub fn parse_any(bytes: &[u8]) -> Result<Value, CanonicalError> {
    parse(bytes, MAX_ANY_DEPTH, true)
}

fn parse(bytes: &[u8], max_depth: u16, rounds: bool) -> Result<Value, CanonicalError> {
    let text = std::str::from_utf8(bytes).map_err(|_| CanonicalError::NotUtf8)?;
    let fault = Cell::new(CanonicalError::NotJson);
    let mut reader = serde_json::Deserializer::from_str(text);
    // Its own limit is not ours; the visitor counts.
    reader.disable_recursion_limit();
    let strict = Strict { room: max_depth, max_depth, rounds, fault: &fault };
    let value = strict.deserialize(&mut reader).map_err(|_| fault.get())?;
    reader.end().map_err(|_| CanonicalError::NotJson)?;
    Ok(value)
}

/// Whether these are exactly the canonical bytes of the value that they hold.
pub fn is_canonical(bytes: &[u8]) -> bool {
    parse_strict(bytes).and_then(|value| to_vec(&value)).is_ok_and(|canonical| canonical == bytes)
}

#[derive(Clone)]
struct Strict<'a> {
    /// How many levels more may be opened.
    room: u16,
    max_depth: u16,
    /// Whether a large integer is the nearest double; else it is refused.
    rounds: bool,
    fault: &'a Cell<CanonicalError>,
}

impl Strict<'_> {
    fn refuse<E: de::Error>(&self, fault: CanonicalError) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }

    fn deeper<E: de::Error>(&self) -> Result<Self, E> {
        match self.room.checked_sub(1) {
            Some(room) => Ok(Self { room, ..self.clone() }),
            None => Err(self.refuse(CanonicalError::TooDeep(self.max_depth))),
        }
    }

    /// An integer of that magnitude, if it has one reading here.
    fn integer<E: de::Error>(&self, magnitude: u64, value: Value) -> Result<Value, E> {
        if magnitude <= MAX_INTEGER {
            Ok(value)
        } else if self.rounds {
            Ok(value.as_f64().into())
        } else {
            Err(self.refuse(CanonicalError::IntegerTooLarge))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.integer(value, value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.integer(value.unsigned_abs(), value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner.clone())? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.insert(key, map.next_value_seed(inner.clone())?).is_some() {
                return Err(self.refuse(CanonicalError::DuplicateKey));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_example_of_rfc_8785_comes_out_right() {
        let value = parse_strict(
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
                "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#
                .as_bytes(),
        );
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(String::from_utf8(to_vec(&value.unwrap()).unwrap()).unwrap(), expected);
    }

    #[test]
    fn ambiguous_texts_are_refused() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_strict(deep(32).as_bytes()).is_ok());
        for (text, fault) in [
            (deep(33).as_bytes(), CanonicalError::TooDeep(32)),
            (br#"{"a":1,"a":1}"#, CanonicalError::DuplicateKey),
            (br#"[{"a":1,"\u0061":2}]"#, CanonicalError::DuplicateKey),
            (b"{} {}", CanonicalError::NotJson),
            (b"{}x", CanonicalError::NotJson),
            (b"", CanonicalError::NotJson),
            (b"\"\xff\"", CanonicalError::NotUtf8),
            (b"\xef\xbb\xbf{}", CanonicalError::NotJson),
            (b"9007199254740992", CanonicalError::IntegerTooLarge),
            (b"-9007199254740992", CanonicalError::IntegerTooLarge),
        ] {
            assert_eq!(parse_strict(text), Err(fault), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn any_json_is_read_as_doubles_and_to_a_stated_depth() {
        let canonical = |text: &str| {
            parse_any(text.as_bytes())
                .and_then(|value| to_vec(&value))
                .map(|bytes| String::from_utf8(bytes).unwrap())
        };
        for (text, expected) in [
            ("9007199254740993", "9007199254740992"),
            ("-9007199254740995", "-9007199254740996"),
            ("18446744073709551615", "18446744073709552000"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("9.4999999999999995559", "9.5"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected));
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = |n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
            assert_eq!(canonical(&deep(1_024)), Ok(deep(1_024)));
            assert_eq!(canonical(&deep(1_025)), Err(CanonicalError::TooDeep(1_024)));
            assert_eq!(canonical(&deep(100_000)), Err(CanonicalError::TooDeep(1_024)));
        }
        assert_eq!(canonical("1e309"), Err(CanonicalError::NotJson), "no double, no infinity (§3.2.2.3)");
    }

    #[test]
    fn one_value_has_one_digest() {
        assert_eq!(digest(&json!({"b": 1, "a": 2})), digest(&json!({"a": 2, "b": 1})));
        assert!(is_canonical(br#"{"a":2,"b":1}"#));
        assert!(!is_canonical(br#"{"b":1,"a":2}"#));
        assert!(!is_canonical(br#"{"a": 2}"#));
    }

    proptest! {
        #[test]
        fn every_double_reads_back_to_the_last_bit(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            // All its digits, and as few as there need be.
            for text in [format!("{number:.1074}"), format!("{number:e}")] {
                for parse in [parse_any, parse_strict] {
                    prop_assert_eq!(parse(text.as_bytes()).ok().and_then(|value| value.as_f64()), Some(number));
                }
            }
        }

        #[test]
        fn reading_never_panics_and_canonical_bytes_read_back(bytes: Vec<u8>, text in ".*", n in -1_000_000_i64..1_000_000) {
            let _ = parse_strict(&bytes);
            let value = json!({ "t": text, "n": n, text.clone(): [n, null] });
            let canonical = to_vec(&value).unwrap();
            prop_assert_eq!(parse_strict(&canonical).unwrap(), value);
            prop_assert!(is_canonical(&canonical));
        }
    }
}
