//! What is wrong with a lead as an officer entered it: the rules that types alone cannot say.
//!
//! Every finding names the field by JSON pointer (RFC 6901) and the rule by code, never a value: it
//! may go to a screen, an answer or a log. Unknown codes and malformed dates do not get here, the
//! types refuse them on reading.

mod finding;
mod person;

pub use self::finding::FieldError;
use self::finding::{Findings, Rule};
use super::codes::LeadKind;
use super::identity::{is_phone, is_plate};
use super::place::{EventInterval, Place, PlaceRole, Precision};
use super::{Lead, Reporter};
use crate::domain::date::CivilDate;
use crate::domain::dna::genotype_in;
use crate::domain::region::{RegionError, table};

/// Characters in a narrative or in remarks.
pub const MAX_TEXT: usize = 20_000;
/// Characters in a case number, a case alias or a DNA reference.
pub const MAX_REFERENCE: usize = 64;
/// Characters in a name.
pub const MAX_NAME: usize = 50;
/// Places in a lead.
pub const MAX_PLACES: usize = 20;

/// Everything that is wrong with `lead` on the day `today`; empty if nothing is.
pub fn check(lead: &Lead, today: CivilDate) -> Vec<FieldError> {
    let mut found = Findings::default();
    places(lead, &mut found);
    if let Some(event) = &lead.event {
        interval_of_event(event, today, &mut found);
    }
    person::check(lead, today, &mut found);
    ages(lead, &mut found);
    case(lead, &mut found);
    dates(lead, today, &mut found);
    if let Some(reporter) = &lead.reporter {
        reported_by(reporter, &mut found);
    }
    genotype(lead, &mut found);
    found.into_errors()
}

fn places(lead: &Lead, found: &mut Findings) {
    if lead.places.is_empty() {
        found.add("/places", Rule::PLACE_MISSING);
    }
    found.at_most(&lead.places, MAX_PLACES, "/places");
    for (at, place) in lead.places.iter().enumerate().take(MAX_PLACES) {
        listed(at, *place, found);
        let single = matches!(place.role, PlaceRole::Origin | PlaceRole::Found | PlaceRole::Household);
        if single && lead.places.iter().take(at).any(|earlier| earlier.role == place.role) {
            found.add(format!("/places/{at}/role"), Rule::PLACE_ROLE_TWICE);
        }
    }
}

fn listed(at: usize, place: Place, found: &mut Findings) {
    match table().find(place.code, place.list_year) {
        Ok(_) => {}
        Err(RegionError::Unknown) => found.add(format!("/places/{at}/code"), Rule::REGION_UNKNOWN),
        Err(RegionError::NotInList { .. }) => {
            found.add(format!("/places/{at}/code"), Rule::REGION_NOT_IN_LIST);
        }
        Err(RegionError::NoSuchList) => found.add(format!("/places/{at}/list_year"), Rule::NO_SUCH_LIST),
    }
}

fn interval_of_event(event: &EventInterval, today: CivilDate, found: &mut Findings) {
    found.interval(event.from, event.to, today, "/event");
    let next = event.to.plus_days(1);
    let whole_months = event.from.day() == 1 && next.day() == 1;
    let whole = match event.precision {
        Precision::Day => true,
        Precision::Month => whole_months,
        Precision::Year => whole_months && event.from.month() == 1 && event.to.month() == 12,
    };
    if !whole {
        found.add("/event/precision", Rule::PRECISION_MISMATCH);
    }
    if event.hour.is_some_and(|hour| hour > 23) {
        found.add("/event/hour", Rule::OUT_OF_RANGE);
    }
    if event.hour.is_some() && event.precision != Precision::Day {
        found.add("/event/hour", Rule::HOUR_WITHOUT_DAY);
    }
}

fn ages(lead: &Lead, found: &mut Findings) {
    if lead.surely_minor() && !lead.minor {
        found.add("/minor", Rule::MINOR_NOT_FLAGGED);
    }
    let Some(age) = lead.best_age() else { return };
    let child = matches!(lead.kind, LeadKind::MissingChild | LeadKind::ChildUnknownOrigin);
    if child && age.min >= 18 {
        found.add("/kind", Rule::KIND_NOT_CHILD);
    }
    if lead.kind == LeadKind::MissingAdult && age.max < 18 {
        found.add("/kind", Rule::KIND_NOT_ADULT);
    }
}

fn case(lead: &Lead, found: &mut Findings) {
    found.distinct(&lead.means, "/means");
    found.distinct(lead.exploitation.as_deref().unwrap_or_default(), "/exploitation");
    if lead.plate.as_deref().is_some_and(|plate| !is_plate(plate)) {
        found.add("/plate", Rule::PLATE);
    }
    found.text(lead.case_number.as_deref(), MAX_REFERENCE, "/case_number");
    found.text(lead.case_alias.as_deref(), MAX_REFERENCE, "/case_alias");
    found.text(lead.narrative.as_deref(), MAX_TEXT, "/narrative");
    found.text(lead.remarks.as_deref(), MAX_TEXT, "/remarks");
    let same = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_lowercase());
    if lead.case_alias.is_some() && same(&lead.case_alias) == same(&lead.case_number) {
        found.add("/case_alias", Rule::ALIAS_IS_NUMBER);
    }
}

fn dates(lead: &Lead, today: CivilDate, found: &mut Findings) {
    if lead.expires_at.is_some_and(|day| day <= today) {
        found.add("/expires_at", Rule::PAST);
    }
    if lead.review_by.is_some_and(|day| day < today) {
        found.add("/review_by", Rule::PAST);
    }
}

fn reported_by(reporter: &Reporter, found: &mut Findings) {
    found.text(reporter.name.as_deref(), MAX_NAME, "/reporter/name");
    if reporter.phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
        found.add("/reporter/phone", Rule::PHONE);
    }
}

/// There is no field for a genotype anywhere, and no text may carry one.
fn genotype(lead: &Lead, found: &mut Findings) {
    let Ok(value) = serde_json::to_value(lead) else { return };
    if let Some(pointer) = genotype_in(&value) {
        found.add(pointer, Rule::GENOTYPE);
    }
}

#[cfg(test)]
mod tests;
