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
    /// Reads the record, if it is canonical. There are too many of them, with too much in them, to read and
    /// to write again: two strings that escape quotes and backslashes only have no other spelling.
    pub fn open(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().and_then(Self::quickly).or_else(|| open(bytes))
    }

    fn quickly(text: &str) -> Option<Self> {
        let (body, rest) = unescaped(text.strip_prefix(r#"{"body":""#)?)?;
        let (header, rest) = unescaped(rest.strip_prefix(r#","header":""#)?)?;
        (rest == "}").then_some(Self { body, header })
    }
}

/// The string that begins `text`, up to its closing quote, and what follows. None if it escapes anything but
/// quotes and backslashes, or never ends.
fn unescaped(text: &str) -> Option<(String, &str)> {
    let (mut string, mut rest) = (String::with_capacity(text.len()), text);
    loop {
        let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
        let (run, after) = rest.split_at_checked(end)?;
        string.push_str(run);
        match after.as_bytes() {
            [b'"', ..] => return Some((string, after.get(1..)?)),
            [b'\\', escaped @ (b'"' | b'\\'), ..] => string.push(char::from(*escaped)),
            _ => return None,
        }
        rest = after.get(2..)?;
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
