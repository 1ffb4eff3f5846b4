//! Keys, dates and a statement for the tests of this room.

use serde_json::{Value, json};

use super::keys::{KeyRecord, KeySet, SigningKey};
use super::sd_jwt::{Issued, Plain, issue};
use crate::clock::{SeededEntropy, Timestamp};
use crate::domain::date::CivilDate;

pub(super) const TYP: &str = super::jws::typ::LEAD;

pub(super) fn date(text: &str) -> CivilDate {
    text.parse().unwrap()
}

pub(super) fn key() -> SigningKey {
    SigningKey::from_seed("530900".parse().unwrap(), &[7; 32]).unwrap()
}

pub(super) fn record() -> KeyRecord {
    let days = ["2026-01-01", "2026-12-31", "2027-03-31"].map(date);
    KeyRecord::new(key().node(), key().verifying_key(), days[0], days[1], days[2]).unwrap()
}

pub(super) fn key_set() -> KeySet {
    KeySet::new(key().node(), vec![record()]).unwrap()
}

pub(super) fn received() -> Timestamp {
    date("2026-05-06").start()
}

pub(super) fn plain() -> Plain {
    Plain {
        iss: key().node(),
        sub: "8d8ac610-566d-4ef0-9c22-186b2a5ed793".parse().unwrap(),
        ver: 3,
        kind: "missing_child".to_owned(),
        iat: date("2026-05-05"),
        classification: "internal".to_owned(),
    }
}

pub(super) fn issued(claims: Vec<(String, Value)>) -> Issued {
    issue(&key(), TYP, &plain(), claims.into_iter(), &SeededEntropy::new(1)).unwrap()
}

pub(super) fn claims() -> Vec<(String, Value)> {
    let named = |(name, value): (&str, Value)| (name.to_owned(), value);
    [("sex", json!("2")), ("birth.year", json!("2015")), ("marks", json!(["scar"])), ("plate", Value::Null)]
        .map(named)
        .into()
}
