//! Who could be told apart by what a recipient sees, names or no names: leads that look the same, counted.
//!
//! Knows claims and which of them others may know of a person anyway; must not know recipients or agreements.
//! Invariant: keeps digests and counts, no value.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::claims::Claims;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::LeadKind;

/// Groups smaller than this are a risk inside of a circle of trust.
const FEW: usize = 5;
/// Groups smaller than this are never published.
const SMALL: usize = 11;

/// What somebody sees of a lead that others may know of the person: the same for leads that look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Likeness(Digest);

impl Likeness {
    /// Of a lead of that kind, which every statement says, with these claims, of which those in `disclosed` are seen.
    pub fn of(kind: LeadKind, claims: &Claims, disclosed: &BTreeSet<Claim>) -> Self {
        let seen = disclosed.iter().filter(|claim| is_quasi(**claim));
        let seen: Vec<_> = seen.map(|claim| (claim.code(), claims.value(*claim))).collect();
        // Codes and JSON values always have a text.
        Self(Digest::of(&serde_json::to_vec(&(kind.code(), seen)).unwrap_or_default()))
    }
}

/// Whether others may know it of a person: a quasi-identifier. Names and numbers are no agreement's to give; what
/// was done to the person, and texts, dates and numbers of the record itself, are nothing that an outsider starts from.
const fn is_quasi(claim: Claim) -> bool {
    use Claim as C;
    matches!(
        claim,
        C::Sex
            | C::BirthBand
            | C::BirthAge
            | C::BirthYear
            | C::BirthMonth
            | C::BirthDate
            | C::EthnicityHan
            | C::Ethnicity
            | C::NationalityCn
            | C::Nationality
            | C::HouseholdProvince
            | C::HouseholdPrefecture
            | C::HouseholdCounty
            | C::LostProvince
            | C::LostPrefecture
            | C::LostCounty
            | C::FoundProvince
            | C::FoundPrefecture
            | C::FoundCounty
            | C::LostMonth
            | C::LostDay
            | C::LostHour
            | C::Height
            | C::Accent
            | C::Marks
            | C::Clothing
            | C::NeedsFlag
            | C::NeedsEscort
            | C::ShelterType
            | C::Minor
            | C::CrossBorder
    )
}

/// The groups of leads that look the same to one recipient.
#[derive(Default)]
pub struct Groups(BTreeMap<Likeness, usize>);

/// How small the groups are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// Leads that were looked at.
    pub leads: usize,
    /// Groups of leads that look the same.
    pub groups: usize,
    /// The size of the smallest group (k); none without leads.
    pub smallest: Option<usize>,
    /// Leads that look like no other.
    pub alone: usize,
    /// Leads in groups smaller than 5.
    pub below_5: usize,
    /// Leads in groups smaller than 11.
    pub below_11: usize,
    /// Of a thousand leads, how many are in groups smaller than 5, rounded up; none without leads.
    pub permille_below_5: Option<usize>,
    /// The same for groups smaller than 11.
    pub permille_below_11: Option<usize>,
}

impl Groups {
    /// Counts a lead.
    pub fn add(&mut self, likeness: Likeness) {
        *self.0.entry(likeness).or_default() += 1;
    }

    /// How small they are.
    pub fn risk(&self) -> Risk {
        let leads: usize = self.0.values().sum();
        let below = |k: usize| self.0.values().filter(|size| **size < k).sum::<usize>();
        let share = |count: usize| (leads > 0).then(|| (count * 1000).div_ceil(leads));
        Risk {
            leads,
            groups: self.0.len(),
            smallest: self.0.values().min().copied(),
            alone: below(2),
            below_5: below(FEW),
            below_11: below(SMALL),
            permille_below_5: share(below(FEW)),
            permille_below_11: share(below(SMALL)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::lead::{Raw, sample};
    use crate::redaction::{Texts, claims};

    fn likeness(changes: &[(&str, serde_json::Value)], disclosed: &[Claim]) -> Likeness {
        let lead = Raw::new(sample::with(changes));
        let disclosed = disclosed.iter().copied().collect();
        Likeness::of(lead.value().kind, &claims(&lead, &Texts::default()), &disclosed)
    }

    /// What nobody outside knows of a person, or what no agreement gives.
    const OTHERS: [Claim; 24] = [
        Claim::Names,
        Claim::IdNumber,
        Claim::Phones,
        Claim::Parents,
        Claim::ShelterAddress,
        Claim::Plate,
        Claim::Photo,
        Claim::MeansCoarse,
        Claim::Means,
        Claim::ExploitationFlag,
        Claim::Exploitation,
        Claim::DnaStatus,
        Claim::CaseAlias,
        Claim::CaseNumber,
        Claim::Priority,
        Claim::Purpose,
        Claim::LegalBasis,
        Claim::InterviewDone,
        Claim::SourceUnit,
        Claim::HandlingUnit,
        Claim::ReviewBy,
        Claim::ExpiresAt,
        Claim::HukouHold,
        Claim::NarrativeMasked,
    ];

    #[test]
    fn what_others_may_know_of_a_person_tells_leads_apart() {
        for claim in Claim::ALL {
            assert_eq!(is_quasi(*claim), !OTHERS.contains(claim), "{claim}");
        }
        let kind = [("/kind", json!("kin_search"))];
        assert_ne!(likeness(&kind, &[]), likeness(&[], &[]), "every statement says its kind");
        for (pointer, value, claim) in [
            ("/cross_border", json!(false), Claim::CrossBorder),
            ("/person/shelter/institution_type", json!("rescue_station"), Claim::ShelterType),
        ] {
            let changed = [(pointer, value)];
            assert_ne!(likeness(&changed, &[claim]), likeness(&[], &[claim]), "{claim}");
            assert_eq!(likeness(&changed, &[Claim::Sex]), likeness(&[], &[Claim::Sex]), "{claim}");
        }
        let unknown = |minor: bool| {
            let age = [("/person/birth", json!(null)), ("/person/id_number", json!(null))];
            let kind = [("/kind", json!("kin_search")), ("/minor", json!(minor))];
            likeness(&[kind, age].concat(), &[Claim::Minor])
        };
        assert_ne!(unknown(true), unknown(false));
    }

    #[test]
    fn what_is_coarse_enough_looks_the_same() {
        let day = [("/person/birth", json!({"from": "2015-03-21", "to": "2015-03-21"}))];
        assert_eq!(likeness(&day, &[Claim::BirthMonth]), likeness(&[], &[Claim::BirthMonth]));
        assert_ne!(likeness(&day, &[Claim::BirthDate]), likeness(&[], &[Claim::BirthDate]));
        assert_ne!(likeness(&[], &[Claim::BirthYear]), likeness(&[], &[Claim::BirthMonth]));
        let other = [("/case_alias", json!("秋月")), ("/priority", json!("normal"))];
        let unknown_outside = &[Claim::Sex, Claim::CaseAlias, Claim::Priority];
        assert_eq!(likeness(&other, unknown_outside), likeness(&[], unknown_outside));
    }

    proptest! {
        #[test]
        fn the_counts_are_those_of_the_groups(sizes in prop::collection::vec(1_usize..15, 0..20)) {
            let mut groups = Groups::default();
            for (group, size) in sizes.iter().enumerate() {
                (0..*size).for_each(|_| groups.add(Likeness(Digest::of(&group.to_be_bytes()))));
            }
            let below = |k: usize| sizes.iter().filter(|size| **size < k).sum::<usize>();
            let risk = groups.risk();
            prop_assert_eq!((risk.leads, risk.groups), (sizes.iter().sum(), sizes.len()));
            prop_assert_eq!(risk.smallest, sizes.iter().min().copied());
            prop_assert_eq!((risk.alone, risk.below_5, risk.below_11), (below(2), below(5), below(11)));
            for (permille, count) in [(risk.permille_below_5, below(5)), (risk.permille_below_11, below(11))] {
                let told = permille.map(|permille| permille * risk.leads);
                prop_assert!(told.is_none_or(|told| (count * 1000..count * 1000 + risk.leads).contains(&told)));
                prop_assert_eq!(permille.is_none(), risk.leads == 0);
            }
        }
    }
}
