//! The schemas cannot drift: what the types write is what the schemas say, field by field.

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use crate::api::office::components;
use crate::api::shape::check;
use crate::domain::agreement::{Party, Role, Terms};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::lead::{Lead, sample};
use crate::domain::profile::Profile;
use crate::node::agree::Proposal;

/// Where `value` has a member that its schema has not, or the other way round.
fn differences(schema: &Value, value: &Value, pointer: &str) -> Vec<String> {
    let schema = match schema["oneOf"].as_array() {
        Some(choices) => choices.iter().find(|choice| choice["type"] != "null").unwrap(),
        None => schema,
    };
    let named = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let schema = named.map_or(schema, |name| &components()[name]);
    match value {
        Value::Object(members) => {
            let properties = schema["properties"].as_object().unwrap();
            let missing = properties.keys().filter(|name| !members.contains_key(*name));
            let mut found: Vec<_> = missing.map(|name| format!("-{pointer}/{name}")).collect();
            for (name, member) in members {
                let below = format!("{pointer}/{name}");
                match properties.get(name) {
                    Some(property) => found.extend(differences(property, member, &below)),
                    None => found.push(format!("+{below}")),
                }
            }
            found
        }
        Value::Array(items) => {
            let each = items.iter().enumerate();
            each.flat_map(|(at, item)| differences(&schema["items"], item, &format!("{pointer}/{at}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn terms() -> Terms {
    let party = |code: &str, role| Party {
        node: code.parse().unwrap(),
        roles: vec![role],
        government: "甲市人民政府".into(),
        office: "反拐联席会议办公室".into(),
    };
    Terms {
        id: uuid::Builder::from_random_bytes([7; 16]).into_uuid(),
        version: 1,
        parties: vec![party("530900", Role::Origin), party("500000", Role::Destination)],
        purposes: Purpose::ALL.to_vec(),
        kinds: LeadKind::ALL.to_vec(),
        profile: Profile::default_matrix(),
        valid_from: CivilDate::new(2026, 1, 1).unwrap(),
        valid_until: CivilDate::new(2026, 12, 31).unwrap(),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
        proposer: "530900".parse().unwrap(),
        previous: Some(Digest::of(b"previous")),
        answers: Some(Digest::of(b"answered")),
    }
}

#[test]
fn a_full_lead_has_the_fields_of_its_schema_and_no_others() {
    let value = serde_json::to_value(sample::read(&[]).unwrap()).unwrap();
    assert_eq!(differences(&components()["Lead"], &value, ""), Vec::<String>::new());
    assert_eq!(check(components(), "Lead", &value), []);
}

#[test]
fn terms_have_the_fields_of_their_schema_and_no_others() {
    let mut value = serde_json::to_value(terms()).unwrap();
    assert_eq!(differences(&components()["Terms"], &value, ""), Vec::<String>::new());
    for name in ["id", "version", "proposer", "previous", "answers"] {
        value.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(differences(&components()["Proposal"], &value, ""), Vec::<String>::new());
    assert_eq!(check(components(), &Proposal::name(), &value), []);
    assert!(serde_json::from_value::<Proposal>(value).is_ok());
}

#[test]
fn what_the_schema_requires_is_what_the_reader_requires() {
    let full = serde_json::to_value(sample::read(&[]).unwrap()).unwrap();
    let required: Vec<_> = components()["Lead"]["required"].as_array().unwrap().iter().collect();
    for name in full.as_object().unwrap().keys() {
        let mut without = full.clone();
        without.as_object_mut().unwrap().remove(name);
        let needed = required.iter().any(|required| *required == name);
        assert_eq!(serde_json::from_value::<Lead>(without.clone()).is_err(), needed, "{name}");
        assert_eq!(check(components(), "Lead", &without).is_empty(), !needed, "{name}");
    }
}

#[test]
fn every_scalar_of_a_lead_has_its_wrong_inputs() {
    let full = serde_json::to_value(sample::read(&[]).unwrap()).unwrap();
    let mut scalars = Vec::new();
    collect(&full, String::new(), &mut scalars);
    assert!(scalars.len() > 60);
    for pointer in scalars {
        for wrong in [json!([[]]), json!({"x": 1}), json!(-1.5)] {
            let mut body = full.clone();
            *body.pointer_mut(&pointer).unwrap() = wrong;
            let found = check(components(), "Lead", &body);
            assert!(found.iter().any(|one| one.pointer == pointer), "{pointer}");
        }
    }
}

fn collect(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| collect(member, format!("{pointer}/{name}"), into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect(item, format!("{pointer}/{at}"), into));
        }
        _ => into.push(pointer),
    }
}

#[test]
fn whatever_the_schema_lets_through_the_reader_takes() {
    // No value of a body survives in an error: the reader's own words are never needed.
    let full = serde_json::to_value(sample::read(&[]).unwrap()).unwrap();
    let mut scalars = Vec::new();
    collect(&full, String::new(), &mut scalars);
    let texts = ["", "x", "2026-02-30", "530927", "９９", "0"].map(Value::from);
    let wrong =
        texts.into_iter().chain([Value::Null, json!(true), json!(0), json!(70_000), json!([]), json!({})]);
    let wrong: Vec<_> = wrong.collect();
    for pointer in scalars {
        for value in &wrong {
            let mut body = full.clone();
            *body.pointer_mut(&pointer).unwrap() = value.clone();
            let read = serde_json::from_value::<Lead>(body.clone()).is_ok();
            assert_eq!(check(components(), "Lead", &body).is_empty(), read, "{pointer} {value}");
        }
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let text = crate::api::office::openapi_office();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(components().get(name).is_some(), "{name}");
    }
    assert!(matches!(Lead::schema(), utoipa::openapi::RefOr::T(_)));
}
