//! The node descriptor: who a node is, where it listens, and which keys speak for it (wire, Trust).
//!
//! It is signed with the node's own key, so it proves nothing alone: both operators compare the
//! [`Descriptor::fingerprint`] out of band before they enrol each other.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use super::message::Epoch;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::statement::canonical;
use crate::statement::keys::{KeyError, KeyRecord, KeySet, SigningKey};
use crate::statement::{StatementError, jws};

/// The versions of the protocol that this program speaks.
pub const PROTOCOL: &[u32] = &[1];

/// What a node says about itself: the payload of a JWS of type `guitu-descriptor+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// The node.
    #[schema(value_type = String)]
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The name that people know it by.
    pub name: String,
    /// The base URL of its peer listener; empty: nobody can call it, and it fetches what is for it.
    pub peer_url: String,
    /// Its signing keys with their validity.
    #[schema(value_type = Vec<Object>)]
    pub signing_keys: Vec<KeyRecord>,
    /// The public key of its log, base64url of 32 bytes.
    pub log_key: String,
    /// The public key of its cosignatures, base64url of 32 bytes.
    pub cosigner_key: String,
    /// The epoch of its log and its chains.
    #[schema(value_type = String)]
    pub epoch: Epoch,
    /// The CA that issues its TLS certificates, PEM.
    pub tls_ca: String,
    /// SHA-256 of the `SubjectPublicKeyInfo` of each certificate that it presents.
    #[schema(value_type = Vec<String>)]
    pub tls_pins: Vec<Digest>,
    /// Its upper node; none says so.
    #[schema(value_type = Option<String>)]
    pub upper: Option<NodeId>,
    /// The protocol versions it speaks.
    pub protocol: Vec<u32>,
}

/// Why a text is not a usable descriptor. Whoever handed it over is at fault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DescriptorError {
    /// Not a descriptor of this format.
    #[error("not a node descriptor: {0}")]
    Malformed(&'static str),
    /// Its own signature does not hold.
    #[error("the descriptor's signature does not hold: {0}")]
    Signature(StatementError),
    /// It speaks none of our protocol versions.
    #[error("the descriptor names no protocol version that this node speaks")]
    Protocol,
}

impl Descriptor {
    /// Signs the descriptor with one of its own keys.
    pub fn sign(&self, key: &SigningKey) -> Result<String, StatementError> {
        jws::sign(key, jws::typ::DESCRIPTOR, self)
    }

    /// Reads a signed descriptor and checks its signature against the keys that it names itself.
    pub fn open(text: &str, now: Timestamp) -> Result<Self, DescriptorError> {
        let payload = jws::claimed_payload(text).map_err(DescriptorError::Signature)?;
        let said: Self =
            serde_json::from_value(payload).map_err(|_| DescriptorError::Malformed("wrong fields"))?;
        jws::verify(text, jws::typ::DESCRIPTOR, &said.key_set()?, now).map_err(DescriptorError::Signature)?;
        if !said.protocol.iter().any(|version| PROTOCOL.contains(version)) {
            return Err(DescriptorError::Protocol);
        }
        let is_url = said.peer_url.starts_with("https://") && said.peer_url.len() <= 300;
        if said.is_callable() && !is_url {
            return Err(DescriptorError::Malformed("peer_url is not an https URL"));
        }
        if said.name.is_empty()
            || said.name.chars().count() > 100
            || said.tls_pins.is_empty()
            || said.tls_pins.len() > 8
        {
            return Err(DescriptorError::Malformed("name or tls_pins out of bounds"));
        }
        Ok(said)
    }

    /// Reads a signed descriptor like [`Descriptor::open`], as of the day that it says it was signed on: for an
    /// auditor, to whom it may come years later. Whoever enrols a node asks whether its keys hold now.
    pub fn open_as_issued(text: &str) -> Result<Self, DescriptorError> {
        Self::open(text, issued_at(text)?)
    }

    /// Whether the key that signed it may have signed then, as far as `known` has that key. Keys come and go: one
    /// that `known` does not have is no fault of the descriptor's.
    pub fn signed_within(text: &str, known: &KeySet) -> bool {
        let unknown = StatementError::Key(KeyError::Unknown);
        issued_at(text).is_ok_and(|at| match jws::verify(text, jws::typ::DESCRIPTOR, known, at) {
            Ok(_) => true,
            Err(error) => error == unknown,
        })
    }

    /// Whether others can call it.
    pub const fn is_callable(&self) -> bool {
        !self.peer_url.is_empty()
    }

    /// The signing keys as a key set.
    pub fn key_set(&self) -> Result<KeySet, DescriptorError> {
        KeySet::new(self.iss, self.signing_keys.clone())
            .map_err(|_| DescriptorError::Malformed("signing_keys"))
    }

    /// What two operators read to each other: 8 groups of 4 hex digits over everything that is
    /// trusted (not over the day of signing).
    pub fn fingerprint(&self) -> String {
        let timeless = Self { iat: 0, ..self.clone() };
        let digest = canonical::digest(&timeless).unwrap_or(Digest([0; 32]));
        let hex = hex::encode(&digest.bytes()[..16]);
        hex.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    }
}

/// The day that a signed descriptor says it was signed on. Not verified.
fn issued_at(text: &str) -> Result<Timestamp, DescriptorError> {
    let payload = jws::claimed_payload(text).map_err(DescriptorError::Signature)?;
    let seconds = payload.get("iat").and_then(serde_json::Value::as_i64);
    let at = seconds.and_then(|seconds| seconds.checked_mul(Timestamp::SECOND));
    at.map(Timestamp).ok_or(DescriptorError::Malformed("iat"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date::CivilDate;

    const FIRST: &str = "2025-01-01";
    const LAST: &str = "2025-12-31";

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("530900".parse().unwrap(), &[seed; 32]).unwrap()
    }

    fn record(seed: u8) -> KeyRecord {
        let [first, last, accept] = [FIRST, LAST, "2026-03-31"].map(|day| day.parse::<CivilDate>().unwrap());
        KeyRecord::new(key(seed).node(), key(seed).verifying_key(), first, last, accept).unwrap()
    }

    /// A descriptor that key 1 signed on that day.
    fn signed(day: &str, records: Vec<KeyRecord>) -> String {
        let said = Descriptor {
            iss: key(1).node(),
            iat: day.parse::<CivilDate>().unwrap().start().seconds(),
            name: "node".to_owned(),
            peer_url: "https://node.example/".to_owned(),
            signing_keys: records,
            log_key: "log".to_owned(),
            cosigner_key: "cosigner".to_owned(),
            epoch: "1-0123456789abcdef".parse().unwrap(),
            tls_ca: "ca".to_owned(),
            tls_pins: vec![Digest::of(b"pin")],
            upper: None,
            protocol: PROTOCOL.to_vec(),
        };
        said.sign(&key(1)).unwrap()
    }

    fn at(day: &str) -> Timestamp {
        day.parse::<CivilDate>().unwrap().start()
    }

    #[test]
    fn an_auditor_reads_it_as_of_its_own_day() {
        let text = signed(LAST, vec![record(1)]);
        assert!(Descriptor::open(&text, at("2026-04-01")).is_err(), "nobody enrols it any more");
        assert!(Descriptor::open_as_issued(&text).is_ok());
        for day in ["2024-12-31", "2026-01-01"] {
            assert!(Descriptor::open_as_issued(&signed(day, vec![record(1)])).is_err(), "{day}");
        }
        let lost = |since| vec![record(1).compromised(at(since))];
        assert!(Descriptor::open_as_issued(&signed("2025-06-02", lost("2025-06-01"))).is_err());
        assert!(Descriptor::open_as_issued(&signed("2025-05-31", lost("2025-06-01"))).is_ok());
        assert!(Descriptor::open_as_issued(&text[..text.len() - 1]).is_err());
        assert!(Descriptor::open_as_issued("").is_err());
    }

    #[test]
    fn what_is_known_of_its_key_counts() {
        let text = signed("2025-06-02", vec![record(1)]);
        let known = |record: KeyRecord| KeySet::new(key(1).node(), vec![record]).unwrap();
        assert!(Descriptor::signed_within(&text, &known(record(1))));
        assert!(Descriptor::signed_within(&text, &known(record(2))), "a key that came or went");
        assert!(Descriptor::signed_within(&text, &known(record(1).retired("2025-06-02".parse().unwrap()))));
        assert!(!Descriptor::signed_within(&text, &known(record(1).retired("2025-06-01".parse().unwrap()))));
        assert!(!Descriptor::signed_within(&text, &known(record(1).compromised(at("2025-06-01")))));
        assert!(Descriptor::signed_within(&text, &known(record(1).compromised(at("2025-06-03")))));
    }
}
