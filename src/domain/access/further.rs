//! Claims that no profile opens: by a grant, under an alert, on an order. Exactly what was named.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::basis::{BasisKind, Content, Side, two_parties};
use super::{Ground, Permit, Refusal};
use crate::clock::Timestamp;
use crate::domain::agreement::Agreement;
use crate::domain::claim::Claim;
use crate::domain::lead::codes::Classification;
use crate::domain::node::NodeId;

/// What names the claims.
#[derive(Clone, Copy)]
pub enum Opening<'a> {
    /// 知悉授权, under an agreement that must be in force.
    Grant {
        /// The grant.
        id: Uuid,
        /// The agreement.
        agreement: &'a Agreement,
    },
    /// 预警, while it is active.
    Alert {
        /// The alert.
        id: Uuid,
    },
    /// An order of the upper node, which is the recipient or the sender.
    Order {
        /// The order.
        id: Uuid,
        /// The upper node that gave it.
        upper: NodeId,
    },
}

/// A disclosure beside the profiles, as its sender or its receiver sees it.
#[derive(Clone, Copy)]
pub struct Further<'a> {
    /// The owner of the record.
    pub owner: NodeId,
    /// The sender.
    pub sender: NodeId,
    /// The recipient that the opening names.
    pub recipient: NodeId,
    /// What opens the claims.
    pub opening: Opening<'a>,
    /// What is brought.
    pub content: Content,
    /// The claims that the opening names.
    pub named: &'a BTreeSet<Claim>,
    /// The first instant of the opening.
    pub from: Timestamp,
    /// The instant at which it is over.
    pub until: Timestamp,
    /// Whether it was revoked, cancelled or lifted before.
    pub revoked: bool,
    /// The secrecy classification of the record.
    pub classification: Classification,
    /// Who asks.
    pub side: Side,
    /// The clock of whoever asks.
    pub now: Timestamp,
}

/// Decides which of the named claims may go now.
pub fn permit_further(further: &Further<'_>) -> Result<Permit, Refusal> {
    let claims = allowed(further)?;
    let ground = match further.opening {
        Opening::Grant { id, agreement } => Ground::Grant { id, agreement: agreement.terms().id },
        Opening::Alert { id } => Ground::Alert { id },
        Opening::Order { id, .. } => Ground::Order { id },
    };
    Ok(Permit { peer: further.recipient, ground, claims })
}

/// Whether claims that were received beside the profiles may be kept: the same rules, by the
/// receiver's clock.
pub fn admissible_further(further: &Further<'_>, disclosed: &BTreeSet<Claim>) -> Result<(), Refusal> {
    match disclosed.difference(&allowed(further)?).next() {
        Some(claim) => Err(Refusal::OverDisclosure { claim: *claim }),
        None => Ok(()),
    }
}

fn allowed(further: &Further<'_>) -> Result<BTreeSet<Claim>, Refusal> {
    if !further.classification.exportable() {
        return Err(Refusal::Classified);
    }
    if further.owner != further.sender {
        return Err(Refusal::ForeignOwner);
    }
    let (basis, upper) = match further.opening {
        Opening::Grant { agreement, .. } => {
            two_parties(agreement, further.sender, further.recipient)?;
            further.side.in_force(agreement, further.now)?;
            (BasisKind::Grant, false)
        }
        Opening::Alert { .. } => (BasisKind::Alert, false),
        Opening::Order { upper, .. } => {
            let between = upper == further.sender || upper == further.recipient;
            (BasisKind::Order, between && further.sender != further.recipient)
        }
    };
    if !basis.carries(further.content, upper) {
        return Err(Refusal::WrongBasis);
    }
    // After its end an alert still brings its cancellation and the receipts of its purge, without a claim.
    let closing = matches!(further.content, Content::AlertCancellation | Content::PurgeReceipt);
    if closing {
        return Ok(BTreeSet::new());
    }
    let tolerance = further.side.tolerance_ms();
    let open = further.from.plus(-tolerance) <= further.now && further.now < further.until.plus(tolerance);
    if further.revoked || !open {
        return Err(Refusal::OpeningOver);
    }
    let tellable = |claim: &&Claim| basis != BasisKind::Alert || ALERT_SET.contains(claim);
    Ok(further.named.iter().filter(tellable).copied().collect())
}

/// What an alert may tell: who is looked for and where, never whose name.
pub const ALERT_SET: &[Claim] = &[
    Claim::Sex,
    Claim::BirthAge,
    Claim::EthnicityHan,
    Claim::NationalityCn,
    Claim::LostCounty,
    Claim::LostDay,
    Claim::LostHour,
    Claim::Height,
    Claim::Accent,
    Claim::Marks,
    Claim::Clothing,
    Claim::Plate,
    Claim::Photo,
    Claim::NeedsEscort,
    Claim::CaseAlias,
    Claim::Priority,
    Claim::Minor,
];
