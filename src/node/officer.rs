//! Who asks: an officer with duties, a unit, and the pseudonym that stands in the log.

use uuid::Uuid;

use crate::domain::lead::codes::Purpose;
use crate::domain::unit::{Duty, UnitType};

use super::Error;

/// The officer on whose behalf a use case runs.
#[derive(Clone, Debug)]
pub struct Officer {
    /// The user's internal id.
    pub id: Uuid,
    /// What the officer may do.
    pub duties: Vec<Duty>,
    /// The officer's unit.
    pub unit: UnitType,
    /// Stable per officer and node; keyed, so that outsiders cannot guess the name.
    pub pseudonym: String,
    /// To which purpose the officer asks, if that was said. An act on a case serves the purpose of the case.
    pub purpose: Option<Purpose>,
}

impl Officer {
    /// Refuses unless the officer has one of `duties`.
    pub fn require(&self, duties: &[Duty]) -> Result<(), Error> {
        if self.duties.iter().any(|duty| duties.contains(duty)) { Ok(()) } else { Err(Error::Forbidden) }
    }
}
