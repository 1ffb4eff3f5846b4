//! Office tokens: JWTs (RFC 7519) signed with Ed25519 by the office key, which signs nothing else.
//!
//! Knows users by their id only: no name, no duty, so that a token proves nothing but who logged in and
//! a disabled user's token is worthless at once. Invariant: a token is accepted only if its header is
//! byte for byte the one that this node writes, which leaves no choice of algorithm or key (RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::statement::keys::SigningKey;

/// How long a token holds, seconds.
pub const LIFETIME: i64 = 15 * 60;

/// How far the clocks of two instances of one node may differ, seconds.
const SKEW: i64 = 60;

const TYP: &str = "guitu-office+jwt";

/// PKCS #8 (RFC 8410 §7) before the 32 bytes of an Ed25519 seed.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// Why a token is refused. Its bearer is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TokenRefused {
    /// Not a token of this node.
    #[error("the token does not hold")]
    Invalid,
    /// It held once.
    #[error("the token has expired: log in again")]
    Expired,
}

/// The office key cannot be made or cannot sign. The operator is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the office key does not sign")]
pub struct KeyUnusable;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: Uuid,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Issues and verifies the tokens of one node.
pub struct Tokens {
    issuer: String,
    header: Header,
    /// The encoded header with its dot.
    prefix: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Tokens {
    /// The tokens of `node` under the office key that grows from `seed`.
    pub fn new(node: NodeId, seed: &[u8; 32]) -> Result<Self, KeyUnusable> {
        let public = SigningKey::from_seed(node, seed).map_err(|_| KeyUnusable)?.verifying_key();
        let mut der = Zeroizing::new(PKCS8.to_vec());
        der.extend_from_slice(seed);
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYP.to_owned());
        let encoded = serde_json::to_vec(&header).map_err(|_| KeyUnusable)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        let issuer = format!("guitu.{node}/office");
        validation.set_issuer(&[&issuer]);
        validation.set_required_spec_claims(&["iss", "sub", "exp"]);
        // The library would ask the machine's clock; ours is asked below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            issuer,
            header,
            prefix: format!("{}.", URL_SAFE_NO_PAD.encode(encoded)),
            signing: EncodingKey::from_ed_der(&der),
            verifying: DecodingKey::from_ed_der(&public.0),
            validation,
        })
    }

    /// A token for the user, and when it ends. `jti` is random.
    pub fn issue(&self, user: Uuid, jti: Uuid, now: Timestamp) -> Result<(String, Timestamp), KeyUnusable> {
        let iat = now.seconds();
        let exp = iat.saturating_add(LIFETIME);
        let claims = Claims { iss: self.issuer.clone(), sub: user, iat, exp, jti };
        let token = encode(&self.header, &claims, &self.signing).map_err(|_| KeyUnusable)?;
        Ok((token, Timestamp(exp.saturating_mul(Timestamp::SECOND))))
    }

    /// The user whose token this is.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Uuid, TokenRefused> {
        if !token.starts_with(&self.prefix) || token.len() > 1_024 {
            return Err(TokenRefused::Invalid);
        }
        let claims = decode::<Claims>(token, &self.verifying, &self.validation)
            .map_err(|_| TokenRefused::Invalid)?
            .claims;
        if claims.exp.checked_sub(claims.iat) != Some(LIFETIME) || claims.iat > now.seconds() + SKEW {
            return Err(TokenRefused::Invalid);
        }
        if claims.exp <= now.seconds() { Err(TokenRefused::Expired) } else { Ok(claims.sub) }
    }
}

#[cfg(test)]
mod tests;
