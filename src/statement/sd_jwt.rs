//! SD-JWT (RFC 9901) with flat claims: one signature, each claim opened by a disclosure of its own.
//!
//! Ours, because `sd-jwt-payload` and `sd_jwt` draw their salts themselves instead of from the caller's
//! entropy and read more forms than we want to accept (nesting, key binding, unknown members).
//!
//! Knows names and values, not what they mean. Invariant: a value is in a presentation only if its
//! disclosure was appended, and the statement's digest is the same for every recipient.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::canonical::to_vec;
use super::error::StatementError;
use super::jws::{MAX_BYTES, Opened, encode, is_sd_jwt, open};
use super::keys::{KeySet, SigningKey};
use super::sd_jwt_parser::{read_disclosure, read_payload, split};
use crate::clock::{Entropy, Timestamp, random};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

pub use super::sd_jwt_parser::MAX_DIGESTS;

/// The claims that every recipient sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// The owner node, which signs.
    pub iss: NodeId,
    /// The record's public name: a random UUID (version 4).
    pub sub: Uuid,
    /// The record's version, from 1.
    pub ver: u32,
    /// The record's kind: a code of up to 64 characters `a-z 0-9 _ . -`.
    pub kind: String,
    /// The day of issue in China; on the wire the seconds at which that day starts (UTC+8).
    pub iat: CivilDate,
    /// The classification: a code like `kind`.
    pub classification: String,
}

/// A signed statement and every disclosure that opens one of its claims. Holds case data: no `Debug`.
pub struct Issued {
    /// The signed part, the same for every recipient.
    pub jws: String,
    /// The disclosures, in base64url, by the claim's name.
    pub disclosures: BTreeMap<String, String>,
}

/// A presentation whose signature, key, form and disclosures hold. Holds case data: no `Debug`.
pub struct VerifiedSd {
    /// The claims that every recipient sees.
    pub plain: Plain,
    /// The disclosed claims.
    pub claims: BTreeMap<String, Value>,
    /// SHA-256 over the signed part, without disclosures.
    pub statement_digest: Digest,
    /// The key that signed.
    pub kid: String,
}

/// Signs a statement over `claims`, each concealed behind its own random 128-bit salt. Refuses whatever
/// [`verify`] would refuse of it with all its disclosures, so nothing is issued that cannot be sent.
pub fn issue(
    key: &SigningKey,
    typ: &str,
    plain: &Plain,
    claims: impl Iterator<Item = (String, Value)>,
    entropy: &dyn Entropy,
) -> Result<Issued, StatementError> {
    if plain.iss != key.node() {
        return Err(StatementError::IssuerMismatch);
    }
    if !is_sd_jwt(typ) {
        return Err(StatementError::TypMismatch);
    }
    let mut disclosures = BTreeMap::new();
    for (name, value) in claims {
        let disclosure = disclose(&name, &value, entropy)?;
        if disclosures.insert(name, disclosure).is_some() {
            return Err(StatementError::ClaimDoubled);
        }
    }
    let mut digests: Vec<String> = disclosures.values().map(|disclosure| digest_of(disclosure)).collect();
    digests.sort_unstable();
    let jws = encode(key, typ, &to_vec(&payload(plain, &digests))?);
    let size = disclosures.values().fold(jws.len() + 1, |size, disclosure| size + disclosure.len() + 1);
    if size > MAX_BYTES {
        return Err(StatementError::TooLarge);
    }
    read_payload(&open(&jws)?)?;
    Ok(Issued { jws, disclosures })
}

/// The presentation that opens exactly these disclosures: `<jws>~<disclosure>~…~` (RFC 9901 §4).
pub fn present(issued_jws: &str, disclosures: &[&str]) -> String {
    let size = disclosures.iter().fold(issued_jws.len() + 1, |size, part| size + part.len() + 1);
    let mut presentation = String::with_capacity(size);
    for part in std::iter::once(&issued_jws).chain(disclosures) {
        presentation.push_str(part);
        presentation.push('~');
    }
    presentation
}

/// The name and the value that a disclosure opens (RFC 9901 §4.2.1).
pub fn disclosed(disclosure: &str) -> Result<(String, Value), StatementError> {
    read_disclosure(disclosure)
}

/// The digest that names the statement, the same for all its recipients: over the JWS part only.
pub fn statement_digest(presentation: &str) -> Digest {
    Digest::of(presentation.split('~').next().unwrap_or(presentation).as_bytes())
}

/// Verifies a presentation of exactly this `typ` that was first received at `received_at`.
pub fn verify(
    presentation: &str,
    typ: &str,
    keys: &KeySet,
    received_at: Timestamp,
) -> Result<VerifiedSd, StatementError> {
    let (jws, disclosures) = split(presentation)?;
    let opened = open(jws)?;
    if !is_sd_jwt(&opened.typ) {
        return Err(StatementError::TypMismatch);
    }
    opened.verify(typ, keys, received_at)?;
    let (plain, digests) = read_payload(&opened)?;
    let claims = open_claims(&disclosures, &digests)?;
    let Opened { kid, .. } = opened;
    Ok(VerifiedSd { plain, claims, statement_digest: Digest::of(jws.as_bytes()), kid })
}

fn open_claims(disclosures: &[&str], digests: &[&str]) -> Result<BTreeMap<String, Value>, StatementError> {
    let mut claims = BTreeMap::new();
    for disclosure in disclosures {
        if digests.binary_search(&digest_of(disclosure).as_str()).is_err() {
            return Err(StatementError::DisclosureUnreferenced);
        }
        let (name, value) = read_disclosure(disclosure)?;
        if claims.insert(name, value).is_some() {
            return Err(StatementError::ClaimDoubled);
        }
    }
    Ok(claims)
}

fn disclose(name: &str, value: &Value, entropy: &dyn Entropy) -> Result<String, StatementError> {
    let salt = URL_SAFE_NO_PAD.encode(random::<16>(entropy));
    let disclosure = URL_SAFE_NO_PAD.encode(to_vec(&(salt, name, value))?);
    read_disclosure(&disclosure)?;
    Ok(disclosure)
}

fn digest_of(disclosure: &str) -> String {
    Digest::of(disclosure.as_bytes()).to_string()
}

fn payload(plain: &Plain, digests: &[String]) -> Value {
    json!({
        "iss": plain.iss,
        "sub": plain.sub,
        "ver": plain.ver,
        "kind": plain.kind,
        "iat": plain.iat.start().seconds(),
        "classification": plain.classification,
        "_sd": digests,
        "_sd_alg": "sha-256",
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statement::samples::{TYP, claims, issued, key_set, plain, received};

    fn verified(presentation: &str) -> Result<VerifiedSd, StatementError> {
        verify(presentation, TYP, &key_set(), received())
    }

    #[test]
    fn every_recipient_holds_the_same_statement() {
        let issued = issued(claims());
        let sex = issued.disclosures["sex"].as_str();
        let (closed, open) = (present(&issued.jws, &[]), present(&issued.jws, &[sex]));
        let (closed, open) = (verified(&closed).ok().unwrap(), verified(&open).ok().unwrap());
        assert_eq!(closed.statement_digest, open.statement_digest);
        assert_eq!(closed.statement_digest, statement_digest(&present(&issued.jws, &[sex])));
        assert!(closed.claims.is_empty());
        assert_eq!(open.claims, BTreeMap::from([("sex".to_owned(), json!("2"))]));
        assert_eq!(open.plain, plain());
    }

    #[test]
    fn the_signed_part_holds_no_value_and_no_name() {
        let jws = issued(claims()).jws;
        let payload = super::super::jws::decode(jws.split('.').nth(1).unwrap()).unwrap();
        let payload = String::from_utf8(payload).unwrap();
        assert!(["birth", "2015", "scar", "plate"].iter().all(|word| !payload.contains(word)));
        let again = issue(
            &crate::statement::samples::key(),
            TYP,
            &plain(),
            claims().into_iter(),
            &crate::clock::SeededEntropy::new(2),
        );
        assert_ne!(again.ok().unwrap().jws, jws);
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn any_subset_opens_exactly_itself(
            claims in prop::collection::btree_map("x[a-z.]{1,12}", (json_value(), any::<bool>()), 0..20)
        ) {
            let issued = issued(claims.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect());
            let open: Vec<&str> =
                claims.iter().filter(|(_, (_, open))| *open).map(|(name, _)| issued.disclosures[name].as_str()).collect();
            let expected: BTreeMap<String, Value> =
                claims.into_iter().filter(|(_, (_, open))| *open).map(|(name, (value, _))| (name, value)).collect();
            prop_assert!(verified(&present(&issued.jws, &open)).ok().unwrap().claims == expected);
        }

        #[test]
        fn no_changed_character_is_accepted(at: prop::sample::Index, with in "[ -~]") {
            let issued = issued(claims());
            let all: Vec<&str> = issued.disclosures.values().map(String::as_str).collect();
            let presentation = present(&issued.jws, &all);
            let at = at.index(presentation.len());
            let mut changed = presentation.clone();
            changed.replace_range(at..=at, &with);
            prop_assert_eq!(verified(&changed).is_ok(), changed == presentation);
        }

        #[test]
        fn reading_anything_never_panics(text in ".{0,80}~", parts in "[A-Za-z0-9._~-]{0,80}~") {
            prop_assert!(verified(&text).is_err() && verified(&parts).is_err());
        }
    }
}
