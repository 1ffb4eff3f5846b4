//! Ed25519 keys with their validity (RFC 8032, 8037) and the key set of a node (RFC 7517).
//!
//! Knows whose key it is and when it may be used; must not know what is signed. Invariant: a kid is
//! derived from its node and its public key, so it cannot name another node's or another key.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

mod set;

pub use set::{KeyRecord, KeySet, KeySetError};

/// For how many days after its last signing day a key must at least stay acceptable.
pub const ACCEPT_DAYS: i64 = 90;

/// Why no key holds for a statement. The signer is at fault, except for [`KeyError::Unknown`], where
/// the receiver may have an old key set.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The key set has no such key; retryable once it is refreshed.
    #[error("the key set has no such key")]
    Unknown,
    /// The statement is dated before the key's first signing day.
    #[error("the statement is dated before the key's first day")]
    NotYetValid,
    /// The statement is dated after the key's last signing day, or came too late.
    #[error("the key has expired")]
    Expired,
    /// The statement came after the key was reported as compromised.
    #[error("the key is compromised")]
    Compromised,
    /// The kid names another node than the issuer.
    #[error("the key does not belong to the issuer")]
    NotOfIssuer,
}

impl KeyError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "key_unknown",
            Self::NotYetValid => "key_not_yet_valid",
            Self::Expired => "key_expired",
            Self::Compromised => "key_compromised",
            Self::NotOfIssuer => "kid_not_of_issuer",
        }
    }

    /// Whether the same statement may be accepted later, when the key set is newer.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// A node's private signing key. aws-lc wipes its memory when it is dropped.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    node: NodeId,
    kid: String,
    public: VerifyingKey,
}

impl SigningKey {
    /// The key of `node` that RFC 8032 §5.1.5 derives from `seed`. The caller wipes the seed.
    pub fn from_seed(node: NodeId, seed: &[u8; 32]) -> Result<Self, SeedRefused> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| SeedRefused)?;
        let public = VerifyingKey(pair.public_key().as_ref().try_into().map_err(|_| SeedRefused)?);
        Ok(Self { pair, node, kid: public.kid(node), public })
    }

    /// The node that signs with this key.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The key's name: `<node>-<16 characters of its thumbprint>`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half.
    pub const fn verifying_key(&self) -> VerifyingKey {
        self.public
    }

    /// The Ed25519 signature over `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut out = [0; 64];
        out.copy_from_slice(self.pair.sign(message).as_ref());
        out
    }
}

/// The cryptographic library did not take the seed; the environment is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the signing key could not be made from its seed")]
pub struct SeedRefused;

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifyingKey(pub [u8; 32]);

/// Not 43 characters of canonical base64url. Whoever wrote the key is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an Ed25519 public key in base64url without padding")]
pub struct NotAKey;

impl VerifyingKey {
    /// Whether `signature` is this key's signature over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }

    /// The JWK thumbprint (RFC 7638, RFC 8037 §2).
    pub fn thumbprint(&self) -> Digest {
        Digest::of(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{self}"}}"#).as_bytes())
    }

    /// The kid of this key at `node`.
    pub fn kid(&self, node: NodeId) -> String {
        let thumbprint = self.thumbprint().to_string();
        format!("{node}-{}", thumbprint.get(..16).unwrap_or(&thumbprint))
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for VerifyingKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAKey)?;
        bytes.try_into().map(Self).map_err(|_| NotAKey)
    }
}

impl From<VerifyingKey> for String {
    fn from(key: VerifyingKey) -> Self {
        key.to_string()
    }
}

/// Whether `kid` has the form of a key of `node`.
fn names_node(kid: &str, node: NodeId) -> bool {
    kid.split_once('-').is_some_and(|(name, _)| name.parse() == Ok(node))
}

/// Whether a key with these days may be used for a statement of day `iat` that came at `received_at`.
fn check_days(record: &KeyRecord, iat: CivilDate, received_at: Timestamp) -> Result<(), KeyError> {
    if record.compromised_since().is_some_and(|since| received_at >= since) {
        return Err(KeyError::Compromised);
    }
    if iat < record.sign_from() {
        return Err(KeyError::NotYetValid);
    }
    if iat > record.sign_until() || received_at >= record.accept_until().start() {
        return Err(KeyError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let key = VerifyingKey::try_from("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned()).unwrap();
        assert_eq!(key.thumbprint().to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(key.kid("530900".parse().unwrap()), "530900-kPrK_qmxVWaYVA9w");
    }

    #[test]
    fn the_first_vector_of_rfc_8032_signs_and_verifies() {
        let seed: [u8; 32] = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .unwrap()
            .try_into()
            .unwrap();
        let key = SigningKey::from_seed("530900".parse().unwrap(), &seed).unwrap();
        let signature = key.sign(b"");
        assert!(
            hex::encode(signature).starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065")
        );
        assert!(key.verifying_key().verifies(b"", &signature));
        assert!(!key.verifying_key().verifies(b"x", &signature));
    }
}
