//! Filings, their answers and their clock.

use super::super::samples::{dossier, draft, proposal, signed, terms};
use super::*;
use crate::domain::agreement::Role;
use crate::domain::profile::Profile;

const SIGNED: Timestamp = Timestamp(1_782_000_000_000);

fn node(code: &str) -> NodeId {
    code.parse().unwrap()
}

fn agreement() -> Agreement {
    let parties: [(&str, &[Role]); 2] = [("140600", &[Role::Origin]), ("500000", &[Role::Destination])];
    signed(terms(&parties, Profile::default_matrix()))
}

fn filing() -> Filing {
    Filing::of(&agreement(), node("140600"), Some(node("140000")), SIGNED).unwrap()
}

#[test]
fn a_filing_is_due_within_30_days_and_then_overdue() {
    let end = CivilDate::of(SIGNED).plus_days(31).start();
    let by = CivilDate::of(SIGNED).plus_days(30);
    assert_eq!(filing().state_at(end.plus(-1)), FilingState::Due { by });
    assert_eq!(filing().state_at(end), FilingState::Overdue { since: by });
    let filed = filing().file(node("140000")).unwrap();
    assert_eq!(filed.state_at(end), FilingState::Filed);
    assert_eq!(filed.file(node("140000")), Err(FilingFault::AlreadyFiled));
}

#[test]
fn the_upper_node_acknowledges_or_returns() {
    let upper = node("140000");
    let filed = filing().file(upper).unwrap();
    let returned = FilingAnswer::Returned(ReturnReason::Incomplete);
    assert_eq!(filing().answer(upper, 1, returned), Err(FilingFault::NotFiled));
    assert_eq!(filed.clone().answer(node("500000"), 1, returned), Err(FilingFault::NotTheUpper));
    assert_eq!(filing().file(node("500000")), Err(FilingFault::NotTheUpper));
    let back = filed.answer(upper, 1, returned).unwrap();
    assert_eq!(back.state_at(SIGNED).code(), "returned");
    assert_eq!(back.state_at(SIGNED.plus(31 * Timestamp::DAY)).code(), "overdue");
    assert_eq!(filing().with(&[Some(returned)]), back);
    let again = back.clone().file(upper).unwrap();
    assert_eq!(filing().with(&[Some(returned), None]), again);
    assert_eq!(again.state_at(SIGNED), FilingState::Filed);
    let again = again.answer(upper, 1, returned).unwrap();
    let done = again.answer(upper, 2, FilingAnswer::Acknowledged).unwrap();
    assert_eq!(done.state_at(SIGNED.plus(99 * Timestamp::DAY)), FilingState::Acknowledged);
    assert_eq!(done.clone().answer(upper, 2, returned), Err(FilingFault::AlreadyAnswered));
    assert_eq!(done.file(upper), Err(FilingFault::AlreadyAnswered));
}

#[test]
fn whoever_has_no_upper_node_is_exempt() {
    let exempt = Filing::of(&agreement(), node("500000"), None, SIGNED).unwrap();
    assert_eq!(exempt.state_at(SIGNED.plus(99 * Timestamp::DAY)), FilingState::Exempt);
    assert_eq!(exempt.file(node("140000")), Err(FilingFault::Exempt));
    let stranger = Filing::of(&agreement(), node("330000"), None, SIGNED);
    assert_eq!(stranger, Err(FilingFault::NotAParty));
    let drafted = draft(agreement().terms().clone());
    let open = dossier(vec![proposal(&drafted)]).version(drafted.key()).unwrap();
    assert_eq!(Filing::of(&open, node("140600"), None, SIGNED), Err(FilingFault::NotSigned));
}
