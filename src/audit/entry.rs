//! One entry of the log: RFC 8785 JSON, below 2 KiB.
//!
//! `sent`, `received`, `refused` and `void` contain the whole message header, so that a verifier
//! recomputes the exchange digest and the chain. Other entries name their record by a salted
//! reference whose salt is destroyed at erasure.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Header, Lane};
use crate::exchange::receipt::{CoreEntry, Outcome};

mod written;

/// Most bytes of an entry.
pub const MAX_BYTES: usize = 2_048;

codes! {
    /// What an entry records.
    pub enum EntryType {
        Sent = "sent" "发送",
        Received = "received" "接收",
        Refused = "refused" "拒收",
        Void = "void" "作废",
        Receipt = "receipt" "回执",
        Edit = "edit" "编辑",
        Submit = "submit" "送审",
        Approve = "approve" "审批",
        Sign = "sign" "签署",
        Share = "share" "共享",
        Answer = "answer" "反馈",
        Withdrawn = "withdrawn" "撤回",
        Purged = "purged" "清除",
        Erased = "erased" "销毁",
        Read = "read" "查阅",
        List = "list" "列表",
        Export = "export" "导出",
        Login = "login" "登录",
        PeerChange = "peer_change" "对端变更",
        UserChange = "user_change" "用户变更",
        KeyChange = "key_change" "密钥变更",
        PeerHead = "peer_head" "对端日志头",
        Epoch = "epoch" "纪元",
        Alarm = "alarm" "告警",
    }
}

/// What is known of an entry before the sequencer gives it its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Incomplete {
    /// The officer, as a keyed pseudonym that is stable per officer and node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// A code: of a refusal, an alarm, an answer, a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many records a list gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// A digest: of a statement, a receipt, the references of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The epoch of the lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The first number of a receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// The message header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// The lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<Lane>,
    /// The last number of a receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// The other node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<NodeId>,
    /// The purpose of a read or a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The record: SHA-256(salt ‖ id ‖ version).
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Digest>,
    /// What became of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Outcome>,
    /// The size of another node's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The exchange digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<Digest>,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it records.
    pub t: EntryType,
    /// When the sequencer placed it.
    pub at: Timestamp,
    /// Its index in the log.
    pub leaf: u64,
    /// The origin of the log.
    pub log_origin: String,
    /// Everything else.
    pub body: Incomplete,
}

/// Why bytes are not an entry of the log. Whoever made the log is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EntryError {
    /// Not JSON of this shape.
    #[error("the entry is not of this format")]
    Malformed,
    /// Not RFC 8785 canonical.
    #[error("the entry is not canonical JSON")]
    NotCanonical,
    /// Longer than 2 KiB.
    #[error("the entry is too long")]
    TooLong,
    /// A message entry whose header does not give its `x`.
    #[error("the entry's x is not the digest of its header")]
    WrongDigest,
}

#[derive(Deserialize)]
struct Place {
    t: EntryType,
    at: Timestamp,
    leaf: u64,
    log_origin: String,
}

/// What a receipt core is made of.
#[derive(Deserialize)]
struct Settled {
    at: Timestamp,
    leaf: u64,
    log_origin: String,
    header: Header,
    x: Digest,
    result: Outcome,
}

/// The receipt core of an entry that our own sequencer wrote, if it settles a message. Without the checks of
/// [`Entry::open`]: altered bytes give a receipt that its checkpoint does not prove, which the sender refuses.
pub fn own_core(bytes: &[u8]) -> Option<CoreEntry> {
    let Settled { at, leaf, log_origin, header, x, result } = serde_json::from_slice(bytes).ok()?;
    let Header { epoch, from, lane, seq, to, .. } = header;
    Some(CoreEntry { at, epoch, from, lane, leaf, log_origin, result, seq, to, x })
}

impl Entry {
    /// The canonical bytes: what is hashed into the tree.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        let bytes = written::canonical(self)?;
        if bytes.len() > MAX_BYTES { Err(EntryError::TooLong) } else { Ok(bytes) }
    }

    /// Reads an entry; refuses whatever is not exactly what [`Entry::to_bytes`] writes, and a
    /// message entry whose header does not give its `x`.
    pub fn open(bytes: &[u8]) -> Result<Self, EntryError> {
        let Place { t, at, leaf, log_origin } =
            serde_json::from_slice(bytes).map_err(|_| EntryError::Malformed)?;
        let mut all: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(bytes).map_err(|_| EntryError::Malformed)?;
        for placed in ["t", "at", "leaf", "log_origin"] {
            all.remove(placed);
        }
        let body: Incomplete = serde_json::from_value(all.into()).map_err(|_| EntryError::Malformed)?;
        let entry = Self { t, at, leaf, log_origin, body };
        if entry.to_bytes()? != bytes {
            return Err(EntryError::NotCanonical);
        }
        entry.check_digest()?;
        Ok(entry)
    }

    fn check_digest(&self) -> Result<(), EntryError> {
        match (&self.body.header, self.body.x) {
            (Some(header), Some(x)) => match header.seal() {
                Ok((_, digest)) if digest == x => Ok(()),
                _ => Err(EntryError::WrongDigest),
            },
            (Some(_), None) => Err(EntryError::WrongDigest),
            (None, _) if self.t.is_message() => Err(EntryError::Malformed),
            (None, _) => Ok(()),
        }
    }

    /// The receipt core that this entry is, if it settles a message.
    pub fn core(&self) -> Option<CoreEntry> {
        let header = self.body.header.as_ref()?;
        Some(CoreEntry {
            at: self.at,
            epoch: header.epoch,
            from: header.from,
            lane: header.lane,
            leaf: self.leaf,
            log_origin: self.log_origin.clone(),
            result: self.body.result?,
            seq: header.seq,
            to: header.to,
            x: self.body.x?,
        })
    }
}

/// The bytes of the entry that `core` is the core of, given the canonical text of the header that its sender
/// knows.
pub fn settling(core: &CoreEntry, header: &str) -> Result<String, EntryError> {
    let CoreEntry { at, leaf, log_origin, result, x, .. } = core;
    of_message(settled(*result), (*at, *leaf, log_origin), (header, *x), Some(*result))
}

/// The bytes of the entry for a message that is sent, given its place (time, index, origin of the log) and the
/// canonical text of its header with its digest.
pub fn sending(place: (Timestamp, u64, &str), header: (&str, Digest)) -> Result<String, EntryError> {
    of_message(EntryType::Sent, place, header, None)
}

/// What [`Entry::to_bytes`] writes for a message, without writing its header anew.
fn of_message(
    t: EntryType,
    (Timestamp(at), leaf, log_origin): (Timestamp, u64, &str),
    (header, x): (&str, Digest),
    result: Option<Outcome>,
) -> Result<String, EntryError> {
    let origin = serde_json::to_string(log_origin).map_err(|_| EntryError::Malformed)?;
    let mut text = String::with_capacity(header.len() + 256);
    write!(text, r#"{{"at":{at},"header":{header},"leaf":{leaf},"log_origin":{origin}"#)
        .and_then(|()| result.map_or(Ok(()), |result| write!(text, r#","result":"{result}""#)))
        .and_then(|()| write!(text, r#","t":"{t}","x":"{x}"}}"#))
        .map_err(|_| EntryError::Malformed)?;
    if text.len() > MAX_BYTES { Err(EntryError::TooLong) } else { Ok(text) }
}

impl EntryType {
    /// Whether such an entry is about a message of the exchange, with its header.
    pub const fn is_message(self) -> bool {
        matches!(self, Self::Sent | Self::Received | Self::Refused | Self::Void)
    }
}

/// The type of the entry that settles a message with that outcome.
pub const fn settled(outcome: Outcome) -> EntryType {
    match outcome {
        Outcome::Stored => EntryType::Received,
        Outcome::Void => EntryType::Void,
        Outcome::Refused(_) => EntryType::Refused,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::samples::{Log, Party, header, message, noon};
    use crate::exchange::message::GENESIS;
    use crate::exchange::problem::ItemCode;
    use crate::statement::canonical;

    fn parties() -> [Party; 2] {
        [Party::new("530900", 10), Party::new("500000", 20)]
    }

    fn received(result: Outcome) -> (Entry, Header) {
        let [own, peer] = parties();
        let header = header(&peer, &own, 1, GENESIS);
        (Log::new(&own).push(settled(result), message(&header, Some(result))), header)
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        let refused = prop::sample::select(ItemCode::ALL).prop_map(Outcome::Refused);
        prop_oneof![Just(Outcome::Stored), Just(Outcome::Void), refused]
    }

    fn changed(entry: &Entry, change: impl FnOnce(&mut serde_json::Value)) -> Result<Entry, EntryError> {
        let mut value = serde_json::from_slice(&entry.to_bytes().unwrap()).unwrap();
        change(&mut value);
        Entry::open(&canonical::to_vec(&value).unwrap())
    }

    #[test]
    fn unknown_members_and_other_spellings_are_refused() {
        let (entry, _) = received(Outcome::Stored);
        assert_eq!(changed(&entry, |_| {}), Ok(entry.clone()));
        assert_eq!(changed(&entry, |value| value["more"] = 1.into()), Err(EntryError::Malformed));
        assert_eq!(changed(&entry, |value| value["header"]["more"] = 1.into()), Err(EntryError::Malformed));
        assert_eq!(
            changed(&entry, |value| value["actor"] = serde_json::Value::Null),
            Err(EntryError::NotCanonical)
        );
        let text = String::from_utf8(entry.to_bytes().unwrap()).unwrap();
        for other in [text.replacen(':', ": ", 1), format!("{text}\n")] {
            assert_eq!(Entry::open(other.as_bytes()), Err(EntryError::NotCanonical), "{other}");
        }
        let doubled = text.replacen('{', "{\"leaf\":7,", 1);
        assert_eq!(Entry::open(doubled.as_bytes()), Err(EntryError::Malformed));
        assert_eq!(Entry::open(b"[]"), Err(EntryError::Malformed));
    }

    #[test]
    fn a_message_entry_needs_the_header_that_gives_its_x() {
        let (entry, _) = received(Outcome::Stored);
        let other = Digest::of(b"other").to_string();
        assert_eq!(changed(&entry, |value| value["x"] = other.into()), Err(EntryError::WrongDigest));
        assert_eq!(changed(&entry, |value| value["header"]["seq"] = 2.into()), Err(EntryError::WrongDigest));
        let without = |name: &'static str| {
            move |value: &mut serde_json::Value| drop(value.as_object_mut().unwrap().remove(name))
        };
        assert_eq!(changed(&entry, without("x")), Err(EntryError::WrongDigest));
        assert_eq!(changed(&entry, without("header")), Err(EntryError::Malformed));
    }

    #[test]
    fn a_sent_message_is_written_as_its_entry() {
        let [own, peer] = parties();
        let header = header(&own, &peer, 1, GENESIS);
        let entry = Log::new(&own).push(EntryType::Sent, message(&header, None));
        let (text, x) = header.seal().unwrap();
        let place = (entry.at, entry.leaf, entry.log_origin.as_str());
        assert_eq!(sending(place, (&text, x)).unwrap().as_bytes(), entry.to_bytes().unwrap());
        let long = "x".repeat(MAX_BYTES);
        assert_eq!(sending(place, (&long, x)), Err(EntryError::TooLong));
    }

    #[test]
    fn a_long_entry_is_refused() {
        let (mut entry, _) = received(Outcome::Stored);
        entry.body.code = Some("x".repeat(MAX_BYTES));
        assert_eq!(entry.to_bytes(), Err(EntryError::TooLong));
    }

    #[test]
    fn an_entry_that_settles_nothing_has_no_core() {
        let [own, peer] = parties();
        let sent = Log::new(&own).push(EntryType::Sent, message(&header(&own, &peer, 1, GENESIS), None));
        let login = Log::new(&own).push(EntryType::Login, Incomplete::default());
        assert_eq!((sent.core(), login.core()), (None, None));
        assert_eq!([sent, login].map(|entry| own_core(&entry.to_bytes().unwrap())), [None, None]);
    }

    proptest! {
        #[test]
        fn an_entry_reads_back(
            t in prop::sample::select(EntryType::ALL), at in 0..4_102_444_800_000_i64, leaf in 0..1_u64 << 53,
            actor in prop::option::of("[a-z0-9]{1,43}"), code in prop::option::of("\\PC{0,40}"),
            count in prop::option::of(0..1_u64 << 53), bytes in prop::option::of(any::<[u8; 32]>()),
        ) {
            let digest = bytes.map(Digest);
            let body = Incomplete { actor, code, count, digest, reference: digest, ..Incomplete::default() };
            let entry = Entry { t, at: Timestamp(at), leaf, log_origin: parties()[0].origin(), body };
            let opened = Entry::open(&entry.to_bytes().unwrap());
            if entry.t.is_message() {
                prop_assert_eq!(opened, Err(EntryError::Malformed));
            } else {
                prop_assert_eq!(opened, Ok(entry));
            }
        }

        #[test]
        fn the_core_and_the_header_give_the_entry_back(result in outcome()) {
            let (entry, header) = received(result);
            let core = entry.core().unwrap();
            prop_assert_eq!(core.at, noon());
            prop_assert_eq!(own_core(&entry.to_bytes().unwrap()), Some(core.clone()));
            let again = settling(&core, &header.seal().unwrap().0).unwrap();
            prop_assert_eq!(again.as_bytes(), entry.to_bytes().unwrap());
            prop_assert_eq!(Entry::open(&entry.to_bytes().unwrap()), Ok(entry));
        }

        #[test]
        fn reading_anything_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Entry::open(&bytes).is_err());
        }
    }
}
