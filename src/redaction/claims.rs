//! The claims of a lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ladders;
use super::narrative::{Hit, OutgoingText, Verdict};
use super::texts::Texts;
use crate::domain::claim::{Claim, Door};
use crate::domain::lead::codes::MeansGroup;
use crate::domain::lead::person::{Person, Relative};
use crate::domain::lead::place::{PlaceField, PlaceRole};
use crate::domain::lead::{Lead, Raw};
use crate::domain::region::Level;

/// The value of every claim of one lead, null where it is unknown. Holds personal data: no `Debug`,
/// no wire encoding. Only `exchange::present` joins it with a permit.
#[derive(Clone, PartialEq)]
pub struct Claims {
    values: BTreeMap<Claim, Value>,
    judged: BTreeMap<Claim, Judged>,
}

/// What the engine said of a claim of free text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What officers agreed to show: first code point, and behind the last.
    pub lifted: Vec<(usize, usize)>,
    /// What the rules of today say, if others judged it: not kept, said anew before each way out.
    #[serde(skip)]
    pub again: Option<Again>,
}

/// What the rules of today say of a text that others judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Nothing in it surely tells who someone is.
    Clean,
    /// This does.
    Left(Hit),
}

impl Judged {
    /// What the engine said of a text that it let out.
    fn of(text: &OutgoingText) -> Self {
        Self { verdict: text.verdict(), lifted: text.lifted().to_vec(), again: None }
    }
}

/// What a claim says that was never computed; [`claims`] computes them all.
static UNKNOWN: Value = Value::Null;

impl Claims {
    /// What the claim says; null if it is unknown.
    pub fn value(&self, claim: Claim) -> &Value {
        self.values.get(&claim).unwrap_or(&UNKNOWN)
    }

    /// What the engine said of each claim of free text that has a value.
    pub const fn judged(&self) -> &BTreeMap<Claim, Judged> {
        &self.judged
    }

    /// Every claim of [`Claim::ALL`], in its order, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Claim, &Value)> {
        Claim::ALL.iter().map(|&claim| (claim, self.value(claim)))
    }
}

/// The claims of `lead`, at every precision. Total: a lead that `domain::lead::check` would refuse
/// still gives claims, and none says more than its name.
///
/// - Dates: `birth.date`, `time.lost.day` `"YYYY-MM-DD"`, `.month` `"YYYY-MM"`, `.year` `"YYYY"`; known
///   less finely, `{"from","to"}` of the same unit.
/// - `birth.age` `{"min","max"}`, full years at the event, one less and one more; `birth.band` at the
///   event, null if birth or event leave two bands possible. Both null without birth or event.
/// - Places `{"code","year"}`, cut to the level in the name, or coarser where the list of that year has no such region;
///   `lost` is the place of role `origin`.
/// - Lists of codes are sorted by code, without repetition; `height` `{"min","max"}` in centimetres, five wide.
/// - Free text is what `texts` lets out, null for a text that nobody judged.
pub fn claims(lead: &Raw<Lead>, texts: &Texts) -> Claims {
    let free = |claim: Claim| (claim.door() == Door::FreeText).then(|| texts.outgoing(lead, claim)).flatten();
    let free: BTreeMap<Claim, OutgoingText> =
        Claim::ALL.iter().filter_map(|&claim| Some((claim, free(claim)?))).collect();
    let said = |claim: Claim| match free.get(&claim) {
        Some(text) => Value::from(text.as_str()),
        None => value(lead.value(), claim),
    };
    let values = Claim::ALL.iter().map(|&claim| (claim, said(claim))).collect();
    Claims { values, judged: free.iter().map(|(claim, text)| (*claim, Judged::of(text))).collect() }
}

/// No wildcard: a new claim does not compile until it has a value.
fn value(lead: &Lead, claim: Claim) -> Value {
    match claim {
        Claim::Names | Claim::IdNumber | Claim::Phones | Claim::Parents => identity(lead, claim),
        Claim::BirthBand | Claim::BirthAge | Claim::BirthYear | Claim::BirthMonth | Claim::BirthDate => {
            birth(lead, claim)
        }
        Claim::HouseholdProvince => place(lead, PlaceField::Household, Level::Province),
        Claim::HouseholdPrefecture => place(lead, PlaceField::Household, Level::Prefecture),
        Claim::HouseholdCounty => place(lead, PlaceField::Household, Level::County),
        Claim::LostProvince => place(lead, PlaceField::Lost, Level::Province),
        Claim::LostPrefecture => place(lead, PlaceField::Lost, Level::Prefecture),
        Claim::LostCounty => place(lead, PlaceField::Lost, Level::County),
        Claim::FoundProvince => place(lead, PlaceField::Found, Level::Province),
        Claim::FoundPrefecture => place(lead, PlaceField::Found, Level::Prefecture),
        Claim::FoundCounty => place(lead, PlaceField::Found, Level::County),
        Claim::LostMonth => known(lead.event.map(|event| ladders::months(event.from, event.to))),
        Claim::LostDay => known(lead.event.map(|event| ladders::days(event.from, event.to))),
        Claim::LostHour => known(lead.event.and_then(|event| event.hour)),
        Claim::Plate => known(lead.plate.as_deref()),
        // What a person typed is nothing until the engine made it a text.
        Claim::CaseAlias | Claim::NarrativeMasked => Value::Null,
        Claim::CaseNumber => known(lead.case_number.as_deref()),
        Claim::MeansCoarse => some(lead.means.iter().map(|means| means.group()).collect::<Vec<MeansGroup>>()),
        Claim::Means => some(lead.means.clone()),
        Claim::ExploitationFlag => known(lead.exploitation.as_ref().map(|uses| !uses.is_empty())),
        Claim::Exploitation => lead.exploitation.clone().map_or(Value::Null, sorted),
        Claim::Priority => code(&lead.priority),
        Claim::Purpose => code(&lead.purpose),
        Claim::LegalBasis => code(&lead.legal_basis),
        Claim::Minor => json!(lead.is_minor()),
        Claim::CrossBorder => json!(lead.cross_border),
        Claim::SourceUnit => code(&lead.source_unit),
        Claim::HandlingUnit => code(&lead.handling_unit),
        Claim::ReviewBy => known(lead.review_by.map(|day| day.to_string())),
        Claim::ExpiresAt => known(lead.expires_at.map(|day| day.to_string())),
        Claim::Sex
        | Claim::EthnicityHan
        | Claim::Ethnicity
        | Claim::NationalityCn
        | Claim::Nationality
        | Claim::ShelterType
        | Claim::ShelterAddress
        | Claim::Height
        | Claim::Accent
        | Claim::Marks
        | Claim::Clothing
        | Claim::Photo
        | Claim::NeedsFlag
        | Claim::NeedsEscort
        | Claim::DnaStatus
        | Claim::InterviewDone
        | Claim::HukouHold => traits(&lead.person, claim),
    }
}

fn identity(lead: &Lead, claim: Claim) -> Value {
    let person = &lead.person;
    match claim {
        Claim::Names => listed(&person.names),
        Claim::Phones => listed(&person.phones),
        Claim::IdNumber => known(person.id_number.as_deref()),
        Claim::Parents if !person.parents.is_empty() => person.parents.iter().map(parent).collect(),
        _ => Value::Null,
    }
}

fn parent(relative: &Relative) -> Value {
    json!({
        "relation": relative.relation.code(),
        "name": relative.name,
        "id_number": relative.id_number,
        "phone": relative.phone,
    })
}

fn birth(lead: &Lead, claim: Claim) -> Value {
    let Some(birth) = lead.person.birth else { return Value::Null };
    match claim {
        Claim::BirthBand => lead.age_at_event().map_or(Value::Null, ladders::band),
        Claim::BirthAge => lead.age_at_event().map_or(Value::Null, ladders::age),
        Claim::BirthYear => ladders::years(birth.from, birth.to),
        Claim::BirthMonth => ladders::months(birth.from, birth.to),
        Claim::BirthDate => ladders::days(birth.from, birth.to),
        _ => Value::Null,
    }
}

fn place(lead: &Lead, field: PlaceField, level: Level) -> Value {
    let role = match field {
        PlaceField::Household => PlaceRole::Household,
        PlaceField::Lost => PlaceRole::Origin,
        PlaceField::Found => PlaceRole::Found,
    };
    let place = lead.places.iter().find(|place| place.role == role);
    known(place.map(|place| {
        let code = ladders::region(place.code, place.list_year, level);
        json!({ "code": code.to_string(), "year": place.list_year })
    }))
}

fn traits(person: &Person, claim: Claim) -> Value {
    match claim {
        Claim::Sex => known(person.sex),
        Claim::EthnicityHan => {
            known(person.ethnicity.as_deref().map(|code| if code == "01" { "han" } else { "other" }))
        }
        Claim::Ethnicity => known(person.ethnicity.as_deref()),
        Claim::NationalityCn => {
            known(person.nationality.as_deref().map(|code| if code == "CHN" { "CN" } else { "foreign" }))
        }
        Claim::Nationality => known(person.nationality.as_deref()),
        Claim::ShelterType => known(person.shelter.as_ref().map(|shelter| shelter.institution_type)),
        Claim::ShelterAddress => {
            known(person.shelter.as_ref().and_then(|shelter| shelter.address.as_deref()))
        }
        Claim::Height => known(person.height_cm.map(ladders::height)),
        Claim::Accent => known(person.accent.codes),
        Claim::Marks => some(person.marks.codes.clone()),
        Claim::Clothing => some(person.clothing.codes.clone()),
        Claim::Photo => known(person.photo_available),
        Claim::NeedsFlag => needs(person),
        Claim::NeedsEscort => person.needs.clone().map_or(Value::Null, sorted),
        Claim::DnaStatus => known(person.dna_status),
        Claim::InterviewDone => known(person.interview_done),
        Claim::HukouHold => known(person.hukou_hold),
        _ => Value::Null,
    }
}

/// True if a disability or a need is known, false if both are known to be absent.
fn needs(person: &Person) -> Value {
    let disabled = person.disability.as_ref().map(|list| !list.is_empty());
    let needy = person.needs.as_ref().map(|list| !list.is_empty());
    match (disabled, needy) {
        (Some(true), _) | (_, Some(true)) => Value::Bool(true),
        (Some(false), Some(false)) => Value::Bool(false),
        _ => Value::Null,
    }
}

fn code(code: &impl Serialize) -> Value {
    serde_json::to_value(code).unwrap_or(Value::Null)
}

fn known(value: Option<impl Serialize>) -> Value {
    value.map_or(Value::Null, |value| code(&value))
}

fn listed(list: &[String]) -> Value {
    if list.is_empty() { Value::Null } else { json!(list) }
}

/// The order and the number of repetitions in which an officer ticked boxes is nobody's business.
fn sorted<T: Display>(codes: Vec<T>) -> Value {
    let distinct: BTreeSet<String> = codes.into_iter().map(|code| code.to_string()).collect();
    distinct.into_iter().collect()
}

/// Fields whose empty list means that nothing is known.
fn some<T: Display>(codes: Vec<T>) -> Value {
    if codes.is_empty() { Value::Null } else { sorted(codes) }
}

#[cfg(test)]
mod tests;
