//! The sender's decision at every dispatch: what a message may bring now, or why it goes void (wire §2).
//!
//! Knows the owner's record and the agreement as they stand; must not know how either is stored. Invariant:
//! whatever was decided when the message was queued is decided again here, and the newer decision holds.

use super::judge::refusal_code;
use super::message::Kind;
use super::presentation::{Presentation, SignedLead, present_only};
use super::problem::ItemCode;
use crate::clock::Timestamp;
use crate::domain::access::{BasisKind, Content, Errand, Request, Side, passes, permit};
use crate::domain::agreement::Agreement;
use crate::domain::claim::Claim;
use crate::domain::node::NodeId;

/// The version of a lead that a message carries, as its owner holds it at dispatch.
#[derive(Clone, Copy)]
pub struct Carried<'a> {
    /// The signed version.
    pub signed: &'a SignedLead,
    /// Its number.
    pub ver: u32,
    /// Versions under that number were taken back from the recipient.
    pub gone_below: u32,
}

/// The presentation that opens exactly the claims `disclosed` in the header, if the basis allows each of them now.
pub fn lead(
    carried: Carried<'_>,
    disclosed: &[Claim],
    request: &Request<'_>,
) -> Result<Presentation, ItemCode> {
    if carried.ver < carried.gone_below {
        return Err(ItemCode::Withdrawn);
    }
    let permit = permit(request).map_err(refusal_code)?;
    present_only(carried.signed, &permit, disclosed).map_err(|_| ItemCode::NoLongerPermitted)
}

/// Whether an answer, a withdrawal or a purge receipt may travel under the agreement now; `None`: the sender
/// does not know the version that the header cites.
pub fn errand(
    kind: Kind,
    (sender, recipient): (NodeId, NodeId),
    agreement: Option<&Agreement>,
    now: Timestamp,
) -> Result<(), ItemCode> {
    let agreement = agreement.ok_or(ItemCode::WrongBasis)?;
    let (basis, content) = match kind {
        Kind::Answer => (BasisKind::Agreement, Content::Answer),
        Kind::Withdrawal => (BasisKind::Residual, Content::Withdrawal),
        Kind::PurgeReceipt => (BasisKind::Residual, Content::PurgeReceipt),
        // Whatever else is without a lead rests on no agreement.
        _ => return Err(ItemCode::WrongBasis),
    };
    let (open_return, side) = (false, Side::Sender);
    passes(&Errand { sender, recipient, basis, agreement, content, open_return, side, now })
        .map_err(refusal_code)
}
