//! What must hold of every decision, whatever the places, roles, profiles and alerts.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::agreement::samples::{signed, terms};
use crate::domain::lead::place::{PlaceField, PlaceRole};
use crate::domain::profile::{Cell, Condition, Profile, grant_only};
use crate::domain::region::RegionCode;

pub(super) const NOON: Timestamp = Timestamp(1_782_000_000_000); // a day of June 2026
pub(super) const SENDER: &str = "110000";
const REGIONS: [&str; 8] = ["140000", "140600", "140603", "140700", "500000", "500101", "530900", "530927"];

/// One lead on its way to one peer.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) peer: NodeId,
    pub(super) given: Vec<Role>,
    pub(super) places: Vec<(PlaceRole, RegionCode)>,
    pub(super) profile: Profile,
    pub(super) purpose: Purpose,
    pub(super) kind: LeadKind,
    pub(super) active_alert: bool,
}

impl Case {
    pub(super) fn agreement(&self) -> Agreement {
        let peer = self.peer.to_string();
        signed(terms(&[(SENDER, Role::ALL), (&peer, &self.given)], self.profile.clone()))
    }

    pub(super) fn places(&self) -> Vec<Place> {
        self.places.iter().map(|&(role, code)| Place { role, code, list_year: 2023 }).collect()
    }

    pub(super) fn request<'a>(
        &self,
        agreement: &'a Agreement,
        places: &'a [Place],
        already: Option<&'a Already>,
    ) -> Request<'a> {
        Request {
            owner: SENDER.parse().unwrap(),
            sender: SENDER.parse().unwrap(),
            peer: self.peer,
            agreement,
            purpose: self.purpose,
            kind: self.kind,
            classification: Classification::Internal,
            places,
            already,
            active_alert: self.active_alert,
            now: NOON,
        }
    }

    pub(super) fn permit(&self, already: Option<&Already>) -> Result<Permit, Refusal> {
        permit(&self.request(&self.agreement(), &self.places(), already))
    }

    pub(super) fn receive(&self, roles: &[Role], disclosed: &BTreeMap<Claim, Value>) -> Result<(), Refusal> {
        self.receive_beside(None, roles, disclosed)
    }

    pub(super) fn receive_beside(
        &self,
        already: Option<&Already>,
        roles: &[Role],
        disclosed: &BTreeMap<Claim, Value>,
    ) -> Result<(), Refusal> {
        admissible(&Received {
            owner: SENDER.parse().unwrap(),
            carried: None,
            already,
            sender: SENDER.parse().unwrap(),
            recipient: self.peer,
            agreement: &self.agreement(),
            roles,
            disclosed,
            purpose: self.purpose,
            kind: self.kind,
            classification: Classification::Internal,
            active_alert: self.active_alert,
            now: NOON,
        })
    }

    /// The code of the one place of that row.
    fn place_of(&self, row: Row) -> Option<RegionCode> {
        let wanted = match row.place()? {
            PlaceField::Household => PlaceRole::Household,
            PlaceField::Lost => PlaceRole::Origin,
            PlaceField::Found => PlaceRole::Found,
        };
        self.places.iter().find(|(role, _)| *role == wanted).map(|(_, code)| *code)
    }

    fn own(&self, row: Row) -> bool {
        self.place_of(row).is_some_and(|code| self.peer.region().contains(code))
    }

    /// What redaction would put into the claim: a place cut to its step; else something.
    fn value(&self, claim: Claim) -> Value {
        let row = Row::of(claim).unwrap();
        let (Some(_), Some(level)) = (row.place(), row.level(claim)) else { return json!("x") };
        self.place_of(row).map_or(Value::Null, |code| {
            let cut = [code.province(), code.prefecture(), code][level];
            json!({"code": cut, "year": 2023})
        })
    }

    pub(super) fn values(&self, claims: &BTreeSet<Claim>) -> BTreeMap<Claim, Value> {
        claims.iter().map(|claim| (*claim, self.value(*claim))).collect()
    }
}

/// The matrix read the slow way: does the cell of this one role allow the claim?
fn cell_allows(profile: &Profile, role: Role, claim: Claim, active_alert: bool) -> bool {
    let Some(row) = Row::of(claim) else { return false };
    match profile.cell(row, role) {
        Cell::Closed => false,
        Cell::Open { claim: finest, condition } => {
            row.level(claim) <= row.level(finest) && (condition == Condition::Always || active_alert)
        }
    }
}

fn edits() -> impl Strategy<Value = Profile> {
    let edit = (0..Row::ALL.len(), 0..Role::ALL.len(), 0_usize..6, any::<bool>());
    proptest::collection::vec(edit, 0..40).prop_map(|edits| {
        edits.into_iter().fold(Profile::default_matrix(), |profile, (row, role, step, alert)| {
            let (row, role) = (Row::ALL[row], Role::ALL[role]);
            let condition = if alert { Condition::ActiveAlert } else { Condition::Always };
            let cell = row.ladder().get(step).map_or(Cell::Closed, |&claim| Cell::Open { claim, condition });
            let edited = profile.clone().with(row, role, cell);
            if edited.check().is_empty() { edited } else { profile }
        })
    })
}

fn region() -> impl Strategy<Value = RegionCode> {
    proptest::sample::select(&REGIONS[..]).prop_map(|code| code.parse().unwrap())
}

fn places() -> impl Strategy<Value = Vec<(PlaceRole, RegionCode)>> {
    let roles = proptest::sample::subsequence(PlaceRole::ALL.to_vec(), 1..=PlaceRole::ALL.len());
    (roles, proptest::collection::vec(region(), 5))
        .prop_map(|(roles, codes)| roles.into_iter().zip(codes).collect())
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let roles = proptest::sample::subsequence(Role::ALL.to_vec(), 1..=Role::ALL.len());
    let scope = (proptest::sample::select(Purpose::ALL), proptest::sample::select(LeadKind::ALL));
    (region(), roles, places(), edits(), scope, any::<bool>()).prop_map(
        |(peer, given, places, profile, (purpose, kind), active_alert)| Case {
            peer: NodeId(peer),
            given,
            places,
            profile,
            purpose,
            kind,
            active_alert,
        },
    )
}

/// Every set of roles, every kind, with and without an alert, each place inside and outside the
/// territory: of each row exactly the narrower cell leaves, or the county of an own place.
#[test]
fn the_default_matrix_is_followed_cell_by_cell() {
    let mut decided = 0;
    for mask in 1_u8..16 {
        let given: Vec<_> = (0..4).filter(|bit| mask & (1 << bit) != 0).map(|bit| Role::ALL[bit]).collect();
        for (kind, inside, alert) in LeadKind::ALL
            .iter()
            .flat_map(|kind| (0_u8..32).flat_map(move |inside| [(kind, inside, false), (kind, inside, true)]))
        {
            let at = |index: usize| if inside & (1 << index) == 0 { "530927" } else { "140603" };
            let places =
                PlaceRole::ALL.iter().enumerate().map(|(i, role)| (*role, at(i).parse().unwrap())).collect();
            let case = Case {
                peer: "140600".parse().unwrap(),
                given: given.clone(),
                places,
                profile: Profile::default_matrix(),
                purpose: Purpose::Rescue,
                kind: *kind,
                active_alert: alert,
            };
            let Ok(permit) = case.permit(None) else { continue };
            decided += 1;
            assert_eq!(*permit.claims(), expected(&case, permit.roles()), "{given:?} {inside:05b} {alert}");
        }
    }
    assert!(decided > 5_000, "{decided}");
}

fn expected(case: &Case, roles: &[Role]) -> BTreeSet<Claim> {
    let allowed =
        |claim: Claim| roles.iter().all(|role| cell_allows(&case.profile, *role, claim, case.active_alert));
    let mut claims = BTreeSet::new();
    for row in Row::ALL {
        match row.place() {
            Some(place) if case.own(*row) => drop(claims.insert(Claim::county_of(place))),
            _ if *row == Row::Envelope => claims.extend(row.claims().iter().copied().filter(|c| allowed(*c))),
            _ => claims.extend(row.ladder().iter().copied().rfind(|claim| allowed(*claim))),
        }
    }
    claims
}

/// What leaves of each row, as steps of its ladder.
fn levels(permit: &Permit) -> BTreeMap<Row, usize> {
    let claims = permit.claims().iter();
    claims.map(|claim| (Row::of(*claim).unwrap(), Row::of(*claim).unwrap().level(*claim).unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_permit_never_exceeds_the_profile(case in case()) {
        if let Ok(permit) = case.permit(None) {
            prop_assert!(!permit.roles().is_empty());
            prop_assert_eq!(permit.claims(), &expected(&case, permit.roles()));
            prop_assert!(permit.claims().iter().all(|claim| !grant_only(*claim)));
        }
    }

    #[test]
    fn lowering_a_cell_never_discloses_more(
        case in case(),
        row in proptest::sample::select(Row::ALL),
        role in proptest::sample::select(Role::ALL),
        narrow in any::<bool>(),
    ) {
        let lower = match case.profile.cell(row, role) {
            Cell::Open { claim, .. } if narrow => {
                let cell = Cell::Open { claim, condition: Condition::ActiveAlert };
                case.profile.clone().with(row, role, cell)
            }
            _ => case.profile.clone().lowered(row, role),
        };
        prop_assert_eq!(lower.check(), vec![]);
        let lowered = Case { profile: lower, ..case.clone() };
        if let (Ok(before), Ok(after)) = (case.permit(None), lowered.permit(None)) {
            let before = levels(&before);
            for (row, level) in levels(&after) {
                prop_assert!(before.get(&row).is_some_and(|had| level <= *had), "{}", row);
            }
        }
    }

    #[test]
    fn all_that_one_peer_gets_stays_inside_one_row(
        cases in proptest::collection::vec(case(), 2..7),
        peer in region(),
    ) {
        let mut already: Option<Already> = None;
        let mut first = Vec::new();
        let mut profiles = Vec::new();
        let mut leaked: Vec<Claim> = Vec::new();
        for case in cases {
            let case = Case { peer: NodeId(peer), ..case };
            let Ok(permit) = case.permit(already.as_ref()) else { continue };
            if first.is_empty() { first = permit.roles().to_vec(); }
            profiles.push(case.profile.clone());
            leaked.extend(permit.claims().iter().filter(|claim| !case.own(Row::of(**claim).unwrap())));
            let held = already.get_or_insert_default();
            held.roles.extend(permit.roles());
            held.claims.extend(permit.claims());
        }
        let inside = |role: &Role| leaked.iter().all(|claim| {
            profiles.iter().any(|profile| cell_allows(profile, *role, *claim, true))
        });
        prop_assert!(first.iter().all(inside), "{first:?} {leaked:?}");
    }

    #[test]
    fn the_receiver_accepts_whatever_a_permit_lets_out(
        cases in proptest::collection::vec((case(), any::<bool>()), 1..5),
    ) {
        // Some of what was queued never arrives: it went void, or was purged there since.
        let (mut queued, mut held): (Option<Already>, Option<Already>) = (None, None);
        let peer = cases[0].0.peer;
        for (case, arrives) in cases {
            let case = Case { peer, ..case };
            let Ok(permit) = case.permit(queued.as_ref()) else { continue };
            let values = case.values(permit.claims());
            prop_assert_eq!(case.receive_beside(held.as_ref(), permit.roles(), &values), Ok(()));
            let given = [Some(&mut queued), arrives.then_some(&mut held)];
            for already in given.into_iter().flatten().map(Option::get_or_insert_default) {
                already.roles.extend(permit.roles());
                already.claims.extend(permit.claims());
            }
        }
    }

    #[test]
    fn the_receiver_refuses_every_claim_beyond(case in case(), claim in proptest::sample::select(Claim::ALL)) {
        let Ok(permit) = case.permit(None) else { return Ok(()) };
        let allowed = permit.roles().iter().all(|role| cell_allows(&case.profile, *role, claim, case.active_alert));
        let row = Row::of(claim);
        let value = row.map_or(json!(true), |_| case.value(claim));
        let own = row.is_some_and(|row| case.own(row))
            && value.get("code").and_then(Value::as_str).is_some_and(|code| {
                case.peer.region().contains(code.parse().unwrap())
            });
        let received = case.receive(permit.roles(), &BTreeMap::from([(claim, value)]));
        prop_assert_eq!(received, if allowed || own { Ok(()) } else { Err(Refusal::OverDisclosure { claim }) });
    }
}
