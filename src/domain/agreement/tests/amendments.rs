//! Amendments, counter-proposals, and which version speaks.

use super::*;

#[test]
fn an_amendment_wants_the_old_parties_and_the_new() {
    let old = draft(sample());
    let mut terms = next(&old, a(), 100);
    terms.parties.push(Party { node: node("530000"), ..terms.parties[0].clone() });
    terms.parties.remove(1);
    let new = draft(terms);
    let mut dossier = first();
    take(&mut dossier, a(), |dossier| dossier.amend(a(), new.clone()));
    let awaiting = |dossier: &Dossier| dossier.version(new.key()).unwrap().state_at(NOON);
    assert_eq!(awaiting(&dossier), State::Proposed { awaiting: vec![b(), node("530000")] });
    take(&mut dossier, node("530000"), |dossier| dossier.countersign(node("530000"), new.key(), NOON));
    assert_eq!(dossier.current(NOON).unwrap().key(), old.key());
    take(&mut dossier, b(), |dossier| dossier.countersign(b(), new.key(), NOON));
    assert_eq!(dossier.current(NOON).unwrap().key(), new.key());
    assert_eq!(dossier.version(old.key()).unwrap().state_at(NOON), State::Superseded);
    assert_eq!(dossier.suspend(node("330000"), NOON), Err(StepFault::NotAParty));
}

#[test]
fn each_chain_leaves_the_old_version_at_its_own_message() {
    let old = draft(sample());
    let start = CivilDate::new(2026, 7, 1).unwrap();
    let new = draft(Terms { valid_from: start, ..next(&old, a(), 100) });
    let dossier = dossier([signatures(&old), signatures(&new)].concat());
    let (before, after) = (start.start().plus(-1), start.start());
    let version = |draft: &Draft| dossier.version(draft.key()).unwrap();
    assert_eq!(version(&old).may_send(before), Ok(()));
    assert_eq!(version(&new).may_send(before), Err(NotInForce::NotYetValid));
    assert_eq!(version(&old).may_send(after), Err(NotInForce::Superseded));
    assert_eq!(version(&new).may_send(after), Ok(()));
    assert_eq!(version(&new).may_receive(None, after.plus(-TOLERANCE)), Ok(()));
    for carried in [None, Some(old.key())] {
        assert_eq!(version(&old).may_receive(carried, after), Ok(()));
    }
    assert_eq!(version(&old).may_receive(Some(new.key()), before), Err(NotInForce::Superseded));
    assert_eq!(version(&new).may_receive(Some(new.key()), after), Ok(()));
}

#[test]
fn a_narrower_amendment_that_ends_early_does_not_revive_the_old_version() {
    let old = draft(sample());
    let until = CivilDate::new(2026, 3, 31).unwrap();
    let new = draft(Terms { valid_until: until, ..next(&old, a(), 100) });
    let dossier = dossier([signatures(&old), signatures(&new)].concat());
    assert_eq!(code(&dossier, NOON), "expired");
    assert!(dossier.versions().all(|version| version.may_send(NOON).is_err()));
}

#[test]
fn crossing_amendments_are_ordered_by_version_and_digest() {
    let old = draft(sample());
    let [one, two] = [draft(next(&old, a(), 100)), draft(next(&old, b(), 200))];
    let both = [signatures(&old), signatures(&one), signatures(&two)].concat();
    let highest = one.key().max(two.key());
    assert_eq!(dossier(both.clone()).current(NOON).unwrap().key(), highest);
    let third = draft(next(if highest == one.key() { &two } else { &one }, a(), 300));
    let mut all = dossier(both);
    assert_eq!(all.amend(a(), third.clone()), Err(StepFault::PreviousSuperseded));
    for statement in signatures(&third) {
        all.admit(&statement);
    }
    assert_eq!(all.current(NOON).unwrap().key(), third.key());
}

#[test]
fn amendments_start_from_the_newest_signed_version() {
    let old = draft(sample());
    let mut dossier = first();
    let refused = |dossier: &Dossier, terms: Terms| dossier.amend(terms.proposer, draft(terms)).unwrap_err();
    let good = next(&old, a(), 100);
    assert_eq!(refused(&dossier, sample()), StepFault::DuplicateVersion);
    let unknown = Terms { previous: Some(Digest::of(b"?")), ..good.clone() };
    assert_eq!(refused(&dossier, unknown.clone()), StepFault::PreviousUnknown);
    let refusal = dossier.admit(&proposal(&draft(unknown)));
    assert_eq!(refusal, Admission::Refused(StepFault::PreviousUnknown));
    let jump = Terms { version: 3, ..good.clone() };
    assert_eq!(refused(&dossier, jump.clone()), StepFault::VersionNotNext);
    assert_eq!(dossier.admit(&proposal(&draft(jump))), Admission::Refused(StepFault::VersionNotNext));
    let mut stranger = Terms { proposer: node("530000"), ..good.clone() };
    stranger.parties.push(Party { node: node("530000"), ..stranger.parties[0].clone() });
    assert_eq!(refused(&dossier, stranger.clone()), StepFault::NotAParty);
    assert_eq!(dossier.admit(&proposal(&draft(stranger))), Admission::Refused(StepFault::NotAParty));
    take(&mut dossier, a(), |dossier| dossier.amend(a(), draft(good.clone())));
    assert_eq!(refused(&dossier, next(&old, b(), 200)), StepFault::DuplicateVersion);
    assert_eq!(refused(&dossier, next(&draft(good), b(), 300)), StepFault::PreviousUnsigned);
}

fn countersigned(draft: &Draft, signer: NodeId) -> Signed {
    Signed { signer, said: Said::Countersignature(draft.key()) }
}

#[test]
fn a_counter_proposal_answers_an_open_one() {
    let mine = draft(sample());
    let mut dossier = dossier(vec![proposal(&mine)]);
    let answer = |retention_days| Terms {
        proposer: b(),
        retention_days,
        answers: Some(mine.key().digest),
        ..sample()
    };
    let theirs = draft(answer(30));
    let lost = draft(Terms { answers: Some(Digest::of(b"?")), ..answer(31) });
    assert_eq!(dossier.counter(b(), lost.clone()), Err(StepFault::AnsweredUnknown));
    assert_eq!(dossier.admit(&proposal(&lost)), Admission::Refused(StepFault::AnsweredUnknown));
    take(&mut dossier, b(), |dossier| dossier.counter(b(), theirs.clone()));
    assert_eq!(dossier.counter(b(), theirs.clone()), Err(StepFault::DuplicateVersion));
    let later = draft(Terms { answers: Some(theirs.key().digest), ..next(&mine, a(), 40) });
    assert_eq!(dossier.counter(a(), later.clone()), Err(StepFault::AnswersOther));
    assert_eq!(dossier.admit(&proposal(&later)), Admission::Refused(StepFault::AnswersOther));
    take(&mut dossier, a(), |dossier| dossier.countersign(a(), theirs.key(), NOON));
    assert_eq!(dossier.current(NOON).unwrap().key(), theirs.key());
    assert_eq!(dossier.countersign(b(), mine.key(), NOON), Err(StepFault::VersionSuperseded));
    assert_eq!(dossier.counter(b(), draft(answer(50))), Err(StepFault::PreviousSuperseded));
}

#[test]
fn whoever_left_has_no_say_once_the_next_version_is_signed() {
    let (c, mut three) = (node("530000"), sample());
    three.parties.push(Party { node: c, ..three.parties[0].clone() });
    let one = draft(three);
    let two = draft(Terms { parties: sample().parties, ..next(&one, a(), 100) });
    let signed = [signatures(&one), signatures(&two), vec![countersigned(&two, c)]].concat();
    let mut left = dossier([signed.clone(), vec![status(c, 1, Act::Suspend)]].concat());
    assert_eq!(left.state_at(NOON), Some(State::Suspended { by: [c].into() }), "it crossed the signatures");
    assert_eq!([left.suspend(c, NOON), left.terminate(c, NOON)], [const { Err(StepFault::NotAParty) }; 2]);
    let crossed = dossier([signed.clone(), vec![status(c, 1, Act::Terminate)]].concat());
    assert_eq!(code(&crossed, NOON), "terminated", "said while it was a party");
    assert!(crossed.acknowledge(b()).is_ok());
    assert_eq!(left.audience(None), [a(), b()].into());
    assert_eq!(crossed.acknowledge(c), Err(StepFault::NotAParty));
    take(&mut left, c, |dossier| dossier.resume(c, NOON));

    let third = draft(next(&two, b(), 200));
    let mut gone = dossier([signed, signatures(&third)].concat());
    for (number, act) in [(1, Act::Suspend), (2, Act::Terminate), (3, Act::Acknowledge)] {
        let kept = gone.admit(&status(c, number, act));
        assert!(matches!(kept, Admission::Kept(StepFault::NotAParty) | Admission::Refused(_)), "{kept:?}");
        assert_eq!(code(&gone, NOON), "in_force");
    }
    assert_eq!(gone.resume(c, NOON), Err(StepFault::NotAParty));
    assert_eq!(
        (gone.audience(None), gone.audience(Some(two.key()))),
        ([a(), b()].into(), [a(), b(), c].into())
    );
    take(&mut gone, a(), |dossier| dossier.terminate(a(), NOON));
    assert_eq!(gone.state_at(NOON), Some(State::Terminated { by: [a()].into(), awaiting: [b()].into() }));
}
