//! The life of an agreement, step by step, and that no order of arrival changes it.

use proptest::prelude::*;

use super::samples::{dossier, draft, proposal, signatures, status, terms};
use super::*;
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::node::NodeId;
use crate::domain::profile::{Profile, Row};

const FIRST: Timestamp = Timestamp(1_767_196_800_000); // 2026-01-01 in China
const END: Timestamp = Timestamp(1_798_732_800_000); // 2027-01-01 in China
const NOON: Timestamp = Timestamp(1_782_000_000_000); // a day of June 2026
const TOLERANCE: i64 = Agreement::RECEIPT_TOLERANCE_MS;

fn node(code: &str) -> NodeId {
    code.parse().unwrap()
}

fn a() -> NodeId {
    node("140600")
}

fn b() -> NodeId {
    node("500000")
}

fn sample() -> Terms {
    terms(&[("140600", &[Role::Origin]), ("500000", &[Role::Destination])], Profile::default_matrix())
}

/// The next version of `previous` by `proposer`, told from others by its retention.
fn next(previous: &Draft, proposer: NodeId, retention_days: u32) -> Terms {
    let before = previous.terms().clone();
    let (version, digest) = (before.version + 1, previous.key().digest);
    Terms { version, previous: Some(digest), answers: None, proposer, retention_days, ..before }
}

fn first() -> Dossier {
    dossier(signatures(&draft(sample())))
}

/// Lets `who` take the step, and the dossier take it in.
fn take(dossier: &mut Dossier, who: NodeId, step: impl FnOnce(&Dossier) -> Result<Said, StepFault>) {
    let said = step(dossier).unwrap();
    assert_eq!(dossier.admit(Signed { signer: who, said }), Admission::New);
}

fn code(dossier: &Dossier, now: Timestamp) -> &'static str {
    dossier.state_at(now).unwrap().code()
}

#[test]
fn every_party_signs_once_and_nobody_else() {
    let draft = draft(sample());
    let mut dossier = Dossier::new(draft.terms().id);
    assert_eq!(dossier.state_at(NOON), None);
    let sign = |signer| Signed { signer, said: Said::Countersignature(draft.key()) };
    assert_eq!(dossier.admit(sign(b())), Admission::Refused(StepFault::VersionUnknown));
    take(&mut dossier, a(), |dossier| dossier.propose(a(), draft.clone()));
    assert_eq!(dossier.propose(a(), draft.clone()), Err(StepFault::DuplicateVersion));
    assert_eq!(dossier.state_at(FIRST), Some(State::Proposed { awaiting: vec![b()] }));
    let half = dossier.version(draft.key()).unwrap();
    assert_eq!(half.may_receive(None, FIRST), Err(NotInForce::NotCountersigned));
    assert_eq!(half.state_at(END).code(), "expired");
    assert_eq!(dossier.admit(sign(node("330000"))), Admission::Refused(StepFault::NotAParty));
    assert_eq!(dossier.countersign(a(), draft.key(), NOON), Err(StepFault::AlreadyCountersigned));
    assert_eq!(dossier.countersign(node("330000"), draft.key(), NOON), Err(StepFault::NotAParty));
    assert_eq!(dossier.countersign(b(), draft.key(), END), Err(StepFault::Expired));
    assert_eq!(dossier.suspend(a(), NOON), Err(StepFault::Unsigned));
    take(&mut dossier, b(), |dossier| dossier.countersign(b(), draft.key(), NOON));
    assert_eq!(dossier.admit(sign(b())), Admission::Known);
    assert_eq!(code(&dossier, FIRST), "in_force");
}

#[test]
fn a_foreign_signature_or_a_foreign_agreement_changes_nothing() {
    let good = draft(sample());
    let mut dossier = Dossier::new(good.terms().id);
    let forged = Signed { signer: b(), ..proposal(&good) };
    assert_eq!(dossier.admit(forged), Admission::Refused(StepFault::ForeignProposer));
    let id = uuid::Builder::from_random_bytes([9; 16]).into_uuid();
    let other = draft(Terms { id, ..sample() });
    assert_eq!(dossier.admit(proposal(&other)), Admission::Refused(StepFault::OtherAgreement));
    assert_eq!(dossier.propose(a(), other), Err(StepFault::OtherAgreement));
    assert_eq!(dossier.propose(b(), good), Err(StepFault::ForeignProposer));
    assert_eq!(dossier, Dossier::new(sample().id));
    assert_eq!(Draft::new(Terms { retention_days: 0, ..sample() }, Digest::of(b"")).unwrap_err().len(), 1);
}

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

#[test]
fn the_scope_names_what_it_leaves_out() {
    let narrow = Terms { purposes: vec![Purpose::Rescue], kinds: vec![LeadKind::KinSearch], ..sample() };
    let agreement = samples::signed(narrow);
    assert_eq!(agreement.covers(Purpose::Rescue, LeadKind::KinSearch), Ok(()));
    assert_eq!(agreement.covers(Purpose::Relief, LeadKind::KinSearch), Err(NotCovered::Purpose));
    assert_eq!(agreement.covers(Purpose::Rescue, LeadKind::PublicTip), Err(NotCovered::Kind));
}

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
        all.admit(statement);
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
    let refusal = dossier.admit(proposal(&draft(unknown)));
    assert_eq!(refusal, Admission::Refused(StepFault::PreviousUnknown));
    let jump = Terms { version: 3, ..good.clone() };
    assert_eq!(refused(&dossier, jump.clone()), StepFault::VersionNotNext);
    assert_eq!(dossier.admit(proposal(&draft(jump))), Admission::Refused(StepFault::VersionNotNext));
    let mut stranger = Terms { proposer: node("530000"), ..good.clone() };
    stranger.parties.push(Party { node: node("530000"), ..stranger.parties[0].clone() });
    assert_eq!(refused(&dossier, stranger.clone()), StepFault::NotAParty);
    assert_eq!(dossier.admit(proposal(&draft(stranger))), Admission::Refused(StepFault::NotAParty));
    take(&mut dossier, a(), |dossier| dossier.amend(a(), draft(good.clone())));
    assert_eq!(refused(&dossier, next(&old, b(), 200)), StepFault::DuplicateVersion);
    assert_eq!(refused(&dossier, next(&draft(good), b(), 300)), StepFault::PreviousUnsigned);
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
    assert_eq!(dossier.admit(proposal(&lost)), Admission::Refused(StepFault::AnsweredUnknown));
    take(&mut dossier, b(), |dossier| dossier.counter(b(), theirs.clone()));
    assert_eq!(dossier.counter(b(), theirs.clone()), Err(StepFault::DuplicateVersion));
    let later = draft(Terms { answers: Some(theirs.key().digest), ..next(&mine, a(), 40) });
    assert_eq!(dossier.counter(a(), later.clone()), Err(StepFault::AnswersOther));
    assert_eq!(dossier.admit(proposal(&later)), Admission::Refused(StepFault::AnswersOther));
    take(&mut dossier, a(), |dossier| dossier.countersign(a(), theirs.key(), NOON));
    assert_eq!(dossier.current(NOON).unwrap().key(), theirs.key());
    assert_eq!(dossier.countersign(b(), mine.key(), NOON), Err(StepFault::VersionSuperseded));
    assert_eq!(dossier.counter(b(), draft(answer(50))), Err(StepFault::PreviousSuperseded));
}

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
    let lone = dossier.admit(status(b(), 1, Act::Resume));
    assert_eq!(lone, Admission::Refused(StepFault::ResumeWithoutSuspension));
    take(&mut dossier, b(), |dossier| dossier.resume(b(), NOON));
    assert_eq!(code(&dossier, NOON), "in_force");
    assert_eq!(dossier.suspend(a(), END), Err(StepFault::Expired));
    assert_eq!(dossier.admit(status(a(), 0, Act::Suspend)), Admission::Refused(StepFault::StatusVersionZero));
    let stranger = dossier.admit(status(node("330000"), 1, Act::Terminate));
    assert_eq!(stranger, Admission::Refused(StepFault::NotYetAParty));
}

#[test]
fn what_may_be_missing_before_a_resumption_still_forbids() {
    let mut dossier = first();
    dossier.admit(status(a(), 1, Act::Suspend));
    let kept = Admission::Kept(StepFault::ResumeWithoutSuspension);
    assert_eq!(dossier.admit(status(a(), 4, Act::Resume)), kept);
    assert_eq!(code(&dossier, NOON), "suspended");
    dossier.admit(status(a(), 3, Act::Suspend));
    assert_eq!(code(&dossier, NOON), "in_force");
    dossier.admit(status(a(), 4, Act::Suspend));
    assert_eq!(code(&dossier, NOON), "suspended", "of two under one number the forbidding one counts");
}

#[test]
fn a_termination_beats_all_and_is_acknowledged() {
    let mut dossier = first();
    take(&mut dossier, a(), |dossier| dossier.suspend(a(), NOON));
    assert_eq!(dossier.acknowledge(b()), Err(StepFault::AckWithoutNotice));
    let early = dossier.admit(status(b(), 1, Act::Acknowledge));
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
    let late = dossier.admit(status(a(), 3, Act::Resume));
    assert_eq!(late, Admission::Kept(StepFault::AfterTermination));
    assert_eq!(dossier.state_at(NOON), ended([].into()));
    assert_eq!(dossier.state_at(END).unwrap().code(), "terminated");
}

/// Everything two parties could ever say about three versions, sensible or not.
fn sayings() -> Vec<Signed> {
    let one = draft(sample());
    let [two, cross] = [draft(next(&one, a(), 100)), draft(next(&one, b(), 200))];
    let counter = draft(Terms { answers: Some(two.key().digest), ..next(&one, b(), 250) });
    let three = draft(next(&cross, a(), 300));
    let mut all: Vec<_> = [one, two, cross, counter, three].iter().flat_map(signatures).collect();
    for (signer, number) in [a(), b(), node("330000")].into_iter().flat_map(|n| (0..4).map(move |i| (n, i))) {
        all.extend(Act::ALL.iter().map(|act| status(signer, number, *act)));
    }
    all
}

fn lowered_profiles() -> impl Strategy<Value = Profile> {
    let cell = (proptest::sample::select(Row::ALL), proptest::sample::select(Role::ALL));
    proptest::collection::vec(cell, 0..60).prop_map(|cells| {
        cells.into_iter().fold(Profile::default_matrix(), |profile, (row, role)| profile.lowered(row, role))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_sets_make_equal_dossiers(
        some in proptest::sample::subsequence(sayings(), 0..40),
        seed in any::<[u8; 32]>(),
        twice in any::<bool>(),
    ) {
        let mut shuffled = some.clone();
        shuffled.sort_by_key(|said| Digest::of(format!("{seed:?}{said:?}").as_bytes()));
        if twice { shuffled.extend(some.clone()); }
        let (one, refused) = Dossier::replay(sample().id, some);
        let (other, again) = Dossier::replay(sample().id, shuffled);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(refused.is_empty(), again.is_empty());
        let mut same = one.clone();
        let versions: Vec<_> = one.versions().collect();
        for said in sayings().into_iter().filter(|_| twice) {
            if same.admit(said) == Admission::Known { prop_assert_eq!(&same, &one); } else { same = one.clone(); }
        }
        prop_assert!(versions.iter().filter(|version| version.may_send(NOON).is_ok()).count() <= 1);
        let held = |standing: &Standing| {
            !standing.suspended_by.is_empty() || !standing.terminated_by.is_empty()
        };
        for version in versions {
            prop_assert!(version.may_send(NOON).is_err() || !held(version.standing()));
            prop_assert!(version.may_send(NOON).is_err() || version.may_receive(None, NOON).is_ok());
        }
    }

    #[test]
    fn text_and_matrix_survive_json_and_print(
        profile in lowered_profiles(),
        office in "\\PC{1,100}",
        purposes in proptest::sample::subsequence(Purpose::ALL.to_vec(), 1..=6),
        kinds in proptest::sample::subsequence(LeadKind::ALL.to_vec(), 1..=10),
        retention_days in 1_u32..=3_650,
    ) {
        let mut terms = Terms { purposes, kinds, profile, retention_days, ..sample() };
        terms.parties[0].office = format!("办{office}").chars().take(100).collect();
        let text = serde_json::to_string(&terms).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Terms>(&text).unwrap(), &terms);
        let Ok(draft) = Draft::new(terms, Digest::of(text.as_bytes())) else { return Ok(()) };
        let agreement = dossier(signatures(&draft)).version(draft.key()).unwrap();
        let printed = page(&agreement, Some(&sample()), NOON);
        prop_assert!(printed.starts_with("<!DOCTYPE html>") && printed.ends_with("</html>"));
        prop_assert_eq!(printed.matches("<script").count(), 0);
        prop_assert_eq!(printed.matches("<td").count(), 2 * 5 + 8 + Row::ALL.len() * Role::ALL.len());
    }
}
