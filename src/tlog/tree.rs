//! The Merkle tree of RFC 6962 §2.1 over SHA-256, grown at its right edge.
//!
//! Knows hashes and their places, never entries. Invariant: a [`Frontier`] of size n holds one hash
//! for each bit set in n, so appending costs O(1) amortised hashes and O(log n) memory.

use aws_lc_rs::digest::{Context, SHA256};
use thiserror::Error;

use crate::domain::digest::Digest;

/// Where a complete subtree stands: it covers the leaves `index << level ..(index + 1) << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coord {
    /// Height above the leaves, 0 to 63.
    pub level: u8,
    /// Position within the level, from the left.
    pub index: u64,
}

/// A complete subtree's hash with its place: what storage keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The place.
    pub at: Coord,
    /// The hash.
    pub hash: Digest,
}

/// A frontier that cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TreeError {
    /// The stored bytes are not a size and one hash per bit set in it: storage is at fault.
    #[error("stored frontier is malformed")]
    Malformed,
    /// The tree holds 2⁶⁴ − 1 leaves: the caller appended once too often.
    #[error("the tree is full")]
    Full,
}

/// The hash of an entry: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Digest {
    // To copy a short entry costs less than to keep a context for it, and little room is sooner made.
    prefixed::<1_024>(entry).or_else(|| prefixed::<2_049>(entry)).unwrap_or_else(|| {
        let mut context = Context::new(&SHA256);
        context.update(&[0]);
        context.update(entry);
        let mut out = [0; 32];
        out.copy_from_slice(context.finish().as_ref());
        Digest(out)
    })
}

/// The hash of an entry, if it fits with its prefix into so many bytes.
fn prefixed<const ROOM: usize>(entry: &[u8]) -> Option<Digest> {
    let mut bytes = [0; ROOM];
    let whole = bytes.get_mut(..=entry.len())?;
    whole.get_mut(1..)?.copy_from_slice(entry);
    Some(Digest::of(whole))
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [0; 65];
    bytes[0] = 1;
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Digest::of(&bytes)
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Digest {
    Digest::of(&[])
}

/// The root over `peaks`, complete subtrees from left to right, each smaller than the one before.
pub(super) fn fold_peaks(peaks: impl DoubleEndedIterator<Item = Digest>) -> Option<Digest> {
    peaks.rev().reduce(|right, left| node_hash(&left, &right))
}

/// The right edge of a tree (a compact range): enough to append and to compute the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Default for Frontier {
    fn default() -> Self {
        Self { size: 0, peaks: Vec::with_capacity(64) }
    }
}

impl Frontier {
    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and pushes every subtree it completes onto `completed`, the leaf itself first,
    /// then upwards. Does not allocate when `completed` has room for 64 more.
    pub fn append(&mut self, leaf: Digest, completed: &mut Vec<Node>) -> Result<(), TreeError> {
        let size = self.size.checked_add(1).ok_or(TreeError::Full)?;
        let mut at = Coord { level: 0, index: self.size };
        let mut hash = leaf;
        completed.push(Node { at, hash });
        while at.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            at = Coord { level: at.level + 1, index: at.index >> 1 };
            completed.push(Node { at, hash });
        }
        self.peaks.push(hash);
        self.size = size;
        Ok(())
    }

    /// The RFC 6962 root.
    pub fn root(&self) -> Digest {
        fold_peaks(self.peaks.iter().copied()).unwrap_or_else(empty_root)
    }

    /// The frontier of a stored tree of `size` leaves; `None` if `lookup` lacks a node.
    pub fn rebuild(size: u64, lookup: impl Fn(Coord) -> Option<Digest>) -> Option<Self> {
        let mut frontier = Self { size, ..Self::default() };
        for at in peaks(0, size) {
            frontier.peaks.push(lookup(at)?);
        }
        Some(frontier)
    }

    /// The size (8 bytes, big-endian), then the hashes, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.peaks.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(&peak.0));
        bytes
    }

    /// Reads exactly what [`Frontier::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (head, rest) = bytes.split_first_chunk::<8>().ok_or(TreeError::Malformed)?;
        let size = u64::from_be_bytes(*head);
        let (hashes, surplus) = rest.as_chunks::<32>();
        if !surplus.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(TreeError::Malformed);
        }
        let mut frontier = Self { size, ..Self::default() };
        frontier.peaks.extend(hashes.iter().copied().map(Digest));
        Ok(frontier)
    }
}

/// The complete subtrees that make up the leaves `start..end`, from left to right. `start` must be a
/// multiple of the largest power of two that is not above the length.
pub(super) fn peaks(start: u64, end: u64) -> impl Iterator<Item = Coord> {
    let mut at = start;
    std::iter::from_fn(move || {
        let level = end.checked_sub(at)?.checked_ilog2()?;
        let index = at >> level;
        at += 1 << level;
        Some(Coord { level: u8::try_from(level).unwrap_or(63), index })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The eight entries that the reference implementations of RFC 6962 test with.
    const ENTRIES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_the_known_ones() {
        let (mut frontier, mut nodes) = (Frontier::default(), Vec::new());
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(frontier.root().0), *root, "size {size}");
            if let Some(entry) = ENTRIES.get(size) {
                frontier.append(leaf_hash(&hex::decode(entry).unwrap()), &mut nodes).unwrap();
            }
        }
        assert_eq!(nodes.len(), 15);
        assert_eq!(nodes[14].at, Coord { level: 3, index: 0 });
        assert_eq!(nodes[14].hash, frontier.root());
    }

    #[test]
    fn an_entry_of_any_length_is_hashed_behind_a_zero_byte() {
        for length in [0, 1, 1_022, 1_023, 1_024, 2_047, 2_048, 2_049, 9_999] {
            let entry = vec![7; length];
            assert_eq!(leaf_hash(&entry), Digest::of(&[&[0][..], &entry].concat()), "{length}");
        }
    }

    #[test]
    fn a_full_tree_refuses() {
        let mut bytes = u64::MAX.to_be_bytes().to_vec();
        bytes.extend_from_slice(&[7; 64 * 32]);
        let mut frontier = Frontier::from_bytes(&bytes).unwrap();
        let before = frontier.clone();
        assert_eq!(frontier.append(empty_root(), &mut Vec::new()), Err(TreeError::Full));
        assert_eq!(frontier, before);
        assert_eq!(peaks(0, u64::MAX).count(), 64);
    }

    proptest! {
        #[test]
        fn stored_frontiers_go_on_where_they_stopped(size in 0_u64..2_000) {
            let (mut frontier, mut nodes) = (Frontier::default(), Vec::new());
            for i in 0..size {
                frontier.append(leaf_hash(&i.to_be_bytes()), &mut nodes).unwrap();
            }
            let bytes = frontier.to_bytes();
            prop_assert_eq!(&Frontier::from_bytes(&bytes).unwrap(), &frontier);
            let find = |at| nodes.iter().find(|node| node.at == at).map(|node| node.hash);
            prop_assert_eq!(&Frontier::rebuild(size, find).unwrap(), &frontier);
            prop_assert_eq!(Frontier::from_bytes(&[&bytes[..], &[0]].concat()), Err(TreeError::Malformed));
            prop_assert_eq!(Frontier::from_bytes(&bytes[..bytes.len() - 1]), Err(TreeError::Malformed));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(frontier) = Frontier::from_bytes(&bytes) {
                prop_assert_eq!(frontier.to_bytes(), bytes);
            }
        }
    }
}
