//! Sixty leads for each region of the demo, about people who do not exist.
//!
//! Invariant: every lead obeys the rules of the office's door (check digits, dates, one place each of
//! origin, found and household, DNA status from police only) and has a recipient under A1 or A2.

use super::agreements::{A1, A2, LINCANG};
use super::draw::Draw;
use super::persons::{self, Case};
use super::{names, narratives, places};
use crate::domain::date::CivilDate;
use crate::domain::lead::codes::{Classification, Exploitation, LeadKind, LegalBasis, Means, Priority};
use crate::domain::lead::place::{Place, PlaceRole};
use crate::domain::lead::{Lead, Reporter};
use crate::domain::node::NodeId;
use crate::domain::unit::{SourceType, UnitType};

pub use super::agreements::agreement_for;

/// How many leads a node of the demo has.
pub const PER_NODE: usize = 60;

/// The demo leads of `owner` (one of the three demo nodes), as seen on `today`: the same arguments
/// give the same leads, six of each kind.
pub fn leads(owner: NodeId, seed: u64, today: CivilDate) -> Vec<Lead> {
    let draw = Draw::new(seed.rotate_left(20) ^ u64::from(owner.region().number()));
    (0..PER_NODE).map(|n| lead(owner, n, today, &draw)).collect()
}

fn lead(owner: NodeId, n: usize, today: CivilDate, draw: &Draw) -> Lead {
    let kind = LeadKind::ALL[n % LeadKind::ALL.len()];
    let route = places::route(owner, n + n / LeadKind::ALL.len());
    let agreement = if route.second_agreement { &A2 } else { &A1 };
    let mut places = places::along(route, kind, draw);
    let foreign = foreigner(&mut places, draw);
    let handling_unit = handling_unit(kind, draw);
    let event = persons::event(kind, today, draw);
    let police = handling_unit == UnitType::Police;
    let person = persons::person(&Case { kind, places: &places, event, police, foreign, draw });
    let youngest = person.birth.map(|birth| event.from.years_since(birth.to));
    let reporter = reporter(kind, draw);
    let mut lead = Lead {
        kind,
        priority: priority(kind),
        purpose: draw.pick(agreement.purposes),
        classification: Classification::Internal,
        legal_basis: legal_basis(kind, police),
        minor: youngest.is_some_and(|age| age < 14),
        handling_unit,
        source_unit: source_unit(kind, draw),
        cross_border: foreign,
        event: Some(event),
        person,
        means: draw.codes(Means::ALL, draw.between(1, 2) as usize),
        exploitation: draw.chance(75).then(|| draw.codes(Exploitation::ALL, draw.below(3) as usize)),
        plate: plate(kind, &places, draw),
        case_number: police.then(|| case_number(owner, event.to, n)),
        case_alias: Some(format!("{}-{:04}", draw.pick(&["青松", "晨光", "远山", "长桥"]), n + 1)),
        narrative: None,
        remarks: remarks(reporter.as_ref(), draw),
        reporter,
        review_by: Some(today.plus_days(i64::from(draw.between(30, 90)))),
        expires_at: Some(today.plus_days(i64::from(draw.between(180, 700)))),
        places,
    };
    lead.narrative = Some(narratives::narrative(&lead, &home(&lead.places, draw), draw));
    lead
}

const REMARKS: &[&str] =
    &["家属已做思想工作，随时可以联系。", "原始笔录存卷，勿外传。", "请先电话联系承办人再核查。"];

fn home(places: &[Place], draw: &Draw) -> String {
    let at = |role| places.iter().find(|place| place.role == role);
    let home = at(PlaceRole::Household).or_else(|| at(PlaceRole::Origin));
    home.map_or_else(String::new, |place| places::name(place.code) + &detail(*place, draw))
}

/// Foreigners have no household in China; their lead keeps its origin recipient only if it begins in 临沧.
fn foreigner(places: &mut Vec<Place>, draw: &Draw) -> bool {
    let lost_there = |place: &Place| place.role == PlaceRole::Origin && LINCANG.region().contains(place.code);
    let foreign = draw.chance(10) && places.iter().any(lost_there);
    places.retain(|place| !foreign || place.role != PlaceRole::Household);
    foreign
}

fn remarks(reporter: Option<&Reporter>, draw: &Draw) -> Option<String> {
    let told = reporter.and_then(|reporter| reporter.name.as_ref().zip(reporter.phone.as_ref()));
    let text = match told {
        Some((name, phone)) if draw.chance(50) => format!("报告人{name}（{phone}）要求保密。"),
        _ => draw.pick(REMARKS).to_owned(),
    };
    draw.chance(60).then_some(text)
}

fn detail(place: Place, draw: &Draw) -> String {
    if place.code.number().is_multiple_of(100) { String::new() } else { places::village(draw) }
}

const fn priority(kind: LeadKind) -> Priority {
    match kind {
        LeadKind::Interception | LeadKind::MissingChild => Priority::Urgent,
        LeadKind::SuspectedTrafficking | LeadKind::RescuedVictim | LeadKind::ChildUnknownOrigin => {
            Priority::High
        }
        _ => Priority::Normal,
    }
}

const fn legal_basis(kind: LeadKind, police: bool) -> LegalBasis {
    match kind {
        LeadKind::MissingChild | LeadKind::ChildUnknownOrigin => LegalBasis::MinorsProtection,
        LeadKind::KinSearch | LeadKind::PublicTip => LegalBasis::AntiTraffickingPlan,
        LeadKind::RescuedVictim => LegalBasis::WomensProtection,
        _ if police => LegalBasis::CriminalProcedure,
        _ => LegalBasis::SocialAssistance,
    }
}

fn handling_unit(kind: LeadKind, draw: &Draw) -> UnitType {
    let relief = matches!(kind, LeadKind::UnidentifiedPerson | LeadKind::KinSearch);
    if relief && draw.chance(50) { UnitType::CivilAffairs } else { UnitType::Police }
}

fn source_unit(kind: LeadKind, draw: &Draw) -> SourceType {
    let usual: &[SourceType] = match kind {
        LeadKind::PublicTip => &[SourceType::Public],
        LeadKind::OnlineClue => &[SourceType::Online],
        LeadKind::MissingChild => &[SourceType::Police, SourceType::School],
        LeadKind::ChildUnknownOrigin => &[SourceType::Medical, SourceType::Police],
        LeadKind::UnidentifiedPerson => {
            &[SourceType::CivilAffairs, SourceType::Transport, SourceType::Medical]
        }
        LeadKind::SuspectedTrafficking => &[
            SourceType::MarriageRegistry,
            SourceType::Hotel,
            SourceType::Border,
            SourceType::WomenFederation,
        ],
        _ => &[SourceType::Police],
    };
    draw.pick(usual)
}

fn plate(kind: LeadKind, places: &[Place], draw: &Draw) -> Option<String> {
    let percent = match kind {
        LeadKind::Interception => 100,
        LeadKind::KinSearch | LeadKind::UnidentifiedPerson | LeadKind::ChildUnknownOrigin => 0,
        _ => 60,
    };
    let at = places.first().filter(|_| draw.chance(percent))?;
    let letter = draw.pick(&["A", "D", "F", "H", "K"]);
    Some(format!("{}{letter}00{:02}", places::plate_prefix(at.code), draw.below(100)))
}

fn case_number(owner: NodeId, day: CivilDate, n: usize) -> String {
    format!("A{}000000{:04}{:02}{:04}", owner.region(), day.year(), day.month(), n + 1)
}

fn reporter(kind: LeadKind, draw: &Draw) -> Option<Reporter> {
    let needed = matches!(kind, LeadKind::PublicTip | LeadKind::OnlineClue);
    if !needed && draw.chance(40) {
        return None;
    }
    let name = names::family(places::any_county(draw), draw).member(draw.chance(50), draw);
    Some(Reporter { name: Some(name), phone: Some(names::phone(draw)) })
}

#[cfg(test)]
mod tests;
