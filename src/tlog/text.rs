//! The two encodings that all C2SP text formats share: standard base64 and plain decimals.
//! Invariant: one value, one spelling; every other spelling is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::digest::Digest;

/// Standard base64 with padding (RFC 4648 §4).
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Canonical, padded standard base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A SHA-256 digest in standard base64 (44 characters).
pub(super) fn decode_digest(text: &str) -> Option<Digest> {
    if text.len() != 44 {
        return None;
    }
    Digest::try_from(decode(text)?.as_slice()).ok()
}

/// An ASCII decimal without sign or leading zeroes.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "18446744073709551616", "١"] {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let digest = Digest([0xff; 32]);
        let text = encode(&digest.0);
        assert_eq!(decode_digest(&text), Some(digest));
        assert_eq!(decode_digest(text.trim_end_matches('=')), None);
        assert_eq!(decode_digest(&text.replace("8=", "9=")), None);
    }
}
