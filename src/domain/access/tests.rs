//! Single decisions, each refusal with its reason.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::properties::{Case, NOON, SENDER};
use super::*;
use crate::domain::agreement::samples::{dossier, draft, proposal, signed};
use crate::domain::lead::place::PlaceRole;
use crate::domain::profile::{Cell, Profile};

fn plain() -> Case {
    Case {
        peer: "140600".parse().unwrap(),
        given: vec![Role::Origin],
        places: vec![(PlaceRole::Origin, "140603".parse().unwrap())],
        profile: Profile::default_matrix(),
        purpose: Purpose::Rescue,
        kind: LeadKind::MissingChild,
        active_alert: false,
    }
}

#[test]
fn a_place_finer_than_its_claim_or_unreadable_is_over_disclosure() {
    let case = plain();
    let receive = |claim, value| case.receive(&[Role::Origin], &BTreeMap::from([(claim, value)]));
    let refused = |claim| Err(Refusal::OverDisclosure { claim });
    assert_eq!(receive(Claim::FoundPrefecture, json!({"code": "530900", "year": 2023})), Ok(()));
    assert_eq!(receive(Claim::LostCounty, json!({"code": "530900", "year": 2023})), Ok(()));
    assert_eq!(receive(Claim::FoundCounty, json!({"code": "140603", "year": 2023})), Ok(()));
    assert_eq!(receive(Claim::FoundPrefecture, Value::Null), Ok(()));
    for bad in [json!({"code": "530927", "year": 2023}), json!({"code": 530_900}), json!("530900"), json!({})]
    {
        assert_eq!(receive(Claim::FoundPrefecture, bad), refused(Claim::FoundPrefecture));
    }
    assert_eq!(receive(Claim::FoundCounty, Value::Null), refused(Claim::FoundCounty));
    assert_eq!(receive(Claim::HukouHold, json!(true)), refused(Claim::HukouHold));
}

#[test]
fn every_refusal_has_its_reason() {
    let case = plain();
    let agreement = case.agreement();
    let places = case.places();
    let good = Request {
        owner: SENDER.parse().unwrap(),
        sender: SENDER.parse().unwrap(),
        peer: case.peer,
        agreement: &agreement,
        purpose: Purpose::Rescue,
        kind: LeadKind::MissingChild,
        classification: Classification::Internal,
        places: &places,
        already: None,
        active_alert: false,
        now: NOON,
    };
    let code = |request: Request<'_>| permit(&request).map_or_else(Refusal::code, |_| "permitted");
    assert_eq!(code(good), "permitted");
    for secret in [Classification::WorkSecret, Classification::StateSecret] {
        assert_eq!(code(Request { classification: secret, ..good }), "classified");
    }
    let stranger = "330000".parse().unwrap();
    assert_eq!(code(Request { owner: stranger, ..good }), "foreign_issuer");
    assert_eq!(code(Request { owner: stranger, sender: stranger, ..good }), "not_a_party");
    assert_eq!(code(Request { peer: stranger, ..good }), "not_a_party");
    assert_eq!(code(Request { peer: good.sender, ..good }), "not_a_party");
    assert_eq!(code(Request { places: &[], ..good }), "no_role_for_recipient");
    let start = agreement.terms().valid_from.start();
    assert_eq!(code(Request { now: start.plus(-1), ..good }), "not_yet_valid");
    assert_eq!(code(Request { now: NOON.plus(365 * Timestamp::DAY), ..good }), "agreement_expired");
    let drafted = draft(agreement.terms().clone());
    let proposed = dossier(vec![proposal(&drafted)]).version(drafted.key()).unwrap();
    assert_eq!(code(Request { agreement: &proposed, ..good }), "agreement_not_countersigned");
    let mut narrow = agreement.terms().clone();
    narrow.purposes = vec![Purpose::Relief];
    assert_eq!(code(Request { agreement: &signed(narrow.clone()), ..good }), "purpose_not_covered");
    (narrow.purposes, narrow.kinds) = (vec![Purpose::Rescue], vec![LeadKind::KinSearch]);
    assert_eq!(code(Request { agreement: &signed(narrow), ..good }), "kind_not_covered");
}

#[test]
fn what_never_arrived_opens_nothing_later() {
    let given = vec![Role::Origin, Role::Transit];
    let at =
        |place| Case { given: given.clone(), places: vec![(place, "140603".parse().unwrap())], ..plain() };
    let (origin, transit) = (at(PlaceRole::Origin), at(PlaceRole::Transit));
    // The first version went void, the second made the peer a place of transit, the third takes that back.
    let first = origin.permit(None).unwrap();
    let mut queued = Already { roles: first.roles().to_vec(), claims: first.claims().clone() };
    let second = transit.permit(Some(&queued)).unwrap();
    let held = Already { roles: second.roles().to_vec(), claims: second.claims().clone() };
    queued.roles.extend(second.roles());
    queued.claims.extend(second.claims());
    let third = origin.permit(Some(&queued)).unwrap();
    assert!(
        first.claims().contains(&Claim::NarrativeMasked) && !third.claims().contains(&Claim::NarrativeMasked)
    );
    let values = origin.values(third.claims());
    assert_eq!(origin.receive_beside(Some(&held), third.roles(), &values), Ok(()));
}

#[test]
fn the_receiver_checks_the_claimed_roles_and_its_own_clock() {
    let case = plain();
    let none = BTreeMap::new();
    assert_eq!(case.receive(&[Role::Origin], &none), Ok(()));
    assert_eq!(case.receive(&[], &none), Err(Refusal::NoRole));
    assert_eq!(case.receive(&[Role::Origin, Role::Upper], &none), Err(Refusal::NoRole));
    let agreement = case.agreement();
    let received = |now, classification| {
        admissible(&Received {
            owner: SENDER.parse().unwrap(),
            carried: None,
            already: None,
            sender: SENDER.parse().unwrap(),
            recipient: case.peer,
            agreement: &agreement,
            roles: &[Role::Origin],
            disclosed: &none,
            purpose: case.purpose,
            kind: case.kind,
            classification,
            active_alert: false,
            now,
        })
    };
    let early = agreement.terms().valid_from.start().plus(-Agreement::RECEIPT_TOLERANCE_MS);
    assert_eq!(received(early, Classification::Internal), Ok(()));
    let refusal = received(early.plus(-1), Classification::Internal).unwrap_err();
    assert!(refusal.retryable() && refusal.code() == "not_yet_valid");
    assert_eq!(received(NOON, Classification::StateSecret), Err(Refusal::Classified));
}

#[test]
fn a_place_in_the_own_territory_rises_even_in_a_closed_cell() {
    let case = plain();
    let closed = case.profile.clone().with(Row::LostPlace, Role::Origin, Cell::Closed);
    let permit = Case { profile: closed, ..case }.permit(None).unwrap();
    assert!(permit.claims().contains(&Claim::LostCounty));
}

#[test]
fn the_receiver_counts_what_it_holds_under_another_role() {
    let case = plain();
    let held = Already { roles: vec![Role::Transit], claims: BTreeSet::from([Claim::MeansCoarse]) };
    let disclosed = |claim| BTreeMap::from([(claim, json!("x"))]);
    let receive = |claim| case.receive_beside(Some(&held), &[Role::Origin], &disclosed(claim));
    assert_eq!(case.receive(&[Role::Origin], &disclosed(Claim::Means)), Ok(()));
    assert_eq!(receive(Claim::Means), Err(Refusal::OverDisclosure { claim: Claim::Means }));
    assert_eq!(receive(Claim::MeansCoarse), Ok(()));
}

#[test]
fn a_redirect_is_a_request_to_the_owner_not_a_way_round_it() {
    let case = plain();
    let (agreement, third, none) = (case.agreement(), "330000".parse().unwrap(), BTreeMap::new());
    let received = Received {
        owner: third,
        sender: SENDER.parse().unwrap(),
        recipient: case.peer,
        agreement: &agreement,
        carried: None,
        already: None,
        roles: &[Role::Origin],
        disclosed: &none,
        purpose: case.purpose,
        kind: case.kind,
        classification: Classification::Internal,
        active_alert: false,
        now: NOON,
    };
    assert_eq!(admissible(&received), Err(Refusal::ForeignOwner));
    assert_eq!(admissible(&Received { sender: third, ..received }), Err(Refusal::NotAParty));
}
