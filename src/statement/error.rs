//! Why a statement is refused, each reason with its stable code.
//!
//! Knows no values: neither the errors nor their texts carry anything from the statement.

use thiserror::Error;

use super::canonical::CanonicalError;
use super::keys::KeyError;

macro_rules! refusals {
    ($($variant:ident = $code:literal $doc:literal),+ $(,)?) => {
        /// Why a statement is refused, or cannot be issued. Whoever signed or presented it is at
        /// fault, or, when issuing, the caller.
        #[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
        pub enum StatementError {
            /// The key does not hold; see [`KeyError`].
            #[error(transparent)]
            Key(#[from] KeyError),
            /// A JSON part is not strict JSON; see [`CanonicalError`].
            #[error(transparent)]
            Json(#[from] CanonicalError),
            $(#[doc = $doc] #[error($doc)] $variant),+
        }

        impl StatementError {
            /// Whether this is no statement at all, rather than one that does not hold.
            pub const fn unreadable(self) -> bool {
                matches!(self, Self::Json(_) | Self::TooLarge | Self::NotThreeParts | Self::NotBase64Url)
            }

            /// The stable code: problem-type suffix, metric label and audit outcome.
            pub const fn code(self) -> &'static str {
                match self {
                    Self::Key(key) => key.code(),
                    Self::Json(CanonicalError::NotSerializable) => "statement_not_serializable",
                    Self::Json(CanonicalError::NotUtf8) => "statement_not_utf8",
                    Self::Json(CanonicalError::NotJson) => "statement_not_json",
                    Self::Json(CanonicalError::DuplicateKey) => "statement_duplicate_member",
                    Self::Json(CanonicalError::TooDeep(_)) => "statement_too_deep",
                    Self::Json(CanonicalError::IntegerTooLarge) => "statement_integer_too_large",
                    $(Self::$variant => $code),+
                }
            }
        }
    };
}

refusals! {
    TooLarge = "statement_too_large" "the statement is larger than 256 KiB",
    NotThreeParts = "jws_not_three_parts" "a compact JWS has exactly three parts",
    NotBase64Url = "statement_not_base64url" "a part is not canonical base64url without padding",
    SignatureLength = "signature_length" "an Ed25519 signature has 64 bytes",
    SignatureInvalid = "signature_invalid" "the signature does not verify under the key",
    AlgorithmNotAllowed = "alg_not_allowed" "the algorithm is not `EdDSA`",
    TypMismatch = "typ_mismatch" "the typ is not the expected one",
    EmbeddedKey = "header_embedded_key" "the header brings its own key or names a place for one",
    CriticalExtension = "header_critical_extension" "the header asks for an extension (crit, b64)",
    HeaderMemberUnknown = "header_member_unknown" "the header has a member that is not alg, kid or typ",
    HeaderMalformed = "header_malformed" "the header is not the canonical object of alg, kid and typ",
    PayloadNotObject = "payload_not_object" "the payload is not a JSON object",
    IssuerMissing = "iss_missing" "the payload names no node as its issuer",
    IssuerMismatch = "iss_mismatch" "the issuer is not the node of the key set",
    IssuedAtMissing = "iat_missing" "the payload has no iat in whole seconds",
    IssuedAtNotADay = "iat_not_a_day" "the iat is not the start of a day in China",
    PlainClaimMissing = "plain_claim_missing" "a plain claim is missing",
    PlainClaimUnknown = "plain_claim_unknown" "the payload has a plain claim that is not allowed",
    PlainClaimMalformed = "plain_claim_malformed" "a plain claim is not of its form",
    SubjectNotUuidV4 = "sub_not_uuid_v4" "the sub is not a random UUID (version 4)",
    VersionZero = "ver_zero" "versions start at 1",
    HashAlgorithm = "sd_alg_not_allowed" "the digest algorithm is not sha-256",
    DigestsMalformed = "sd_malformed" "the `_sd` member is not an array of SHA-256 digests",
    DigestsDoubled = "sd_doubled" "a digest stands twice in `_sd`",
    DigestsUnsorted = "sd_unsorted" "the digests are not sorted",
    TooManyDigests = "sd_too_many" "there are more than 256 digests or disclosures",
    NestedDigests = "sd_nested" "digests may stand at the top of the payload only",
    TrailingTildeMissing = "sd_jwt_no_trailing_tilde" "the presentation does not end with a tilde",
    KeyBinding = "sd_jwt_key_binding" "key-binding tokens are not used here",
    DisclosureMalformed = "disclosure_malformed" "a disclosure is not an array of salt, name and value",
    DisclosureDoubled = "disclosure_doubled" "a disclosure stands twice",
    DisclosureUnreferenced = "disclosure_unreferenced" "a disclosure has no digest in the statement",
    SaltTooShort = "disclosure_salt_too_short" "a salt is not base64url of at least 128 bits",
    ClaimDoubled = "claim_doubled" "two disclosures carry one name",
    ClaimNameReserved = "claim_name_reserved" "a disclosed claim has the name of a plain or technical one",
}
