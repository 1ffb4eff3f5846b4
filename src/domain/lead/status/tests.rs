//! The status of a lead and of a recipient: what may follow what, and who may do it.

use proptest::prelude::*;

use super::*;

fn node(code: u32) -> NodeId {
    NodeId(crate::domain::region::RegionCode::new(code).unwrap())
}

fn step() -> impl Strategy<Value = Step<'static>> {
    prop_oneof![
        Just(Step::Submit),
        Just(Step::Return(ReturnReason::Incomplete)),
        prop::sample::select(vec!["a", "b"]).prop_map(|approver| Step::Approve { drafter: "a", approver }),
        any::<bool>().prop_map(|basis_in_force| Step::Share { basis_in_force }),
        prop::option::of(Just(Outcome::Rescued)).prop_map(Step::Conclude),
        Just(Step::Withdraw(WithdrawReason::Mistake)),
        Just(Step::Expire),
        Just(Step::Purge),
    ]
}

fn answer() -> impl Strategy<Value = Answer<'static>> {
    let unit = prop::sample::select(UnitType::ALL);
    let kind = prop::sample::select(LeadKind::ALL);
    prop_oneof![
        Just(Answer::Acknowledge),
        (unit, kind).prop_map(|(by, kind)| Answer::Accept { by, kind }),
        Just(Answer::Decline(DeclineReason::Duplicate)),
        Just(Answer::Redirect { to: node(530_927), passed: &[] }),
        Just(Answer::Verify),
        Just(Answer::Hit),
        Just(Answer::NoHit),
        prop::option::of(Just(Outcome::Rescued)).prop_map(Answer::Conclude),
        Just(Answer::Withdraw(WithdrawReason::Found)),
        Just(Answer::Expire),
        Just(Answer::Purge),
    ]
}

proptest! {
    #[test]
    fn nothing_is_shared_that_another_did_not_approve(steps in prop::collection::vec(step(), 0..40)) {
        let (mut status, mut approved) = (Status::Draft, false);
        for step in steps {
            let Ok(next) = status.after(step) else { continue };
            match step {
                Step::Approve { drafter, approver } => { prop_assert_ne!(drafter, approver); approved = true; }
                Step::Return(_) => approved = false,
                _ => {}
            }
            prop_assert!(next != Status::Shared || approved);
            prop_assert!(next != Status::Concluded || status == Status::Shared);
            prop_assert_ne!(status, Status::Purged);
            status = next;
        }
    }

    #[test]
    fn a_recipient_moves_on_and_never_back(answers in prop::collection::vec(answer(), 0..60)) {
        let (mut status, mut seen) = (RecipientStatus::Pending, vec![RecipientStatus::Pending]);
        for answer in answers {
            let Ok(next) = status.after(answer) else { continue };
            prop_assert!(!seen.contains(&next), "a status came twice");
            if let Answer::Accept { by, kind } = answer {
                prop_assert!(by == UnitType::Police || !kind.criminal());
            }
            prop_assert_ne!(answer, Answer::Conclude(None));
            seen.push(next);
            status = next;
        }
    }

    #[test]
    fn a_refusal_changes_nothing_and_repeats(at in prop::sample::select(Status::ALL), step in step()) {
        prop_assert_eq!(at.after(step), at.after(step));
        prop_assert_ne!(Status::Purged.after(step).ok(), Some(at));
    }
}

#[test]
fn a_lead_goes_the_whole_way() {
    let mut own = Status::Draft;
    for (step, next) in [
        (Step::Submit, Status::Submitted),
        (Step::Return(ReturnReason::Incomplete), Status::Draft),
        (Step::Submit, Status::Submitted),
        (Step::Approve { drafter: "a", approver: "b" }, Status::Approved),
        (Step::Share { basis_in_force: true }, Status::Shared),
        (Step::Share { basis_in_force: true }, Status::Shared),
        (Step::Conclude(Some(Outcome::Rescued)), Status::Concluded),
        (Step::Purge, Status::Purged),
    ] {
        own = own.after(step).unwrap();
        assert_eq!(own, next);
    }
    let mut there = RecipientStatus::Pending;
    for answer in [
        Answer::Acknowledge,
        Answer::Accept { by: UnitType::Police, kind: LeadKind::MissingChild },
        Answer::Verify,
        Answer::Hit,
        Answer::Conclude(Some(Outcome::Identified)),
        Answer::Purge,
    ] {
        there = there.after(answer).unwrap();
    }
    assert_eq!(there, RecipientStatus::Purged);
}

#[test]
fn guards_say_why() {
    let own = |at: Status, step| at.after(step).unwrap_err().code();
    assert_eq!(own(Status::Submitted, Step::Approve { drafter: "a", approver: "a" }), "approver_is_drafter");
    assert_eq!(own(Status::Approved, Step::Share { basis_in_force: false }), "no_basis");
    assert_eq!(own(Status::Shared, Step::Conclude(None)), "outcome_missing");
    assert_eq!(own(Status::Draft, Step::Share { basis_in_force: true }), "not_from_here");
    assert_eq!(own(Status::Shared, Step::Purge), "not_from_here");

    let there = |at: RecipientStatus, answer| at.after(answer).unwrap_err().code();
    let civil = Answer::Accept { by: UnitType::CivilAffairs, kind: LeadKind::MissingChild };
    assert_eq!(there(RecipientStatus::Acknowledged, civil), "police_only");
    let back = Answer::Redirect { to: node(530_927), passed: &[node(500_000), node(530_927)] };
    assert_eq!(there(RecipientStatus::Acknowledged, back), "already_passed");
    assert_eq!(there(RecipientStatus::Hit, Answer::Conclude(None)), "outcome_missing");
    assert_eq!(there(RecipientStatus::Pending, civil), "not_from_here");
}

#[test]
fn civil_affairs_may_accept_a_kin_search() {
    let civil = Answer::Accept { by: UnitType::CivilAffairs, kind: LeadKind::KinSearch };
    assert_eq!(RecipientStatus::Acknowledged.after(civil), Ok(RecipientStatus::Accepted));
}

#[test]
fn a_withdrawal_reaches_every_copy() {
    for at in RecipientStatus::ALL {
        use RecipientStatus::{Expired, Purged, Withdrawn};
        let reached = at.after(Answer::Withdraw(WithdrawReason::Mistake)) == Ok(Withdrawn);
        assert_eq!(reached, !matches!(at, Withdrawn | Expired | Purged));
    }
}
