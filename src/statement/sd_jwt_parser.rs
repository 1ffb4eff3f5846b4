//! The strict reader of SD-JWTs: from a presentation's text to its parts.
//!
//! Knows the form (RFC 9901 §4, §7.1) and the house's narrowing of it; must not know keys. Invariant:
//! what it returns has flat claims only, each with one name, one digest and one reading.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use uuid::Variant;

use super::canonical::parse_strict;
use super::error::StatementError;
use super::jws::{MAX_BYTES, Opened, decode};
use super::sd_jwt::Plain;
use crate::domain::digest::Digest;

/// The most digests that one statement may hold.
pub const MAX_DIGESTS: usize = 256;
const SALT_BYTES: usize = 16;
const PLAIN: [&str; 6] = ["iss", "sub", "ver", "kind", "iat", "classification"];
const TECHNICAL: [&str; 2] = ["_sd", "_sd_alg"];
const MAX_CODE: usize = 64;

/// Cuts a presentation into its JWS and its disclosures.
pub(super) fn split(presentation: &str) -> Result<(&str, Vec<&str>), StatementError> {
    if presentation.len() > MAX_BYTES {
        return Err(StatementError::TooLarge);
    }
    let Some(body) = presentation.strip_suffix('~') else {
        let last = presentation.rsplit_once('~').map_or("", |(_, last)| last);
        let binds = last.contains('.');
        return Err(if binds { StatementError::KeyBinding } else { StatementError::TrailingTildeMissing });
    };
    let mut parts = body.split('~');
    let jws = parts.next().unwrap_or_default();
    let disclosures: Vec<&str> = parts.take(MAX_DIGESTS + 1).collect();
    if disclosures.len() > MAX_DIGESTS {
        return Err(StatementError::TooManyDigests);
    }
    let mut seen = BTreeSet::new();
    if !disclosures.iter().all(|disclosure| seen.insert(*disclosure)) {
        return Err(StatementError::DisclosureDoubled);
    }
    Ok((jws, disclosures))
}

/// Reads the payload: the plain claims and the sorted digests.
pub(super) fn read_payload<'a>(opened: &'a Opened<'_>) -> Result<(Plain, Vec<&'a str>), StatementError> {
    let payload = &opened.payload;
    for (name, value) in payload {
        if name == "..." || (name != "_sd" && holds_digests(value)) {
            return Err(StatementError::NestedDigests);
        }
        if !PLAIN.contains(&name.as_str()) && !TECHNICAL.contains(&name.as_str()) {
            return Err(StatementError::PlainClaimUnknown);
        }
    }
    if payload.get("_sd_alg").and_then(Value::as_str) != Some("sha-256") {
        return Err(StatementError::HashAlgorithm);
    }
    Ok((read_plain(opened)?, read_digests(payload)?))
}

/// Reads one disclosure: its claim's name and value.
pub(super) fn read_disclosure(disclosure: &str) -> Result<(String, Value), StatementError> {
    let Value::Array(parts) = parse_strict(&decode(disclosure)?)? else {
        return Err(StatementError::DisclosureMalformed);
    };
    let Ok([Value::String(salt), Value::String(name), value]) = <[Value; 3]>::try_from(parts) else {
        return Err(StatementError::DisclosureMalformed);
    };
    if !decode(&salt).is_ok_and(|salt| salt.len() >= SALT_BYTES) {
        return Err(StatementError::SaltTooShort);
    }
    if PLAIN.contains(&name.as_str()) || TECHNICAL.contains(&name.as_str()) || name == "..." {
        return Err(StatementError::ClaimNameReserved);
    }
    if holds_digests(&value) {
        return Err(StatementError::NestedDigests);
    }
    Ok((name, value))
}

fn read_plain(opened: &Opened<'_>) -> Result<Plain, StatementError> {
    let member = |name| opened.payload.get(name).ok_or(StatementError::PlainClaimMissing);
    let code = |name| {
        let text = member(name)?.as_str().filter(|text| is_code(text));
        text.map(str::to_owned).ok_or(StatementError::PlainClaimMalformed)
    };
    let ver = member("ver")?.as_u64().and_then(|ver| u32::try_from(ver).ok());
    let ver = ver.ok_or(StatementError::PlainClaimMalformed)?;
    if ver == 0 {
        return Err(StatementError::VersionZero);
    }
    Ok(Plain {
        iss: opened.iss,
        sub: read_subject(member("sub")?)?,
        ver,
        kind: code("kind")?,
        iat: opened.day()?,
        classification: code("classification")?,
    })
}

fn read_subject(sub: &Value) -> Result<uuid::Uuid, StatementError> {
    let text = sub.as_str().ok_or(StatementError::PlainClaimMalformed)?;
    let parsed: uuid::Uuid = text.parse().map_err(|_| StatementError::SubjectNotUuidV4)?;
    let is_v4 = parsed.get_version_num() == 4 && parsed.get_variant() == Variant::RFC4122;
    let mut canonical = uuid::Uuid::encode_buffer();
    if !is_v4 || parsed.hyphenated().encode_lower(&mut canonical) != text {
        return Err(StatementError::SubjectNotUuidV4);
    }
    Ok(parsed)
}

fn read_digests(payload: &Map<String, Value>) -> Result<Vec<&str>, StatementError> {
    let Some(Value::Array(items)) = payload.get("_sd") else {
        return Err(StatementError::DigestsMalformed);
    };
    if items.len() > MAX_DIGESTS {
        return Err(StatementError::TooManyDigests);
    }
    let mut digests: Vec<&str> = Vec::with_capacity(items.len());
    for item in items {
        let text = item.as_str().filter(|text| text.parse::<Digest>().is_ok());
        let text = text.ok_or(StatementError::DigestsMalformed)?;
        match digests.last().map(|last| (*last).cmp(text)) {
            Some(std::cmp::Ordering::Equal) => return Err(StatementError::DigestsDoubled),
            Some(std::cmp::Ordering::Greater) => return Err(StatementError::DigestsUnsorted),
            _ => digests.push(text),
        }
    }
    Ok(digests)
}

fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    (1..=MAX_CODE).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether `_sd`, `_sd_alg` or `...` stands anywhere inside `value`.
fn holds_digests(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_digests),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name == "..." || TECHNICAL.contains(&name.as_str()) || holds_digests(value)),
        _ => false,
    }
}
