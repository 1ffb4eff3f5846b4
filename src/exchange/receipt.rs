//! Receipts: the receiver's own log entries, proved under its signed checkpoint (wire §3).
//!
//! The core of an entry is stored and always the same bytes; checkpoint, proof, cosignature and the
//! signature over the answer are made afresh each time.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::batch::{Consistency, Head};
use super::chain::ChainEnd;
use super::message::{Epoch, Lane};
use super::problem::ItemCode;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// What became of one message: `stored`, `void`, or `refused:CODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored, and sequenced in the receiver's log.
    Stored,
    /// It came void, and that is logged.
    Void,
    /// Refused for that reason; nothing of it was stored.
    Refused(ItemCode),
}

impl Outcome {
    /// The wire value.
    pub fn code(self) -> String {
        match self {
            Self::Stored => "stored".into(),
            Self::Void => "void".into(),
            Self::Refused(code) => format!("refused:{code}"),
        }
    }

    /// The outcome with that wire value.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "stored" => Some(Self::Stored),
            "void" => Some(Self::Void),
            other => other.strip_prefix("refused:")?.parse().ok().map(Self::Refused),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an outcome"))
    }
}

/// The core of the receiver's log entry for one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreEntry {
    /// When the receiver's sequencer placed it.
    #[schema(value_type = i64)]
    pub at: Timestamp,
    /// The sender's epoch.
    #[schema(value_type = String)]
    pub epoch: Epoch,
    /// The sender of the message.
    #[schema(value_type = String)]
    pub from: NodeId,
    /// The lane.
    #[schema(value_type = String)]
    pub lane: Lane,
    /// Its index in the receiver's log.
    pub leaf: u64,
    /// The origin of the receiver's log.
    pub log_origin: String,
    /// What became of it.
    #[schema(value_type = String)]
    pub result: Outcome,
    /// The number of the message.
    pub seq: u64,
    /// The recipient: the node whose log this is.
    #[schema(value_type = String)]
    pub to: NodeId,
    /// The exchange digest.
    #[schema(value_type = String)]
    pub x: Digest,
}

/// What the receiver says about a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// One per item, in the order of the batch.
    pub entries: Vec<CoreEntry>,
    /// The end of the chain now settled.
    pub settled: ChainEnd,
    /// The receiver's signed checkpoint.
    pub checkpoint: String,
    /// One proof for all distinct leaves of `entries` under the checkpoint.
    #[schema(value_type = Vec<String>)]
    pub proof: Vec<Digest>,
    /// The receiver's cosignature line on the sender's checkpoint; none if the checkpoint could not
    /// be tied to the last head seen.
    pub cosignature: Option<String>,
    /// The last head of the sender's log that the receiver knows.
    pub your_head: Option<Head>,
}

/// The signed part of a receipt: the payload of a JWS of type `guitu-receipt+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptHeader {
    /// The receiver of the batch, who signs.
    pub iss: NodeId,
    /// When it was signed, seconds.
    pub iat: i64,
    /// The sender of the batch.
    pub to: NodeId,
    /// The epoch of the batch.
    pub epoch: Epoch,
    /// The lane of the batch.
    pub lane: Lane,
    /// The number of the first item.
    pub first: u64,
    /// The number of the last item.
    pub last: u64,
    /// The digest of the body as sent.
    pub body: Digest,
}

/// The answer to a batch.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The signed header, a compact JWS.
    pub header: String,
    /// The body whose digest the header signs.
    #[schema(value_type = ReceiptBody)]
    pub body: Box<RawValue>,
}

/// The body of `POST /peer/v1/receipts`: the receipt for a batch that was fetched.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Returned {
    /// The receipt.
    pub receipt: Receipt,
    /// From each head of the receiver's log that the sender of the batch may have seen last to the receipt's
    /// checkpoint.
    #[serde(default)]
    pub consistency: Vec<Consistency>,
}

/// The answer to a receipt for a fetched batch: it is filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// The cosignature line on the receipt's checkpoint; none if it could not be tied to the last head seen.
    pub cosignature: Option<String>,
    /// The last head of the receiver's log that the sender of the batch knows.
    pub your_head: Option<Head>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_have_one_spelling() {
        for outcome in [Outcome::Stored, Outcome::Void, Outcome::Refused(ItemCode::OverDisclosure)] {
            assert_eq!(Outcome::parse(&outcome.code()), Some(outcome));
        }
        for bad in ["", "Stored", "refused", "refused:", "refused:never_heard_of"] {
            assert_eq!(Outcome::parse(bad), None, "{bad}");
        }
    }
}
