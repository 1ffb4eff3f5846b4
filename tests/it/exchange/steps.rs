//! Steps in the life of an agreement that a receiver refuses, and what an ending does to what travels under it.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG};
use guitu::clock::Timestamp;
use guitu::domain::agreement::{Act, MOST_OF_A_SIGNER, Said as Spoken, Signed, Terms};
use guitu::domain::digest::Digest;
use guitu::exchange::forms::{AgreementForm, AgreementStatusForm, day as iat};
use guitu::exchange::judge::{Record, Verdict, View, judge};
use guitu::exchange::message::{GENESIS, Kind};
use guitu::statement::{canonical, jws};

use super::items::{Case, case, signed};
use super::sender::{Said, now, statements, terms, view};

fn propose(change: impl FnOnce(&mut Terms)) -> Said {
    let mut terms = terms();
    change(&mut terms);
    let form = AgreementForm { iss: LINCANG, iat: iat(now()), terms };
    signed(LINCANG, Kind::Agreement, jws::typ::AGREEMENT, &form)
}

fn status(number: u32, act: Act) -> Said {
    status_of(now(), number, act)
}

fn status_of(said: Timestamp, number: u32, act: Act) -> Said {
    let form = AgreementStatusForm { iss: LINCANG, iat: iat(said), agreement: terms().id, number, act };
    signed(LINCANG, Kind::AgreementStatus, jws::typ::AGREEMENT_STATUS, &form)
}

/// What 重庆 knows once a party said this about the agreement in force.
fn after(act: Act) -> View {
    let mut view = view();
    let dossier = view.dossiers.get_mut(&terms().id).unwrap();
    dossier.admit(&Signed { signer: CHONGQING, said: Spoken::Status { number: 1, act } });
    view
}

/// What 重庆 knows once this chain has carried a second version.
fn amended() -> View {
    let mut view = view();
    let mut second = terms();
    (second.version, second.previous) = (2, Some(canonical::digest(&terms()).unwrap()));
    let id = second.id;
    let dossier = view.dossiers.get_mut(&id).unwrap();
    for statement in statements(second, &[LINCANG, CHONGQING]) {
        dossier.admit(&statement);
    }
    let key = dossier.versions().last().unwrap().key();
    view.carried.insert(id, key);
    view
}

/// The cases of this module for the test that reaches every code.
pub(super) fn step_cases() -> Vec<Case> {
    let (digest, lead) = (canonical::digest(&terms()).unwrap(), Said::lead);
    let gap = propose(|terms| (terms.version, terms.previous) = (3, Some(digest)));
    let beside = propose(|terms| {
        (terms.version, terms.previous, terms.answers) = (2, Some(digest), Some(digest));
    });
    let early = propose(|terms| (terms.version, terms.previous) = (2, Some(Digest::of(b"unknown"))));
    vec![
        case("an amendment that skips a version", gap, "version_not_next"),
        case("a counter-proposal to another version", beside, "answers_other_version"),
        case("an amendment before what it amends", early, "agreement_not_yet_known"),
        case("a status without number", status(0, Act::Suspend), "status_version_zero"),
        case("a resumption before any suspension", status(1, Act::Resume), "resume_without_suspension"),
        case("an acknowledgement before the notice", status(1, Act::Acknowledge), "agreement_not_yet_known"),
        case("a suspension", status(1, Act::Suspend), "stored"),
        case("a status beyond the bound", status(MOST_OF_A_SIGNER + 1, Act::Suspend), "too_many_statements"),
        ("a lead during a suspension", lead(), after(Act::Suspend), "agreement_suspended"),
        ("a lead after a termination", lead(), after(Act::Terminate), "agreement_terminated"),
        ("a lead under the version before", lead(), amended(), "agreement_superseded"),
    ]
}

#[test]
fn what_is_said_again_brings_nothing_whichever_day_signed_it() {
    let (mut view, yesterday) = (view(), now().plus(-Timestamp::DAY));
    assert_eq!(status(1, Act::Suspend).judged(&mut view), "stored");
    let again = judge(&status_of(yesterday, 1, Act::Suspend).placed(2, GENESIS), &mut view);
    assert!(matches!(again, Verdict::Stored(record) if matches!(*record, Record::Repeated)));
}
