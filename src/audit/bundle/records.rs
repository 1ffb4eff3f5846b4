//! The JSON records of a bundle.
//!
//! Invariant: a record is read only if it is exactly the canonical JSON (RFC 8785) of what it says.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::statement::canonical;

/// Whose log it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The origin of the log.
    pub log_origin: String,
    /// When the bundle was made.
    pub made_at: Timestamp,
    /// The node.
    pub node: NodeId,
    /// How many entries the log has.
    pub size: u64,
}

/// What the node says that it aims at. An auditor reports it, and judges by the trust file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How many witnesses must have cosigned.
    pub quorum: u64,
    /// How old the unwitnessed tail may grow before it is a fault, milliseconds.
    pub tail_ms: i64,
    /// The nodes that witness, ascending.
    pub witnesses: Vec<NodeId>,
}

/// A cosignature on one of the node's checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cosignature {
    /// The signature line, without its newline.
    pub line: String,
    /// Who cosigned.
    pub peer: NodeId,
    /// The size of the checkpoint.
    pub size: u64,
}

/// A head of a peer's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerHead {
    /// The signed checkpoint.
    pub note: String,
    /// Whose log.
    pub peer: NodeId,
}

/// A receipt as received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRecord {
    /// The body, whose digest the header signs.
    pub body: String,
    /// The signed header, a compact JWS.
    pub header: String,
}

impl ReceiptRecord {
    /// Reads the record, if it is canonical. Two strings in their order are, as they are written; and there
    /// are too many of them, with too much in them, to sort and compare at leisure.
    pub fn open(bytes: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(bytes).ok()?;
        (serde_json::to_vec(&record).ok()? == bytes).then_some(record)
    }
}

/// The quorum of `n` witnesses: more than half, and at least 2.
pub const fn quorum(n: usize) -> usize {
    let majority = n / 2 + 1;
    if majority < 2 { 2 } else { majority }
}

/// Reads a record, if it is canonical.
pub fn open<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Option<T> {
    let record: T = serde_json::from_slice(bytes).ok()?;
    (canonical::to_vec(&record).ok()? == bytes).then_some(record)
}
