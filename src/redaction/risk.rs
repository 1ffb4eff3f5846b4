//! Who could be told apart by what a recipient sees, names or no names: leads that look the same, counted.
//!
//! Knows claims and which of them others may know of a person anyway; must not know recipients or agreements.
//! Invariant: keeps digests and counts, no value.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::claims::Claims;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;

/// Groups smaller than this are a risk inside of a circle of trust.
const FEW: usize = 5;
/// Groups smaller than this are never published.
const SMALL: usize = 11;

/// What somebody sees of a lead that others may know of the person: the same for leads that look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Likeness(Digest);

impl Likeness {
    /// Of a lead with these claims, of which those in `disclosed` are seen.
    pub fn of(claims: &Claims, disclosed: &BTreeSet<Claim>) -> Self {
        let seen = disclosed.iter().filter(|claim| is_quasi(**claim));
        let seen: Vec<_> = seen.map(|claim| (claim.code(), claims.value(*claim))).collect();
        // Codes and JSON values always have a text.
        Self(Digest::of(&serde_json::to_vec(&seen).unwrap_or_default()))
    }
}

/// Whether others may know it of a person: a quasi-identifier. Names and numbers are no agreement's to give; what
/// was done to the person, and texts and numbers of the record itself, are nothing that an outsider starts from.
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
}

impl Groups {
    /// Counts a lead.
    pub fn add(&mut self, likeness: Likeness) {
        *self.0.entry(likeness).or_default() += 1;
    }

    /// How small they are.
    pub fn risk(&self) -> Risk {
        let below = |k: usize| self.0.values().filter(|size| **size < k).sum();
        Risk {
            leads: self.0.values().sum(),
            groups: self.0.len(),
            smallest: self.0.values().min().copied(),
            alone: below(2),
            below_5: below(FEW),
            below_11: below(SMALL),
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
        Likeness::of(&claims(&lead, &Texts::default()), &disclosed.iter().copied().collect())
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
        }
    }
}
