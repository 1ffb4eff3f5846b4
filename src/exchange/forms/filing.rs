//! The forms between a node and its upper node (上级): filings (备案), their answers, statistics of exchange.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::agreement::{ReturnReason, Statistics};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// A party files a version that everybody has signed. The signatures go before it on the same chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingForm {
    /// The party.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The agreement.
    pub agreement: Uuid,
    /// Its version.
    pub version: u32,
    /// The digest of its canonical terms.
    pub digest: Digest,
    /// Which filing of this version it is, from 1: a returned one is followed by the next.
    pub number: u32,
}

/// The upper node acknowledges a filing, or returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingAnswerForm {
    /// The upper node.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The agreement.
    pub agreement: Uuid,
    /// Its version.
    pub version: u32,
    /// The digest of its canonical terms.
    pub digest: Digest,
    /// Whose filing.
    pub party: NodeId,
    /// Which filing of this version.
    pub number: u32,
    /// Why it is returned (退回); absent: it is acknowledged (备案通过).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReturnReason>,
}

/// What a node gave to its peers: how many leads of each kind in each month, small counts suppressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsForm {
    /// The node.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The table.
    pub statistics: Statistics,
}
