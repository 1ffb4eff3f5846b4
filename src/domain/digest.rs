//! SHA-256 digests as they stand on the wire: base64url without padding (RFC 4648 §5), 43 characters.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::spelling;

/// The length of a digest as text.
pub const CHARS: usize = 43;

/// What no six bits are: the character is not of the alphabet.
const OUTSIDE: u8 = 64;

/// The six bits that a character of the alphabet stands for. Digests are most of a log, and the decoder for any length
/// takes twice as long.
const SIXES: [u8; 256] = {
    let (mut sixes, mut six) = ([OUTSIDE; 256], 0);
    while six < OUTSIDE {
        sixes[ALPHABET[six as usize] as usize] = six;
        six += 1;
    }
    sixes
};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// Not 43 characters of canonical base64url. Whoever wrote it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a SHA-256 digest in base64url without padding")]
pub struct NotADigest;

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(out)
    }

    /// The 32 bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = NotADigest;

    fn try_from(bytes: &[u8]) -> Result<Self, NotADigest> {
        bytes.try_into().map(Self).map_err(|_| NotADigest)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let text: &[u8; CHARS] = text.as_bytes().try_into().map_err(|_| NotADigest)?;
        let (mut bytes, mut seen) = ([0; 32], 0);
        let (triples, pair) = bytes.as_chunks_mut::<3>();
        let (groups, last) = text.as_chunks::<4>();
        let mut joined = |group: [u8; 4]| {
            let [a, b, c, d] = group.map(|char| SIXES[usize::from(char)]);
            seen |= a | b | c | d;
            (u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d)).to_be_bytes()
        };
        for (triple, group) in triples.iter_mut().zip(groups) {
            let [_, three @ ..] = joined(*group);
            *triple = three;
        }
        // 43 × 6 bits are two more than the digest has: one spelling has them zero.
        let [_, two @ .., rest] =
            joined(last.try_into().map_or([b'A'; 4], |[a, b, c]: [u8; 3]| [a, b, c, b'A']));
        pair.copy_from_slice(&two);
        if seen < OUTSIDE && rest == 0 { Ok(Self(bytes)) } else { Err(NotADigest) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; CHARS];
        let length = URL_SAFE_NO_PAD.encode_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&text[..length]).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelling::read(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_digest_is_read_as_any_decoder_reads_it(bytes: [u8; 32], at in 0..CHARS, char in any::<char>(), end in "\\PC{0,2}") {
            let text = Digest(bytes).to_string();
            prop_assert_eq!(text.parse(), Ok(Digest(bytes)));
            let mut mangled: Vec<char> = text.chars().collect();
            mangled[at] = char;
            let mangled = mangled.into_iter().collect::<String>() + &end;
            let known = URL_SAFE_NO_PAD.decode(&mangled).ok().and_then(|bytes| Digest::try_from(&bytes[..]).ok());
            prop_assert_eq!(mangled.parse::<Digest>().ok(), known);
        }

        #[test]
        fn one_other_character_is_another_digest_or_none(bytes: [u8; 32], at in 0..CHARS, six in 0..64_usize) {
            let mut text = Digest(bytes).to_string().into_bytes();
            text[at] = ALPHABET[six];
            let known = URL_SAFE_NO_PAD.decode(&text).ok().and_then(|bytes| Digest::try_from(&bytes[..]).ok());
            prop_assert_eq!(std::str::from_utf8(&text).unwrap().parse::<Digest>().ok(), known);
        }
    }
}
