//! Claims say no more than their names, and free text, reporter and DNA reference never come out.

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::prelude::*;

use super::*;
use crate::domain::lead::sample;

fn of(changes: &[(&str, Value)]) -> Claims {
    let lead = Raw::new(sample::with(changes));
    let texts = Texts::of(&lead).unwrap();
    claims(&lead, &texts)
}

enum Class {
    /// Goes into these claims and no others.
    Into(&'static [Claim]),
    /// Free text as typed: into no claim.
    Text,
    /// Into no claim, not even by grant.
    Never,
}

use Class::{Into, Never, Text};

const LOST: &[Claim] = &[Claim::LostProvince, Claim::LostPrefecture, Claim::LostCounty];
const EVENT: &[Claim] = &[Claim::LostDay, Claim::LostMonth, Claim::BirthAge, Claim::BirthBand, Claim::Minor];
const BIRTH: &[Claim] =
    &[Claim::BirthDate, Claim::BirthMonth, Claim::BirthYear, Claim::BirthAge, Claim::BirthBand, Claim::Minor];

/// Every leaf of a lead, list indices left out.
const FIELDS: &[(&str, Class)] = &[
    ("/kind", Into(&[Claim::Minor])),
    ("/priority", Into(&[Claim::Priority])),
    ("/purpose", Into(&[Claim::Purpose])),
    // A plain claim of the statement, not a disclosable one.
    ("/classification", Never),
    ("/legal_basis", Into(&[Claim::LegalBasis])),
    ("/minor", Into(&[Claim::Minor])),
    ("/handling_unit", Into(&[Claim::HandlingUnit])),
    ("/source_unit", Into(&[Claim::SourceUnit])),
    ("/cross_border", Into(&[Claim::CrossBorder])),
    ("/places/role", Into(LOST)),
    ("/places/code", Into(LOST)),
    ("/places/list_year", Into(LOST)),
    ("/event/from", Into(EVENT)),
    ("/event/to", Into(EVENT)),
    ("/event/precision", Never),
    ("/event/hour", Into(&[Claim::LostHour])),
    ("/means", Into(&[Claim::Means, Claim::MeansCoarse])),
    ("/exploitation", Into(&[Claim::Exploitation, Claim::ExploitationFlag])),
    ("/plate", Into(&[Claim::Plate])),
    ("/case_number", Into(&[Claim::CaseNumber])),
    ("/case_alias", Into(&[Claim::CaseAlias])),
    ("/narrative", Into(&[Claim::NarrativeMasked])),
    ("/remarks", Text),
    ("/reporter/name", Never),
    ("/reporter/phone", Never),
    ("/review_by", Into(&[Claim::ReviewBy])),
    ("/expires_at", Into(&[Claim::ExpiresAt])),
    ("/person/sex", Into(&[Claim::Sex])),
    ("/person/birth/from", Into(BIRTH)),
    ("/person/birth/to", Into(BIRTH)),
    ("/person/ethnicity", Into(&[Claim::Ethnicity, Claim::EthnicityHan])),
    ("/person/nationality", Into(&[Claim::Nationality, Claim::NationalityCn])),
    ("/person/height_cm", Into(&[Claim::Height])),
    // No row of the matrix names them.
    ("/person/build", Never),
    ("/person/languages", Never),
    ("/person/accent/codes", Into(&[Claim::Accent])),
    ("/person/accent/text", Text),
    ("/person/marks/codes", Into(&[Claim::Marks])),
    ("/person/marks/text", Text),
    ("/person/clothing/codes", Into(&[Claim::Clothing])),
    ("/person/clothing/text", Text),
    ("/person/disability", Into(&[Claim::NeedsFlag])),
    ("/person/needs", Into(&[Claim::NeedsFlag, Claim::NeedsEscort])),
    ("/person/names", Into(&[Claim::Names])),
    ("/person/id_number", Into(&[Claim::IdNumber, Claim::Minor])),
    ("/person/phones", Into(&[Claim::Phones])),
    ("/person/parents/relation", Into(&[Claim::Parents])),
    ("/person/parents/name", Into(&[Claim::Parents])),
    ("/person/parents/id_number", Into(&[Claim::Parents])),
    ("/person/parents/phone", Into(&[Claim::Parents])),
    ("/person/photo_available", Into(&[Claim::Photo])),
    ("/person/interview_done", Into(&[Claim::InterviewDone])),
    ("/person/hukou_hold", Into(&[Claim::HukouHold])),
    ("/person/dna_status", Into(&[Claim::DnaStatus])),
    ("/person/dna_reference", Never),
    ("/person/shelter/institution_type", Into(&[Claim::ShelterType])),
    ("/person/shelter/address", Into(&[Claim::ShelterAddress])),
];

/// Other values, so that what a field changes shows: pointer into the sample, new value.
fn changes() -> Vec<(&'static str, Value)> {
    [envelope_changes(), person_changes()].concat()
}

fn envelope_changes() -> Vec<(&'static str, Value)> {
    vec![
        ("/kind", json!("kin_search")),
        ("/priority", json!("normal")),
        ("/purpose", json!("relief")),
        ("/classification", json!("work_secret")),
        ("/legal_basis", json!("minors_protection")),
        ("/minor", json!(false)),
        ("/handling_unit", json!("court")),
        ("/source_unit", json!("hotel")),
        ("/cross_border", json!(false)),
        ("/places/0/role", json!("transit")),
        ("/places/0/code", json!("500230")),
        ("/places/0/list_year", json!(2009)),
        ("/event/from", json!("2020-02-01")),
        ("/event/to", json!("2036-04-01")),
        ("/event/precision", json!("month")),
        ("/event/hour", json!(3)),
        ("/means", json!(["other"])),
        ("/exploitation", json!([])),
        ("/plate", json!("MARKER")),
        ("/case_number", json!("MARKER")),
        ("/case_alias", json!("MARKER")),
        ("/narrative", json!("MARKER")),
        ("/remarks", json!("MARKER")),
        ("/reporter/name", json!("MARKER")),
        ("/reporter/phone", json!("MARKER")),
        ("/review_by", json!("2026-07-02")),
        ("/expires_at", json!("2029-07-02")),
    ]
}

fn person_changes() -> Vec<(&'static str, Value)> {
    vec![
        ("/person/sex", json!("2")),
        ("/person/birth/from", json!("2001-04-08")),
        ("/person/birth/to", json!("2018-04-08")),
        ("/person/ethnicity", json!("01")),
        ("/person/nationality", json!("MMR")),
        ("/person/height_cm", json!(99)),
        ("/person/build", json!("stout")),
        ("/person/languages/0", json!("MARKER")),
        ("/person/accent/codes", json!("wu")),
        ("/person/accent/text", json!("MARKER")),
        ("/person/marks/codes", json!(["tattoo"])),
        ("/person/marks/text", json!("MARKER")),
        ("/person/clothing/codes", json!(["dress"])),
        ("/person/clothing/text", json!("MARKER")),
        ("/person/disability", json!([])),
        ("/person/needs", json!([])),
        ("/person/names/0", json!("MARKER")),
        ("/person/id_number", json!("MARKER")),
        ("/person/phones/0", json!("MARKER")),
        ("/person/parents/0/relation", json!("mother")),
        ("/person/parents/0/name", json!("MARKER")),
        ("/person/parents/0/id_number", json!("MARKER")),
        ("/person/parents/0/phone", json!("MARKER")),
        ("/person/photo_available", json!(false)),
        ("/person/interview_done", json!(false)),
        ("/person/hukou_hold", json!(true)),
        ("/person/dna_status", json!("matched")),
        ("/person/dna_reference", json!("MARKER")),
        ("/person/shelter/institution_type", json!("hospital")),
        ("/person/shelter/address", json!("MARKER")),
    ]
}

fn without_indices(path: &str) -> String {
    path.split('/').filter(|part| part.parse::<usize>().is_err()).collect::<Vec<_>>().join("/")
}

fn leaves(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, v)| leaves(v, &format!("{path}/{key}"), into));
        }
        Value::Array(items) if !items.is_empty() => items.iter().for_each(|v| leaves(v, path, into)),
        _ => drop(into.insert(path.to_owned())),
    }
}

#[test]
fn every_field_of_a_lead_has_its_class() {
    let mut found = BTreeSet::new();
    leaves(&serde_json::to_value(sample::with(&[])).unwrap(), "", &mut found);
    let listed: BTreeSet<String> = FIELDS.iter().map(|(path, _)| (*path).to_owned()).collect();
    let changed: BTreeSet<String> = changes().iter().map(|(path, _)| without_indices(path)).collect();
    assert_eq!(found, listed);
    assert_eq!(changed, listed);
}

#[test]
fn a_field_reaches_only_the_claims_of_its_class() {
    // With another birth and event every field that could sway an age or the minor flag does.
    let plain = of(&[]);
    for (pointer, value) in changes() {
        let path = without_indices(pointer);
        let allowed = FIELDS.iter().find(|(field, _)| *field == path).map(|(_, class)| match class {
            Into(claims) => *claims,
            Text | Never => &[],
        });
        let changed = of(&[(pointer, value.clone())]);
        let different = plain.iter().zip(changed.iter()).filter(|(a, b)| a.1 != b.1).map(|(a, _)| a.0);
        let different: Vec<Claim> = different.collect();
        assert!(different.iter().all(|claim| allowed.unwrap().contains(claim)), "{pointer} {different:?}");
        // `minor` and `needs.flag` rest on several fields; tests of their own turn them.
        let silent = matches!(allowed.unwrap(), [] | [Claim::Minor | Claim::NeedsFlag]);
        assert!(silent || !different.is_empty(), "{pointer} changes nothing");
    }
}

#[test]
fn free_text_reporter_and_dna_reference_are_in_no_claim() {
    let closed =
        |path: &str| FIELDS.iter().any(|(field, class)| *field == path && matches!(class, Text | Never));
    let planted: Vec<(&str, Value)> = changes()
        .into_iter()
        .filter(|(pointer, value)| closed(&without_indices(pointer)) && *value == json!("MARKER"))
        .enumerate()
        .map(|(at, (pointer, _))| (pointer, json!(format!("PLANTED{at:02}"))))
        .collect();
    assert_eq!(planted.len(), 8);
    for (claim, value) in of(&planted).iter() {
        assert!(!value.to_string().contains("PLANTED"), "{claim}");
    }
}

#[test]
fn the_sample_gives_these_claims() {
    let made = of(&[]);
    for (claim, value) in [
        (Claim::BirthDate, json!("2015-03-09")),
        (Claim::BirthMonth, json!("2015-03")),
        (Claim::BirthYear, json!("2015")),
        (Claim::BirthAge, json!({"min": 9, "max": 11})),
        (Claim::BirthBand, json!("7-13")),
        (Claim::EthnicityHan, json!("other")),
        (Claim::NationalityCn, json!("CN")),
        (Claim::LostCounty, json!({"code": "530927", "year": 2023})),
        (Claim::LostPrefecture, json!({"code": "530900", "year": 2023})),
        (Claim::LostProvince, json!({"code": "530000", "year": 2023})),
        (Claim::HouseholdCounty, json!({"code": "530900", "year": 2023})),
        (Claim::LostDay, json!("2026-03-01")),
        (Claim::LostMonth, json!("2026-03")),
        (Claim::LostHour, json!(16)),
        (Claim::Height, json!({"min": 130, "max": 134})),
        (Claim::Accent, json!("southwestern")),
        (Claim::Marks, json!(["mole", "scar"])),
        (Claim::Means, json!(["deception", "theft"])),
        (Claim::MeansCoarse, json!(["deception", "force"])),
        (Claim::ExploitationFlag, json!(true)),
        (Claim::NeedsFlag, json!(true)),
        (Claim::NeedsEscort, json!(["sign_language"])),
        (Claim::Minor, json!(true)),
        (Claim::Sex, json!("1")),
        (Claim::DnaStatus, json!("registered")),
        (Claim::ShelterType, json!("child_welfare")),
        (Claim::ReviewBy, json!("2026-06-01")),
        (Claim::Names, json!(["岩某某"])),
    ] {
        assert_eq!(made.value(claim), &value, "{claim}");
    }
}

#[test]
fn what_is_known_to_the_year_stays_at_the_year() {
    let year = json!({"from": "2015-01-01", "to": "2015-12-31"});
    let made = of(&[("/person/birth", year)]);
    assert_eq!(made.value(Claim::BirthDate), &json!({"from": "2015-01-01", "to": "2015-12-31"}));
    assert_eq!(made.value(Claim::BirthMonth), &json!({"from": "2015-01", "to": "2015-12"}));
    assert_eq!(made.value(Claim::BirthYear), &json!("2015"));
    assert_eq!(made.value(Claim::BirthAge), &json!({"min": 9, "max": 12}));
    let wide = json!({"from": "2010-01-01", "to": "2015-12-31"});
    assert_eq!(of(&[("/person/birth", wide)]).value(Claim::BirthBand), &Value::Null);
}

#[test]
fn the_needs_flag_is_false_only_if_both_are_known_to_be_absent() {
    let flag = |disability: Value, needs: Value| {
        of(&[("/person/disability", disability), ("/person/needs", needs)]).value(Claim::NeedsFlag).clone()
    };
    assert_eq!(flag(json!(["hearing"]), Value::Null), json!(true));
    assert_eq!(flag(json!([]), json!(["medical"])), json!(true));
    assert_eq!(flag(json!([]), json!([])), json!(false));
    assert_eq!(flag(json!([]), Value::Null), Value::Null);
}

#[test]
fn the_minor_claim_is_the_lead_s() {
    let adult = [("/minor", json!(false)), ("/kind", json!("kin_search")), ("/person/birth", Value::Null)];
    let known = |id: Value| {
        of(&[adult.as_slice(), &[("/person/id_number", id)]].concat()).value(Claim::Minor).clone()
    };
    assert_eq!(known(Value::Null), json!(false));
    assert_eq!(known(json!(sample::CHILD_ID)), json!(true));
    assert_eq!(known(json!(sample::FATHER_ID)), json!(false));
}

#[test]
fn an_empty_person_still_has_every_claim() {
    let made = of(&[("/person", json!({})), ("/event", Value::Null), ("/exploitation", Value::Null)]);
    assert_eq!(made.values.len(), Claim::ALL.len());
    for claim in [Claim::Names, Claim::BirthAge, Claim::LostDay, Claim::NeedsFlag, Claim::Exploitation] {
        assert_eq!(made.value(claim), &Value::Null, "{claim}");
    }
}

proptest! {
    #[test]
    fn a_coarse_claim_is_a_function_of_the_finer_one(
        birth in (1_950_i32..2_030, 1_u8..13, 1_u8..29), span in 0_i64..1_000,
        county in 110_000_u32..820_000, height in 0_u16..400, hour in 0_u8..24,
    ) {
        let from = crate::domain::date::CivilDate::new(birth.0, birth.1, birth.2).unwrap();
        let interval = json!({"from": from.to_string(), "to": from.plus_days(span).to_string()});
        // The engine has its own tests, and takes its time.
        let lead = sample::with(&[
            ("/person/birth", interval),
            ("/places/0/code", json!(county.to_string())),
            ("/person/height_cm", json!(height)),
            ("/event/hour", json!(hour)),
        ]);
        let made = claims(&Raw::new(lead), &Texts::default());
        prop_assert_eq!(made.iter().count(), Claim::ALL.len());
        let cut = |value: &Value, length: usize| match value {
            Value::String(day) => Value::from(&day[..length]),
            both => {
                let (from, to) = (&both["from"].as_str().unwrap()[..length], &both["to"].as_str().unwrap()[..length]);
                if from == to { Value::from(from) } else { json!({"from": from, "to": to}) }
            }
        };
        prop_assert_eq!(made.value(Claim::BirthMonth), &cut(made.value(Claim::BirthDate), 7));
        prop_assert_eq!(made.value(Claim::BirthYear), &cut(made.value(Claim::BirthMonth), 4));
        let code = |claim| made.value(claim)["code"].as_str().unwrap().to_owned();
        let (prefecture, province) = (code(Claim::LostPrefecture), code(Claim::LostProvince));
        prop_assert_eq!(&province, &format!("{}0000", &code(Claim::LostCounty)[..2]));
        let cut = format!("{}00", &code(Claim::LostCounty)[..4]);
        prop_assert!(prefecture == cut || prefecture == province);
        let (min, max) = (made.value(Claim::Height)["min"].as_u64(), made.value(Claim::Height)["max"].as_u64());
        prop_assert!(min.unwrap() % 5 == 0 && max == Some(min.unwrap() + 4));
        prop_assert!((min.unwrap()..=max.unwrap()).contains(&u64::from(height)));
    }
}

trait AmbiguousIf<Marker> {
    fn holds() {}
}
struct Printable;
struct Writable;
impl<T: ?Sized> AmbiguousIf<()> for T {}
impl<T: ?Sized + Debug> AmbiguousIf<Printable> for T {}
impl<T: ?Sized + Serialize> AmbiguousIf<Writable> for T {}

/// Does not compile if one of the types gains `Debug` or `Serialize`.
#[test]
fn raw_leads_and_claims_neither_print_nor_write_themselves() {
    <Raw<Lead> as AmbiguousIf<_>>::holds();
    <Claims as AmbiguousIf<_>>::holds();
}
