//! The single decision who gets what of a lead.
//!
//! Knows agreements, profiles and the lead's places; must not know any other value of a lead, a
//! signature or a message. Invariant: a [`Permit`] is made here and nowhere else, and what it lets
//! out is inside one role's row of the agreement's profile, except that a place in the recipient's
//! own territory rises to county.

mod admissible;
#[cfg(test)]
mod properties;
mod recall;
mod roles;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use thiserror::Error;
use uuid::Uuid;

pub use self::admissible::{Received, admissible};
pub use self::recall::recallable;
pub use self::roles::roles_of;
pub use self::rows::row_claims;
use super::agreement::{Agreement, NotCovered, NotInForce, Role};
use super::claim::Claim;
use super::digest::Digest;
use super::lead::codes::{Classification, LeadKind, Purpose};
use super::lead::place::Place;
use super::node::NodeId;
use super::profile::Row;
use crate::clock::Timestamp;

/// What the owner asks before a lead goes to a peer.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The owner's node.
    pub sender: NodeId,
    /// The recipient.
    pub peer: NodeId,
    /// The agreement that is cited.
    pub agreement: &'a Agreement,
    /// What the recipient may use the lead for.
    pub purpose: Purpose,
    /// What the lead is about.
    pub kind: LeadKind,
    /// Its secrecy classification.
    pub classification: Classification,
    /// The places of the case.
    pub places: &'a [Place],
    /// What the peer was given of this lead before, in any version and under any agreement.
    pub already: Option<&'a Already>,
    /// Whether an alert about this case is active now.
    pub active_alert: bool,
    /// The sender's clock at dispatch.
    pub now: Timestamp,
}

/// What a peer holds of a lead: all disclosures to it together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Already {
    /// Every role under which it was given something; empty: nothing was given by role.
    pub roles: Vec<Role>,
    /// The claims it was given by role. Claims opened by a grant do not belong here.
    pub claims: BTreeSet<Claim>,
}

/// The decision that these claims, and no others, may go to that peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    peer: NodeId,
    agreement: Uuid,
    version: u32,
    digest: Digest,
    roles: Vec<Role>,
    claims: BTreeSet<Claim>,
}

impl Permit {
    /// The recipient.
    pub const fn peer(&self) -> NodeId {
        self.peer
    }

    /// The agreement it rests on.
    pub const fn agreement_id(&self) -> Uuid {
        self.agreement
    }

    /// The version of the agreement.
    pub const fn agreement_version(&self) -> u32 {
        self.version
    }

    /// The digest of the agreement's canonical terms.
    pub const fn agreement_digest(&self) -> Digest {
        self.digest
    }

    /// The recipient's roles in this lead; never empty.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The claims that may go: one per ladder.
    pub const fn claims(&self) -> &BTreeSet<Claim> {
        &self.claims
    }
}

/// Why a lead may not go, or must not be taken. The sender is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// State and work secrets are never exported.
    #[error("the record is classified")]
    Classified,
    /// The sender or the recipient is not a party, or both are one node.
    #[error("sender and recipient are not two parties of the agreement")]
    NotAParty,
    /// The agreement is not in force.
    #[error(transparent)]
    NotInForce(#[from] NotInForce),
    /// The agreement does not cover the lead.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
    /// The places of the lead give the recipient none of its roles.
    #[error("the recipient has no role in this lead")]
    NoRole,
    /// More was disclosed than the agreement allows.
    #[error("the claim `{claim}` is beyond what the agreement allows")]
    OverDisclosure {
        /// The first such claim.
        claim: Claim,
    },
}

impl Refusal {
    /// The code of the refusal on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Classified => "classified",
            Self::NotAParty => "not_a_party",
            Self::NotInForce(reason) => reason.code(),
            Self::NotCovered(reason) => reason.code(),
            Self::NoRole => "no_role_for_recipient",
            Self::OverDisclosure { .. } => "over_disclosure",
        }
    }

    /// Whether the sender sends it again by itself.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::NotInForce(reason) if reason.retryable())
    }
}

/// Decides which claims of a lead may go to a peer now, on the sender's clock exactly.
///
/// What the peer holds counts: under other roles than before it gets no more of a row than its
/// earlier roles allow too, or than it was given already. Places are not excepted for what was given
/// before, since a corrected place is a new one.
pub fn permit(request: &Request<'_>) -> Result<Permit, Refusal> {
    let agreement = request.agreement;
    let given = scope(&Scope {
        agreement,
        sender: request.sender,
        recipient: request.peer,
        purpose: request.purpose,
        kind: request.kind,
        classification: request.classification,
        now: request.now,
        tolerance_ms: 0,
    })?;
    let territory = request.peer.region();
    let roles = roles_of(request.places, territory, given);
    if roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    let opened = |row: &Row| -> &'static [Claim] {
        if roles::in_territory(*row, request.places, territory) {
            return row.finest();
        }
        let profile = &agreement.terms().profile;
        rows::level_beside(profile, *row, &roles, request.already, request.active_alert)
            .map_or(&[], |level| row.opened_at(level))
    };
    let claims = Row::ALL.iter().flat_map(opened).copied().collect();
    let terms = agreement.terms();
    Ok(Permit {
        peer: request.peer,
        agreement: terms.id,
        version: terms.version,
        digest: agreement.digest(),
        roles,
        claims,
    })
}

/// What sender and receiver both check before they look at a single claim.
struct Scope<'a> {
    agreement: &'a Agreement,
    sender: NodeId,
    recipient: NodeId,
    purpose: Purpose,
    kind: LeadKind,
    classification: Classification,
    now: Timestamp,
    tolerance_ms: i64,
}

/// The roles that the agreement gives the recipient, if it allows the lead at all.
fn scope<'a>(scope: &Scope<'a>) -> Result<&'a [Role], Refusal> {
    if !scope.classification.exportable() {
        return Err(Refusal::Classified);
    }
    let Some(given) = scope.agreement.roles_given(scope.recipient) else {
        return Err(Refusal::NotAParty);
    };
    if scope.agreement.roles_given(scope.sender).is_none() || scope.sender == scope.recipient {
        return Err(Refusal::NotAParty);
    }
    scope.agreement.in_force(scope.now, scope.tolerance_ms)?;
    scope.agreement.covers(scope.purpose, scope.kind)?;
    Ok(given)
}
