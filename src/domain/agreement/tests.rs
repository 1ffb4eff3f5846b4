//! The life of an agreement, step by step, and that no order of arrival changes it.

mod amendments;
mod dates;
mod merge;
mod statuses;

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
    assert_eq!(dossier.admit(&Signed { signer: who, said }), Admission::New);
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
    assert_eq!(dossier.admit(&sign(b())), Admission::Refused(StepFault::VersionUnknown));
    take(&mut dossier, a(), |dossier| dossier.propose(a(), draft.clone()));
    assert_eq!(dossier.propose(a(), draft.clone()), Err(StepFault::DuplicateVersion));
    assert_eq!(dossier.state_at(FIRST), Some(State::Proposed { awaiting: vec![b()] }));
    let half = dossier.version(draft.key()).unwrap();
    assert_eq!(half.may_receive(None, FIRST), Err(NotInForce::NotCountersigned));
    assert_eq!(half.state_at(END).code(), "expired");
    assert_eq!(dossier.admit(&sign(node("330000"))), Admission::Refused(StepFault::NotAParty));
    assert_eq!(dossier.countersign(a(), draft.key(), NOON), Err(StepFault::AlreadyCountersigned));
    assert_eq!(dossier.countersign(node("330000"), draft.key(), NOON), Err(StepFault::NotAParty));
    assert_eq!(dossier.countersign(b(), draft.key(), END), Err(StepFault::Expired));
    assert_eq!(dossier.suspend(a(), NOON), Err(StepFault::Unsigned));
    take(&mut dossier, b(), |dossier| dossier.countersign(b(), draft.key(), NOON));
    assert_eq!(dossier.admit(&sign(b())), Admission::Known);
    assert_eq!(code(&dossier, FIRST), "in_force");
}

#[test]
fn a_foreign_signature_or_a_foreign_agreement_changes_nothing() {
    let good = draft(sample());
    let mut dossier = Dossier::new(good.terms().id);
    let forged = Signed { signer: b(), ..proposal(&good) };
    assert_eq!(dossier.admit(&forged), Admission::Refused(StepFault::ForeignProposer));
    let id = uuid::Builder::from_random_bytes([9; 16]).into_uuid();
    let other = draft(Terms { id, ..sample() });
    assert_eq!(dossier.admit(&proposal(&other)), Admission::Refused(StepFault::OtherAgreement));
    assert_eq!(dossier.propose(a(), other), Err(StepFault::OtherAgreement));
    assert_eq!(dossier.propose(b(), good), Err(StepFault::ForeignProposer));
    assert_eq!(dossier, Dossier::new(sample().id));
    assert_eq!(Draft::new(Terms { retention_days: 0, ..sample() }, Digest::of(b"")).unwrap_err().len(), 1);
}

#[test]
fn the_scope_names_what_it_leaves_out() {
    let narrow = Terms { purposes: vec![Purpose::Rescue], kinds: vec![LeadKind::KinSearch], ..sample() };
    let agreement = samples::signed(narrow);
    assert_eq!(agreement.covers(Purpose::Rescue, LeadKind::KinSearch), Ok(()));
    assert_eq!(agreement.covers(Purpose::Relief, LeadKind::KinSearch), Err(NotCovered::Purpose));
    assert_eq!(agreement.covers(Purpose::Rescue, LeadKind::PublicTip), Err(NotCovered::Kind));
}
