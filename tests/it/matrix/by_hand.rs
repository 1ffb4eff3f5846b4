//! The transcription against values worked out by hand from the specification's table.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::{agreement_for, leads};
use serde_json::{Value, json};

use super::{BTreeMap, MASKED, RegionCode, TABLE, expected};

fn region(code: &str) -> RegionCode {
    code.parse().unwrap()
}

/// A boy of nine from 临沧, brought through 重庆 to 朔州.
fn boy() -> Value {
    json!({
        "kind": "suspected_trafficking", "priority": "high", "purpose": "rescue",
        "legal_basis": "criminal_procedure", "handling_unit": "police", "source_unit": "school",
        "places": [
            { "role": "origin", "code": "530926", "list_year": 2023 },
            { "role": "household", "code": "530927", "list_year": 2023 },
            { "role": "transit", "code": "500112", "list_year": 2023 },
            { "role": "found", "code": "140603", "list_year": 2023 },
        ],
        "event": { "from": "2024-05-03", "to": "2024-05-03", "precision": "day", "hour": 16 },
        "person": {
            "sex": "1", "birth": { "from": "2014-08-20", "to": "2014-08-20" },
            "ethnicity": "21", "nationality": "CHN", "height_cm": 131,
            "accent": { "codes": "minority", "text": "佤语口音" },
            "marks": { "codes": ["birthmark", "scar"] }, "clothing": { "codes": ["jacket"] },
            "disability": ["hearing"], "needs": ["sign_language"], "names": ["田尼块"],
            "phones": ["19900001234"], "photo_available": true, "interview_done": false,
            "dna_status": "sampled", "hukou_hold": false,
            "shelter": { "institution_type": "minor_protection", "address": "北桥社区1号" },
        },
        "means": ["theft", "false_adoption", "abduction"], "exploitation": ["illegal_adoption"],
        "plate": "云SA0001", "case_number": "A5309260001", "case_alias": "晨光-1",
        "narrative": "田尼块，电话19900001234", "review_by": "2026-06-01", "expires_at": "2027-01-01",
    })
}

fn envelope() -> Value {
    json!({
        "priority": "high", "purpose": "rescue", "legal_basis": "criminal_procedure", "minor": true,
        "cross_border": false, "interview_done": false, "source_unit": "school",
        "handling_unit": "police", "review_by": "2026-06-01", "expires_at": "2027-01-01",
    })
}

fn with_envelope(cells: Value) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> = serde_json::from_value(envelope()).unwrap();
    all.extend(serde_json::from_value::<BTreeMap<String, Value>>(cells).unwrap());
    all
}

#[test]
fn the_origin_column() {
    let cells = json!({
        "sex": "1", "birth.month": "2014-08", "ethnicity": "21", "nationality": "CHN",
        "place.household.county": { "code": "530927", "year": 2023 },
        "place.lost.county": { "code": "530926", "year": 2023 },
        "place.found.prefecture": { "code": "140600", "year": 2023 },
        "time.lost.day": "2024-05-03", "height": { "min": 130, "max": 134 }, "accent": "minority",
        "marks": ["birthmark", "scar"], "photo": true, "means": ["abduction", "false_adoption", "theft"],
        "exploitation.flag": true, "needs.flag": true, "dna_status": "sampled", "case_number.alias": "晨光-1",
        "narrative.masked": MASKED,
    });
    assert_eq!(expected(&["origin"], region("530900"), &boy()), with_envelope(cells));
}

#[test]
fn the_transit_column() {
    let cells = json!({
        "sex": "1", "birth.age": { "min": 8, "max": 10 }, "ethnicity.han": "other", "nationality.cn": "CN",
        "place.household.province": { "code": "530000", "year": 2023 },
        "place.lost.prefecture": { "code": "530900", "year": 2023 },
        "place.found.province": { "code": "140000", "year": 2023 },
        "time.lost.day": "2024-05-03", "height": { "min": 130, "max": 134 }, "photo": true,
        "means.coarse": ["force", "sale"], "needs.escort": ["sign_language"], "case_number.alias": "晨光-1",
    });
    assert_eq!(expected(&["transit"], region("500000"), &boy()), with_envelope(cells));
}

#[test]
fn the_destination_column() {
    let cells = json!({
        "sex": "1", "birth.year": "2014", "ethnicity.han": "other", "nationality": "CHN",
        "place.household.prefecture": { "code": "530900", "year": 2023 },
        "place.lost.prefecture": { "code": "530900", "year": 2023 },
        "place.found.county": { "code": "140603", "year": 2023 },
        "time.lost.month": "2024-05", "height": { "min": 130, "max": 134 }, "accent": "minority",
        "marks": ["birthmark", "scar"], "photo": true, "means": ["abduction", "false_adoption", "theft"],
        "exploitation": ["illegal_adoption"], "needs.flag": true, "dna_status": "sampled",
        "case_number.alias": "晨光-1", "narrative.masked": MASKED,
    });
    assert_eq!(expected(&["destination"], region("140600"), &boy()), with_envelope(cells));
}

#[test]
fn two_roles_take_the_narrower_cell() {
    let cells = json!({
        "sex": "1", "birth.age": { "min": 8, "max": 10 }, "ethnicity.han": "other", "nationality.cn": "CN",
        "place.household.province": { "code": "530000", "year": 2023 },
        "place.lost.prefecture": { "code": "530900", "year": 2023 },
        "place.found.province": { "code": "140000", "year": 2023 },
        "time.lost.month": "2024-05", "height": { "min": 130, "max": 134 }, "photo": true,
        "means.coarse": ["force", "sale"], "needs.flag": true, "case_number.alias": "晨光-1",
    });
    assert_eq!(expected(&["transit", "destination"], region("500000"), &boy()), with_envelope(cells));
}

#[test]
fn a_place_in_the_own_territory_rises_to_the_county() {
    let mut lead = boy();
    lead["places"][0]["code"] = json!("500103");
    lead["places"][1]["code"] = json!("500000");
    let claims = expected(&["transit"], region("500000"), &lead);
    assert_eq!(claims["place.lost.county"], json!({ "code": "500103", "year": 2023 }));
    assert_eq!(claims["place.household.county"]["code"], "500000", "no finer than known");
    assert!(!claims.contains_key("place.lost.prefecture"));
    assert_eq!(claims["place.found.province"]["code"], "140000", "elsewhere: as the column says");
}

#[test]
fn intervals_and_unknown_values_stay_what_they_are() {
    let mut lead = boy();
    lead["event"] = json!({ "from": "2024-05-01", "to": "2024-05-31", "precision": "month" });
    lead["person"] = json!({ "birth": { "from": "2008-11-01", "to": "2010-02-28" } });
    lead["exploitation"] = Value::Null;
    lead["places"].as_array_mut().unwrap().remove(1);
    let origin = expected(&["origin"], region("530900"), &lead);
    assert_eq!(origin["birth.month"], json!({ "from": "2008-11", "to": "2010-02" }));
    assert_eq!(origin["time.lost.day"], json!({ "from": "2024-05-01", "to": "2024-05-31" }));
    for open in ["sex", "place.household.county", "height", "exploitation.flag", "needs.flag", "photo"] {
        assert_eq!(origin.get(open), Some(&Value::Null), "{open}");
    }
    assert_eq!(origin["minor"], false, "fourteen at the youngest");
    let transit = expected(&["transit"], region("500000"), &lead);
    assert_eq!(transit["birth.age"], json!({ "min": 13, "max": 16 }));
    assert_eq!(expected(&["destination"], region("140600"), &lead)["time.lost.month"], "2024-05");
}

#[test]
fn no_role_gets_nothing() {
    assert!(expected(&[], region("140600"), &boy()).is_empty());
}

#[test]
fn every_claim_stands_in_one_row_of_the_table() {
    let mut in_table: Vec<&str> = TABLE.iter().flat_map(|(ladder, _)| ladder.iter().copied()).collect();
    let mut all: Vec<&str> = guitu::domain::claim::Claim::ALL.iter().map(|claim| claim.code()).collect();
    in_table.sort_unstable();
    all.sort_unstable();
    assert_eq!(in_table, all);
}

#[test]
fn no_demo_lead_lets_an_identifier_through_the_table() {
    let today = "2026-03-02".parse().unwrap();
    let mut cells = 0;
    for owner in [LINCANG, CHONGQING, SHUOZHOU] {
        for lead in leads(owner, 1, today) {
            let json = serde_json::to_value(&lead).unwrap();
            for (recipient, roles) in agreement_for(owner, &lead).unwrap().recipients {
                let claims = expected(&roles, recipient.region(), &json);
                cells += claims.len();
                let text = serde_json::to_string(&claims).unwrap();
                let person = &lead.person;
                let closed = person.names.iter().chain(&person.phones).chain(&person.id_number);
                for identifier in closed.chain(&lead.plate).chain(&lead.case_number).chain(&lead.narrative) {
                    assert!(!text.contains(identifier.as_str()));
                }
            }
        }
    }
    assert!(cells > 5_000);
}
