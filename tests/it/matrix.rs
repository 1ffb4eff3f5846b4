//! What every recipient must get of a lead, transcribed by hand from the disclosure matrix.
//!
//! Knows the table of the specification and the JSON that an officer posts; must not know the
//! shipped profile or the redaction, which are held against it. Invariant: one claim per ladder, the
//! finest that the cell permits; open claims are there even when their value is `null`.

mod by_hand;

use std::collections::BTreeMap;

use guitu::domain::date::CivilDate;
use guitu::domain::region::RegionCode;
use serde_json::{Value, json};

/// Stands for a masked narrative: where its masks are is the engine's matter, not the matrix's.
const MASKED: &str = "(masked)";

/// The claims of a received lead, [`MASKED`] in place of a narrative that has masks.
pub(crate) fn arrived(held: &Value) -> BTreeMap<String, Value> {
    let claims = held["claims"].as_array().unwrap().iter();
    let value = |claim: &Value| match claim["value"].as_str() {
        Some(text) if claim["claim"] == "narrative.masked" && text.contains('〔') => json!(MASKED),
        _ => claim["value"].clone(),
    };
    claims.map(|claim| (claim["claim"].as_str().unwrap().to_owned(), value(claim))).collect()
}

/// The columns of the table in the order of [`TABLE`].
const COLUMNS: [&str; 3] = ["origin", "transit", "destination"];

/// The table: per row the ladder of its claims from coarse to fine, and how many steps of it the
/// origin, the transit and the destination see (0: closed, which includes cells for alerts only).
/// Rows that are closed in all three columns stand at the end.
const TABLE: &[(&[&str], [usize; 3])] = &[
    (&["sex"], [1, 1, 1]),
    (&["birth.band", "birth.age", "birth.year", "birth.month", "birth.date"], [4, 2, 3]),
    (&["ethnicity.han", "ethnicity"], [2, 1, 1]),
    (&["nationality.cn", "nationality"], [2, 1, 2]),
    (HOUSEHOLD, [3, 1, 2]),
    (LOST, [3, 2, 2]),
    (&["time.lost.month", "time.lost.day"], [2, 2, 1]),
    (FOUND, [2, 1, 3]),
    (&["height"], [1, 1, 1]),
    (&["accent"], [1, 0, 1]),
    (&["marks"], [1, 0, 1]),
    (&["photo"], [1, 1, 1]),
    (&["means.coarse", "means"], [2, 1, 2]),
    (&["exploitation.flag", "exploitation"], [1, 0, 2]),
    (&["needs.flag", "needs.escort"], [1, 2, 1]),
    (&["dna_status"], [1, 0, 1]),
    (&["case_number.alias", "case_number"], [1, 1, 1]),
    (&["narrative.masked"], [1, 0, 1]),
    // The envelope.
    (&["priority"], [1, 1, 1]),
    (&["purpose"], [1, 1, 1]),
    (&["legal_basis"], [1, 1, 1]),
    (&["minor"], [1, 1, 1]),
    (&["cross_border"], [1, 1, 1]),
    (&["interview_done"], [1, 1, 1]),
    (&["source_unit"], [1, 1, 1]),
    (&["handling_unit"], [1, 1, 1]),
    (&["review_by"], [1, 1, 1]),
    (&["expires_at"], [1, 1, 1]),
    // Opened by a grant or an alert only.
    (&["names"], [0, 0, 0]),
    (&["id_number"], [0, 0, 0]),
    (&["phones"], [0, 0, 0]),
    (&["parents"], [0, 0, 0]),
    (&["shelter.type", "shelter.address"], [0, 0, 0]),
    (&["clothing"], [0, 0, 0]),
    (&["plate"], [0, 0, 0]),
    (&["time.lost.hour"], [0, 0, 0]),
    (&["hukou_hold"], [0, 0, 0]),
];

const HOUSEHOLD: &[&str] =
    &["place.household.province", "place.household.prefecture", "place.household.county"];
const LOST: &[&str] = &["place.lost.province", "place.lost.prefecture", "place.lost.county"];
const FOUND: &[&str] = &["place.found.province", "place.found.prefecture", "place.found.county"];

/// The claims, with their values, that a recipient with these roles gets of `lead` (the JSON as
/// posted to the office) without an alert or a grant. No role: nothing.
pub(crate) fn expected(roles: &[&str], territory: RegionCode, lead: &Value) -> BTreeMap<String, Value> {
    let columns: Vec<usize> =
        roles.iter().map(|role| COLUMNS.iter().position(|column| column == role).unwrap()).collect();
    let mut claims = BTreeMap::new();
    for (ladder, steps) in TABLE {
        let narrowest = columns.iter().map(|column| steps[*column]).min().unwrap_or(0);
        let inside = !columns.is_empty() && lies_in(territory, ladder, lead);
        let step = if inside { ladder.len() } else { narrowest };
        if let Some(claim) = step.checked_sub(1).map(|index| ladder[index]) {
            claims.insert(claim.to_owned(), value(claim, lead));
        }
    }
    claims
}

/// Whether the ladder is one of a place inside the territory.
fn lies_in(territory: RegionCode, ladder: &[&str], lead: &Value) -> bool {
    let Some(role) = place_role(ladder[0]) else { return false };
    place(role, lead).is_some_and(|(code, _)| territory.contains(code))
}

/// The place role that a place claim is about.
fn place_role(claim: &str) -> Option<&'static str> {
    match claim.split('.').nth(1).filter(|_| claim.starts_with("place."))? {
        "household" => Some("household"),
        "lost" => Some("origin"),
        "found" => Some("found"),
        _ => None,
    }
}

fn place(role: &str, lead: &Value) -> Option<(RegionCode, Value)> {
    let place = lead["places"].as_array()?.iter().find(|place| place["role"] == role)?;
    Some((place["code"].as_str()?.parse().unwrap(), place["list_year"].clone()))
}

/// The value of one open claim.
fn value(claim: &str, lead: &Value) -> Value {
    let person = &lead["person"];
    match claim {
        "sex" | "ethnicity" | "nationality" | "dna_status" | "interview_done" => person[claim].clone(),
        "ethnicity.han" => map_text(&person["ethnicity"], |code| if code == "01" { "han" } else { "other" }),
        "nationality.cn" => {
            map_text(&person["nationality"], |code| if code == "CHN" { "CN" } else { "foreign" })
        }
        "birth.age" => age(&person["birth"], &lead["event"]),
        "birth.year" => cut(&person["birth"], 4),
        "birth.month" => cut(&person["birth"], 7),
        "time.lost.day" => cut(&lead["event"], 10),
        "time.lost.month" => cut(&lead["event"], 7),
        "height" => height(&person["height_cm"]),
        "accent" => person["accent"]["codes"].clone(),
        // An officer cannot say "none": an empty list is one that nobody filled in.
        "marks" => match list(&person["marks"]["codes"]) {
            codes if codes.is_empty() => Value::Null,
            codes => sorted(codes),
        },
        "photo" => person["photo_available"].clone(),
        "means" => sorted(list(&lead["means"])),
        "means.coarse" => sorted(list(&lead["means"]).iter().map(|code| coarse(code).to_owned()).collect()),
        "exploitation" => lead["exploitation"].clone(),
        "exploitation.flag" => match lead["exploitation"].as_array() {
            Some(codes) => json!(!codes.is_empty()),
            None => Value::Null,
        },
        "needs.flag" => needs_flag(person),
        "needs.escort" => person["needs"].clone(),
        "case_number.alias" => lead["case_alias"].clone(),
        "narrative.masked" => map_text(&lead["narrative"], |_| MASKED),
        _ if claim.starts_with("place.") => place_value(claim, lead),
        _ => envelope(claim, lead),
    }
}

/// The envelope, with the defaults of fields that the officer left out.
fn envelope(claim: &str, lead: &Value) -> Value {
    let written = &lead[claim];
    match claim {
        "priority" if written.is_null() => json!("normal"),
        "minor" => json!(written == true || under_fourteen(lead)),
        "cross_border" => json!(written == true),
        "purpose" | "legal_basis" | "source_unit" | "handling_unit" | "priority" | "review_by"
        | "expires_at" => written.clone(),
        _ => panic!("{claim} has no open cell in the table"),
    }
}

/// Cut to the level of the claim; never finer than it was known.
fn place_value(claim: &str, lead: &Value) -> Value {
    let Some((code, year)) = place_role(claim).and_then(|role| place(role, lead)) else { return Value::Null };
    let unit = match claim.rsplit('.').next() {
        Some("province") => 10_000,
        Some("prefecture") => 100,
        _ => 1,
    };
    json!({ "code": (code.number() / unit * unit).to_string(), "year": year })
}

/// An interval of dates cut to its first characters: one value if both ends agree.
fn cut(interval: &Value, length: usize) -> Value {
    let end = |name: &str| interval[name].as_str().map(|day| day[..length].to_owned());
    match (end("from"), end("to")) {
        (Some(from), Some(to)) if from == to => json!(from),
        (Some(from), Some(to)) => json!({ "from": from, "to": to }),
        _ => Value::Null,
    }
}

/// The age at the event, a year less and a year more: the youngest possible on the first day of the event,
/// the eldest possible on its last.
fn age(birth: &Value, event: &Value) -> Value {
    let at = |value: &Value| value.as_str().map(|day| day.parse::<CivilDate>().unwrap());
    match (at(&birth["from"]), at(&birth["to"]), at(&event["from"]), at(&event["to"])) {
        (Some(eldest), Some(youngest), Some(first), Some(last)) => json!({
            "min": first.years_since(youngest).saturating_sub(1),
            "max": last.years_since(eldest) + 1,
        }),
        _ => Value::Null,
    }
}

fn under_fourteen(lead: &Value) -> bool {
    let at = |value: &Value| value.as_str().map(|day| day.parse::<CivilDate>().unwrap());
    match (at(&lead["person"]["birth"]["to"]), at(&lead["event"]["from"])) {
        (Some(youngest), Some(event)) => event.years_since(youngest) < 14,
        _ => false,
    }
}

/// The class of five centimetres: 131 lies in 130–134.
fn height(written: &Value) -> Value {
    written.as_u64().map_or(Value::Null, |cm| json!({ "min": cm / 5 * 5, "max": cm / 5 * 5 + 4 }))
}

/// True if either list names something, false if both were asked and name nothing, else `null`.
fn needs_flag(person: &Value) -> Value {
    let named = |field: &str| person[field].as_array().map(|codes| !codes.is_empty());
    match (named("needs"), named("disability")) {
        (Some(true), _) | (_, Some(true)) => json!(true),
        (Some(false), Some(false)) => json!(false),
        _ => Value::Null,
    }
}

/// The four groups of means that a transit region sees.
fn coarse(means: &str) -> &'static str {
    match means {
        "deception" | "job_offer" | "marriage_offer" | "online_grooming" => "deception",
        "abduction" | "theft" | "force" | "drugging" => "force",
        "sale_by_relative" | "false_adoption" => "sale",
        "other" => "other",
        unknown => panic!("{unknown} is no code of the list of means"),
    }
}

fn map_text(value: &Value, to: impl Fn(&str) -> &'static str) -> Value {
    value.as_str().map_or(Value::Null, |text| json!(to(text)))
}

fn list(value: &Value) -> Vec<String> {
    let codes = value.as_array().into_iter().flatten();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

fn sorted(mut codes: Vec<String>) -> Value {
    codes.sort();
    codes.dedup();
    json!(codes)
}
