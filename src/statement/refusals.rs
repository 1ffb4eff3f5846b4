//! One test for each reason to refuse a signed statement: all of these are signed by the true key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::StatementError;
use super::canonical::CanonicalError;
use super::jws::{MAX_BYTES, decode, encode, typ};
use super::keys::{KeyError, KeySet, SigningKey};
use super::samples::{TYP, claims, issued, key, key_set, plain, received};
use super::sd_jwt::{issue, present, verify};
use crate::clock::SeededEntropy;
use crate::domain::digest::Digest;

fn refusal(presentation: &str) -> Option<StatementError> {
    verify(presentation, TYP, &key_set(), received()).err()
}

fn good_payload() -> Value {
    serde_json::from_slice(&decode(issued(claims()).jws.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn signed(payload: &[u8]) -> String {
    present(&encode(&key(), TYP, payload), &[])
}

fn with(member: &str, value: Value) -> Option<StatementError> {
    let mut payload = good_payload();
    payload[member] = value;
    refusal(&signed(&serde_json::to_vec(&payload).unwrap()))
}

fn with_header(header: &str) -> Option<StatementError> {
    let payload = serde_json::to_vec(&good_payload()).unwrap();
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key().sign(input.as_bytes()));
    refusal(&format!("{input}.{signature}~"))
}

/// A statement over these disclosures as they are, with their digests in order.
fn with_disclosures(texts: &[&str]) -> Option<StatementError> {
    let disclosures: Vec<String> = texts.iter().map(|text| URL_SAFE_NO_PAD.encode(text)).collect();
    let mut digests: Vec<String> =
        disclosures.iter().map(|part| Digest::of(part.as_bytes()).to_string()).collect();
    digests.sort_unstable();
    let mut payload = good_payload();
    payload["_sd"] = json!(digests);
    let parts: Vec<&str> = disclosures.iter().map(String::as_str).collect();
    refusal(&present(&encode(&key(), TYP, &serde_json::to_vec(&payload).unwrap()), &parts))
}

const SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn the_untouched_statement_is_accepted() {
    assert_eq!(refusal(&signed(&serde_json::to_vec(&good_payload()).unwrap())), None);
    assert_eq!(with_disclosures(&[&format!(r#"["{SALT}","sex","2"]"#)]), None);
    let kid = key().kid().to_owned();
    assert_eq!(with_header(&format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}"}}"#)), None);
}

#[test]
fn headers_other_than_the_one_are_refused() {
    let kid = key().kid().to_owned();
    let header = |more: &str| with_header(&format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}"{more}}}"#));
    for member in ["jwk", "jku", "x5c", "x5u"] {
        assert_eq!(header(&format!(r#","{member}":1"#)), Some(StatementError::EmbeddedKey), "{member}");
    }
    assert_eq!(header(r#","crit":["b64"]"#), Some(StatementError::CriticalExtension));
    assert_eq!(header(r#","b64":false"#), Some(StatementError::CriticalExtension));
    assert_eq!(header(r#","cty":"x""#), Some(StatementError::HeaderMemberUnknown));
    assert_eq!(header(r#","typ":"x""#), Some(CanonicalError::DuplicateKey.into()));
    assert_eq!(header(" "), Some(StatementError::HeaderMalformed));
    assert_eq!(with_header("[]"), Some(StatementError::HeaderMalformed));
    assert_eq!(with_header(r#"{"alg":"EdDSA","typ":"x"}"#), Some(StatementError::HeaderMalformed));
    for alg in ["none", "eddsa", "Ed25519", "HS256"] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{TYP}"}}"#);
        assert_eq!(with_header(&header), Some(StatementError::AlgorithmNotAllowed), "{alg}");
    }
    let other = format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{}"}}"#, typ::ANSWER);
    assert_eq!(with_header(&other), Some(StatementError::TypMismatch));
}

#[test]
fn keys_of_others_are_refused() {
    let header = |kid: &str| with_header(&format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}"}}"#));
    assert_eq!(header("530901-AAAAAAAAAAAAAAAA"), Some(KeyError::NotOfIssuer.into()));
    assert_eq!(header("530900-AAAAAAAAAAAAAAAA"), Some(KeyError::Unknown.into()));
    let other = SigningKey::from_seed(key().node(), &[8; 32]).unwrap();
    let jws = issued(claims()).jws;
    let input = jws.rsplit_once('.').unwrap().0;
    let forged = format!("{input}.{}~", URL_SAFE_NO_PAD.encode(other.sign(input.as_bytes())));
    assert_eq!(refusal(&forged), Some(StatementError::SignatureInvalid));
    let foreign = KeySet::new("530901".parse().unwrap(), Vec::new()).unwrap();
    let verdict = verify(&present(&jws, &[]), TYP, &foreign, received()).err();
    assert_eq!(verdict, Some(StatementError::IssuerMismatch));
}

#[test]
fn payloads_that_break_a_rule_are_refused() {
    let nested = json!({ "_sd": [] });
    for (member, value, fault) in [
        ("extra", json!(1), StatementError::PlainClaimUnknown),
        ("cnf", json!({}), StatementError::PlainClaimUnknown),
        ("kind", nested.clone(), StatementError::NestedDigests),
        ("kind", json!([{ "...": "x" }]), StatementError::NestedDigests),
        ("...", json!("x"), StatementError::NestedDigests),
        ("kind", json!("Missing Child"), StatementError::PlainClaimMalformed),
        ("classification", json!(""), StatementError::PlainClaimMalformed),
        ("ver", json!(0), StatementError::VersionZero),
        ("ver", json!(1.5), StatementError::PlainClaimMalformed),
        ("ver", json!(4_294_967_296_u64), StatementError::PlainClaimMalformed),
        ("sub", json!("00000000-0000-7000-8000-000000000000"), StatementError::SubjectNotUuidV4),
        ("sub", json!("8D8AC610-566D-4EF0-9C22-186B2A5ED793"), StatementError::SubjectNotUuidV4),
        ("sub", json!("x"), StatementError::SubjectNotUuidV4),
        ("iat", json!(1_777_910_401), StatementError::IssuedAtNotADay),
        ("iat", json!("1"), StatementError::IssuedAtMissing),
        ("iss", json!("5309"), StatementError::IssuerMissing),
        ("_sd_alg", json!("sha-512"), StatementError::HashAlgorithm),
        ("_sd", nested, StatementError::DigestsMalformed),
        ("_sd", json!(["x"]), StatementError::DigestsMalformed),
        ("_sd", json!(vec![Digest([0; 32]); 257]), StatementError::TooManyDigests),
        ("_sd", json!([Digest([0; 32]), Digest([0; 32])]), StatementError::DigestsDoubled),
        ("_sd", json!([Digest([9; 32]), Digest([0; 32])]), StatementError::DigestsUnsorted),
    ] {
        assert_eq!(with(member, value.clone()), Some(fault), "{member} {value}");
    }
    let mut payload = good_payload();
    payload.as_object_mut().unwrap().remove("classification");
    let missing = refusal(&signed(&serde_json::to_vec(&payload).unwrap()));
    assert_eq!(missing, Some(StatementError::PlainClaimMissing));
    assert_eq!(refusal(&signed(b"[]")), Some(StatementError::PayloadNotObject));
    let doubled = serde_json::to_string(&good_payload()).unwrap().replacen('{', r#"{"ver":9,"#, 1);
    assert_eq!(refusal(&signed(doubled.as_bytes())), Some(CanonicalError::DuplicateKey.into()));
}

#[test]
fn disclosures_that_break_a_rule_are_refused() {
    for (text, fault) in [
        (format!(r#"["{SALT}","x"]"#), StatementError::DisclosureMalformed),
        (format!(r#"["{SALT}","x",1,2]"#), StatementError::DisclosureMalformed),
        (format!(r#"["{SALT}",1,2]"#), StatementError::DisclosureMalformed),
        ("{}".to_owned(), StatementError::DisclosureMalformed),
        (r#"["AAAAAAAAAAAAAAAAAAAA","x",1]"#.to_owned(), StatementError::SaltTooShort),
        (format!(r#"["{}","x",1]"#, "!".repeat(30)), StatementError::SaltTooShort),
        (format!(r#"["{SALT}","iss",1]"#), StatementError::ClaimNameReserved),
        (format!(r#"["{SALT}","_sd",1]"#), StatementError::ClaimNameReserved),
        (format!(r#"["{SALT}","...",1]"#), StatementError::ClaimNameReserved),
        (format!(r#"["{SALT}","x",{{"_sd":[]}}]"#), StatementError::NestedDigests),
        (format!(r#"["{SALT}","x",[{{"...":"y"}}]]"#), StatementError::NestedDigests),
        (format!(r#"["{SALT}","x",{{"a":1,"a":2}}]"#), CanonicalError::DuplicateKey.into()),
    ] {
        assert_eq!(with_disclosures(&[&text]), Some(fault), "{text}");
    }
    let (one, two) = (format!(r#"["{SALT}","x",1]"#), format!(r#"["{SALT}","x",2]"#));
    assert_eq!(with_disclosures(&[&one, &two]), Some(StatementError::ClaimDoubled));
}

#[test]
fn presentations_of_another_form_are_refused() {
    let issued = issued(claims());
    let (jws, sex) = (issued.jws.as_str(), issued.disclosures["sex"].as_str());
    assert_eq!(refusal(jws), Some(StatementError::TrailingTildeMissing));
    assert_eq!(refusal(&format!("{jws}~{sex}")), Some(StatementError::TrailingTildeMissing));
    assert_eq!(refusal(&format!("{jws}~{sex}~{jws}")), Some(StatementError::KeyBinding));
    assert_eq!(refusal(&present(jws, &[sex, sex])), Some(StatementError::DisclosureDoubled));
    assert_eq!(refusal(&present(jws, &["WyJ4Il0"])), Some(StatementError::DisclosureUnreferenced));
    assert_eq!(refusal(&present(jws, &[""])), Some(StatementError::DisclosureUnreferenced));
    let many: Vec<String> = (0..257).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refusal(&present(jws, &many)), Some(StatementError::TooManyDigests));
    assert_eq!(refusal(&"x".repeat(MAX_BYTES + 1)), Some(StatementError::TooLarge));
}

#[test]
fn nothing_is_issued_that_would_be_refused() {
    let attempt = |claims: Vec<(String, Value)>, change: &dyn Fn(&mut super::sd_jwt::Plain)| {
        let mut plain = plain();
        change(&mut plain);
        issue(&key(), TYP, &plain, claims.into_iter(), &SeededEntropy::new(1)).err()
    };
    let named = |name: &str, value: Value| vec![(name.to_owned(), value)];
    let many = |n: usize| (0..n).map(|n| (format!("c{n}"), Value::Null)).collect::<Vec<_>>();
    assert_eq!(attempt(many(256), &|_| ()), None);
    assert_eq!(attempt(many(257), &|_| ()), Some(StatementError::TooManyDigests));
    assert_eq!(attempt(named("x", json!("y".repeat(MAX_BYTES))), &|_| ()), Some(StatementError::TooLarge));
    assert_eq!(attempt(named("ver", json!(1)), &|_| ()), Some(StatementError::ClaimNameReserved));
    assert_eq!(attempt(named("x", json!({ "_sd": 1 })), &|_| ()), Some(StatementError::NestedDigests));
    assert_eq!(attempt([many(1), many(1)].concat(), &|_| ()), Some(StatementError::ClaimDoubled));
    assert_eq!(attempt(many(1), &|plain| plain.ver = 0), Some(StatementError::VersionZero));
    assert_eq!(
        attempt(many(1), &|plain| plain.sub = uuid::Uuid::nil()),
        Some(StatementError::SubjectNotUuidV4)
    );
    assert_eq!(
        attempt(many(1), &|plain| plain.kind = "A".to_owned()),
        Some(StatementError::PlainClaimMalformed)
    );
    assert_eq!(
        attempt(many(1), &|plain| plain.iss = "530901".parse().unwrap()),
        Some(StatementError::IssuerMismatch)
    );
}

#[test]
fn codes_are_stable_and_distinct() {
    assert_eq!(StatementError::from(KeyError::Unknown).code(), "key_unknown");
    assert_eq!(StatementError::SignatureInvalid.code(), "signature_invalid");
    assert_eq!(StatementError::from(CanonicalError::DuplicateKey).code(), "statement_duplicate_member");
}
