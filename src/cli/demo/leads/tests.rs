//! The demo leads obey the rules of the office, reach a recipient, and are the same each time.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use crate::domain::lead::Raw;
use crate::domain::lead::place::Precision;
use crate::redaction::Texts;

const OWNERS: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];

fn today() -> CivilDate {
    "2026-03-02".parse().unwrap()
}

fn all(seed: u64) -> Vec<(NodeId, Lead)> {
    OWNERS
        .iter()
        .flat_map(|owner| leads(*owner, seed, today()).into_iter().map(|lead| (*owner, lead)))
        .collect()
}

fn check_digit_holds(id: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = id.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    id.len() == 18 && id.as_bytes()[17] == b"10X98765432"[(sum % 11) as usize]
}

#[test]
fn there_are_enough_leads_of_every_kind() {
    let leads = all(1);
    assert!(leads.len() >= 150);
    for kind in LeadKind::ALL {
        assert!(leads.iter().filter(|(_, lead)| lead.kind == *kind).count() >= 12, "{kind}");
    }
}

#[test]
fn every_field_of_the_matrix_is_filled_in_forty_leads() {
    for seed in 1..=8 {
        filled_in_forty(seed);
    }
}

fn filled_in_forty(seed: u64) {
    let mut filled: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, lead) in all(seed) {
        for (field, present) in fields(&lead) {
            *filled.entry(field).or_default() += usize::from(present);
        }
    }
    for (field, count) in &filled {
        assert!(*count >= 40, "{field}: {count}");
    }
}

fn fields(lead: &Lead) -> Vec<(&'static str, bool)> {
    let person = &lead.person;
    let at = |role| lead.places.iter().any(|place| place.role == role);
    vec![
        ("names", !person.names.is_empty()),
        ("id_number", person.id_number.is_some()),
        ("phones", !person.phones.is_empty()),
        ("parents", !person.parents.is_empty()),
        ("reporter", lead.reporter.is_some()),
        ("dna_reference", person.dna_reference.is_some()),
        ("sex", person.sex.is_some()),
        ("birth", person.birth.is_some()),
        ("ethnicity", person.ethnicity.is_some()),
        ("nationality", person.nationality.is_some()),
        ("household", at(PlaceRole::Household)),
        ("lost", at(PlaceRole::Origin)),
        ("found", at(PlaceRole::Found)),
        ("transit", at(PlaceRole::Transit)),
        ("destination", at(PlaceRole::Destination)),
        ("time", lead.event.is_some()),
        ("hour", lead.event.is_some_and(|event| event.hour.is_some())),
        ("shelter", person.shelter.as_ref().is_some_and(|shelter| shelter.address.is_some())),
        ("height", person.height_cm.is_some()),
        ("accent", person.accent.codes.is_some()),
        ("marks", !person.marks.codes.is_empty()),
        ("clothing", !person.clothing.codes.is_empty()),
        ("plate", lead.plate.is_some()),
        ("photo", person.photo_available.is_some()),
        ("means", !lead.means.is_empty()),
        ("exploitation", lead.exploitation.as_ref().is_some_and(|list| !list.is_empty())),
        ("disability", person.disability.as_ref().is_some_and(|list| !list.is_empty())),
        ("needs", person.needs.as_ref().is_some_and(|list| !list.is_empty())),
        ("dna_status", person.dna_status.is_some()),
        ("case_number", lead.case_number.is_some()),
        ("case_alias", lead.case_alias.is_some()),
        ("interview_done", person.interview_done.is_some()),
        ("hukou_hold", person.hukou_hold.is_some()),
        ("remarks", lead.remarks.is_some()),
    ]
}

#[test]
fn every_lead_has_a_recipient_and_every_pair_of_nodes_exchanges() {
    let mut pairs: BTreeMap<(NodeId, NodeId, &str), usize> = BTreeMap::new();
    for (owner, lead) in all(1) {
        let sharing = agreement_for(owner, &lead).unwrap();
        for (node, roles) in sharing.recipients {
            assert_eq!(roles.len(), 1);
            *pairs.entry((owner, node, sharing.agreement.name)).or_default() += 1;
        }
    }
    assert_eq!(pairs.len(), 8, "six pairs under A1, two under A2");
    assert!(pairs.values().all(|count| *count >= 5));
}

#[test]
fn the_same_seed_makes_the_same_leads() {
    let text = |seed| {
        let leads: Vec<_> = all(seed).into_iter().map(|(_, lead)| lead).collect();
        serde_json::to_string(&leads).unwrap()
    };
    assert!(text(5) == text(5));
    assert!(text(5) != text(6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_lead_obeys_the_rules_of_the_door(seed in any::<u64>()) {
        for (owner, lead) in all(seed) {
            prop_assert!(agreement_for(owner, &lead).is_some());
            dates_agree(&lead);
            identifiers_agree(&lead);
            places_agree(&lead);
            narrative_names_everything(&lead);
            let json = serde_json::to_value(&lead).unwrap();
            prop_assert!(serde_json::from_value::<Lead>(json).unwrap() == lead);
        }
    }
}

fn dates_agree(lead: &Lead) {
    let event = lead.event.unwrap();
    assert!(event.from <= event.to && event.to < today());
    assert!(today().days_since(event.from) < 20 * 366);
    assert_eq!(event.precision == Precision::Day, event.from == event.to);
    assert!(event.hour.is_none_or(|hour| hour < 24 && event.precision == Precision::Day));
    let birth = lead.person.birth.unwrap();
    assert!(birth.from <= birth.to && birth.to <= event.from);
    assert_eq!(lead.minor, event.from.years_since(birth.to) < 14);
    assert_eq!(lead.minor, event.to.years_since(birth.from) < 14, "no birth interval straddles fourteen");
    assert!(lead.review_by.unwrap() > today() && lead.expires_at.unwrap() > lead.review_by.unwrap());
}

fn identifiers_agree(lead: &Lead) {
    let person = &lead.person;
    if let Some(id) = &person.id_number {
        let birth = person.birth.unwrap();
        assert!(birth.from == birth.to && id[6..14] == birth.from.to_string().replace('-', ""));
    }
    let relatives = person.parents.iter().filter_map(|relative| relative.id_number.as_ref());
    for id in relatives.chain(&person.id_number) {
        assert!(check_digit_holds(id) && id[14..16] == *"00");
    }
    let phones = person.parents.iter().filter_map(|relative| relative.phone.as_ref());
    let reported = lead.reporter.as_ref().and_then(|reporter| reporter.phone.as_ref());
    for phone in phones.chain(&person.phones).chain(reported) {
        assert!(phone.len() == 11 && phone.starts_with('1') && phone[3..7] == *"0000");
    }
    if let Some(plate) = &lead.plate {
        let tail: Vec<char> = plate.chars().skip(1).collect();
        assert!(tail.len() == 6 && tail.iter().all(|c| c.is_ascii_alphanumeric() && !"IO".contains(*c)));
    }
    assert!(person.dna_status.is_none() || lead.handling_unit == UnitType::Police);
    assert!(lead.case_alias.is_some() && lead.case_alias != lead.case_number);
    assert!(person.height_cm.is_none_or(|cm| (50..=200).contains(&cm)));
}

fn places_agree(lead: &Lead) {
    for role in PlaceRole::ALL {
        assert!(lead.places.iter().filter(|place| place.role == *role).count() <= 1, "{role}");
    }
    assert!(lead.places.iter().all(|place| place.list_year == 2023));
}

fn narrative_names_everything(lead: &Lead) {
    let text = lead.narrative.as_ref().unwrap();
    let length = text.chars().count();
    assert!((80..=300).contains(&length), "{}: {length}", lead.kind);
    let person = &lead.person;
    let address = person.shelter.as_ref().and_then(|shelter| shelter.address.as_ref());
    let relatives =
        person.parents.iter().flat_map(|relative| [Some(&relative.name), relative.phone.as_ref()]);
    let all = person.names.iter().chain(&person.phones).chain(&person.id_number).chain(&lead.plate);
    assert!(person.parents.iter().all(|relative| !person.names.contains(&relative.name)));
    for identifier in all.chain(address).chain(relatives.flatten()) {
        assert!(text.contains(identifier.as_str()), "{}", lead.kind);
    }
    assert!(!text.contains('{'));
}

#[test]
fn no_text_that_goes_as_it_was_typed_tells_who_someone_is() {
    let drawn = (1..=8).flat_map(all);
    let telling = drawn.enumerate().filter_map(|(n, (owner, lead))| {
        let lead = Lead { narrative: None, ..lead };
        let (alias, number) = (lead.case_alias.clone(), lead.case_number.clone());
        Some((owner, n, Texts::of(&Raw::new(lead)).err()?, alias, number))
    });
    assert_eq!(telling.collect::<Vec<_>>(), []);
}
