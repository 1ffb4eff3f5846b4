//! The end of a chain: what was settled last in one lane from one node to another.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::message::{Epoch, GENESIS};
use crate::domain::digest::Digest;

/// The last message of a chain; `seq` 0 and `x` [`GENESIS`] before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainEnd {
    /// The sender's epoch; none before the first message.
    #[schema(value_type = Option<String>)]
    pub epoch: Option<Epoch>,
    /// The number of the last message.
    pub seq: u64,
    /// Its exchange digest.
    #[schema(value_type = String)]
    pub x: Digest,
}

impl ChainEnd {
    /// A chain in which nothing was said yet.
    pub const EMPTY: Self = Self { epoch: None, seq: 0, x: GENESIS };
}
