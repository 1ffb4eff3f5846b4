//! Presentations of a lead of the demo, untouched and tampered with, and what a reader must say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guitu::cli::demo::agreements::LINCANG;
use guitu::cli::demo::leads::leads;
use guitu::clock::{SeededEntropy, Timestamp};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::{Lead, Raw};
use guitu::redaction::{Claims, Texts, claims};
use guitu::statement::jws::typ;
use guitu::statement::keys::{KeyRecord, KeySet, SigningKey};
use guitu::statement::sd_jwt::{Issued, Plain, issue, present};
use serde_json::{Value, json};

const SUB: &str = "8d8ac610-566d-4ef0-9c22-186b2a5ed793";

/// What the owner of the lead opens to a transit node, more or less.
const SOME: &[Claim] =
    &[Claim::Sex, Claim::BirthAge, Claim::EthnicityHan, Claim::LostPrefecture, Claim::LostDay, Claim::Height];

pub(super) struct Question {
    pub(super) what: &'static str,
    pub(super) presentation: String,
    pub(super) keys: KeySet,
    pub(super) expected: Expected,
}

pub(super) enum Expected {
    /// Everybody reads exactly these claims.
    Read(Value),
    /// Everybody refuses.
    Refused,
    /// A disclosure that the signature does not name (RFC 9901 §7.1: refused). A lenient reader leaves it
    /// out and reads exactly these claims.
    Unnamed(Value),
}

pub(super) fn received() -> Timestamp {
    day("2026-05-06").start()
}

pub(super) fn all() -> Vec<Question> {
    let lead = demo_lead();
    let (mine, other) = (signed(&lead, 1), signed(&lead, 2));
    let mut all = accepted(&lead, &mine);
    all.extend(forged_signatures(&mine, &other));
    all.extend(forged_disclosures(&lead, &mine, &other));
    all
}

fn day(text: &str) -> CivilDate {
    text.parse().unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(LINCANG, &[seed; 32]).unwrap()
}

fn keys(seed: u8) -> KeySet {
    let key = key(seed);
    let [from, until, accept] = ["2026-01-01", "2026-12-31", "2027-03-31"].map(day);
    let record = KeyRecord::new(key.node(), key.verifying_key(), from, until, accept).unwrap();
    KeySet::new(key.node(), vec![record]).unwrap()
}

/// A lead of the demo that says something in every claim of [`SOME`].
fn demo_lead() -> (Lead, Claims) {
    leads(LINCANG, 7, day("2026-05-05"))
        .into_iter()
        .map(|lead| (lead.clone(), claimed(&Raw::new(lead))))
        .find(|(_, claims)| SOME.iter().all(|claim| !claims.value(*claim).is_null()))
        .unwrap()
}

fn claimed(lead: &Raw<Lead>) -> Claims {
    claims(lead, &Texts::of(lead).unwrap())
}

fn signed((lead, claims): &(Lead, Claims), seed: u64) -> Issued {
    let plain = Plain {
        iss: LINCANG,
        sub: SUB.parse().unwrap(),
        ver: 1,
        kind: lead.kind.to_string(),
        iat: day("2026-05-05"),
        classification: lead.classification.to_string(),
    };
    let named = claims.iter().map(|(claim, value)| (claim.to_string(), value.clone()));
    issue(&key(1), typ::LEAD, &plain, named, &SeededEntropy::new(seed)).unwrap()
}

fn disclosure(issued: &Issued, claim: Claim) -> &str {
    &issued.disclosures[claim.code()]
}

fn opened(issued: &Issued, open: &[Claim]) -> String {
    let open: Vec<&str> = open.iter().map(|claim| disclosure(issued, *claim)).collect();
    present(&issued.jws, &open)
}

/// What a reader must see: the plain claims and the open ones.
fn seen((lead, claims): &(Lead, Claims), open: &[Claim]) -> Value {
    let mut seen = json!({
        "iss": LINCANG, "sub": SUB, "ver": 1, "kind": lead.kind,
        "iat": day("2026-05-05").start().seconds(), "classification": lead.classification,
    });
    for claim in open {
        seen[claim.code()] = claims.value(*claim).clone();
    }
    seen
}

fn accepted(lead: &(Lead, Claims), mine: &Issued) -> Vec<Question> {
    [("nothing open", &SOME[..0]), ("some open", SOME), ("all open", Claim::ALL)]
        .map(|(what, open)| Question {
            what,
            presentation: opened(mine, open),
            keys: keys(1),
            expected: Expected::Read(seen(lead, open)),
        })
        .into()
}

fn forged_signatures(mine: &Issued, other: &Issued) -> Vec<Question> {
    let refused = |what, presentation, seed| Question {
        what,
        presentation,
        keys: keys(seed),
        expected: Expected::Refused,
    };
    let (head, _) = mine.jws.rsplit_once('.').unwrap();
    let parts: Vec<&str> = mine.jws.split('.').collect();
    let theirs: Vec<&str> = other.jws.split('.').collect();
    let forged = changed_value(disclosure(mine, Claim::Sex));
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": typ::LEAD }).to_string());
    vec![
        refused("wrong key", opened(mine, SOME), 9),
        refused("dropped signature", present(head, &[]), 1),
        refused("emptied signature", present(&format!("{head}."), &[]), 1),
        refused("algorithm none", present(&format!("{none}.{}.", parts[1]), &[]), 1),
        refused("signature of another statement", present(&format!("{head}.{}", theirs[2]), &[]), 1),
        refused("changed plain claim", present(&with_payload(mine, "\"ver\":1", "\"ver\":2"), &[]), 1),
        refused("changed claim, its digest changed too", present(&renamed(mine, &forged), &[&forged]), 1),
    ]
}

fn forged_disclosures(lead: &(Lead, Claims), mine: &Issued, other: &Issued) -> Vec<Question> {
    let kept = disclosure(mine, Claim::Height);
    let forged = changed_value(disclosure(mine, Claim::Sex));
    let invented = URL_SAFE_NO_PAD.encode(json!(["c2FsdHNhbHRzYWx0c2FsdA", "plate", "X0000"]).to_string());
    [
        ("foreign disclosure", disclosure(other, Claim::Sex)),
        ("changed claim", &forged),
        ("invented claim", &invented),
    ]
    .map(|(what, appended)| Question {
        what,
        presentation: present(&mine.jws, &[kept, appended]),
        keys: keys(1),
        expected: Expected::Unnamed(seen(lead, &[Claim::Height])),
    })
    .into()
}

fn text(part: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The same disclosure with another value.
fn changed_value(disclosure: &str) -> String {
    let mut said: Value = serde_json::from_str(&text(disclosure)).unwrap();
    said[2] = json!("9");
    URL_SAFE_NO_PAD.encode(said.to_string())
}

/// The statement with that text of its payload replaced, under the old signature.
fn with_payload(issued: &Issued, old: &str, new: &str) -> String {
    let parts: Vec<&str> = issued.jws.split('.').collect();
    let payload = text(parts[1]);
    assert!(payload.contains(old));
    let payload = URL_SAFE_NO_PAD.encode(payload.replacen(old, new, 1));
    [parts[0], &payload, parts[2]].join(".")
}

/// The statement that names `forged` where it named the sex.
fn renamed(issued: &Issued, forged: &str) -> String {
    let digest = |disclosure: &str| guitu::domain::digest::Digest::of(disclosure.as_bytes()).to_string();
    with_payload(issued, &digest(disclosure(issued, Claim::Sex)), &digest(forged))
}
