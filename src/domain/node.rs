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

    /// Whether this node's region holds the other's, and more.
    pub fn is_above(self, other: Self) -> bool {
        self != other && self.region().contains(other.region())
    }

    /// The upper node (上级) of this one among `nodes`: the nearest whose region holds its own.
    pub fn upper_among(self, nodes: impl IntoIterator<Item = Self>) -> Option<Self> {
        nodes.into_iter().filter(|node| node.is_above(self)).max_by_key(|node| node.region().level())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_node_is_the_nearest_whose_region_holds_the_own() {
        let node = |code: &str| code.parse::<NodeId>().unwrap();
        let known = ["530000", "140000", "530900", "500000", "530927"].map(node);
        let upper = |code: &str| node(code).upper_among(known).map(|upper| upper.to_string());
        assert_eq!(upper("530927").as_deref(), Some("530900"));
        assert_eq!(upper("530900").as_deref(), Some("530000"));
        assert_eq!(upper("140600").as_deref(), Some("140000"));
        assert_eq!((upper("530000"), upper("500000")), (None, None));
    }
}
