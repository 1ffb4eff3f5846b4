//! A lead with every field set, for tests. Invented: the identity numbers carry the region digits of
//! no place and belong to nobody.

use serde_json::{Value, json};

use super::Lead;

/// `000000` is the region of no one.
pub(crate) const CHILD_ID: &str = "000000201503090011";
pub(crate) const FATHER_ID: &str = "000000198001010013";

pub(crate) fn json() -> Value {
    json!({
        "kind": "missing_child", "priority": "urgent", "purpose": "rescue", "classification": "internal",
        "legal_basis": "criminal_procedure", "minor": true, "handling_unit": "police", "source_unit": "school",
        "cross_border": true,
        "places": [
            {"role": "origin", "code": "530927", "list_year": 2023},
            {"role": "household", "code": "530900", "list_year": 2023},
            {"role": "found", "code": "500230", "list_year": 2010},
        ],
        "event": {"from": "2026-03-01", "to": "2026-03-01", "precision": "day", "hour": 16},
        "person": person(),
        "means": ["theft", "deception"], "exploitation": ["illegal_adoption"], "plate": "云A12345",
        "case_number": "公刑立字0001", "case_alias": "春雨", "narrative": "案情文字", "remarks": "备注文字",
        "reporter": {"name": "举报人甲", "phone": "13900000000"},
        "review_by": "2026-06-01", "expires_at": "2027-03-01",
    })
}

fn person() -> Value {
    json!({
        "sex": "1", "birth": {"from": "2015-03-09", "to": "2015-03-09"}, "ethnicity": "26", "nationality": "CHN",
        "height_cm": 131, "build": "slim",
        "accent": {"codes": "southwestern", "text": "口音文字"},
        "marks": {"codes": ["scar", "mole"], "text": "特征文字"},
        "clothing": {"codes": ["jacket"], "text": "衣着文字"},
        "disability": ["hearing"], "needs": ["sign_language"], "languages": ["prk"],
        "names": ["岩某某"], "id_number": CHILD_ID, "phones": ["13800000000"],
        "parents": [{"relation": "father", "name": "岩父某", "id_number": FATHER_ID, "phone": "13700000000"}],
        "photo_available": true, "interview_done": true, "hukou_hold": false,
        "dna_status": "registered", "dna_reference": "YN0012",
        "shelter": {"institution_type": "child_welfare", "address": "某路一号"},
    })
}

/// The sample with the members at these JSON pointers replaced.
pub(crate) fn with(changes: &[(&str, Value)]) -> Lead {
    read(changes).unwrap()
}

pub(crate) fn read(changes: &[(&str, Value)]) -> Result<Lead, serde_json::Error> {
    let mut value = json();
    for (pointer, new) in changes {
        *value.pointer_mut(pointer).unwrap() = new.clone();
    }
    serde_json::from_value(value)
}
