//! Invented cases: where they happened, what is signed of them, and the agreements under which they travel.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use guitu::clock::{Entropy, Timestamp};
use guitu::domain::agreement::{Draft, Party, Role, Terms};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::{Classification, LeadKind, Purpose};
use guitu::domain::lead::place::{Place, PlaceRole};
use guitu::domain::node::NodeId;
use guitu::domain::profile::{Cell, Profile, Row};
use guitu::domain::region::RegionCode;
use guitu::exchange::presentation::{Facts, SignedLead};
use guitu::statement::keys::SigningKey;
use guitu::statement::sd_jwt::{Plain, issue};
use guitu::statement::{canonical, jws};
use serde_json::{Value, json};
use uuid::Uuid;

use super::dice::Dice;

/// Rows that stay open in most histories: enough for every rule of access, few enough for many leads.
const NARROW: [Row; 5] = [Row::Sex, Row::Birth, Row::Household, Row::LostPlace, Row::Found];

/// A profile in which only some rows are open, so that a lead is small.
pub(crate) fn narrow_profile() -> Profile {
    static MADE: OnceLock<Profile> = OnceLock::new();
    let closed = || {
        let all = Profile::default_matrix();
        let cells: Vec<_> = all.open_cells().map(|(row, role, _, _)| (row, role)).collect();
        let away = cells.into_iter().filter(|(row, _)| !NARROW.contains(row));
        away.fold(all, |profile, (row, role)| profile.with(row, role, Cell::Closed))
    };
    MADE.get_or_init(closed).clone()
}

/// The claims that a lead under that profile is signed with; a name beside them, which nothing may open.
fn claims_of(profile: &Profile) -> Vec<Claim> {
    let mut rows: Vec<Row> = profile.open_cells().map(|(row, ..)| row).collect();
    rows.extend([Row::Names, Row::Household, Row::LostPlace, Row::Found]);
    rows.sort_unstable();
    rows.dedup();
    rows.iter().flat_map(|row| row.claims()).copied().collect()
}

/// Who plays which part in an agreement.
pub(crate) type Parts = Vec<(NodeId, Vec<Role>)>;

/// The first version of an agreement among these parties, in force since yesterday.
pub(crate) fn terms(id: Uuid, parties: &Parts, profile: Profile, now: Timestamp) -> Terms {
    let today = CivilDate::of(now);
    let party = |(node, roles): &(NodeId, Vec<Role>)| Party {
        node: *node,
        roles: roles.clone(),
        government: "甲市人民政府".to_owned(),
        office: "反拐联席会议办公室".to_owned(),
    };
    Terms {
        id,
        version: 1,
        parties: parties.iter().map(party).collect(),
        purposes: vec![Purpose::Rescue],
        kinds: vec![LeadKind::MissingChild],
        profile,
        valid_from: today.plus_days(-1),
        valid_until: today.plus_days(200),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
        proposer: parties[0].0,
        previous: None,
        answers: None,
    }
}

/// The draft of those terms.
pub(crate) fn draft(terms: Terms) -> Draft {
    let digest = canonical::digest(&terms).unwrap();
    Draft::new(terms, digest).unwrap()
}

/// A case: its places are all that decides who learns what.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) places: Vec<Place>,
}

impl Case {
    /// A case with a place for each party, in a county of its region; some are left out.
    pub(crate) fn drawn(parties: &Parts, dice: &mut Dice) -> Self {
        let mut places = Vec::new();
        for (node, roles) in parties {
            for role in roles {
                let Some(role) = place_of(*role, dice) else { continue };
                if dice.one_in(6) || places.iter().any(|place: &Place| place.role == role) {
                    continue;
                }
                places.push(Place { role, code: county(node.region(), dice), list_year: 2023 });
            }
        }
        Self { places }
    }

    /// What is signed of a place.
    fn value(&self, claim: Claim) -> Value {
        use Claim as C;
        let (role, step) = match claim {
            C::HouseholdProvince => (PlaceRole::Household, 0),
            C::HouseholdPrefecture => (PlaceRole::Household, 1),
            C::HouseholdCounty => (PlaceRole::Household, 2),
            C::LostProvince => (PlaceRole::Origin, 0),
            C::LostPrefecture => (PlaceRole::Origin, 1),
            C::LostCounty => (PlaceRole::Origin, 2),
            C::FoundProvince => (PlaceRole::Found, 0),
            C::FoundPrefecture => (PlaceRole::Found, 1),
            C::FoundCounty => (PlaceRole::Found, 2),
            C::Names => return json!(["张三"]),
            C::Sex => return json!("2"),
            _ => return Value::Null,
        };
        let Some(place) = self.places.iter().find(|place| place.role == role) else { return Value::Null };
        let code = [place.code.province(), place.code.prefecture(), place.code][step];
        json!({ "code": code, "year": place.list_year })
    }

    /// What access asks about it.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            kind: LeadKind::MissingChild,
            purpose: Purpose::Rescue,
            classification: Classification::Internal,
            places: self.places.clone(),
        }
    }

    /// One version of it, signed.
    pub(crate) fn signed(
        &self,
        key: &SigningKey,
        (sub, ver): (Uuid, u32),
        profile: &Profile,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Arc<SignedLead> {
        let facts = self.facts();
        let plain = Plain {
            iss: key.node(),
            sub,
            ver,
            kind: facts.kind.code().to_owned(),
            iat: CivilDate::of(now),
            classification: facts.classification.code().to_owned(),
        };
        let named = claims_of(profile).into_iter().map(|claim| (claim.code().to_owned(), self.value(claim)));
        let issued = issue(key, jws::typ::LEAD, &plain, named, entropy).unwrap();
        let opened = issued.disclosures.into_iter().map(|(name, text)| (name.parse().unwrap(), text));
        Arc::new(SignedLead {
            jws: issued.jws,
            disclosures: opened.collect(),
            facts,
            judged: BTreeMap::new(),
        })
    }
}

fn place_of(role: Role, dice: &mut Dice) -> Option<PlaceRole> {
    match role {
        Role::Origin if dice.one_in(2) => Some(PlaceRole::Household),
        Role::Origin => Some(PlaceRole::Origin),
        Role::Transit => Some(PlaceRole::Transit),
        Role::Destination if dice.one_in(2) => Some(PlaceRole::Found),
        Role::Destination => Some(PlaceRole::Destination),
        Role::Upper => None,
    }
}

/// A county of the region.
fn county(region: RegionCode, dice: &mut Dice) -> RegionCode {
    let prefecture =
        if region.prefecture() == region.province() { region.number() + 100 } else { region.number() };
    let number = if prefecture.is_multiple_of(100) {
        prefecture + 21 + u32::try_from(dice.below(8)).unwrap()
    } else {
        prefecture
    };
    RegionCode::new(number).unwrap()
}
