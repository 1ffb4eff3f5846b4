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
use crate::statement::keys::{KeyRecord, KeySet, SigningKey};
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
#[derive(Debug, Error, PartialEq, Eq)]
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
