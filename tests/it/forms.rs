//! What may stand in a plain JWS: no field about a person, and no room for one.
//!
//! Every field of every plain statement is listed here with its class. A new field fails the test until
//! someone has said what it is, and there is no class for free text.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use guitu::clock::{SeededEntropy, Timestamp, uuid_v4};
use guitu::domain::agreement::{Act, Month, Party, ReturnReason, Role, Terms, statistics};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::{LeadKind, Purpose};
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};
use guitu::domain::node::NodeId;
use guitu::domain::profile::Profile;
use guitu::domain::purge::PurgeCause;
use guitu::exchange::batch::BatchHeader;
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::forms::{
    AgreementForm, AgreementStatusForm, AnswerForm, CountersignatureForm, FilingAnswerForm, FilingForm,
    PurgeReceiptForm, StatisticsForm, WithdrawalForm,
};
use guitu::exchange::message::{Epoch, Lane};
use guitu::exchange::receipt::ReceiptHeader;
use guitu::statement::keys::{KeyRecord, SigningKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use Class::{Code, Day, Hash, Id, Key, Node, Number, Organisation, Url};

#[derive(Clone, Copy, Debug)]
enum Class {
    /// A code of a closed list, or a name that only programs read.
    Code,
    /// A number or a time.
    Number,
    /// A day.
    Day,
    /// SHA-256.
    Hash,
    /// A random id.
    Id,
    /// A node: the code of its region.
    Node,
    /// The name of a government, an office or a node.
    Organisation,
    /// A public key or a certificate.
    Key,
    /// Where a node listens.
    Url,
}

const ISSUED: [(&str, Class); 2] = [("iss", Node), ("iat", Number)];

const AGREEMENT: &[(&str, Class)] = &[
    ("terms.id", Id),
    ("terms.version", Number),
    ("terms.parties[].node", Node),
    ("terms.parties[].roles[]", Code),
    ("terms.parties[].government", Organisation),
    ("terms.parties[].office", Organisation),
    ("terms.purposes[]", Code),
    ("terms.kinds[]", Code),
    ("terms.profile.id", Code),
    ("terms.profile.version", Number),
    ("terms.profile.cells[].row", Code),
    ("terms.profile.cells[].role", Code),
    ("terms.profile.cells[].claim", Code),
    ("terms.profile.cells[].condition", Code),
    ("terms.valid_from", Day),
    ("terms.valid_until", Day),
    ("terms.retention_days", Number),
    ("terms.text_digest", Hash),
    ("terms.proposer", Node),
    ("terms.previous", Hash),
    ("terms.answers", Hash),
];

const AGREEMENT_STATUS: &[(&str, Class)] = &[("agreement", Id), ("number", Number), ("act", Code)];

const COUNTERSIGNATURE: &[(&str, Class)] = &[("agreement", Id), ("version", Number), ("digest", Hash)];

const ANSWER: &[(&str, Class)] = &[("sub", Id), ("ver", Number), ("answer", Code), ("reason", Code)];

const WITHDRAWAL: &[(&str, Class)] = &[("sub", Id), ("below", Number), ("reason", Code), ("deadline", Day)];

const PURGE_RECEIPT: &[(&str, Class)] = &[
    ("sub", Id),
    ("below", Number),
    ("cause", Code),
    ("live_erased_at", Number),
    ("copies_gone_by", Number),
];

const FILING: &[(&str, Class)] =
    &[("agreement", Id), ("version", Number), ("digest", Hash), ("number", Number)];

const FILING_ANSWER: &[(&str, Class)] = &[
    ("agreement", Id),
    ("version", Number),
    ("digest", Hash),
    ("party", Node),
    ("number", Number),
    ("reason", Code),
];

const STATISTICS: &[(&str, Class)] = &[
    ("statistics.months[]", Code),
    ("statistics.kinds[].kind", Code),
    ("statistics.kinds[].counts[]", Number),
    ("statistics.kinds[].total", Number),
    ("statistics.totals[]", Number),
    ("statistics.total", Number),
];

const DESCRIPTOR: &[(&str, Class)] = &[
    ("name", Organisation),
    ("peer_url", Url),
    ("signing_keys[].kty", Code),
    ("signing_keys[].crv", Code),
    ("signing_keys[].x", Key),
    ("signing_keys[].kid", Key),
    ("signing_keys[].alg", Code),
    ("signing_keys[].use", Code),
    ("signing_keys[].sign_from", Day),
    ("signing_keys[].sign_until", Day),
    ("signing_keys[].accept_until", Day),
    ("signing_keys[].compromised_since", Number),
    ("log_key", Key),
    ("cosigner_key", Key),
    ("epoch", Code),
    ("tls_ca", Key),
    ("tls_pins[]", Hash),
    ("upper", Node),
    ("protocol[]", Number),
];

const BATCH: &[(&str, Class)] = &[
    ("to", Node),
    ("epoch", Code),
    ("lane", Code),
    ("first", Number),
    ("last", Number),
    ("first_prev", Hash),
    ("last_x", Hash),
    ("made_at", Number),
];

const RECEIPT: &[(&str, Class)] =
    &[("to", Node), ("epoch", Code), ("lane", Code), ("first", Number), ("last", Number), ("body", Hash)];

/// Where a class holds free text by its nature, or in a string that the shape does not bind.
const OPEN: &[&str] = &[
    "terms.parties[].government",
    "terms.parties[].office",
    "terms.profile.id",
    "reason",
    "name",
    "peer_url",
    "signing_keys[].kid",
    "log_key",
    "cosigner_key",
    "tls_ca",
];

fn day(text: &str) -> CivilDate {
    text.parse().unwrap()
}

fn node() -> NodeId {
    "530900".parse().unwrap()
}

fn epoch() -> Epoch {
    Epoch::first(&SeededEntropy::new(1))
}

fn terms() -> Terms {
    let party = |node: &str, role| Party {
        node: node.parse().unwrap(),
        roles: vec![role],
        government: "甲市人民政府".to_owned(),
        office: "反拐联席会议办公室".to_owned(),
    };
    Terms {
        id: uuid_v4(&SeededEntropy::new(2)),
        version: 1,
        parties: vec![party("530900", Role::Origin), party("500000", Role::Transit)],
        purposes: Purpose::ALL.to_vec(),
        kinds: LeadKind::ALL.to_vec(),
        profile: Profile::default_matrix(),
        valid_from: day("2026-01-01"),
        valid_until: day("2026-12-31"),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
        proposer: node(),
        previous: Some(Digest::of(b"the version before")),
        answers: Some(Digest::of(b"the proposal that it answers")),
    }
}

fn descriptor() -> Descriptor {
    let key = SigningKey::from_seed(node(), &[1; 32]).unwrap();
    let [from, until, accept] = ["2026-01-01", "2026-12-31", "2027-03-31"].map(day);
    let record = KeyRecord::new(node(), key.verifying_key(), from, until, accept).unwrap();
    Descriptor {
        iss: node(),
        iat: 0,
        name: "甲市节点".to_owned(),
        peer_url: "https://node.example".to_owned(),
        signing_keys: vec![record.compromised(Timestamp(5))],
        log_key: key.verifying_key().to_string(),
        cosigner_key: key.verifying_key().to_string(),
        epoch: epoch(),
        tls_ca: "-----BEGIN CERTIFICATE-----".to_owned(),
        tls_pins: vec![Digest::of(b"pin")],
        upper: Some("530000".parse().unwrap()),
        protocol: vec![1],
    }
}

fn batch() -> BatchHeader {
    BatchHeader {
        iss: node(),
        iat: 0,
        to: "500000".parse().unwrap(),
        epoch: epoch(),
        lane: Lane::Normal,
        first: 1,
        last: 2,
        first_prev: Digest::of(b"0"),
        last_x: Digest::of(b"2"),
        made_at: Timestamp(0),
    }
}

fn receipt() -> ReceiptHeader {
    let BatchHeader { iss, iat, to, epoch, lane, first, last, .. } = batch();
    ReceiptHeader { iss, iat, to, epoch, lane, first, last, body: Digest::of(b"body") }
}

/// The leaves of a form, list positions dropped, with one JSON pointer of each.
fn leaves(value: &Value, path: &str, pointer: &str, into: &mut BTreeMap<String, (String, Value)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            let dot = if path.is_empty() { "" } else { "." };
            leaves(member, &format!("{path}{dot}{name}"), &format!("{pointer}/{name}"), into);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| {
            leaves(item, &format!("{path}[]"), &format!("{pointer}/{at}"), into);
        }),
        leaf => {
            into.insert(path.to_owned(), (pointer.to_owned(), leaf.clone()));
        }
    }
}

fn fits(class: Class, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let all = |allowed: fn(char) -> bool| !text.is_empty() && text.chars().all(allowed);
    let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match class {
        Number => value.is_i64() || value.is_u64(),
        Code => text.len() <= 40 && all(word),
        Day => text.parse::<CivilDate>().is_ok(),
        Hash => text.parse::<Digest>().is_ok(),
        Id => text.parse::<uuid::Uuid>().is_ok(),
        Node => text.parse::<NodeId>().is_ok(),
        Key => all(|c| c.is_ascii_alphanumeric() || " ._-".contains(c)),
        Url => text.starts_with("https://"),
        Organisation => !text.is_empty() && text.chars().count() <= 100,
    }
}

/// Every field of `form` is listed with a class that it fits, nothing listed is missing, and no field
/// outside [`OPEN`] takes prose.
fn check<T: Serialize + DeserializeOwned>(form: &T, listed: &[(&str, Class)]) {
    let full = serde_json::to_value(form).unwrap();
    let mut found = BTreeMap::new();
    leaves(&full, "", "", &mut found);
    let listed: BTreeMap<&str, Class> = ISSUED.into_iter().chain(listed.iter().copied()).collect();
    let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names, listed.keys().copied().collect(), "the fields of {}", std::any::type_name::<T>());
    for (path, (pointer, value)) in &found {
        let class = listed[path.as_str()];
        assert!(fits(class, value), "{path} is no {class:?}");
        let mut told = full.clone();
        *told.pointer_mut(pointer).unwrap() = json!("小明，女，二〇一五年三月走失");
        let taken = serde_json::from_value::<T>(told).is_ok();
        assert!(!taken || OPEN.contains(&path.as_str()), "{path} takes prose");
    }
    let mut more = full;
    more["note"] = json!("小明");
    assert!(serde_json::from_value::<T>(more).is_err(), "takes an unknown field");
}

#[test]
fn every_field_of_a_plain_statement_has_its_class() {
    check(&AgreementForm { iss: node(), iat: 0, terms: terms() }, AGREEMENT);
    let [agreement, sub] = [3, 4].map(|seed| uuid_v4(&SeededEntropy::new(seed)));
    let digest = Digest::of(b"terms");
    check(&CountersignatureForm { iss: node(), iat: 0, agreement, version: 1, digest }, COUNTERSIGNATURE);
    check(
        &AgreementStatusForm { iss: node(), iat: 0, agreement, number: 1, act: Act::Suspend },
        AGREEMENT_STATUS,
    );
    let (answer, reason) = (RecipientStatus::Declined, Some("insufficient".to_owned()));
    check(&AnswerForm { iss: node(), iat: 0, sub, ver: 1, answer, reason }, ANSWER);
    let (below, reason, deadline) = (Some(2), WithdrawReason::Mistake, day("2026-05-08"));
    check(&WithdrawalForm { iss: node(), iat: 0, sub, below, reason, deadline }, WITHDRAWAL);
    let (cause, live_erased_at, copies_gone_by) = (PurgeCause::Withdrawn, Timestamp(1), Timestamp(2));
    let purged = PurgeReceiptForm { iss: node(), iat: 0, sub, below, cause, live_erased_at, copies_gone_by };
    check(&purged, PURGE_RECEIPT);
    let (version, number, party) = (1, 1, node());
    let filing = FilingForm { iss: node(), iat: 0, agreement, version, digest, number };
    check(&filing, FILING);
    let reason = Some(ReturnReason::Incomplete);
    let answer = FilingAnswerForm { iss: node(), iat: 0, agreement, version, digest, party, number, reason };
    check(&answer, FILING_ANSWER);
    let months = [Month::of(day("2026-05-08"))];
    let counts = LeadKind::ALL.iter().map(|kind| ((*kind, months[0]), 20)).collect();
    check(&StatisticsForm { iss: node(), iat: 0, statistics: statistics(&months, &counts) }, STATISTICS);
    check(&descriptor(), DESCRIPTOR);
    check(&batch(), BATCH);
    check(&receipt(), RECEIPT);
}
