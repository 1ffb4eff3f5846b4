//! The canonical bytes of an entry (RFC 8785).
//!
//! Knows the order of the members. Invariant: the plain way writes what the canonical writer writes, in a fifth of the
//! time; headers, and integers that a double does not hold, are left to that.

use serde::Serialize;

use super::{Entry, EntryError, EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Lane};
use crate::exchange::receipt::Outcome;
use crate::statement::canonical::to_vec;

/// The largest integer that every reader takes for the same.
const MAX_INTEGER: u64 = (1 << 53) - 1;

#[derive(Serialize)]
struct Placed<'a> {
    t: EntryType,
    at: Timestamp,
    leaf: u64,
    log_origin: &'a str,
    #[serde(flatten)]
    body: &'a Incomplete,
}

/// An entry without a header. Field order is canonical order.
#[derive(Serialize)]
struct Plain<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<Lane>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    leaf: u64,
    log_origin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    t: EntryType,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<Digest>,
}

/// The canonical bytes, of any length.
pub(super) fn canonical(entry: &Entry) -> Result<Vec<u8>, EntryError> {
    let Entry { t, at, leaf, log_origin, body } = entry;
    let bytes = match plain(entry) {
        Some(plain) => serde_json::to_vec(&plain).ok(),
        None => to_vec(&Placed { t: *t, at: *at, leaf: *leaf, log_origin, body }).ok(),
    };
    bytes.ok_or(EntryError::Malformed)
}

fn plain(entry: &Entry) -> Option<Plain<'_>> {
    let Entry { t, at, leaf, log_origin, body } = entry;
    let Incomplete {
        actor,
        code,
        count,
        digest,
        epoch,
        first,
        header,
        lane,
        last,
        peer,
        purpose,
        reference,
        result,
        size,
        x,
    } = body;
    let integers = [*count, *first, *last, *size, Some(*leaf), Some(at.0.unsigned_abs())];
    let safe = header.is_none() && integers.into_iter().flatten().all(|integer| integer <= MAX_INTEGER);
    safe.then_some(Plain {
        actor: actor.as_deref(),
        at: *at,
        code: code.as_deref(),
        count: *count,
        digest: *digest,
        epoch: *epoch,
        first: *first,
        lane: *lane,
        last: *last,
        leaf: *leaf,
        log_origin,
        peer: *peer,
        purpose: *purpose,
        reference: *reference,
        result: *result,
        size: *size,
        t: *t,
        x: *x,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::samples::Party;
    use crate::exchange::problem::ItemCode;

    fn integer() -> impl Strategy<Value = Option<u64>> {
        prop::option::of(prop_oneof![any::<u64>(), (1 << 53) - 2..=(1_u64 << 53) + 1, 0..9_u64])
    }

    proptest! {
        #[test]
        fn both_ways_write_the_same(
            t in prop::sample::select(EntryType::ALL), at: i64, leaf: u64, log_origin: String, code: Option<String>,
            actor: Option<String>, (count, first, last, size) in (integer(), integer(), integer(), integer()),
            bytes: Option<[u8; 32]>, result in prop::option::of(prop::sample::select(ItemCode::ALL)), some: bool,
            purpose in prop::option::of(prop::sample::select(Purpose::ALL)),
        ) {
            let party = Party::new("530900", 10);
            let (digest, result) = (bytes.map(Digest), result.map(Outcome::Refused));
            let (epoch, lane, peer) = (some.then_some(party.epoch), some.then_some(Lane::Normal), some.then_some(party.id));
            let body = Incomplete {
                actor, code, count, digest, epoch, first, header: None, lane, last, peer, purpose, reference: digest, result,
                size, x: digest,
            };
            let (at, leaf) = if some { (at, leaf) } else { (at >> 11, leaf >> 11) };
            let entry = Entry { t, at: Timestamp(at), leaf, log_origin, body };
            let Entry { t, at, leaf, log_origin, body } = &entry;
            let slow = to_vec(&Placed { t: *t, at: *at, leaf: *leaf, log_origin, body }).unwrap();
            prop_assert_eq!(canonical(&entry).unwrap(), slow);
            let large = [body.count, body.first, body.last, body.size].into_iter().flatten().any(|it| it > MAX_INTEGER);
            prop_assert!(some || large || plain(&entry).is_some(), "the quick way is taken");
        }
    }
}
