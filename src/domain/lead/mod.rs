//! Leads (线索): the raw record as its owner's officers write it.
//!
//! Nothing here can reach a peer: [`Raw`] has no wire encoding and no `Debug`, and what leaves is
//! made of claims by `redaction`. The types derive no `Debug` on purpose.

pub mod age;
pub mod check;
pub mod codes;
pub mod identity;
pub mod person;
pub mod place;
#[cfg(test)]
pub(crate) mod sample;
pub mod status;

use serde::{Deserialize, Serialize};

use self::codes::{Classification, Exploitation, LeadKind, LegalBasis, Means, Priority, Purpose};
use self::person::Person;
use self::place::{EventInterval, Place};
use super::date::CivilDate;
use super::unit::{SourceType, UnitType};

/// A value that must never leave the node as it is. It can be stored (sealed) and redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw<T>(T);

impl<T> Raw<T> {
    /// Marks `value` as raw.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the owner's officers, for sealing and for redaction. Never for a peer or a log.
    pub const fn value(&self) -> &T {
        &self.0
    }
}

/// One lead as its owner's officers write it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lead {
    /// What the lead is about.
    pub kind: LeadKind,
    /// How fast it wants an answer.
    #[serde(default)]
    pub priority: Priority,
    /// The purpose that a recipient may use it for.
    pub purpose: Purpose,
    /// State and work secrets are refused for export, always.
    #[serde(default)]
    pub classification: Classification,
    /// The statutory duty it rests on.
    pub legal_basis: LegalBasis,
    /// Under 14: stricter rules. Also true when birth and event say so.
    #[serde(default)]
    pub minor: bool,
    /// The unit that handles the case.
    pub handling_unit: UnitType,
    /// Where the lead came from.
    pub source_unit: SourceType,
    /// The case crosses the state border.
    #[serde(default)]
    pub cross_border: bool,
    /// The places of the case; at most one each of lost, found and household.
    pub places: Vec<Place>,
    /// When it happened.
    #[serde(default)]
    pub event: Option<EventInterval>,
    /// Whom it is about.
    pub person: Person,
    /// By which means (手段).
    #[serde(default)]
    pub means: Vec<Means>,
    /// To which end (用途); `None`: not known.
    #[serde(default)]
    pub exploitation: Option<Vec<Exploitation>>,
    /// A vehicle plate of the case.
    #[serde(default)]
    pub plate: Option<String>,
    /// The case number of the handling unit.
    #[serde(default)]
    pub case_number: Option<String>,
    /// A name for the case that tells nothing about it, for partners.
    #[serde(default)]
    pub case_alias: Option<String>,
    /// 案情, free text: others see it masked by the engine, never as typed.
    #[serde(default)]
    pub narrative: Option<String>,
    /// Remarks as typed: disclosed to nobody.
    #[serde(default)]
    pub remarks: Option<String>,
    /// Who reported it: disclosed to nobody, never a claim.
    #[serde(default)]
    pub reporter: Option<Reporter>,
    /// When the owner looks at it again.
    #[serde(default)]
    pub review_by: Option<CivilDate>,
    /// When it ends by itself.
    #[serde(default)]
    pub expires_at: Option<CivilDate>,
}

/// Who reported a lead. Never exchanged, not even by grant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reporter {
    /// The reporter's name.
    #[serde(default)]
    pub name: Option<String>,
    /// How to reach the reporter.
    #[serde(default)]
    pub phone: Option<String>,
}
