//! Each field of a lead has an input that the check refuses, with the pointer of that field.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::domain::lead::sample;

/// The types refuse it on reading.
const UNREADABLE: &str = "unreadable";

fn today() -> CivilDate {
    "2026-05-01".parse().unwrap()
}

fn findings(changes: &[(&str, Value)]) -> Vec<(String, &'static str)> {
    match sample::read(changes) {
        Ok(lead) => check(&lead, today()).into_iter().map(|error| (error.path, error.code)).collect(),
        Err(_) => vec![(String::new(), UNREADABLE)],
    }
}

/// Pointer, wrong value, the code it must be refused with.
fn wrong_inputs() -> Vec<(&'static str, Value, &'static str)> {
    let mut rows = wrong_case();
    rows.extend(wrong_person());
    rows.extend(wrong_relations());
    rows
}

fn wrong_case() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/kind", json!("child"), UNREADABLE),
        ("/kind", json!("missing_adult"), "kind_not_adult"),
        ("/priority", json!("now"), UNREADABLE),
        ("/purpose", json!("sale"), UNREADABLE),
        ("/classification", json!("public"), UNREADABLE),
        ("/legal_basis", json!("none"), UNREADABLE),
        ("/minor", json!(false), "minor_not_flagged"),
        ("/handling_unit", json!("school"), UNREADABLE),
        ("/source_unit", json!("army"), UNREADABLE),
        ("/cross_border", json!("yes"), UNREADABLE),
        ("/places", json!([]), "place_missing"),
        (
            "/places",
            json!(vec![json!({"role": "transit", "code": "530927", "list_year": 2023}); 21]),
            "too_many",
        ),
        ("/places/0/role", json!("lost"), UNREADABLE),
        ("/places/2/role", json!("household"), "place_role_twice"),
        ("/places/0/code", json!("119999"), "region_unknown"),
        ("/places/0/code", json!("53092"), UNREADABLE),
        ("/places/0/list_year", json!(1995), "region_not_in_list"),
        ("/places/0/list_year", json!(2040), "region_no_such_list"),
        ("/event/from", json!("2026-03-02"), "interval_reversed"),
        ("/event/from", json!("2026-02-30"), UNREADABLE),
        ("/event", json!({"from": "2026-05-02", "to": "2026-05-03", "precision": "day"}), "in_future"),
        ("/event/to", json!("03/2026"), UNREADABLE),
        ("/event/precision", json!("month"), "precision_mismatch"),
        ("/event/precision", json!("year"), "precision_mismatch"),
        ("/event/hour", json!(24), "out_of_range"),
        (
            "/event",
            json!({"from": "2026-03-01", "to": "2026-03-31", "precision": "month", "hour": 3}),
            "hour_without_day",
        ),
        ("/means", json!(["theft", "theft"]), "repeated"),
        ("/exploitation", json!(["sexual", "sexual"]), "repeated"),
        ("/plate", json!("A1"), "plate"),
        ("/case_number", json!(" "), "empty"),
        ("/case_number", json!("号".repeat(65)), "too_long"),
        ("/case_alias", json!("公刑立字0001 "), "alias_is_number"),
        ("/narrative", json!("字".repeat(20_001)), "too_long"),
        ("/narrative", json!("检出TH01 6,9.3"), "genotype"),
        ("/remarks", json!("a\u{0}b"), "control_character"),
        ("/reporter/name", json!(""), "empty"),
        ("/reporter/phone", json!("110"), "phone"),
        ("/review_by", json!("2026-04-30"), "in_past"),
        ("/expires_at", json!("2026-05-01"), "in_past"),
    ]
}

fn wrong_person() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/person/sex", json!("3"), UNREADABLE),
        ("/person/birth/from", json!("2015-03-10"), "interval_reversed"),
        ("/person/birth/to", json!("2026-06-01"), "in_future"),
        ("/person/birth", json!({"from": "2015-03-10", "to": "2015-04-10"}), "birth_differs_from_id_number"),
        ("/person/birth", json!({"from": "2026-04-01", "to": "2026-04-02"}), "birth_after_event"),
        ("/person/birth", json!({"from": "1990-04-01", "to": "1990-04-02"}), "kind_not_child"),
        ("/person/ethnicity", json!("00"), "ethnicity"),
        ("/person/ethnicity", json!("59"), "ethnicity"),
        ("/person/ethnicity", json!("1"), "ethnicity"),
        ("/person/nationality", json!("cn"), "nationality"),
        ("/person/height_cm", json!(29), "out_of_range"),
        ("/person/height_cm", json!(251), "out_of_range"),
        ("/person/build", json!("tall"), UNREADABLE),
        ("/person/accent/codes", json!("mars"), UNREADABLE),
        ("/person/accent/text", json!("字".repeat(2_001)), "too_long"),
        ("/person/marks/codes", json!(["scar", "scar"]), "repeated"),
        ("/person/marks/text", json!(""), "empty"),
        ("/person/clothing/codes", json!(["jacket", "jacket"]), "repeated"),
        ("/person/clothing/text", json!("\u{7}"), "control_character"),
        ("/person/disability", json!(["visual", "visual"]), "repeated"),
        ("/person/needs", json!(["medical", "medical"]), "repeated"),
        ("/person/languages", json!(["zh"]), "language"),
        ("/person/languages", json!(vec!["prk"; 11]), "too_many"),
        ("/person/names", json!(vec!["名"; 11]), "too_many"),
        ("/person/names", json!(["名".repeat(51)]), "too_long"),
        ("/person/names", json!([""]), "empty"),
        ("/person/id_number", json!("000000201503090010"), "id_number"),
        ("/person/phones", json!(["none"]), "phone"),
        ("/person/phones", json!(vec!["13800000000"; 11]), "too_many"),
        ("/person/photo_available", json!("yes"), UNREADABLE),
        ("/person/interview_done", json!(1), UNREADABLE),
        ("/person/hukou_hold", json!("no"), UNREADABLE),
        ("/person/dna_status", json!("D8S1179"), UNREADABLE),
        ("/person/dna_status", Value::Null, "dna_status_missing"),
        ("/person/dna_reference", json!(""), "empty"),
    ]
}

fn wrong_relations() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/person/parents", json!(vec![json!({"relation": "mother", "name": "母"}); 7]), "too_many"),
        ("/person/parents/0/relation", json!("uncle"), UNREADABLE),
        ("/person/parents/0/name", json!(""), "empty"),
        ("/person/parents/0/id_number", json!("1"), "id_number"),
        ("/person/parents/0/phone", json!("x"), "phone"),
        ("/person/shelter/institution_type", json!("home"), UNREADABLE),
        ("/person/shelter/address", json!("路".repeat(201)), "too_long"),
    ]
}

#[test]
fn a_complete_lead_passes() {
    assert_eq!(findings(&[]), vec![]);
}

#[test]
fn every_wrong_input_is_refused_by_its_code_and_without_its_value() {
    for (pointer, value, code) in wrong_inputs() {
        let found = findings(&[(pointer, value.clone())]);
        assert!(found.iter().any(|(_, found)| *found == code), "{pointer} {code} {found:?}");
        // Hints are fixed texts; what varies must not carry the value.
        let leaked =
            |text: &str| found.iter().any(|(path, _)| text.chars().count() > 3 && path.contains(text));
        assert!(!value.as_str().is_some_and(leaked), "{pointer}");
    }
}

#[test]
fn every_field_has_a_wrong_input() {
    let covered: BTreeSet<&str> = wrong_inputs().into_iter().map(|(pointer, ..)| pointer).collect();
    let mut missing = Vec::new();
    leaves(&sample::json(), "", &mut |path| {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !covered.contains(path)
            && !covered.contains(parent)
            && !path.contains("/1/")
            && !path.contains("/2/")
        {
            missing.push(path.to_owned());
        }
    });
    assert!(missing.is_empty(), "{missing:?}");
}

fn leaves(value: &Value, path: &str, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, v)| leaves(v, &format!("{path}/{key}"), visit));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, v)| leaves(v, &format!("{path}/{at}"), visit));
        }
        _ => visit(path),
    }
}

#[test]
fn dna_is_for_police_units() {
    let found = findings(&[("/handling_unit", json!("civil_affairs"))]);
    assert_eq!(found, vec![("/person/dna_status".to_owned(), "dna_police_only")]);
    assert!(
        findings(&[("/person/dna_status", json!("none"))]).iter().any(|(_, c)| *c == "dna_status_missing")
    );
}

#[test]
fn unknown_fields_are_refused() {
    let mut value = sample::json();
    value["person"]["genotype"] = json!("x");
    assert!(serde_json::from_value::<Lead>(value).is_err());
}

#[test]
fn a_child_in_doubt_is_a_minor() {
    let minor = |changes: &[(&str, Value)]| {
        let mut all = vec![("/minor", json!(false)), ("/person/id_number", Value::Null)];
        all.extend_from_slice(changes);
        sample::with(&all).is_minor()
    };
    let born = |from: &str, to: &str| ("/person/birth", json!({"from": from, "to": to}));
    assert!(minor(&[]));
    assert!(minor(&[born("2000-01-01", "2012-03-02")]), "13 is possible");
    assert!(!minor(&[born("2000-01-01", "2012-03-01")]), "14 that very day");
    assert!(minor(&[("/person/birth", Value::Null)]), "the kind is about a child");
    assert!(!minor(&[("/person/birth", Value::Null), ("/kind", json!("kin_search"))]));
    assert!(
        sample::with(&[("/person/birth", Value::Null), ("/minor", json!(false))]).is_minor(),
        "by the number"
    );
}

#[test]
fn an_interval_may_be_open_to_the_present() {
    let year = json!({"from": "2026-01-01", "to": "2026-12-31", "precision": "year"});
    assert_eq!(findings(&[("/event", year)]), vec![]);
}
