//! The shape of each claim's value: a receiver keeps nothing that it could not show.

use std::collections::BTreeMap;

use serde_json::Value;

use super::problem::ItemCode;
use crate::domain::claim::{Claim, Class};
use crate::domain::dna;

/// Most characters of a string in a claim.
const MAX_TEXT: usize = 200;

/// Most bytes of a masked text: in a disclosure, with all else, it stays below the bound of a statement.
pub const MAX_MASKED: usize = 120_000;

/// Most elements of a list in a claim.
const MAX_LIST: usize = 32;

/// Refuses a genotype anywhere, and a value that does not have its claim's shape.
pub fn check(claims: &BTreeMap<Claim, Value>) -> Result<(), ItemCode> {
    for (claim, value) in claims {
        if dna::genotype_in(value).is_some() {
            return Err(ItemCode::Genotype);
        }
        if !shaped(claim.class(), value) {
            return Err(ItemCode::Schema);
        }
    }
    Ok(())
}

fn shaped(class: Class, value: &Value) -> bool {
    match (class, value) {
        (_, Value::Null) | (Class::Code, Value::Bool(_)) | (Class::Number, Value::Number(_)) => true,
        (Class::Code | Class::Date | Class::Identifier, Value::String(text)) => short(text),
        (Class::Text, Value::String(text)) => text.len() <= MAX_MASKED && !text.chars().any(unwritten),
        (Class::Code | Class::Identifier, Value::Array(list)) => {
            list.len() <= MAX_LIST && list.iter().all(|item| scalar(item) || flat(item))
        }
        (Class::Code | Class::Number | Class::Date, Value::Object(_)) => flat(value),
        _ => false,
    }
}

fn flat(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|map| map.len() <= 4 && map.iter().all(|(name, item)| short(name) && scalar(item)))
}

fn scalar(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => short(text),
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn short(text: &str) -> bool {
    text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
}

/// Line breaks and tabs are the only control characters of a text.
fn unwritten(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}
