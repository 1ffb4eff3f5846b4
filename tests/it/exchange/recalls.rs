//! Withdrawals and purge receipts: what a receiver takes, on which basis, and what it refuses.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Timestamp;
use guitu::domain::lead::codes::Purpose;
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};
use guitu::domain::node::NodeId;
use guitu::domain::purge::PurgeCause;
use guitu::exchange::forms::{AnswerForm, PurgeReceiptForm, WithdrawalForm, day as iat};
use guitu::exchange::judge::{Held, View};
use guitu::exchange::message::{Basis, Kind};
use guitu::statement::{canonical, jws};
use uuid::Uuid;

use super::items::{Case, case, signed};
use super::sender::{Draft, OPEN, Said, day, know, now, sub, terms, theirs, view};

fn withdrawal(signer: NodeId, sub: Uuid, below: Option<u32>) -> Said {
    let (reason, deadline) = (WithdrawReason::Mistake, day("2026-05-09"));
    let form = WithdrawalForm { iss: signer, iat: iat(now()), sub, below, reason, deadline };
    signed(signer, Kind::Withdrawal, jws::typ::WITHDRAWAL, &form)
}

fn receipt(signer: NodeId, sub: Uuid, erased: Timestamp, gone: Timestamp) -> Said {
    let form = PurgeReceiptForm {
        iss: signer,
        iat: iat(now()),
        sub,
        below: None,
        cause: PurgeCause::Withdrawn,
        live_erased_at: erased,
        copies_gone_by: gone,
    };
    signed(signer, Kind::PurgeReceipt, jws::typ::PURGE_RECEIPT, &form)
}

fn on(basis: Basis, mut said: Said) -> Said {
    said.header.basis = basis;
    said
}

fn residual() -> Basis {
    let terms = terms();
    let digest = canonical::digest(&terms).unwrap();
    Basis::Residual { id: terms.id, version: terms.version, digest }
}

fn holding() -> View {
    let mut view = view();
    view.held.insert(sub(), Held { ver: 3, statement: None });
    view
}

fn half_signed() -> View {
    let mut view = view();
    know(&mut view, terms(), &[LINCANG]);
    view
}

fn gone(below: u32) -> View {
    let mut view = view();
    view.withdrawn.insert(sub(), below);
    view
}

/// The cases of this module for the test that reaches every code.
pub(super) fn recall_cases() -> Vec<Case> {
    let plain = || withdrawal(LINCANG, sub(), None);
    let done = |sub| receipt(LINCANG, sub, now(), now().plus(1));
    let mut purposed = plain();
    purposed.header.purpose = Some(Purpose::Rescue);
    let answer = AnswerForm {
        iss: LINCANG,
        iat: iat(now()),
        sub: theirs(),
        ver: 2,
        answer: RecipientStatus::Accepted,
        reason: None,
    };
    let answer = || signed(LINCANG, Kind::Answer, jws::typ::ANSWER, &answer);
    let mut purged = view();
    purged.shared.insert(theirs(), (2, RecipientStatus::Purged));
    vec![
        case("a withdrawal of what never came", plain(), "stored"),
        case("a withdrawal after the end", on(residual(), plain()), "stored"),
        ("a withdrawal of what is held", plain(), holding(), "stored"),
        case("another node's withdrawal", withdrawal(SHUOZHOU, sub(), None), "foreign_issuer"),
        case("a withdrawal of no version", withdrawal(LINCANG, sub(), Some(1)), "schema"),
        case("a withdrawal on the control basis", on(Basis::Control, plain()), "wrong_basis"),
        case("a withdrawal with a purpose", purposed, "wrong_basis"),
        ("a withdrawal on a half-signed agreement", plain(), half_signed(), "agreement_not_countersigned"),
        ("a lead that was withdrawn", Said::lead(), gone(u32::MAX), "withdrawn"),
        ("a version that was withdrawn", Said::lead(), gone(4), "withdrawn"),
        ("a version above", Said::lead(), gone(3), "stored"),
        case("a lead on the residual basis", on(residual(), Said::lead()), "wrong_basis"),
        case("an answer on the residual basis", on(residual(), answer()), "wrong_basis"),
        ("an answer to what is gone", answer(), purged, "withdrawn"),
        case("a purge receipt", done(theirs()), "stored"),
        case("a purge receipt after the end", on(residual(), done(theirs())), "stored"),
        case("a purge receipt for an unshared lead", done(sub()), "record_unknown"),
        case("another node's purge receipt", receipt(CHONGQING, theirs(), now(), now()), "foreign_issuer"),
        case("purged tomorrow", receipt(LINCANG, theirs(), now().plus(Timestamp::DAY), now()), "schema"),
        case("copies gone before", receipt(LINCANG, theirs(), now(), now().plus(-1)), "schema"),
    ]
}

#[test]
fn a_withdrawal_counts_for_the_leads_after_it_in_whatever_order() {
    let mut view = view();
    assert_eq!(withdrawal(LINCANG, sub(), None).judged(&mut view), "stored");
    assert_eq!(withdrawal(LINCANG, sub(), Some(2)).judged(&mut view), "stored");
    assert_eq!(Draft { ver: 9, ..Draft::new() }.open(OPEN).judged(&mut view), "withdrawn");
}
