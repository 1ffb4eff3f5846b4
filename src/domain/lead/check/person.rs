//! The rules for the person and the relatives.

use super::finding::{Findings, Rule};
use super::{MAX_NAME, MAX_REFERENCE};
use crate::domain::date::CivilDate;
use crate::domain::lead::Lead;
use crate::domain::lead::codes::DnaStatus;
use crate::domain::lead::identity::{birth_in_id, is_id_number};
use crate::domain::lead::person::{Person, Relative};
use crate::domain::unit::UnitType;

const MAX_NAMES: usize = 10;
const MAX_PHONES: usize = 10;
const MAX_LANGUAGES: usize = 10;
const MAX_PARENTS: usize = 6;
const MAX_DESCRIPTION: usize = 2_000;
const MAX_ADDRESS: usize = 200;

pub(super) fn check(lead: &Lead, today: CivilDate, found: &mut Findings) {
    let person = &lead.person;
    birth(lead, today, found);
    codes(person, found);
    identifiers(person, found);
    descriptions(person, found);
    dna(lead, found);
    found.at_most(&person.parents, MAX_PARENTS, "/person/parents");
    for (at, relative) in person.parents.iter().enumerate().take(MAX_PARENTS) {
        parent(relative, &format!("/person/parents/{at}"), found);
    }
    if let Some(shelter) = &person.shelter {
        found.text(shelter.address.as_deref(), MAX_ADDRESS, "/person/shelter/address");
    }
}

fn birth(lead: &Lead, today: CivilDate, found: &mut Findings) {
    let Some(birth) = lead.person.birth else { return };
    found.interval(birth.from, birth.to, today, "/person/birth");
    if birth.to > today {
        found.add("/person/birth/to", Rule::FUTURE);
    }
    if lead.event.is_some_and(|event| birth.from > event.to) {
        found.add("/person/birth", Rule::BIRTH_AFTER_EVENT);
    }
    let in_id = lead.person.id_number.as_deref().filter(|id| is_id_number(id)).and_then(birth_in_id);
    if in_id.is_some_and(|day| day < birth.from || birth.to < day) {
        found.add("/person/birth", Rule::BIRTH_AND_ID);
    }
}

fn codes(person: &Person, found: &mut Findings) {
    if person.ethnicity.as_deref().is_some_and(|code| !is_ethnicity(code)) {
        found.add("/person/ethnicity", Rule::ETHNICITY);
    }
    let capitals = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    if person.nationality.as_deref().is_some_and(|code| !capitals(code)) {
        found.add("/person/nationality", Rule::NATIONALITY);
    }
    if person.height_cm.is_some_and(|height| !(30..=250).contains(&height)) {
        found.add("/person/height_cm", Rule::OUT_OF_RANGE);
    }
    found.distinct(person.disability.as_deref().unwrap_or_default(), "/person/disability");
    found.distinct(person.needs.as_deref().unwrap_or_default(), "/person/needs");
    found.at_most(&person.languages, MAX_LANGUAGES, "/person/languages");
    found.distinct(&person.languages, "/person/languages");
    for (at, language) in person.languages.iter().enumerate().take(MAX_LANGUAGES) {
        if language.len() != 3 || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            found.add(format!("/person/languages/{at}"), Rule::LANGUAGE);
        }
    }
}

/// GB/T 3304: 56 peoples; 57 and 58, 97 and 98 for unrecognised and naturalised ones.
fn is_ethnicity(code: &str) -> bool {
    let digits = code.len() == 2 && code.bytes().all(|b| b.is_ascii_digit());
    digits && code.parse::<u8>().is_ok_and(|number| matches!(number, 1..=58 | 97 | 98))
}

fn identifiers(person: &Person, found: &mut Findings) {
    found.at_most(&person.names, MAX_NAMES, "/person/names");
    found.distinct(&person.names, "/person/names");
    for (at, name) in person.names.iter().enumerate().take(MAX_NAMES) {
        found.text(Some(name), MAX_NAME, &format!("/person/names/{at}"));
    }
    if person.id_number.as_deref().is_some_and(|id| !is_id_number(id)) {
        found.add("/person/id_number", Rule::ID_NUMBER);
    }
    found.at_most(&person.phones, MAX_PHONES, "/person/phones");
    found.distinct(&person.phones, "/person/phones");
    for (at, phone) in person.phones.iter().enumerate().take(MAX_PHONES) {
        found.phone(Some(phone), format!("/person/phones/{at}"));
    }
}

fn descriptions(person: &Person, found: &mut Findings) {
    found.distinct(&person.marks.codes, "/person/marks/codes");
    found.distinct(&person.clothing.codes, "/person/clothing/codes");
    found.text(person.accent.text.as_deref(), MAX_DESCRIPTION, "/person/accent/text");
    found.text(person.marks.text.as_deref(), MAX_DESCRIPTION, "/person/marks/text");
    found.text(person.clothing.text.as_deref(), MAX_DESCRIPTION, "/person/clothing/text");
}

fn dna(lead: &Lead, found: &mut Findings) {
    let person = &lead.person;
    if person.dna_status.is_some() && lead.handling_unit != UnitType::Police {
        found.add("/person/dna_status", Rule::DNA_POLICE_ONLY);
    }
    found.text(person.dna_reference.as_deref(), MAX_REFERENCE, "/person/dna_reference");
    let sampled = person.dna_status.is_some_and(|status| status != DnaStatus::None);
    if person.dna_reference.is_some() && !sampled {
        found.add("/person/dna_reference", Rule::DNA_STATUS_MISSING);
    }
}

fn parent(relative: &Relative, path: &str, found: &mut Findings) {
    found.text(Some(&relative.name), MAX_NAME, &format!("{path}/name"));
    if relative.id_number.as_deref().is_some_and(|id| !is_id_number(id)) {
        found.add(format!("{path}/id_number"), Rule::ID_NUMBER);
    }
    found.phone(relative.phone.as_deref(), format!("{path}/phone"));
}
