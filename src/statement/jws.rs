//! Compact JWS with Ed25519 (RFC 7515 §3.1, RFC 8037): one object, signed by a node.
//!
//! Knows header, payload and key; must not know what the payload means beyond `iss` and `iat`.
//! Invariant: one statement has one encoding, so its digest names it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::canonical::{parse_strict, to_vec};
use super::error::StatementError;
use super::keys::{KeyError, KeySet, SigningKey};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// The largest statement in bytes, with all its disclosures.
pub const MAX_BYTES: usize = 256 * 1024;

/// The media types of statements, as they stand in `typ` (RFC 7515 §4.1.9).
pub mod typ {
    /// A lead (线索), as SD-JWT.
    pub const LEAD: &str = "guitu-lead+sd-jwt";
    /// An agreement (合作协议).
    pub const AGREEMENT: &str = "guitu-agreement+jwt";
    /// A countersignature under an agreement.
    pub const COUNTERSIGNATURE: &str = "guitu-countersignature+jwt";
    /// A party's status statement about an agreement.
    pub const AGREEMENT_STATUS: &str = "guitu-agreement-status+jwt";
    /// An officer's coded answer to a lead.
    pub const ANSWER: &str = "guitu-answer+jwt";
    /// A withdrawal of what was shared (撤回).
    pub const WITHDRAWAL: &str = "guitu-withdrawal+jwt";
    /// A receipt for what was purged (清除回执).
    pub const PURGE_RECEIPT: &str = "guitu-purge-receipt+jwt";
    /// A filing of an agreement with the upper node (备案).
    pub const FILING: &str = "guitu-filing+jwt";
    /// The upper node's answer to a filing.
    pub const FILING_ANSWER: &str = "guitu-filing-answer+jwt";
    /// Statistics of exchange for the upper node.
    pub const STATISTICS: &str = "guitu-statistics+jwt";
    /// A node descriptor.
    pub const DESCRIPTOR: &str = "guitu-descriptor+jwt";
    /// A batch header; its `iat` is exact to the second.
    pub const BATCH: &str = "guitu-batch+jwt";
    /// A receipt; its `iat` is exact to the second.
    pub const RECEIPT: &str = "guitu-receipt+jwt";
}

/// A statement whose signature, key and form hold. Holds case data: no `Debug`.
pub struct Verified {
    /// The whole payload, an object.
    pub payload: Value,
    /// The key that signed.
    pub kid: String,
    /// The node that signed.
    pub iss: NodeId,
    /// SHA-256 over the compact bytes.
    pub digest: Digest,
}

/// What a statement says of itself, *not verified*: only good for finding the key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peeked {
    /// The node that claims to have signed.
    pub iss: NodeId,
    /// The key that it names.
    pub kid: String,
    /// Its media type.
    pub typ: String,
}

/// Signs `payload`, an object with `iss` (the key's node) and `iat` (whole seconds; the start of a day
/// in China except for batches and receipts). Refuses whatever [`verify`] would refuse.
pub fn sign<T: Serialize + ?Sized>(
    key: &SigningKey,
    typ: &str,
    payload: &T,
) -> Result<String, StatementError> {
    if is_sd_jwt(typ) {
        return Err(StatementError::TypMismatch);
    }
    let compact = encode(key, typ, &to_vec(payload)?);
    let opened = open(&compact)?;
    opened.check_issuer(key.node())?;
    opened.day()?;
    Ok(compact)
}

/// Verifies a compact JWS of exactly `expected_typ` that was first received at `received_at`.
pub fn verify(
    compact: &str,
    expected_typ: &str,
    keys: &KeySet,
    received_at: Timestamp,
) -> Result<Verified, StatementError> {
    let opened = open(compact)?;
    if is_sd_jwt(&opened.typ) {
        return Err(StatementError::TypMismatch);
    }
    opened.verify(expected_typ, keys, received_at)?;
    let Opened { kid, iss, payload, .. } = opened;
    Ok(Verified { payload: Value::Object(payload), kid, iss, digest: Digest::of(compact.as_bytes()) })
}

/// Reads issuer, kid and typ of a JWS, or of an SD-JWT with its disclosures, without verifying.
pub fn peek(statement: &str) -> Result<Peeked, StatementError> {
    if statement.len() > MAX_BYTES {
        return Err(StatementError::TooLarge);
    }
    let compact = statement.split('~').next().unwrap_or(statement);
    let Opened { iss, kid, typ, .. } = open(compact)?;
    Ok(Peeked { iss, kid, typ })
}

/// The payload of a compact JWS that names its own keys (a descriptor), without verifying. Verify it
/// before it is believed.
pub fn claimed_payload(compact: &str) -> Result<Value, StatementError> {
    open(compact).map(|opened| Value::Object(opened.payload))
}

/// Header, payload and signature of a compact JWS, strictly read, not verified.
pub(super) struct Opened<'a> {
    signed: &'a str,
    signature: [u8; 64],
    pub(super) kid: String,
    pub(super) typ: String,
    pub(super) iss: NodeId,
    pub(super) payload: Map<String, Value>,
    issued_at: i64,
}

/// The compact form of these payload bytes.
pub(super) fn encode(key: &SigningKey, typ: &str, payload: &[u8]) -> String {
    let mut compact = URL_SAFE_NO_PAD.encode(header(key.kid(), typ));
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = key.sign(compact.as_bytes());
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    compact
}

/// Reads a compact JWS strictly.
pub(super) fn open(compact: &str) -> Result<Opened<'_>, StatementError> {
    if compact.len() > MAX_BYTES {
        return Err(StatementError::TooLarge);
    }
    let (signed, signature) = compact.rsplit_once('.').ok_or(StatementError::NotThreeParts)?;
    let (header, payload) = signed.split_once('.').ok_or(StatementError::NotThreeParts)?;
    if payload.contains('.') {
        return Err(StatementError::NotThreeParts);
    }
    let (kid, typ) = read_header(&decode(header)?)?;
    let Value::Object(payload) = parse_strict(&decode(payload)?)? else {
        return Err(StatementError::PayloadNotObject);
    };
    let signature = decode(signature)?.try_into().map_err(|_| StatementError::SignatureLength)?;
    let iss = payload.get("iss").and_then(Value::as_str).and_then(|iss| iss.parse().ok());
    let iss = iss.ok_or(StatementError::IssuerMissing)?;
    let issued_at = payload.get("iat").and_then(Value::as_i64).ok_or(StatementError::IssuedAtMissing)?;
    Ok(Opened { signed, signature, kid, typ, iss, payload, issued_at })
}

impl Opened<'_> {
    /// Checks typ, issuer, the key's validity and, last, the signature.
    pub(super) fn verify(
        &self,
        expected_typ: &str,
        keys: &KeySet,
        received_at: Timestamp,
    ) -> Result<(), StatementError> {
        if self.typ != expected_typ {
            return Err(StatementError::TypMismatch);
        }
        self.check_issuer(keys.node())?;
        let key = keys.key_for(&self.kid, self.day()?, received_at)?;
        if !key.verifies(self.signed.as_bytes(), &self.signature) {
            return Err(StatementError::SignatureInvalid);
        }
        Ok(())
    }

    /// The day in China on which the statement was issued.
    pub(super) fn day(&self) -> Result<CivilDate, StatementError> {
        let at = self.issued_at.checked_mul(Timestamp::SECOND).ok_or(StatementError::IssuedAtNotADay)?;
        let day = CivilDate::of(Timestamp(at));
        let is_exact = [typ::BATCH, typ::RECEIPT].contains(&self.typ.as_str());
        if !is_exact && day.start() != Timestamp(at) {
            return Err(StatementError::IssuedAtNotADay);
        }
        Ok(day)
    }

    fn check_issuer(&self, node: NodeId) -> Result<(), StatementError> {
        if self.iss != node {
            return Err(StatementError::IssuerMismatch);
        }
        if !self.kid.starts_with(&format!("{}-", self.iss)) {
            return Err(KeyError::NotOfIssuer.into());
        }
        Ok(())
    }
}

/// Whether statements of this typ are SD-JWTs, which a reader of plain JWS must not take.
pub(super) fn is_sd_jwt(typ: &str) -> bool {
    typ.ends_with("+sd-jwt")
}

/// Decodes base64url without padding; other encodings of the same bytes are refused.
pub(super) fn decode(part: &str) -> Result<Vec<u8>, StatementError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| StatementError::NotBase64Url)
}

fn header(kid: &str, typ: &str) -> String {
    format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{typ}"}}"#)
}

fn read_header(bytes: &[u8]) -> Result<(String, String), StatementError> {
    let Value::Object(members) = parse_strict(bytes)? else {
        return Err(StatementError::HeaderMalformed);
    };
    for name in members.keys() {
        match name.as_str() {
            "alg" | "kid" | "typ" => {}
            "jwk" | "jku" | "x5c" | "x5u" | "x5t" | "x5t#S256" => return Err(StatementError::EmbeddedKey),
            "crit" | "b64" => return Err(StatementError::CriticalExtension),
            _ => return Err(StatementError::HeaderMemberUnknown),
        }
    }
    let text = |name| members.get(name).and_then(Value::as_str);
    if text("alg") != Some("EdDSA") {
        return Err(StatementError::AlgorithmNotAllowed);
    }
    let (Some(kid), Some(typ)) = (text("kid"), text("typ")) else {
        return Err(StatementError::HeaderMalformed);
    };
    if header(kid, typ).as_bytes() != bytes {
        return Err(StatementError::HeaderMalformed);
    }
    Ok((kid.to_owned(), typ.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::statement::samples::{date, key, key_set, received};

    fn payload() -> Value {
        json!({ "iss": "530900", "iat": date("2026-05-05").start().seconds(), "code": "accepted" })
    }

    fn refusal(compact: &str) -> Option<StatementError> {
        verify(compact, typ::ANSWER, &key_set(), received()).err()
    }

    #[test]
    fn what_a_node_signs_verifies_under_its_keys() {
        let compact = sign(&key(), typ::ANSWER, &payload()).unwrap();
        let verified = verify(&compact, typ::ANSWER, &key_set(), received()).ok().unwrap();
        assert_eq!(verified.payload, payload());
        assert_eq!((verified.iss, verified.kid.as_str()), (key().node(), key().kid()));
        assert_eq!(verified.digest, Digest::of(compact.as_bytes()));
        let peeked = peek(&compact).unwrap();
        assert_eq!((peeked.iss, peeked.typ.as_str()), (key().node(), typ::ANSWER));
    }

    #[test]
    fn signing_refuses_what_verifying_would() {
        let signed = |payload: Value| sign(&key(), typ::ANSWER, &payload).err();
        let day = date("2026-05-05").start().seconds();
        assert_eq!(signed(json!([1])), Some(StatementError::PayloadNotObject));
        assert_eq!(signed(json!({ "iat": day })), Some(StatementError::IssuerMissing));
        assert_eq!(signed(json!({ "iss": "530901", "iat": day })), Some(StatementError::IssuerMismatch));
        assert_eq!(signed(json!({ "iss": "530900" })), Some(StatementError::IssuedAtMissing));
        assert_eq!(signed(json!({ "iss": "530900", "iat": day + 1 })), Some(StatementError::IssuedAtNotADay));
        assert_eq!(
            signed(json!({ "iss": "530900", "iat": i64::MAX })),
            Some(super::super::canonical::CanonicalError::IntegerTooLarge.into())
        );
        let long = "x".repeat(MAX_BYTES);
        assert_eq!(signed(json!({ "iss": "530900", "iat": day, "x": long })), Some(StatementError::TooLarge));
        assert_eq!(sign(&key(), typ::LEAD, &payload()).err(), Some(StatementError::TypMismatch));
        assert!(sign(&key(), typ::BATCH, &json!({ "iss": "530900", "iat": day + 1 })).is_ok());
    }

    #[test]
    fn only_three_parts_of_canonical_base64url_are_read() {
        let compact = sign(&key(), typ::ANSWER, &payload()).unwrap();
        assert_eq!(refusal("a"), Some(StatementError::NotThreeParts));
        assert_eq!(refusal("a.b"), Some(StatementError::NotThreeParts));
        assert_eq!(refusal(&format!("{compact}.a")), Some(StatementError::NotThreeParts));
        assert_eq!(refusal(&format!("{compact}=")), Some(StatementError::NotBase64Url));
        assert_eq!(refusal(&format!("{compact}==")), Some(StatementError::NotBase64Url));
        assert_eq!(refusal(compact.rsplit_once('.').unwrap().0), Some(StatementError::NotThreeParts));
        let unsigned = format!("{}.", compact.rsplit_once('.').unwrap().0);
        assert_eq!(refusal(&unsigned), Some(StatementError::SignatureLength));
    }

    #[test]
    fn an_sd_jwt_is_never_read_as_a_plain_jws() {
        let jws = crate::statement::samples::issued(Vec::new()).jws;
        let verdict = verify(&jws, typ::LEAD, &key_set(), received()).err();
        assert_eq!(verdict, Some(StatementError::TypMismatch));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_changed_character_is_accepted(at: prop::sample::Index, with in "[ -~]") {
            let compact = sign(&key(), typ::ANSWER, &payload()).unwrap();
            let at = at.index(compact.len());
            let mut changed = compact.clone();
            changed.replace_range(at..=at, &with);
            prop_assert_eq!(refusal(&changed).is_none(), changed == compact);
        }

        #[test]
        fn reading_anything_never_panics(text in ".{0,80}", parts in "[A-Za-z0-9._~-]{0,80}") {
            let _ = (peek(&text), peek(&parts));
            prop_assert!(refusal(&text).is_some() && refusal(&parts).is_some());
        }
    }
}
