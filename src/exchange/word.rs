//! Words of a header that only another version knows: kept as written, so that everyone still computes
//! the same exchange digest, and the message is refused by its code while its chain goes on (wire, "Trust").
//!
//! Knows what such a word may look like, not what it means. Invariant: it holds codes, ids, digests and
//! small numbers only, so no value of a person reaches the log through it.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::message::{Basis, Kind};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// The tags of [`Basis`]: with one of these, a basis is of this version or malformed.
const BASES: [&str; 3] = ["control", "agreement", "residual"];

/// Longest code.
const MAX_CODE: usize = 32;

/// A word of a header: of this version, or of another. What we send is made of known ones only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Word<T> {
    /// This version knows it.
    Known(T),
    /// Another version does.
    Foreign(Foreign),
}

/// What another version wrote. Nothing but reading a header makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foreign(Value);

impl<T> Word<T> {
    /// The word, if this version knows it.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(word) => Some(word),
            Self::Foreign(_) => None,
        }
    }
}

impl<T> From<T> for Word<T> {
    fn from(word: T) -> Self {
        Self::Known(word)
    }
}

impl<'de> Deserialize<'de> for Word<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        match text.parse() {
            Ok(kind) => Ok(Self::Known(kind)),
            Err(_) if is_code(&text) => Ok(Self::Foreign(Foreign(text.into()))),
            Err(unknown) => Err(D::Error::custom(unknown)),
        }
    }
}

impl<'de> Deserialize<'de> for Word<Basis> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value.get("type").and_then(Value::as_str) {
            Some(tag) if is_code(tag) && !BASES.contains(&tag) && is_opaque_object(&value) => {
                Ok(Self::Foreign(Foreign(value)))
            }
            _ => {
                let basis = Basis::deserialize(&value).map_err(D::Error::custom)?;
                // A variant without fields would let any pass.
                let whole = serde_json::to_value(&basis).is_ok_and(|again| again == value);
                if whole { Ok(Self::Known(basis)) } else { Err(D::Error::custom("unknown members")) }
            }
        }
    }
}

fn is_code(text: &str) -> bool {
    let codelike = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    codelike && (1..=MAX_CODE).contains(&text.len())
}

fn is_opaque_object(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|members| members.iter().all(|(name, value)| is_code(name) && is_opaque(value)))
}

/// A code, an id, a digest, a number below 2³², or a list of these: nothing that tells of a person.
fn is_opaque(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => number.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
        Value::String(text) => {
            is_code(text)
                || text.parse::<Uuid>().is_ok()
                || text.parse::<Digest>().is_ok()
                || text.parse::<NodeId>().is_ok()
        }
        Value::Array(values) => values.iter().all(|value| !value.is_array() && is_opaque(value)),
        Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests;
