//! Judging withdrawals and purge receipts: what calls data back, and what says that they are gone.
//!
//! Neither discloses anything. An agreement that was once complete carries both, in force or ended: whatever
//! else changes between two nodes, data can always be called back.

use super::{Record, View, cited, plain};
use crate::clock::Timestamp;
use crate::domain::access::{BasisKind, Content, Errand, Side, passes};
use crate::exchange::forms::{PurgeReceiptForm, WithdrawalForm};
use crate::exchange::message::{Header, Kind};
use crate::exchange::problem::ItemCode;

/// How far a purge may lie in the future of our clock, milliseconds.
const SKEW: i64 = 5 * 60 * Timestamp::SECOND;

/// The owner takes back versions of its lead, whether or not they came. They enter the view.
pub(super) fn withdrawal(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss): (WithdrawalForm, _) = plain(header, Kind::Withdrawal, statement, view)?;
    if iss != header.from {
        return Err(ItemCode::ForeignIssuer);
    }
    check_basis(header, Content::Withdrawal, view)?;
    let below = numbered(form.below)?;
    let known = view.withdrawn.entry(form.sub).or_default();
    *known = below.max(*known);
    Ok(Record::Withdrawal(form, statement.to_owned()))
}

/// A recipient of our lead says that it holds it no longer.
pub(super) fn purge_receipt(header: &Header, statement: &str, view: &View) -> Result<Record, ItemCode> {
    let (form, iss): (PurgeReceiptForm, _) = plain(header, Kind::PurgeReceipt, statement, view)?;
    if iss != header.from {
        return Err(ItemCode::ForeignIssuer);
    }
    check_basis(header, Content::PurgeReceipt, view)?;
    if !view.shared.contains_key(&form.sub) {
        return Err(ItemCode::RecordUnknown);
    }
    numbered(form.below)?;
    let (erased, gone) = (form.live_erased_at, form.copies_gone_by);
    if erased > view.now.plus(SKEW) || gone < erased {
        return Err(ItemCode::Schema);
    }
    Ok(Record::PurgeReceipt(form, statement.to_owned()))
}

/// The number under which versions are meant; all: the largest.
fn numbered(below: Option<u32>) -> Result<u32, ItemCode> {
    match below {
        Some(0 | 1 | u32::MAX) => Err(ItemCode::Schema),
        Some(below) => Ok(below),
        None => Ok(u32::MAX),
    }
}

fn check_basis(header: &Header, content: Content, view: &View) -> Result<(), ItemCode> {
    if header.purpose.is_some() {
        return Err(ItemCode::WrongBasis);
    }
    let agreement = cited(header, view)?;
    let recall = Errand {
        sender: view.peer,
        recipient: view.me,
        // Whichever of the two bases it names: what may travel after the end may travel before it.
        basis: BasisKind::Residual,
        agreement: &agreement,
        content,
        open_return: false,
        side: Side::Receiver { carried: None },
        now: view.now,
    };
    passes(&recall).map_err(super::refusal_code)
}
