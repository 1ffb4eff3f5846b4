//! The key set of a node as JWKS (RFC 7517 §5), each key with its days.
//!
//! Invariant: kids are derived, unique and of the node; signing days are in order; every key stays
//! acceptable for at least [`ACCEPT_DAYS`] after its last signing day.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ACCEPT_DAYS, KeyError, VerifyingKey, check_days, names_node};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::node::NodeId;

/// A public key with the days (in China) on which it holds; on the wire a JWK (RFC 8037 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    kty: KeyType,
    crv: Curve,
    x: VerifyingKey,
    kid: String,
    alg: Algorithm,
    #[serde(rename = "use")]
    purpose: Purpose,
    sign_from: CivilDate,
    sign_until: CivilDate,
    accept_until: CivilDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compromised_since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum KeyType {
    #[serde(rename = "OKP")]
    Okp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Curve {
    Ed25519,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Algorithm {
    #[serde(rename = "EdDSA")]
    EdDsa,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Purpose {
    #[serde(rename = "sig")]
    Signature,
}

/// Why a key set is refused. Whoever wrote it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeySetError {
    /// A kid is not the one that belongs to the node and the public key.
    #[error("a kid does not belong to its node and key")]
    KidMismatch,
    /// One key stands twice.
    #[error("a key stands twice in the set")]
    Doubled,
    /// The last signing day lies before the first.
    #[error("a key's last signing day lies before its first")]
    DaysReversed,
    /// The key would be acceptable for less than [`ACCEPT_DAYS`] after its last signing day.
    #[error("a key is acceptable for less than 90 days after its last signing day")]
    AcceptedTooShort,
}

impl KeyRecord {
    /// The record of `node`'s key `x`: signs from `sign_from` to `sign_until` (both included), and what
    /// it signed may arrive before `accept_until`, at least [`ACCEPT_DAYS`] later.
    pub fn new(
        node: NodeId,
        x: VerifyingKey,
        sign_from: CivilDate,
        sign_until: CivilDate,
        accept_until: CivilDate,
    ) -> Result<Self, KeySetError> {
        let record = Self {
            kty: KeyType::Okp,
            crv: Curve::Ed25519,
            x,
            kid: x.kid(node),
            alg: Algorithm::EdDsa,
            purpose: Purpose::Signature,
            sign_from,
            sign_until,
            accept_until,
            compromised_since: None,
        };
        record.check(node)?;
        Ok(record)
    }

    /// This record with the notice that the key is compromised since that instant.
    #[must_use]
    pub fn compromised(mut self, since: Timestamp) -> Self {
        self.compromised_since = Some(self.compromised_since.map_or(since, |known| known.min(since)));
        self
    }

    /// This record with `last` as its last signing day, if that is earlier. What it signed may arrive for as
    /// long as before.
    #[must_use]
    pub fn retired(mut self, last: CivilDate) -> Self {
        self.sign_until = self.sign_until.min(last.max(self.sign_from));
        self
    }

    /// The key's name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.x
    }

    /// The first day on which the key signs.
    pub const fn sign_from(&self) -> CivilDate {
        self.sign_from
    }

    /// The last day on which the key signs.
    pub const fn sign_until(&self) -> CivilDate {
        self.sign_until
    }

    /// From the start of this day on nothing that the key signed is newly accepted.
    pub const fn accept_until(&self) -> CivilDate {
        self.accept_until
    }

    /// Since when the key is known to be compromised: from then on nothing is newly accepted.
    pub const fn compromised_since(&self) -> Option<Timestamp> {
        self.compromised_since
    }

    fn check(&self, node: NodeId) -> Result<(), KeySetError> {
        if self.kid != self.x.kid(node) {
            return Err(KeySetError::KidMismatch);
        }
        if self.sign_until < self.sign_from {
            return Err(KeySetError::DaysReversed);
        }
        if self.accept_until.days_since(self.sign_until) < ACCEPT_DAYS {
            return Err(KeySetError::AcceptedTooShort);
        }
        Ok(())
    }
}

/// All keys of one node, on the wire a JWKS with the member `node`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members")]
pub struct KeySet {
    node: NodeId,
    keys: Vec<KeyRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    node: NodeId,
    keys: Vec<KeyRecord>,
}

impl TryFrom<Members> for KeySet {
    type Error = KeySetError;

    fn try_from(members: Members) -> Result<Self, KeySetError> {
        Self::new(members.node, members.keys)
    }
}

impl KeySet {
    /// The set of these keys, all of `node`.
    pub fn new(node: NodeId, keys: Vec<KeyRecord>) -> Result<Self, KeySetError> {
        for (at, key) in keys.iter().enumerate() {
            key.check(node)?;
            if keys.iter().take(at).any(|earlier| earlier.kid == key.kid) {
                return Err(KeySetError::Doubled);
            }
        }
        Ok(Self { node, keys })
    }

    /// The node whose keys these are.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The keys, in the order given.
    pub fn keys(&self) -> &[KeyRecord] {
        &self.keys
    }

    /// Since when the key `kid` is known to be compromised: what was first received from then on is disputed.
    pub fn compromised_since(&self, kid: &str) -> Option<Timestamp> {
        self.keys.iter().find(|key| key.kid == kid)?.compromised_since
    }

    /// The key `kid`, if it holds for a statement of day `iat` that was *first* received at
    /// `received_at`; what came earlier than an expiry or a compromise notice stays valid.
    pub fn key_for(
        &self,
        kid: &str,
        iat: CivilDate,
        received_at: Timestamp,
    ) -> Result<&VerifyingKey, KeyError> {
        if !names_node(kid, self.node) {
            return Err(KeyError::NotOfIssuer);
        }
        let record = self.keys.iter().find(|key| key.kid == kid).ok_or(KeyError::Unknown)?;
        check_days(record, iat, received_at)?;
        Ok(&record.x)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::statement::samples::{date, key, key_set, record};

    #[test]
    fn a_key_holds_on_its_days_only() {
        let (set, kid) = (key_set(), key().kid().to_owned());
        let held = |iat: &str, received: &str| set.key_for(&kid, date(iat), date(received).start()).err();
        assert_eq!(held("2026-01-01", "2026-01-01"), None);
        assert_eq!(held("2026-12-31", "2027-03-30"), None);
        assert_eq!(held("2025-12-31", "2026-01-01"), Some(KeyError::NotYetValid));
        assert_eq!(held("2027-01-01", "2027-01-01"), Some(KeyError::Expired));
        assert_eq!(held("2026-12-31", "2027-03-31"), Some(KeyError::Expired));
        let day = date("2026-05-05");
        assert_eq!(set.key_for("530900-x", day, day.start()).err(), Some(KeyError::Unknown));
        assert_eq!(set.key_for("530901-x", day, day.start()).err(), Some(KeyError::NotOfIssuer));
        assert_eq!(set.key_for("", day, day.start()).err(), Some(KeyError::NotOfIssuer));
        assert!(KeyError::Unknown.is_retryable() && !KeyError::Expired.is_retryable());
    }

    #[test]
    fn after_a_compromise_notice_nothing_new_is_accepted() {
        let since = date("2026-06-01").start();
        let set = KeySet::new(key().node(), vec![record().compromised(since)]).unwrap();
        let at = |received| set.key_for(key().kid(), date("2026-05-01"), received).err();
        assert_eq!(at(since.plus(-1)), None);
        assert_eq!(at(since), Some(KeyError::Compromised));
        assert_eq!(set.compromised_since(key().kid()), Some(since));
        assert_eq!(set.compromised_since("530900-x"), None);
    }

    #[test]
    fn a_retired_key_signs_no_more_and_is_accepted_as_before() {
        let retired = record().retired(date("2026-06-01"));
        assert_eq!(retired.sign_until(), date("2026-06-01"));
        assert_eq!(retired.accept_until(), record().accept_until());
        assert_eq!(record().retired(date("2030-01-01")), record());
        assert_eq!(record().retired(date("2020-01-01")).sign_until(), record().sign_from());
    }

    #[test]
    fn a_key_set_reads_back_and_is_a_jwks() {
        let set = KeySet::new(key().node(), vec![record().compromised(Timestamp(5))]).unwrap();
        let json = serde_json::to_value(&set).unwrap();
        assert_eq!(json["node"], "530900");
        for (member, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
            assert_eq!(json["keys"][0][member], value);
        }
        assert_eq!(serde_json::from_value::<KeySet>(json).unwrap(), set);
    }

    #[test]
    fn a_key_set_that_breaks_a_rule_is_refused() {
        let good = serde_json::to_value(key_set()).unwrap();
        for (member, bad) in [
            ("kid", json!("530901-kPrK_qmxVWaYVA9w")),
            ("kid", json!(format!("530900-{}", "A".repeat(16)))),
            ("sign_until", json!("2025-12-30")),
            ("accept_until", json!("2027-03-30")),
            ("alg", json!("HS256")),
            ("use", json!("enc")),
            ("kty", json!("oct")),
            ("crv", json!("X25519")),
            ("x", json!("AAAA")),
            ("d", json!("AAAA")),
        ] {
            let mut set = good.clone();
            set["keys"][0][member] = bad;
            assert!(serde_json::from_value::<KeySet>(set).is_err(), "{member}");
        }
        assert_eq!(KeySet::new(key().node(), vec![record(), record()]), Err(KeySetError::Doubled));
        let foreign = KeySet::new("530901".parse().unwrap(), vec![record()]);
        assert_eq!(foreign, Err(KeySetError::KidMismatch));
    }
}
