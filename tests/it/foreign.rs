//! Somebody else's library reads our SD-JWTs, and refuses what we refuse.

#![cfg(test)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use guitu::clock::{SeededEntropy, Timestamp};
use guitu::domain::date::CivilDate;
use guitu::statement::StatementError;
use guitu::statement::jws::typ;
use guitu::statement::keys::{KeyRecord, KeySet, SigningKey};
use guitu::statement::sd_jwt::{Issued, Plain, VerifiedSd, issue, present, verify};
use serde_json::{Value, json};

/// The Python that has `sd-jwt` of `PyPI`; `tests/run` installs it and sets the variable.
const PYTHON: &str = "GUITU_FOREIGN_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/vectors/foreign_sd_jwt.py");

struct Question {
    what: &'static str,
    presentation: String,
    keys: KeySet,
    expected: Expected,
}

enum Expected {
    /// Both read exactly these claims.
    Read(Value),
    /// Both refuse.
    Refused,
    /// We refuse (RFC 9901 §7.1: every disclosure must be referenced); sd-jwt 0.10.4 does not check that
    /// and leaves the disclosure out, so it reads exactly these claims.
    LeftOut(Value),
}

fn day(text: &str) -> CivilDate {
    text.parse().unwrap()
}

fn received() -> Timestamp {
    day("2026-05-06").start()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("530900".parse().unwrap(), &[seed; 32]).unwrap()
}

fn keys(key: &SigningKey) -> KeySet {
    let [from, until, accept] = ["2026-01-01", "2026-12-31", "2027-03-31"].map(day);
    let record = KeyRecord::new(key.node(), key.verifying_key(), from, until, accept).unwrap();
    KeySet::new(key.node(), vec![record]).unwrap()
}

fn claims() -> BTreeMap<String, Value> {
    json!({
        "sex": "2", "birth.year": "2015", "birth.month": "2015-03", "height": [95, 100],
        "place.lost.prefecture": { "code": "530900", "list": 2023 }, "names": ["小明", "A\"~.\\"],
        "plate": null, "minor": true, "weight": 12.5,
    })
    .as_object()
    .unwrap()
    .clone()
    .into_iter()
    .collect()
}

fn issued(ver: u32) -> Issued {
    let plain = Plain {
        iss: "530900".parse().unwrap(),
        sub: "8d8ac610-566d-4ef0-9c22-186b2a5ed793".parse().unwrap(),
        ver,
        kind: "missing_child".to_owned(),
        iat: day("2026-05-05"),
        classification: "internal".to_owned(),
    };
    let entropy = SeededEntropy::new(u64::from(ver));
    issue(&key(1), typ::LEAD, &plain, claims().into_iter(), &entropy).unwrap()
}

fn presented(issued: &Issued, names: &[&str]) -> String {
    let open: Vec<&str> = names.iter().map(|name| issued.disclosures[*name].as_str()).collect();
    present(&issued.jws, &open)
}

/// What a reader must see: the plain claims and the open ones.
fn seen(names: &[&str]) -> Value {
    let mut seen = json!({
        "iss": "530900", "sub": "8d8ac610-566d-4ef0-9c22-186b2a5ed793", "ver": 1,
        "kind": "missing_child", "iat": day("2026-05-05").start().seconds(), "classification": "internal",
    });
    for name in names {
        seen[*name] = claims()[*name].clone();
    }
    seen
}

fn accepted_questions() -> Vec<Question> {
    let (issued, all) = (issued(1), claims());
    let all: Vec<&str> = all.keys().map(String::as_str).collect();
    [("nothing open", &all[..0]), ("some open", &all[2..5]), ("all open", &all[..])]
        .map(|(what, names)| Question {
            what,
            presentation: presented(&issued, names),
            keys: keys(&key(1)),
            expected: Expected::Read(seen(names)),
        })
        .into()
}

fn refused_questions() -> Vec<Question> {
    let (mine, other) = (issued(1), issued(2));
    let changed_payload = {
        let payload = other.jws.split('.').nth(1).unwrap();
        let parts: Vec<&str> = mine.jws.split('.').collect();
        present(&[parts[0], payload, parts[2]].join("."), &[])
    };
    let unsigned = present(&format!("{}.", mine.jws.rsplit_once('.').unwrap().0), &[]);
    let bare = present(mine.jws.rsplit_once('.').unwrap().0, &[]);
    let question = |what, presentation, seed, expected| {
        let keys = keys(&key(seed));
        Question { what, presentation, keys, expected }
    };
    let (foreign, forged) = (&other.disclosures["sex"], changed(&mine.disclosures["sex"]));
    vec![
        question("changed plain claim", changed_payload, 1, Expected::Refused),
        question("wrong key", presented(&mine, &["sex"]), 9, Expected::Refused),
        question("emptied signature", unsigned, 1, Expected::Refused),
        question("dropped signature", bare, 1, Expected::Refused),
        question("doubled disclosure", presented(&mine, &["sex", "sex"]), 1, Expected::Refused),
        question("foreign disclosure", present(&mine.jws, &[foreign]), 1, Expected::LeftOut(seen(&[]))),
        question("changed disclosed claim", present(&mine.jws, &[&forged]), 1, Expected::LeftOut(seen(&[]))),
    ]
}

/// The same disclosure with one character of its value changed.
fn changed(disclosure: &str) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let text = String::from_utf8(engine.decode(disclosure).unwrap()).unwrap();
    engine.encode(text.replace(r#""2"]"#, r#""1"]"#))
}

fn ask(questions: &[Question]) -> Vec<Value> {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| panic!("{PYTHON} is not set; use tests/run"));
    let mut reader =
        Command::new(python).arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = String::new();
    for question in questions {
        let jwk = serde_json::to_value(&question.keys.keys()[0]).unwrap();
        lines += &json!({ "jwk": jwk, "presentation": question.presentation }).to_string();
        lines.push('\n');
    }
    reader.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[test]
fn both_readers_agree_on_what_holds() {
    let questions: Vec<Question> = accepted_questions().into_iter().chain(refused_questions()).collect();
    let verdicts = ask(&questions);
    assert_eq!(verdicts.len(), questions.len());
    for (question, verdict) in questions.iter().zip(verdicts) {
        let ours = verify(&question.presentation, typ::LEAD, &question.keys, received());
        let what = question.what;
        match &question.expected {
            Expected::Read(claims) => {
                assert_eq!(verdict, json!({ "ok": true, "claims": claims }), "theirs: {what}");
                assert_eq!(&read(ours.ok().unwrap()), claims, "ours: {what}");
            }
            Expected::Refused => {
                assert_eq!(verdict["ok"], false, "theirs: {what} {verdict}");
                assert!(ours.is_err(), "ours: {what}");
            }
            Expected::LeftOut(claims) => {
                assert_eq!(verdict, json!({ "ok": true, "claims": claims }), "theirs: {what}");
                assert_eq!(ours.err(), Some(StatementError::DisclosureUnreferenced), "ours: {what}");
            }
        }
    }
}

/// Our reading in the shape of theirs.
fn read(verified: VerifiedSd) -> Value {
    let plain = verified.plain;
    let mut members = json!({
        "iss": plain.iss, "sub": plain.sub, "ver": plain.ver, "kind": plain.kind,
        "iat": plain.iat.start().seconds(), "classification": plain.classification,
    });
    for (name, value) in verified.claims {
        members[name] = value;
    }
    members
}
