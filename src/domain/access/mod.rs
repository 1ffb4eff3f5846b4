//! The single decision who gets what of a lead.
//!
//! Knows agreements, profiles and the lead's places; must not know any other value of a lead, a
//! signature or a message. Invariant: a [`Permit`] is made here and nowhere else. On an agreement it
//! lets out what is inside one role's row of the profile, except that a place in the recipient's own
//! territory rises to county; on any other basis exactly what that basis names. Sender and receiver
//! ask the same rules, each with its own clock.

mod admissible;
mod basis;
mod closed;
mod further;
#[cfg(test)]
mod history;
#[cfg(test)]
mod properties;
mod roles;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use thiserror::Error;
use uuid::Uuid;

pub use self::admissible::{Received, admissible};
pub use self::basis::{BasisKind, ClaimRule, Content, Errand, Side, passes};
pub use self::closed::{Closed, why_closed};
pub use self::further::{ALERT_SET, Further, Opening, admissible_further, permit_further};
pub use self::roles::roles_of;
pub use self::rows::row_claims;
use super::agreement::{Agreement, NotCovered, NotInForce, Role, VersionKey};
use super::claim::Claim;
use super::lead::codes::{Classification, LeadKind, Purpose};
use super::lead::place::Place;
use super::node::NodeId;
use super::profile::Row;
use crate::clock::Timestamp;

/// What the owner asks before a lead goes to a peer.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The owner of the lead. Nobody else sends it: a redirect (转办) is a request to the owner.
    pub owner: NodeId,
    /// The node that is about to send.
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
    /// What was queued for the peer of this lead before, in any version and under any agreement, whatever
    /// became of it.
    pub already: Option<&'a Already>,
    /// Whether an alert about this case is active now.
    pub active_alert: bool,
    /// The sender's clock at dispatch.
    pub now: Timestamp,
}

/// What a peer was given of a lead: all disclosures to it together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Already {
    /// Every role under which it was given something; empty: nothing was given by role.
    pub roles: Vec<Role>,
    /// The claims it was given by role. Claims opened by a grant do not belong here.
    pub claims: BTreeSet<Claim>,
}

/// What a permit rests on, with all that the message has to cite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A cooperation agreement in force.
    Agreement {
        /// The agreement.
        id: Uuid,
        /// Its version.
        key: VersionKey,
        /// The recipient's roles in this lead; never empty.
        roles: Vec<Role>,
    },
    /// 知悉授权
    Grant {
        /// The grant.
        id: Uuid,
        /// The agreement under which it was given.
        agreement: Uuid,
    },
    /// 预警
    Alert {
        /// The alert.
        id: Uuid,
    },
    /// An order of the upper node.
    Order {
        /// The order.
        id: Uuid,
    },
}

/// The decision that these claims, and no others, may go to that peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    peer: NodeId,
    ground: Ground,
    claims: BTreeSet<Claim>,
}

impl Permit {
    /// The recipient.
    pub const fn peer(&self) -> NodeId {
        self.peer
    }

    /// What it rests on.
    pub const fn ground(&self) -> &Ground {
        &self.ground
    }

    /// The recipient's roles in this lead; empty unless the permit rests on an agreement.
    pub fn roles(&self) -> &[Role] {
        match &self.ground {
            Ground::Agreement { roles, .. } => roles,
            Ground::Grant { .. } | Ground::Alert { .. } | Ground::Order { .. } => &[],
        }
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
    /// Only the owner sends its case record.
    #[error("the sender does not own the record")]
    ForeignOwner,
    /// The basis does not carry such a message.
    #[error("the basis does not carry this")]
    WrongBasis,
    /// The grant, alert or order is over, revoked, or not open yet.
    #[error("what would open the claims is not open now")]
    OpeningOver,
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
            Self::ForeignOwner => "foreign_issuer",
            Self::WrongBasis => "wrong_basis",
            Self::OpeningOver => "opening_over",
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
/// What the peer was given counts: it gets no more of a row than all of its roles allow together, those
/// of today and those under which anything was queued for it before. Its claims do not count: a
/// message that went void or was refused brought none, and the receiver, who allows no more than
/// beside what it holds, would have to refuse what rests on them.
pub fn permit(request: &Request<'_>) -> Result<Permit, Refusal> {
    let agreement = request.agreement;
    let given = scope(&Scope {
        agreement,
        owner: request.owner,
        sender: request.sender,
        recipient: request.peer,
        purpose: request.purpose,
        kind: request.kind,
        classification: request.classification,
        side: Side::Sender,
        now: request.now,
    })?;
    let territory = request.peer.region();
    let roles = roles_of(request.places, territory, given);
    if roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    let before = request.already.map_or(&[][..], |already| &already.roles);
    let all: Vec<Role> = roles.iter().chain(before).copied().collect();
    let opened = |row: &Row| -> &'static [Claim] {
        if roles::in_territory(*row, request.places, territory) {
            return row.finest();
        }
        let profile = &agreement.terms().profile;
        rows::level(profile, *row, &all, request.active_alert).map_or(&[], |level| row.opened_at(level))
    };
    let claims = Row::ALL.iter().flat_map(opened).copied().collect();
    let ground = Ground::Agreement { id: agreement.terms().id, key: agreement.key(), roles };
    Ok(Permit { peer: request.peer, ground, claims })
}

/// What sender and receiver both check before they look at a single claim.
struct Scope<'a> {
    agreement: &'a Agreement,
    owner: NodeId,
    sender: NodeId,
    recipient: NodeId,
    purpose: Purpose,
    kind: LeadKind,
    classification: Classification,
    side: Side,
    now: Timestamp,
}

/// The roles that the agreement gives the recipient, if it allows the lead at all.
fn scope<'a>(scope: &Scope<'a>) -> Result<&'a [Role], Refusal> {
    if !scope.classification.exportable() {
        return Err(Refusal::Classified);
    }
    if scope.owner != scope.sender {
        return Err(Refusal::ForeignOwner);
    }
    basis::two_parties(scope.agreement, scope.sender, scope.recipient)?;
    scope.side.in_force(scope.agreement, scope.now)?;
    scope.agreement.covers(scope.purpose, scope.kind)?;
    scope.agreement.roles_given(scope.recipient).ok_or(Refusal::NotAParty)
}
