//! How old the person was at the event: an interval, since birth and event may be intervals.

use super::Lead;
use super::codes::LeadKind;
use super::identity::birth_in_id;
use super::place::DateInterval;

/// Under this age the stricter rules hold (不满十四周岁).
pub const MINOR_BELOW: u8 = 14;

/// The ages, in full years, that birth and event leave possible.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AgeInterval {
    /// The youngest possible age.
    pub min: u8,
    /// The oldest possible age.
    pub max: u8,
}

impl Lead {
    /// The age at the event by the structured date of birth; `None` if birth or event is unknown.
    pub fn age_at_event(&self) -> Option<AgeInterval> {
        self.age_from(self.person.birth?)
    }

    /// Whether the stricter rules for children under 14 hold. When in doubt they do: if the flag says
    /// so, if the youngest possible age is under 14, or if the kind is about a child and birth and
    /// event don't say otherwise. The identity number counts where no date of birth is given.
    pub fn is_minor(&self) -> bool {
        let of_a_child = matches!(self.kind, LeadKind::MissingChild | LeadKind::ChildUnknownOrigin);
        self.minor || self.best_age().map_or(of_a_child, |age| age.min < MINOR_BELOW)
    }

    /// Whether birth and event leave no doubt that the person was under 14.
    pub(super) fn surely_minor(&self) -> bool {
        self.best_age().is_some_and(|age| age.max < MINOR_BELOW)
    }

    pub(super) fn best_age(&self) -> Option<AgeInterval> {
        let stated = || self.person.id_number.as_deref().and_then(birth_in_id);
        let birth = self.person.birth.or_else(|| stated().map(|day| DateInterval { from: day, to: day }))?;
        self.age_from(birth)
    }

    fn age_from(&self, birth: DateInterval) -> Option<AgeInterval> {
        let event = self.event?;
        Some(AgeInterval { min: event.from.years_since(birth.to), max: event.to.years_since(birth.from) })
    }
}
