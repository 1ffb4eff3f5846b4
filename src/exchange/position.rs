//! `GET /peer/v1/position`: how two nodes find each other's place after an outage or a restore.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::chain::ChainEnd;

/// Both lanes of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// The urgent lane.
    pub urgent: ChainEnd,
    /// The normal lane.
    pub normal: ChainEnd,
}

/// What the answering node has settled from the caller, and what it has sequenced for the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// From the caller to the answering node: settled.
    pub received: Lanes,
    /// From the answering node to the caller: sequenced.
    pub sequenced: Lanes,
    /// The answering node's time, milliseconds since the epoch: the caller measures the skew.
    pub now: i64,
    /// The answering node's newest signed checkpoint (C2SP tlog-checkpoint), if it has one.
    pub checkpoint: Option<String>,
}
