//! Suspension, resumption, termination.

use super::*;

#[test]
fn only_the_suspender_resumes() {
    let mut dossier = first();
    assert_eq!(dossier.resume(a(), NOON), Err(StepFault::ResumeWithoutSuspension));
    take(&mut dossier, a(), |dossier| dossier.suspend(a(), NOON));
    take(&mut dossier, b(), |dossier| dossier.suspend(b(), NOON));
    assert_eq!(dossier.suspend(a(), NOON), Err(StepFault::AlreadySuspended));
    take(&mut dossier, a(), |dossier| dossier.resume(a(), NOON));
    assert_eq!(dossier.state_at(NOON), Some(State::Suspended { by: [b()].into() }));
    assert_eq!(dossier.resume(a(), NOON), Err(StepFault::ResumeWithoutSuspension));
    let lone = dossier.admit(&status(b(), 1, Act::Resume));
    assert_eq!(lone, Admission::Refused(StepFault::ResumeWithoutSuspension));
    take(&mut dossier, b(), |dossier| dossier.resume(b(), NOON));
    assert_eq!(code(&dossier, NOON), "in_force");
    assert_eq!(dossier.suspend(a(), END), Err(StepFault::Expired));
    assert_eq!(
        dossier.admit(&status(a(), 0, Act::Suspend)),
        Admission::Refused(StepFault::StatusVersionZero)
    );
    let stranger = dossier.admit(&status(node("330000"), 1, Act::Terminate));
    assert_eq!(stranger, Admission::Refused(StepFault::NotYetAParty));
}

#[test]
fn what_may_be_missing_before_a_resumption_still_forbids() {
    let mut dossier = first();
    dossier.admit(&status(a(), 1, Act::Suspend));
    let kept = Admission::Kept(StepFault::ResumeWithoutSuspension);
    assert_eq!(dossier.admit(&status(a(), 4, Act::Resume)), kept);
    assert_eq!(code(&dossier, NOON), "suspended");
    dossier.admit(&status(a(), 3, Act::Suspend));
    assert_eq!(code(&dossier, NOON), "in_force");
    dossier.admit(&status(a(), 4, Act::Suspend));
    assert_eq!(code(&dossier, NOON), "suspended", "of two under one number the forbidding one counts");
}

#[test]
fn a_termination_beats_all_and_is_acknowledged() {
    let mut dossier = first();
    take(&mut dossier, a(), |dossier| dossier.suspend(a(), NOON));
    assert_eq!(dossier.acknowledge(b()), Err(StepFault::AckWithoutNotice));
    let early = dossier.admit(&status(b(), 1, Act::Acknowledge));
    assert_eq!(early, Admission::Refused(StepFault::AckWithoutNotice));
    take(&mut dossier, a(), |dossier| dossier.terminate(a(), NOON));
    let ended = |awaiting| Some(State::Terminated { by: [a()].into(), awaiting });
    assert_eq!(dossier.state_at(NOON), ended([b()].into()));
    let old = draft(sample());
    let steps = [
        dossier.terminate(b(), NOON),
        dossier.suspend(b(), NOON),
        dossier.resume(a(), NOON),
        dossier.countersign(b(), old.key(), NOON),
        dossier.amend(b(), draft(next(&old, b(), 1))),
        dossier.counter(b(), draft(next(&old, b(), 1))),
        dossier.propose(a(), old),
    ];
    assert!(steps.iter().all(|step| *step == Err(StepFault::AfterTermination)), "{steps:?}");
    assert_eq!(dossier.acknowledge(a()), Err(StepFault::AlreadyAcknowledged));
    assert_eq!(dossier.acknowledge(node("330000")), Err(StepFault::NotAParty));
    take(&mut dossier, b(), |dossier| dossier.acknowledge(b()));
    assert_eq!(dossier.acknowledge(b()), Err(StepFault::AlreadyAcknowledged));
    let late = dossier.admit(&status(a(), 3, Act::Resume));
    assert_eq!(late, Admission::Kept(StepFault::AfterTermination));
    assert_eq!(dossier.state_at(NOON), ended([].into()));
    assert_eq!(dossier.state_at(END).unwrap().code(), "terminated");
}

#[test]
fn nobody_says_more_than_the_bound_and_anybody_can_still_end_it() {
    let mut dossier = first();
    let most = MOST_OF_A_SIGNER;
    let beyond = dossier.admit(&status(a(), most + 1, Act::Terminate));
    assert_eq!((beyond, code(&dossier, NOON)), (Admission::Refused(StepFault::TooMany), "in_force"));
    dossier.admit(&status(a(), most - 1, Act::Suspend));
    assert_eq!(code(&dossier, NOON), "suspended");
    take(&mut dossier, a(), |dossier| dossier.resume(a(), NOON));
    assert_eq!(dossier.suspend(a(), NOON), Err(StepFault::TooMany), "it could not be lifted");
    take(&mut dossier, a(), |dossier| dossier.terminate(a(), NOON));
    assert_eq!(code(&dossier, NOON), "terminated");

    let one = draft(sample());
    let mut dossier = first();
    for days in 2..=MOST_OF_A_SIGNER {
        assert_eq!(dossier.admit(&proposal(&draft(next(&one, a(), days)))), Admission::New);
    }
    let beyond = dossier.admit(&proposal(&draft(next(&one, a(), 300))));
    assert_eq!(beyond, Admission::Refused(StepFault::TooMany));
    assert_eq!(dossier.versions().count(), 256, "the first is A's too");
    assert_eq!(dossier.admit(&proposal(&draft(next(&one, b(), 300)))), Admission::New);
}

#[test]
fn a_full_dossier_is_made_in_one_pass() {
    let mut drafts = vec![draft(sample())];
    for version in 2..=2 * MOST_OF_A_SIGNER {
        let previous = drafts.last().unwrap();
        drafts.push(draft(next(previous, if version % 2 == 0 { b() } else { a() }, 100)));
    }
    let mut all: Vec<Signed> = drafts.iter().rev().flat_map(signatures).collect();
    all.extend(
        (1..=MOST_OF_A_SIGNER)
            .rev()
            .map(|number| status(a(), number, if number % 2 == 1 { Act::Suspend } else { Act::Resume })),
    );
    let (dossier, refused) = Dossier::replay(sample().id, all);
    assert_eq!(refused, []);
    assert_eq!(dossier.current(NOON).unwrap().key(), drafts.last().unwrap().key());
    assert_eq!(dossier.versions().filter(|version| version.was_signed().is_ok()).count(), drafts.len());
    assert_eq!(code(&dossier, NOON), "in_force");
}
