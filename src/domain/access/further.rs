//! Claims that no profile opens: by a grant, under an alert, on an order. Exactly what was named.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::Role;
    use crate::domain::agreement::samples::{signed, terms};
    use crate::domain::profile::{Profile, grant_only};

    const NOON: Timestamp = Timestamp(1_782_000_000_000);

    fn agreement() -> Agreement {
        let parties: [(&str, &[Role]); 2] = [("140600", &[Role::Origin]), ("500000", &[Role::Destination])];
        signed(terms(&parties, Profile::default_matrix()))
    }

    fn further<'a>(opening: Opening<'a>, content: Content, named: &'a BTreeSet<Claim>) -> Further<'a> {
        Further {
            owner: "500000".parse().unwrap(),
            sender: "500000".parse().unwrap(),
            recipient: "140600".parse().unwrap(),
            opening,
            content,
            named,
            from: NOON,
            until: NOON.plus(Timestamp::DAY),
            revoked: false,
            classification: Classification::Internal,
            side: Side::Sender,
            now: NOON,
        }
    }

    #[test]
    fn a_grant_opens_exactly_what_it_names_while_it_lasts() {
        let (agreement, named) = (agreement(), BTreeSet::from([Claim::Names, Claim::BirthDate]));
        let opening = Opening::Grant { id: Uuid::nil(), agreement: &agreement };
        let good = further(opening, Content::Disclosure, &named);
        assert_eq!(*permit_further(&good).unwrap().claims(), named);
        assert_eq!(admissible_further(&good, &BTreeSet::from([Claim::Names])), Ok(()));
        let beyond = BTreeSet::from([Claim::Names, Claim::Phones]);
        let refused = Err(Refusal::OverDisclosure { claim: Claim::Phones });
        assert_eq!(admissible_further(&good, &beyond), refused);
        let code =
            |further: Further<'_>| permit_further(&further).map_or_else(Refusal::code, |_| "permitted");
        let (owner, end) = ("530000".parse().unwrap(), good.until);
        assert_eq!(code(Further { owner, ..good }), "foreign_issuer");
        assert_eq!(code(Further { owner, sender: owner, ..good }), "not_a_party");
        assert_eq!(code(Further { revoked: true, ..good }), "opening_over");
        assert_eq!(code(Further { now: end, ..good }), "opening_over");
        let side = Side::Receiver { carried: None };
        let last = end.plus(Agreement::RECEIPT_TOLERANCE_MS);
        assert_eq!(code(Further { now: last.plus(-1), side, ..good }), "permitted");
        assert_eq!(code(Further { now: last, side, ..good }), "opening_over");
        assert_eq!(code(Further { now: NOON.plus(-1), ..good }), "opening_over");
        assert_eq!(code(Further { content: Content::Lead, ..good }), "wrong_basis");
        assert_eq!(code(Further { classification: Classification::WorkSecret, ..good }), "classified");
        let over = NOON.plus(365 * Timestamp::DAY);
        assert_eq!(code(Further { now: over, until: over.plus(1), ..good }), "agreement_expired");
    }

    #[test]
    fn an_alert_tells_its_set_and_after_its_end_nothing() {
        let named = Claim::ALL.iter().copied().collect();
        let open = further(Opening::Alert { id: Uuid::nil() }, Content::Alert, &named);
        let told = permit_further(&open).unwrap();
        assert!(told.claims().iter().eq(ALERT_SET.iter().collect::<BTreeSet<_>>()));
        assert!(told.claims().iter().all(|claim| !grant_only(*claim)));
        let over = Further { revoked: true, ..open };
        assert_eq!(permit_further(&over), Err(Refusal::OpeningOver));
        for content in [Content::AlertCancellation, Content::PurgeReceipt] {
            assert!(permit_further(&Further { content, ..over }).unwrap().claims().is_empty());
        }
    }

    #[test]
    fn an_order_holds_between_a_node_and_its_upper_node() {
        let named = BTreeSet::from([Claim::Sex]);
        let order = |upper: &str| Opening::Order { id: Uuid::nil(), upper: upper.parse().unwrap() };
        let permit = |upper, content| permit_further(&further(order(upper), content, &named));
        assert!(permit("500000", Content::ReturnStep).is_ok());
        assert_eq!(permit("530000", Content::ReturnStep), Err(Refusal::WrongBasis));
        assert_eq!(permit("500000", Content::Lead), Err(Refusal::WrongBasis));
    }
}
