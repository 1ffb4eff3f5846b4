//! `GET /peer/v1/position`: how two nodes find each other's place after an outage or a restore.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::chain::ChainEnd;
use super::message::Lane;
use crate::domain::digest::Digest;

/// Most records of one page.
pub const MAX_RECORDS: usize = 500;

/// Both lanes of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// The urgent lane.
    pub urgent: ChainEnd,
    /// The normal lane.
    pub normal: ChainEnd,
}

impl Lanes {
    /// The chain of a lane.
    pub const fn of(&self, lane: Lane) -> ChainEnd {
        match lane {
            Lane::Urgent => self.urgent,
            Lane::Normal => self.normal,
        }
    }
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
    /// The newest checkpoint of the caller's log that the answering node followed it to, as the caller signed it.
    #[serde(default)]
    pub your_head: Option<String>,
    /// The same among those of at most `size` entries: whether what the caller has is the beginning of that log.
    #[serde(default)]
    pub your_earlier_head: Option<String>,
    /// The highest counter of the caller's epochs that the answering node knows of; 0 for none.
    #[serde(default)]
    pub your_counter: u32,
}

/// A record of the caller that the answering node holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldRecord {
    /// Its public id.
    #[schema(value_type = String)]
    pub sub: Uuid,
    /// The highest version held; none: the caller took it back, and it is gone.
    pub ver: Option<u32>,
    /// The digest of that version's statement, without its disclosures.
    #[schema(value_type = Option<String>)]
    pub digest: Option<Digest>,
    /// The caller took versions under this number back; 4294967295: all.
    pub below: Option<u32>,
}

/// A page of `GET /peer/v1/position/records`, by public id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldRecords {
    /// At most [`MAX_RECORDS`].
    pub items: Vec<HeldRecord>,
    /// Where the next page begins; none: this was the last.
    #[schema(value_type = Option<String>)]
    pub next: Option<Uuid>,
}

/// The body of `POST /peer/v1/hello`: where the caller stands in what the answering node sends. A caller that was
/// restored stands before what it settled once; it is sent again from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// From the answering node to the caller: settled.
    pub received: Lanes,
}
