//! First and last days, on either side.

use super::*;

#[test]
fn days_are_inclusive_and_in_china() {
    let dossier = first();
    for (at, state) in [(-1, "countersigned"), (0, "in_force")] {
        assert_eq!(code(&dossier, FIRST.plus(at)), state);
    }
    assert_eq!(code(&dossier, END.plus(-1)), "in_force");
    assert_eq!(code(&dossier, END), "expired");
    let mut late = sample();
    late.valid_until = CivilDate::new(2199, 12, 31).unwrap();
    let noon = late.valid_until.start().plus(Timestamp::DAY / 2);
    assert_eq!(samples::signed(late).may_send(noon), Ok(()));
}

#[test]
fn the_receiver_allows_five_minutes_on_either_side() {
    let agreement = samples::signed(sample());
    let check = |now: Timestamp| agreement.may_receive(None, now);
    assert_eq!(check(FIRST.plus(-TOLERANCE - 1)), Err(NotInForce::NotYetValid));
    assert_eq!(check(FIRST.plus(-TOLERANCE)), Ok(()));
    assert_eq!(check(END.plus(TOLERANCE - 1)), Ok(()));
    assert_eq!(check(END.plus(TOLERANCE)), Err(NotInForce::Expired));
    assert_eq!(agreement.may_send(FIRST.plus(-1)), Err(NotInForce::NotYetValid));
    assert_eq!(agreement.may_send(END), Err(NotInForce::Expired));
    assert!(NotInForce::NotYetValid.retryable() && !NotInForce::Expired.retryable());
}
