//! Nodes: one per region, named by its code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::region::{NotARegionCode, RegionCode};

/// The name of a node: the GB/T 2260 code of its region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub RegionCode);

impl NodeId {
    /// The region whose node this is.
    pub const fn region(self) -> RegionCode {
        self.0
    }
}

impl FromStr for NodeId {
    type Err = NotARegionCode;

    fn from_str(text: &str) -> Result<Self, NotARegionCode> {
        text.parse().map(Self)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
