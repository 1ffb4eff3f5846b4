//! One entry of the log: RFC 8785 JSON, below 2 KiB.
//!
//! `sent`, `received`, `refused` and `void` contain the whole message header, so that a verifier
//! recomputes the exchange digest and the chain. Other entries name their record by a salted
//! reference whose salt is destroyed at erasure.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Header, Lane};
use crate::exchange::receipt::{CoreEntry, Outcome};
use crate::statement::canonical;

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
        Read = "read" "查阅",
        List = "list" "列表",
        Export = "export" "导出",
        Login = "login" "登录",
        PeerChange = "peer_change" "对端变更",
        UserChange = "user_change" "用户变更",
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

#[derive(Serialize)]
struct Placed<'a> {
    t: EntryType,
    at: Timestamp,
    leaf: u64,
    log_origin: &'a str,
    #[serde(flatten)]
    body: &'a Incomplete,
}

#[derive(Deserialize)]
struct Place {
    t: EntryType,
    at: Timestamp,
    leaf: u64,
    log_origin: String,
}

impl Entry {
    /// The canonical bytes: what is hashed into the tree.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        let Self { t, at, leaf, log_origin, body } = self;
        let placed = Placed { t: *t, at: *at, leaf: *leaf, log_origin, body };
        let bytes = canonical::to_vec(&placed).map_err(|_| EntryError::Malformed)?;
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
            (None, _) if self.is_message() => Err(EntryError::Malformed),
            (None, _) => Ok(()),
        }
    }

    /// Whether the entry is about a message of the exchange, with its header.
    pub const fn is_message(&self) -> bool {
        matches!(self.t, EntryType::Sent | EntryType::Received | EntryType::Refused | EntryType::Void)
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

    /// The entry that `core` is the core of, given the header that its sender knows.
    pub fn of_core(core: &CoreEntry, header: Header) -> Self {
        let body = Incomplete {
            header: Some(header),
            x: Some(core.x),
            result: Some(core.result),
            ..Incomplete::default()
        };
        Self {
            t: settled(core.result),
            at: core.at,
            leaf: core.leaf,
            log_origin: core.log_origin.clone(),
            body,
        }
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
