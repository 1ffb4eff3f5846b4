//! Keys of signed notes (C2SP signed-note): names, ids, their text forms, and Ed25519 itself.
//!
//! Knows no note. Invariant: a key's id is computed, never believed; two keys of one name and pair
//! but different use (log, witness) have different ids.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use thiserror::Error;
use zeroize::Zeroizing;

use super::text::{decode, encode};
use crate::domain::digest::Digest;

/// A key that cannot be used. Whoever wrote or configured it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not `name+id+base64`, or a name that is empty or has spaces, pluses or control characters.
    #[error("malformed note key")]
    Malformed,
    /// A signature type other than Ed25519 (0x01) and cosignature/v1 (0x04).
    #[error("unknown signature type")]
    UnknownType,
    /// The id does not belong to the name and key.
    #[error("the key id does not belong to the key")]
    WrongId,
}

/// What a key signs: the type byte of signed-note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum KeyUse {
    /// The note text itself (type 0x01): a log's key.
    Log = 1,
    /// Timestamped cosignatures (type 0x04): a witness's key.
    Cosigner = 4,
}

impl KeyUse {
    fn from_byte(byte: u8) -> Result<Self, KeyError> {
        match byte {
            1 => Ok(Self::Log),
            4 => Ok(Self::Cosigner),
            _ => Err(KeyError::UnknownType),
        }
    }
}

/// Whether `name` may stand in a signature line: not empty, no Unicode spaces, no plus, no control
/// characters.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c < ' ')
}

/// A public key with its name and use: a vkey.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    key_use: KeyUse,
    public: [u8; 32],
    id: u32,
}

impl VerifierKey {
    /// The key `public` under `name`.
    pub fn new(name: &str, key_use: KeyUse, public: [u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Malformed);
        }
        Ok(Self { name: name.to_owned(), key_use, public, id: key_id(name, key_use, &public) })
    }

    /// Its name, by convention the log's origin or the witness's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What it signs.
    pub const fn key_use(&self) -> KeyUse {
        self.key_use
    }

    /// The Ed25519 public key (RFC 8032).
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether `signature` is this key's Ed25519 signature over exactly `message`.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.key_use as u8][..], &self.public].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, encode(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let Parts { name, id, key_use, key } = parse(text)?;
        let key = Self::new(name, key_use, *key)?;
        if key.id == id { Ok(key) } else { Err(KeyError::WrongId) }
    }
}

/// A private key with its name and use. Signing is deterministic (RFC 8032).
pub struct Signer {
    verifier: VerifierKey,
    seed: Zeroizing<[u8; 32]>,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// The key that grows from `seed` (32 random bytes, or derived ones).
    pub fn from_seed(name: &str, key_use: KeyUse, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Malformed)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Malformed)?;
        let verifier = VerifierKey::new(name, key_use, public)?;
        Ok(Self { verifier, seed: Zeroizing::new(*seed), pair })
    }

    /// Reads the private form, `PRIVATE+KEY+name+id+base64(type ‖ seed)`.
    pub fn from_private_text(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Malformed)?;
        let Parts { name, id, key_use, key } = parse(rest)?;
        let signer = Self::from_seed(name, key_use, &key)?;
        if signer.verifier.id == id { Ok(signer) } else { Err(KeyError::WrongId) }
    }

    /// The private form, for a key file; wiped from memory when dropped.
    pub fn to_private_text(&self) -> Zeroizing<String> {
        let VerifierKey { name, key_use, id, .. } = &self.verifier;
        let key = Zeroizing::new([&[*key_use as u8][..], &*self.seed].concat());
        let body = Zeroizing::new(encode(&key));
        Zeroizing::new(format!("PRIVATE+KEY+{name}+{id:08x}+{}", *body))
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

fn key_id(name: &str, key_use: KeyUse, public: &[u8; 32]) -> u32 {
    let bytes = [name.as_bytes(), &[b'\n', key_use as u8], public].concat();
    let [a, b, c, d, ..] = Digest::of(&bytes).0;
    u32::from_be_bytes([a, b, c, d])
}

/// `name+id+base64(type ‖ 32 bytes)`, taken apart; the id is only claimed.
struct Parts<'t> {
    name: &'t str,
    id: u32,
    key_use: KeyUse,
    key: Zeroizing<[u8; 32]>,
}

fn parse(text: &str) -> Result<Parts<'_>, KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::Malformed)?;
    let (id, key) = rest.split_once('+').ok_or(KeyError::Malformed)?;
    let hex = id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex || !is_key_name(name) {
        return Err(KeyError::Malformed);
    }
    let id = u32::from_str_radix(id, 16).map_err(|_| KeyError::Malformed)?;
    let key = Zeroizing::new(decode(key).ok_or(KeyError::Malformed)?);
    let (first, rest) = key.split_first().ok_or(KeyError::Malformed)?;
    let key_use = KeyUse::from_byte(*first)?;
    let key = rest.try_into().map_err(|_| KeyError::Malformed)?;
    Ok(Parts { name, id, key_use, key: Zeroizing::new(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_key_of_the_reference_implementation_is_read() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key: VerifierKey = text.parse().unwrap();
        assert_eq!((key.name(), key.id(), key.key_use()), ("PeterNeumann", 0xc74f_20a3, KeyUse::Log));
        assert_eq!(key.to_string(), text);
        let private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
        let signer = Signer::from_private_text(private).unwrap();
        assert_eq!(signer.verifier(), &key);
        assert_eq!(*signer.to_private_text(), private);
    }

    #[test]
    fn use_separates_ids() {
        let [log, cosigner] = [KeyUse::Log, KeyUse::Cosigner]
            .map(|key_use| Signer::from_seed("530900.guitu.example", key_use, &[7; 32]).unwrap());
        assert_eq!(log.verifier().public(), cosigner.verifier().public());
        assert_ne!(log.verifier().id(), cosigner.verifier().id());
    }

    #[test]
    fn wrong_keys_are_refused() {
        let good = Signer::from_seed("a/b", KeyUse::Log, &[1; 32]).unwrap().verifier().to_string();
        assert!(good.parse::<VerifierKey>().is_ok());
        let wrong_id = format!("a/c{}", &good[3..]);
        assert_eq!(wrong_id.parse::<VerifierKey>(), Err(KeyError::WrongId));
        for text in ["", "+", "a+b", "a b+00000000+AQ==", "a+00000000+AQ==", "a+0000000+AQ==", "++"] {
            assert_eq!(text.parse::<VerifierKey>(), Err(KeyError::Malformed), "{text}");
        }
        assert_eq!("a+00000000+Ag==".parse::<VerifierKey>(), Err(KeyError::UnknownType));
    }
}
