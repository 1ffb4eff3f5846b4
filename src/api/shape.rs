//! Checks a body against its schema in the OpenAPI document, and says for each field what is wrong.
//!
//! Knows the part of JSON Schema that our documents use: type, enum, properties, required,
//! additionalProperties, items, format, bounds, `$ref`, `oneOf` with null. So the document cannot differ
//! from what is accepted. Names pointers and codes; quotes nothing of the body, not even a field's name
//! that no object has.

use serde_json::{Map, Value};

use super::problem::Finding;
use crate::domain::agreement::Month;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::region::RegionCode;

/// Most findings that are told at once.
const MOST: usize = 50;

/// The format of a GB/T 2260 code in our schemas.
pub(super) const REGION: &str = "region-code";
/// The format of a digest in our schemas.
pub(super) const DIGEST: &str = "sha-256-base64url";

/// The format of a calendar month in our schemas.
pub(super) const MONTH: &str = "year-month";

/// What is wrong with `body` by the schema of that name; empty if nothing is.
pub(super) fn check(components: &Value, name: &str, body: &Value) -> Vec<Finding> {
    let mut walk = Walk { components, found: Vec::new() };
    match components.get(name) {
        Some(schema) => walk.value(schema, body, ""),
        None => walk.add("", "no_schema", "this body has no schema"),
    }
    walk.found
}

struct Walk<'s> {
    components: &'s Value,
    found: Vec<Finding>,
}

impl<'s> Walk<'s> {
    fn add(&mut self, pointer: &str, code: &'static str, hint: &str) {
        if self.found.len() < MOST {
            self.found.push(Finding {
                pointer: pointer.to_owned(),
                code,
                hint: hint.to_owned(),
                offset: None,
            });
        }
    }

    fn value(&mut self, schema: &'s Value, value: &Value, pointer: &str) {
        let Some(schema) = self.resolved(schema, value) else { return };
        if !has_type(schema, value) {
            return self.add(pointer, "wrong_type", &format!("must be {}", types(schema).join(" or ")));
        }
        match value {
            Value::Object(members) => self.object(schema, members, pointer),
            Value::Array(items) => self.items(schema, items, pointer),
            Value::String(text) => self.text(schema, text, pointer),
            Value::Number(number) => self.number(schema, number.as_f64(), pointer),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// The schema behind references and nullable choices; `None` if null stands where it may.
    fn resolved(&self, mut schema: &'s Value, value: &Value) -> Option<&'s Value> {
        if let Some(choices) = schema["oneOf"].as_array() {
            if value.is_null() {
                return None;
            }
            schema = choices.iter().find(|choice| choice["type"] != "null")?;
        }
        match schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            Some(name) => self.components.get(name),
            None => Some(schema),
        }
    }

    fn object(&mut self, schema: &'s Value, members: &Map<String, Value>, pointer: &str) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.add(&below(pointer, name), "missing", "this field must be there");
            }
        }
        for (name, member) in members {
            match schema["properties"].get(name) {
                Some(property) => self.value(property, member, &below(pointer, name)),
                None => self.add(pointer, "unknown_field", "one of the fields does not belong here"),
            }
        }
    }

    fn items(&mut self, schema: &'s Value, items: &[Value], pointer: &str) {
        let most = schema["maxItems"].as_u64().and_then(|most| usize::try_from(most).ok());
        if most.is_some_and(|most| items.len() > most) {
            return self.add(pointer, "too_many", "more entries than the field takes");
        }
        for (at, item) in items.iter().enumerate() {
            self.value(&schema["items"], item, &below(pointer, &at.to_string()));
        }
    }

    fn text(&mut self, schema: &Value, text: &str, pointer: &str) {
        if let Some(codes) = schema["enum"].as_array() {
            if !codes.iter().any(|code| code == text) {
                self.add(pointer, "unknown_code", "not a code of this field's list");
            }
            return;
        }
        let most = schema["maxLength"].as_u64().and_then(|most| usize::try_from(most).ok());
        if most.is_some_and(|most| text.chars().take(most.saturating_add(1)).count() > most) {
            self.add(pointer, "too_long", "longer than the field takes");
        }
        if let Some((code, hint)) = schema["format"].as_str().and_then(|format| misformed(format, text)) {
            self.add(pointer, code, hint);
        }
    }

    fn number(&mut self, schema: &Value, number: Option<f64>, pointer: &str) {
        let number = number.unwrap_or(f64::NAN);
        let least = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let most = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        if !(least..=most).contains(&number) {
            self.add(pointer, "out_of_range", "outside of the range of the field");
        }
    }
}

fn misformed(format: &str, text: &str) -> Option<(&'static str, &'static str)> {
    match format {
        "date" => {
            text.parse::<CivilDate>().err().map(|_| ("date", "a date is written YYYY-MM-DD, 1900 to 2199"))
        }
        MONTH => text.parse::<Month>().err().map(|_| ("month", "a month is written YYYY-MM, 1900 to 2199")),
        "uuid" => uuid::Uuid::try_parse(text).err().map(|_| ("uuid", "a UUID has 32 hexadecimal digits")),
        REGION => {
            text.parse::<RegionCode>().err().map(|_| ("region_code", "a GB/T 2260 code has six digits"))
        }
        DIGEST => text.parse::<Digest>().err().map(|_| ("digest", "43 characters of base64url")),
        _ => None,
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let types = types(schema);
    types.is_empty()
        || types.iter().any(|name| match *name {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => false,
        })
}

/// One token further down (RFC 6901 §3).
fn below(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn components() -> Value {
        json!({
            "Part": {"type": "object", "required": ["code"], "additionalProperties": false, "properties": {
                "code": {"type": "string", "enum": ["a", "b"]}, "at": {"type": "string", "format": "date"}}},
            "Whole": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string", "format": "uuid"},
                "n": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
                "place": {"type": "string", "format": "region-code"},
                "text": {"type": "string", "maxLength": 3},
                "part": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Part"}]},
                "parts": {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Part"}}}},
        })
    }

    fn found(body: &Value) -> Vec<(String, &'static str)> {
        let components = components();
        check(&components, "Whole", body).into_iter().map(|one| (one.pointer, one.code)).collect()
    }

    #[test]
    fn a_right_body_passes() {
        let id = "00000000-0000-4000-8000-000000000000";
        assert_eq!(found(&json!({"id": id, "n": null, "part": null})), []);
        let full = json!({"id": id, "n": 9, "place": "530927", "text": "三个字", "part": {"code": "a"},
                          "parts": [{"code": "b", "at": "2026-01-31"}]});
        assert_eq!(found(&full), []);
    }

    #[test]
    fn each_fault_is_found_where_it_is() {
        let body = json!({"n": 10, "place": "53092", "text": "四个汉字", "part": {"code": "c", "x": 1},
                          "parts": [{}, {"code": 5, "at": "2026-02-30"}]});
        let expected = [
            ("/id", "missing"),
            ("/n", "out_of_range"),
            ("/part/code", "unknown_code"),
            ("/part", "unknown_field"),
            ("/parts/0/code", "missing"),
            ("/parts/1/at", "date"),
            ("/parts/1/code", "wrong_type"),
            ("/place", "region_code"),
            ("/text", "too_long"),
        ];
        assert_eq!(found(&body), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        assert_eq!(found(&json!([])), [(String::new(), "wrong_type")]);
        assert_eq!(found(&json!({"id": "1", "parts": [1, 2, 3], "n": 1.5})).len(), 3);
    }

    #[test]
    fn a_flood_of_faults_is_cut() {
        let many: Map<String, Value> = (0..500).map(|n| (n.to_string(), Value::Null)).collect();
        assert_eq!(found(&many.into()).len(), MOST);
    }
}
