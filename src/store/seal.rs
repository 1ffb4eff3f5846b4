//! Encryption at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.
//!
//! Knows keys and bytes, no table. Invariants: keys are zeroed when dropped and have no `Debug`; a sealed value
//! opens only with the same key and the same associated data, which names the place where it belongs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::clock::{Entropy, random};

/// Why bytes were not sealed or opened. Says nothing about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Another key or other associated data, or the bytes were altered: the store is damaged or was tampered with.
    #[error("the sealed value does not open: wrong key, wrong place or altered")]
    Refused,
    /// More than AES-GCM may take under one nonce (64 GiB): our fault.
    #[error("the value is too long to seal")]
    TooLong,
}

/// The key of one record (32 bytes). Destroying every copy of it is what erasure means.
pub struct DataKey([u8; 32]);

/// The node's own key (32 bytes, from a file), which wraps data keys.
pub struct StorageKey([u8; 32]);

macro_rules! secret {
    ($($key:ident),*) => { $(
        impl Drop for $key {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }
        impl ZeroizeOnDrop for $key {}
    )* };
}

secret!(DataKey, StorageKey);

impl DataKey {
    /// A new random key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }
}

impl StorageKey {
    /// The key in `bytes`; the caller zeroes its own copy.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Wraps a data key for storage under `id`: 60 bytes, which open only under the same `id`.
    pub fn wrap(&self, id: &[u8; 16], key: &DataKey, entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        encrypt(&self.0, &wrapping(id), &key.0, entropy)
    }

    /// Unwraps what [`StorageKey::wrap`] made for `id`.
    pub fn unwrap(&self, id: &[u8; 16], wrapped: &[u8]) -> Result<DataKey, SealError> {
        let mut plain = decrypt(&self.0, &wrapping(id), wrapped)?;
        let key = <[u8; 32]>::try_from(plain.as_slice()).map(DataKey).map_err(|_| SealError::Refused);
        plain.zeroize();
        key
    }
}

/// Encrypts `plaintext` for the place that `aad` names (table, column, record): nonce ‖ ciphertext ‖ tag, 28 bytes
/// longer than the plaintext. Up to 2³² values may be sealed under one key.
pub fn seal(
    key: &DataKey,
    aad: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    encrypt(&key.0, aad, plaintext, entropy)
}

/// Decrypts what [`seal`] made with the same key and `aad`.
pub fn open(key: &DataKey, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    decrypt(&key.0, aad, sealed)
}

/// Associated data of a wrapped key, told apart from that of any value.
fn wrapping(id: &[u8; 16]) -> Vec<u8> {
    [b"guitu data key v1\0".as_slice(), id].concat()
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, SealError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| SealError::Refused)
}

fn encrypt(
    key: &[u8; 32],
    aad: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LEN] = random(entropy);
    let mut sealed = Vec::with_capacity(NONCE_LEN + plaintext.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(&nonce);
    let mut body = plaintext.to_vec();
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body)
        .map_err(|_| SealError::TooLong)?;
    sealed.extend_from_slice(&body);
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Refused)?;
    let mut body = body.to_vec();
    let length = cipher(key)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut body)
        .map_err(|_| SealError::Refused)?
        .len();
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::SeededEntropy;

    proptest! {
        #[test]
        fn what_was_sealed_opens_only_unaltered(
            text in prop::collection::vec(any::<u8>(), 0..200), seed: u64, byte: prop::sample::Index, bit in 0_u8..8,
        ) {
            let entropy = SeededEntropy::new(seed);
            let key = DataKey::generate(&entropy);
            let mut sealed = seal(&key, b"here", &text, &entropy).unwrap();
            prop_assert_eq!(sealed.len(), text.len() + 28);
            prop_assert_eq!(&open(&key, b"here", &sealed).unwrap(), &text);
            prop_assert_eq!(open(&key, b"there", &sealed), Err(SealError::Refused));
            prop_assert_eq!(open(&DataKey::generate(&entropy), b"here", &sealed), Err(SealError::Refused));
            let at = byte.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(open(&key, b"here", &sealed), Err(SealError::Refused));
            prop_assert_eq!(open(&key, b"here", &sealed[..sealed.len().min(11)]), Err(SealError::Refused));
        }
    }

    #[test]
    fn a_wrapped_key_opens_only_under_its_id_and_its_storage_key() {
        let entropy = SeededEntropy::new(1);
        let (storage, key) = (StorageKey::from_bytes([7; 32]), DataKey::generate(&entropy));
        let wrapped = storage.wrap(&[1; 16], &key, &entropy).unwrap();
        assert_eq!(wrapped.len(), 60);
        assert_eq!(storage.unwrap(&[1; 16], &wrapped).ok().map(|it| it.0), Some(key.0));
        assert!(storage.unwrap(&[2; 16], &wrapped).is_err());
        assert!(StorageKey::from_bytes([8; 32]).unwrap(&[1; 16], &wrapped).is_err());
    }
}
