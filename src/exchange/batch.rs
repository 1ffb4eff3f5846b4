//! A batch: consecutive messages of one lane, with one signature made afresh at each dispatch (wire §3).
//!
//! Through `prev` the signed header is evidence for every item.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::message::{Epoch, Lane};
use super::problem::ItemCode;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// Most items of one batch.
pub const MAX_ITEMS: usize = 500;

/// Most bytes of one message's header: with it, the receiver's log entry stays below its own limit.
pub const MAX_HEADER: usize = 1_700;

/// Most bytes of one batch.
pub const MAX_BYTES: usize = 4 << 20;

/// How far `made_at` may be from the receiver's clock, milliseconds.
pub const MAX_SKEW: i64 = 5 * 60 * Timestamp::SECOND;

/// The signed part of a batch: the payload of a JWS of type `guitu-batch+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchHeader {
    /// The sender.
    pub iss: NodeId,
    /// When it was signed, seconds.
    pub iat: i64,
    /// The recipient.
    pub to: NodeId,
    /// The sender's epoch.
    pub epoch: Epoch,
    /// The lane.
    pub lane: Lane,
    /// The number of the first item.
    pub first: u64,
    /// The number of the last item.
    pub last: u64,
    /// The exchange digest before the first item.
    pub first_prev: Digest,
    /// The exchange digest of the last item.
    pub last_x: Digest,
    /// When it was made; the receiver refuses what is more than five minutes off.
    pub made_at: Timestamp,
}

/// One message on the wire: its header, and its statement or the reason why it goes void.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The canonical header.
    #[schema(value_type = super::message::Header)]
    pub header: Box<RawValue>,
    /// The statement: an SD-JWT presentation or a JWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The random reference of the person, this recipient's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub person_refs: Vec<String>,
    /// Why the message goes without its statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub void: Option<ItemCode>,
}

/// A size and a root of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many entries the log has.
    pub size: u64,
    /// Its root (RFC 6962 §2.1).
    #[schema(value_type = String)]
    pub root: Digest,
}

/// A consistency proof (RFC 6962 §2.1.2) from an earlier size to the checkpoint beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// The earlier size.
    pub from: u64,
    /// The hashes.
    #[schema(value_type = Vec<String>)]
    pub proof: Vec<Digest>,
}

/// The body of `POST /peer/v1/batches`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The signed batch header, a compact JWS.
    pub header: String,
    /// Consecutive messages.
    pub items: Vec<Item>,
    /// The sender's newest signed checkpoint. Of several batches in flight to one node, in both lanes, one
    /// carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// From each head that the receiver may have seen last to the checkpoint.
    #[serde(default)]
    pub consistency: Vec<Consistency>,
    /// The last head of the receiver's log that the sender saw.
    #[serde(default)]
    pub your_head: Option<Head>,
}
