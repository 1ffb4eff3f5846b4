//! Which change of a peer's descriptor its own keys may announce, and which only the operators may take.
//!
//! Invariant: what follows under a key that is held never brings back a retired key, never hides one,
//! never dates a new one back, and never changes whose log it is. A key's compromise is no ordinary
//! change: whoever has the key could announce anything.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use super::descriptor::{Descriptor, DescriptorError};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::statement::jws;
use crate::statement::keys::KeyRecord;

/// Most keys of a node: those in use and those that once were.
const MOST_KEYS: usize = 64;

/// Most descriptors of an announcement: each costs signature checks.
const MOST_DESCRIPTORS: usize = 2;

/// What a node says of itself to its peers: signed descriptors, each under a key of the one before, the
/// newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// One, or two after a change of the signing key: the second may be signed with the new one.
    pub descriptors: Vec<String>,
}

impl Announcement {
    /// Reads one. None if it is of another form, or has more than two descriptors: its sender is at fault.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes).ok().filter(|said| said.descriptors.len() <= MOST_DESCRIPTORS)
    }
}

/// Why a descriptor does not take the place of the one that is held. Its node is at fault, or the operators
/// have to compare fingerprints.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SuccessionError {
    /// No held key signed it, or it is no descriptor.
    #[error("no key that is held signed it: {0}")]
    Unsigned(DescriptorError),
    /// It changes the node's log keys, its CA or its upper node, or goes back to an earlier epoch.
    #[error("the log, the CA or the upper node changed, or an earlier epoch is back")]
    Fixed,
    /// It lacks a key that is held, prolongs it, or says that it is compromised.
    #[error("a key that is held is missing, prolonged or compromised")]
    Keys,
    /// It brings a key that signs from before the day of the descriptor, or too many keys.
    #[error("a new key is dated back, or there are too many")]
    NewKeys,
}

impl SuccessionError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsigned(_) => "descriptor_not_signed",
            Self::Fixed => "descriptor_fixed_part",
            Self::Keys => "descriptor_keys_lost",
            Self::NewKeys => "descriptor_new_keys",
        }
    }
}

/// The descriptor in `text`, if it may take the place of `held` at `now`; none if `held` already has what it
/// says, or more.
pub fn follows(held: &Descriptor, text: &str, now: Timestamp) -> Result<Option<Descriptor>, SuccessionError> {
    let keys = held.key_set().map_err(SuccessionError::Unsigned)?;
    let signed = |error| SuccessionError::Unsigned(DescriptorError::Signature(error));
    jws::verify(text, jws::typ::DESCRIPTOR, &keys, now).map_err(signed)?;
    let next = Descriptor::open(text, now).map_err(SuccessionError::Unsigned)?;
    if fixed(held) != fixed(&next) {
        return Err(SuccessionError::Fixed);
    }
    if is_older(held, &next) {
        return Ok(None);
    }
    if next.epoch < held.epoch {
        return Err(SuccessionError::Fixed);
    }
    if !held.signing_keys.iter().all(|known| goes_on(known, &next)) {
        return Err(SuccessionError::Keys);
    }
    let day = CivilDate::of(Timestamp(next.iat.saturating_mul(Timestamp::SECOND)));
    let mut new = next.signing_keys.iter().filter(|record| find(held, record).is_none());
    if next.signing_keys.len() > MOST_KEYS
        || new.any(|record| record.sign_from() < day || record.compromised_since().is_some())
    {
        return Err(SuccessionError::NewKeys);
    }
    Ok(Some(next))
}

/// What no announcement may change.
fn fixed(said: &Descriptor) -> impl PartialEq {
    let Descriptor { iss, log_key, cosigner_key, tls_ca, upper, .. } = said.clone();
    (iss, log_key, cosigner_key, tls_ca, upper)
}

/// Whether what is held came after it: it was signed on an earlier day, or lacks keys and brings none.
fn is_older(held: &Descriptor, said: &Descriptor) -> bool {
    let nothing_new = said.signing_keys.iter().all(|record| find(held, record).is_some());
    nothing_new && (said.iat < held.iat || said.signing_keys.len() < held.signing_keys.len())
}

fn find<'a>(among: &'a Descriptor, record: &KeyRecord) -> Option<&'a KeyRecord> {
    among.signing_keys.iter().find(|known| known.kid() == record.kid())
}

/// Whether a held key stands in the next descriptor, for no longer than before.
fn goes_on(known: &KeyRecord, next: &Descriptor) -> bool {
    find(next, known).is_some_and(|record| {
        record.sign_from() == known.sign_from()
            && record.sign_until() <= known.sign_until()
            && record.accept_until() <= known.accept_until()
            && record.compromised_since() == known.compromised_since()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::Digest;
    use crate::exchange::descriptor::PROTOCOL;
    use crate::statement::keys::SigningKey;

    fn day(text: &str) -> CivilDate {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        day("2026-05-05").start()
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("530900".parse().unwrap(), &[seed; 32]).unwrap()
    }

    fn record(seed: u8, from: &str) -> KeyRecord {
        let (node, public) = (key(seed).node(), key(seed).verifying_key());
        KeyRecord::new(node, public, day(from), day("2027-12-31"), day("2028-12-31")).unwrap()
    }

    fn held() -> Descriptor {
        Descriptor {
            iss: key(1).node(),
            iat: day("2026-05-01").start().seconds(),
            name: "held".to_owned(),
            peer_url: "https://a".to_owned(),
            signing_keys: vec![record(1, "2026-01-01")],
            log_key: "log".to_owned(),
            cosigner_key: "cosigner".to_owned(),
            epoch: "1-0123456789abcdef".parse().unwrap(),
            tls_ca: "ca".to_owned(),
            tls_pins: vec![Digest::of(b"pin")],
            upper: None,
            protocol: PROTOCOL.to_vec(),
        }
    }

    /// The held descriptor with the next key, and changed.
    fn next(change: impl FnOnce(&mut Descriptor)) -> Descriptor {
        let mut said = Descriptor { iat: now().seconds(), ..held() };
        said.signing_keys.push(record(2, "2026-05-05"));
        change(&mut said);
        said
    }

    fn after(said: &Descriptor, signer: u8) -> Result<Option<Descriptor>, SuccessionError> {
        follows(&held(), &said.sign(&key(signer)).unwrap(), now())
    }

    #[test]
    fn a_held_key_announces_keys_pins_and_addresses() {
        let said = next(|said| {
            said.signing_keys[0] = record(1, "2026-01-01").retired(day("2026-05-12"));
            said.tls_pins.push(Digest::of(b"another"));
            said.peer_url = "https://b".to_owned();
            said.epoch = "2-0000000000000000".parse().unwrap();
        });
        assert_eq!(after(&said, 1), Ok(Some(said.clone())));
        assert_eq!(after(&held(), 1).unwrap().unwrap(), held(), "nothing changed");
        // Once it is held, what came before is not news.
        assert_eq!(follows(&said, &held().sign(&key(1)).unwrap(), now()), Ok(None));
    }

    #[test]
    fn no_other_key_announces_anything() {
        let unsigned = |result| matches!(result, Err(SuccessionError::Unsigned(_)));
        assert!(unsigned(after(&next(|_| ()), 2)), "the next key is not held yet");
        assert!(unsigned(follows(&held(), "", now())));
        let mut lost = held();
        lost.signing_keys[0] = record(1, "2026-01-01").compromised(Timestamp(1));
        assert!(unsigned(follows(&lost, &next(|_| ()).sign(&key(1)).unwrap(), now())));
    }

    #[test]
    fn what_only_operators_take_is_told_apart() {
        type Change = fn(&mut Descriptor);
        let fixed: [Change; 5] = [
            |said| said.log_key = "another".to_owned(),
            |said| said.cosigner_key = "another".to_owned(),
            |said| said.tls_ca = "another".to_owned(),
            |said| said.epoch = "0-0123456789abcdef".parse().unwrap(),
            |said| said.upper = Some("530000".parse().unwrap()),
        ];
        for change in fixed {
            assert_eq!(after(&next(change), 1), Err(SuccessionError::Fixed));
        }
        let late = next(|said| {
            said.signing_keys[0] = record(1, "2026-01-01").compromised(now().plus(Timestamp::DAY));
        });
        assert_eq!(after(&late, 1), Err(SuccessionError::Keys), "a compromise is no ordinary change");
        let longer = next(|said| said.signing_keys[0] = record(1, "2025-01-01"));
        assert_eq!(after(&longer, 1), Err(SuccessionError::Keys));
        let earlier = next(|said| said.signing_keys[1] = record(2, "2026-05-04"));
        assert_eq!(after(&earlier, 1), Err(SuccessionError::NewKeys));
        let many = next(|said| said.signing_keys.extend((3..70).map(|seed| record(seed, "2026-05-05"))));
        assert_eq!(after(&many, 1), Err(SuccessionError::NewKeys));
        let none = Descriptor { signing_keys: vec![record(2, "2026-05-05")], ..next(|_| ()) };
        assert!(
            matches!(after(&none, 1), Err(SuccessionError::Unsigned(_))),
            "it must hold under its own keys too"
        );
    }
}
