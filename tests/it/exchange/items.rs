//! Every code of an item, reached by breaking one rule.

use std::collections::BTreeSet;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Timestamp;
use guitu::domain::agreement::{Role, Terms};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::Purpose;
use guitu::domain::lead::status::RecipientStatus;
use guitu::domain::node::NodeId;
use guitu::exchange::forms::{AgreementForm, AnswerForm, CountersignatureForm, day as iat};
use guitu::exchange::inbox::{Content, OpenedItem};
use guitu::exchange::judge::{Held, View, judge};
use guitu::exchange::message::{Basis, GENESIS, Header, Kind};
use guitu::exchange::problem::ItemCode;
use guitu::statement::keys::KeySet;
use guitu::statement::{canonical, jws};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::filings::filing_cases;
use super::recalls::recall_cases;
use super::sender::{Draft, OPEN, Said, basis, key, know, now, outcome, sub, terms, theirs, view};
use super::steps::step_cases;

pub(super) type Case = (&'static str, Said, View, &'static str);

pub(super) fn case(what: &'static str, said: Said, code: &'static str) -> Case {
    (what, said, view(), code)
}

fn changed(what: &'static str, change: impl FnOnce(&mut Said, &mut View), code: &'static str) -> Case {
    let (mut said, mut view) = (Said::lead(), view());
    change(&mut said, &mut view);
    (what, said, view, code)
}

fn rebased(what: &'static str, change: impl FnOnce(&mut Terms), code: &'static str) -> Case {
    changed(
        what,
        |said, view| {
            let mut other = terms();
            change(&mut other);
            said.header.basis = basis(&other);
            let signers: Vec<NodeId> = other.parties.iter().map(|party| party.node).collect();
            know(view, other, &signers);
        },
        code,
    )
}

pub(super) fn signed(signer: NodeId, kind: Kind, typ: &str, form: &impl Serialize) -> Said {
    Said::new(kind, jws::sign(&key(signer), typ, form).unwrap())
}

const fn holding(ver: u32, statement: Option<Digest>) -> Held {
    Held { ver, statement }
}

fn lead_cases() -> Vec<Case> {
    let other_issuer = |mut draft: Draft| {
        draft.signer = SHUOZHOU;
        draft.open(OPEN)
    };
    let version = |ver| Draft { ver, ..Draft::new() }.open(OPEN);
    let mut held = case("a version below the one held", version(2), "stale_version");
    held.2.held.insert(sub(), holding(3, None));
    let mut unkept = case("the version held, its statement not kept", version(3), "stored");
    unkept.2.held.insert(sub(), holding(3, None));
    let further = Draft::new().open(&["sex"]);
    let statement = Some(further.header.statement_digest);
    let mut same = case("the version held, otherwise disclosed", further, "stored");
    same.2.held.insert(sub(), holding(3, statement));
    let mut conflict = case("another statement under the version held", version(3), "version_conflict");
    conflict.2.held.insert(sub(), holding(3, Some(Digest::of(b"other"))));
    let mut next = case("another statement under the next version", version(3), "stored");
    next.2.held.insert(sub(), holding(2, Some(Digest::of(b"other"))));
    vec![
        case("nothing broken", Said::lead(), "stored"),
        held,
        unkept,
        same,
        conflict,
        next,
        case("signed by another node", other_issuer(Draft::new()), "foreign_issuer"),
        case("classified", Draft { classification: "work_secret", ..Draft::new() }.open(OPEN), "classified"),
        case("unknown kind of lead", Draft { kind: "lost_dog", ..Draft::new() }.open(OPEN), "schema"),
        case(
            "kind outside the scope",
            Draft { kind: "kin_search", ..Draft::new() }.open(OPEN),
            "kind_not_covered",
        ),
        case("names opened", Draft::new().open(&["names", "sex"]), "over_disclosure"),
        case(
            "a county under the name of a prefecture",
            Draft::new().with("place.lost.prefecture", json!({ "code": "530927", "year": 2023 })).open(OPEN),
            "over_disclosure",
        ),
        case(
            "unknown claim name",
            Draft::new().with("dna_reference", json!("Y1")).open(&["dna_reference"]),
            "schema",
        ),
        case("a claim of another shape", Draft::new().with("sex", json!(["a", ["b"]])).open(OPEN), "schema"),
        case(
            "a genotype",
            Draft::new().with("sex", json!("D8S1179: 13,14; TH01: 6,9.3")).open(OPEN),
            "genotype",
        ),
    ]
}

fn message_cases() -> Vec<Case> {
    vec![
        changed("key unknown", |_, view| drop(view.keys.remove(&LINCANG)), "key_unknown"),
        changed(
            "signed with a compromised key",
            |_, view| {
                let record = view.keys[&LINCANG].keys()[0].clone().compromised(Timestamp(0));
                view.keys.insert(LINCANG, KeySet::new(LINCANG, vec![record]).unwrap());
            },
            "key_not_valid",
        ),
        changed(
            "tampered statement",
            |said, _| said.statement = said.statement.replacen('.', ".A", 1),
            "statement_invalid",
        ),
        changed(
            "header names another statement",
            |said, _| said.header.statement_digest = Digest::of(b""),
            "statement_mismatch",
        ),
        changed("header hides a claim", |said, _| said.header.disclosed.truncate(1), "statement_mismatch"),
        changed(
            "header names one claim more",
            |said, _| said.header.disclosed.push(Claim::HukouHold),
            "statement_mismatch",
        ),
        changed(
            "doubled disclosure",
            |said, _| {
                let last = said.statement.trim_end_matches('~').rsplit_once('~').unwrap().1.to_owned();
                said.statement.push_str(&(last + "~"));
            },
            "statement_invalid",
        ),
        changed(
            "foreign disclosure",
            |said, _| {
                let other = Draft { ver: 9, ..Draft::new() }.open(&["sex"]).statement;
                said.statement.push_str(other.split_once('~').unwrap().1);
            },
            "statement_invalid",
        ),
        changed(
            "another person reference",
            |said, _| said.person_refs[0] = "X".repeat(22),
            "statement_mismatch",
        ),
        changed("a person reference dropped", |said, _| said.person_refs.clear(), "statement_mismatch"),
        changed("a name as person reference", |said, _| said.refer(&["小明"]), "schema"),
        changed("nine person references", |said, _| said.refer(&["0123456789abcdefghijkl"; 9]), "schema"),
    ]
}

fn basis_cases() -> Vec<Case> {
    vec![
        changed("a lead on the control basis", |said, _| said.header.basis = Basis::Control, "wrong_basis"),
        changed("no purpose", |said, _| said.header.purpose = None, "wrong_basis"),
        changed(
            "purpose outside the scope",
            |said, _| said.header.purpose = Some(Purpose::Relief),
            "purpose_not_covered",
        ),
        changed(
            "roles that the agreement does not give",
            |said, _| roles(said, &[Role::Destination]),
            "no_role_for_recipient",
        ),
        changed("no roles", |said, _| roles(said, &[]), "no_role_for_recipient"),
        changed("agreement unknown", |_, view| view.dossiers.clear(), "agreement_not_yet_known"),
        changed(
            "agreement not countersigned",
            |_, view| know(view, terms(), &[LINCANG]),
            "agreement_not_countersigned",
        ),
        changed("agreement of another text", |said, _| other_digest(said), "agreement_not_yet_known"),
    ]
}

fn roles(said: &mut Said, given: &[Role]) {
    if let Basis::Agreement { roles, .. } = &mut said.header.basis {
        *roles = given.to_vec();
    }
}

fn other_digest(said: &mut Said) {
    if let Basis::Agreement { digest, .. } = &mut said.header.basis {
        *digest = Digest::of(b"other");
    }
}

fn agreement_cases() -> Vec<Case> {
    let yesterday = now().plus(-Timestamp::DAY);
    let today = CivilDate::of(now());
    let until_yesterday = CivilDate::of(yesterday);
    let mut edge =
        rebased("four minutes after the last day", |terms| terms.valid_until = until_yesterday, "stored");
    edge.2.now = today.start().plus(4 * 60 * Timestamp::SECOND);
    vec![
        rebased("expired", |terms| terms.valid_until = until_yesterday, "agreement_expired"),
        edge,
        rebased("not yet valid", |terms| terms.valid_from = today.plus_days(1), "not_yet_valid"),
        rebased("recipient not a party", |terms| terms.parties[1].node = SHUOZHOU, "not_a_party"),
        rebased(
            "sender not a party",
            |terms| {
                terms.parties[0].node = SHUOZHOU;
                terms.proposer = SHUOZHOU;
            },
            "not_a_party",
        ),
    ]
    .into_iter()
    .chain(proposals())
    .chain(countersignatures())
    .collect()
}

fn proposals() -> Vec<Case> {
    let propose = |signer, change: fn(&mut Terms)| {
        let mut said = terms();
        change(&mut said);
        signed(
            signer,
            Kind::Agreement,
            jws::typ::AGREEMENT,
            &AgreementForm { iss: signer, iat: iat(now()), terms: said },
        )
    };
    let mut case_basis = propose(LINCANG, |_| ());
    case_basis.header.basis = basis(&terms());
    let mut disclosing = propose(LINCANG, |_| ());
    disclosing.header.disclosed.push(Claim::Sex);
    vec![
        case("the same agreement again", propose(LINCANG, |_| ()), "stored"),
        case(
            "other terms under the same version",
            propose(LINCANG, |terms| terms.retention_days = 1),
            "agreement_conflict",
        ),
        case("proposed by another", propose(SHUOZHOU, |_| ()), "foreign_proposer"),
        case(
            "we are no party",
            propose(LINCANG, |terms| {
                terms.id = Uuid::from_u128(terms.id.as_u128() ^ 1);
                terms.parties[1].node = SHUOZHOU;
            }),
            "not_a_party",
        ),
        case(
            "terms against the rules",
            propose(LINCANG, |terms| {
                terms.version = 2;
                terms.retention_days = 0;
            }),
            "schema",
        ),
        case("an agreement on the basis of one", case_basis, "wrong_basis"),
        case("an agreement that discloses", disclosing, "statement_mismatch"),
    ]
}

fn countersignatures() -> Vec<Case> {
    let sign = |signer, version, digest| {
        let form =
            CountersignatureForm { iss: signer, iat: iat(now()), agreement: terms().id, version, digest };
        signed(signer, Kind::Countersignature, jws::typ::COUNTERSIGNATURE, &form)
    };
    let digest = canonical::digest(&terms()).unwrap();
    vec![
        case("a countersignature again", sign(CHONGQING, 1, digest), "stored"),
        case("countersigned by a stranger", sign(SHUOZHOU, 1, digest), "not_a_party"),
        case("countersigned before it came", sign(LINCANG, 2, digest), "agreement_not_yet_known"),
        case("another text countersigned", sign(LINCANG, 1, Digest::of(b"other")), "agreement_not_yet_known"),
    ]
}

fn answer_cases() -> Vec<Case> {
    let answer = |signer, sub: Uuid, ver, reason: Option<&str>| {
        let (answer, reason) = (RecipientStatus::Declined, reason.map(str::to_owned));
        signed(
            signer,
            Kind::Answer,
            jws::typ::ANSWER,
            &AnswerForm { iss: signer, iat: iat(now()), sub, ver, answer, reason },
        )
    };
    let mut control = answer(LINCANG, theirs(), 1, None);
    control.header.basis = Basis::Control;
    vec![
        case("an answer", answer(LINCANG, theirs(), 2, Some("insufficient")), "stored"),
        case("an answer to an unshared lead", answer(LINCANG, sub(), 1, None), "record_unknown"),
        case("an answer to a version never sent", answer(LINCANG, theirs(), 3, None), "schema"),
        case("an answer to version 0", answer(LINCANG, theirs(), 0, None), "schema"),
        case("another node's answer", answer(SHUOZHOU, theirs(), 1, None), "foreign_issuer"),
        case("an answer on the control basis", control, "wrong_basis"),
        case("a reason in prose", answer(LINCANG, theirs(), 1, Some("小明已回家")), "schema"),
    ]
}

/// Not for these cases: they come with a void message, from a newer sender (below), or from an older receiver.
const ELSEWHERE: [ItemCode; 5] = [
    ItemCode::AgreementConflict,
    ItemCode::RecordErased,
    ItemCode::UnknownKind,
    ItemCode::NoLongerPermitted,
    ItemCode::TextHeld,
];

#[test]
fn each_broken_rule_has_its_code_and_each_code_its_rule() {
    let cases = [
        lead_cases(),
        message_cases(),
        basis_cases(),
        agreement_cases(),
        answer_cases(),
        recall_cases(),
        filing_cases(),
        step_cases(),
    ];
    let mut seen = BTreeSet::new();
    for (what, said, mut view, code) in cases.into_iter().flatten() {
        assert_eq!(said.judged(&mut view), code, "{what}");
        seen.extend(code.parse::<ItemCode>());
    }
    seen.extend(ELSEWHERE);
    assert_eq!(seen, ItemCode::ALL.iter().copied().collect());
}

#[test]
fn what_only_a_newer_version_knows_is_refused_by_code() {
    let said = |change: fn(&mut serde_json::Value)| {
        let item = Said::lead().placed(1, GENESIS);
        let mut header = serde_json::from_str(&item.header_text).unwrap();
        change(&mut header);
        let header_text = String::from_utf8(canonical::to_vec(&header).unwrap()).unwrap();
        let (header, x) = Header::open(&header_text).unwrap();
        assert_eq!(x, Digest::of(header_text.as_bytes()));
        outcome(&judge(&OpenedItem { header, header_text, x, ..item }, &mut view()))
    };
    assert_eq!(said(|_| ()), "stored");
    assert_eq!(said(|header| header["kind"] = json!("alert")), "unknown_kind");
    assert_eq!(said(|header| header["basis"] = json!({ "id": sub(), "type": "alert" })), "unknown_kind");
}

#[test]
fn a_void_message_stays_void() {
    for code in ItemCode::ALL {
        let mut item = Said::lead().placed(1, GENESIS);
        item.content = Content::Void(*code);
        assert_eq!(outcome(&judge(&item, &mut view())), format!("void:{code}"));
    }
}

#[test]
fn a_refused_lead_does_not_raise_the_version_held() {
    let mut view = view();
    assert_eq!(Draft { ver: 9, ..Draft::new() }.open(&["names"]).judged(&mut view), "over_disclosure");
    assert_eq!(Said::lead().judged(&mut view), "stored");
}
