//! Inclusion and consistency proofs (RFC 6962 §2.1, verified as in RFC 9162 §2.1.3.2, §2.1.4.2).
//!
//! Sans-I/O: making a proof says which complete subtrees it needs, a lookup supplies them. Invariant:
//! a proof has at most 64 hashes, exactly as many as index and sizes call for, or it does not verify.

use thiserror::Error;

use super::tree::{Coord, empty_root, fold_peaks, node_hash, peaks};
use crate::domain::digest::Digest;

/// Why there is no proof, or why it does not hold.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// An index outside the tree, an older tree that is larger, or leaves that are not sorted and
    /// distinct: whoever asked, or named the position, is at fault.
    #[error("no such position in the tree")]
    OutOfRange,
    /// The lookup lacks a complete subtree of the tree: storage is at fault.
    #[error("a stored node of the tree is missing")]
    MissingNode,
    /// More or fewer hashes than the position calls for: the prover is at fault.
    #[error("the proof has the wrong length")]
    WrongLength,
    /// The proof leads to another root: the prover is at fault.
    #[error("the proof leads to another root")]
    Mismatch,
}

/// Leaves `start..end` that have one hash in some tree; not complete if it touches the right edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    start: u64,
    end: u64,
}

impl Subtree {
    /// The whole tree of `size` leaves.
    pub const fn whole(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The number of leaves.
    pub(super) const fn leaves(self) -> u64 {
        self.end - self.start
    }

    /// First leaf and the one after the last.
    pub const fn range(self) -> (u64, u64) {
        (self.start, self.end)
    }

    /// The complete subtrees it is made of, from left to right: one, unless it touches the right edge.
    pub fn nodes(self) -> impl Iterator<Item = Coord> {
        peaks(self.start, self.end)
    }

    /// Its hash, composed from complete subtrees.
    pub fn hash(self, lookup: impl Fn(Coord) -> Option<Digest>) -> Result<Digest, ProofError> {
        let found: Option<Vec<Digest>> = self.nodes().map(lookup).collect();
        found.and_then(|found| fold_peaks(found.into_iter())).ok_or(ProofError::MissingNode)
    }

    /// The two children of a subtree of at least two leaves (RFC 6962: split at the largest power of
    /// two below the length); `None` for a leaf.
    pub(super) fn split(self) -> Option<(Self, Self)> {
        let half = 1 << self.leaves().checked_sub(1)?.checked_ilog2()?;
        let middle = self.start + half;
        Some((Self { start: self.start, end: middle }, Self { start: middle, end: self.end }))
    }
}

/// The subtrees on the path of leaf `index` in a tree of `size` leaves, the leaf's sibling first.
pub fn inclusion_path(index: u64, size: u64) -> Result<Vec<Subtree>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    let (mut path, mut here) = (Vec::new(), Subtree::whole(size));
    while let Some((left, right)) = here.split() {
        let (next, sibling) = if index < left.end { (left, right) } else { (right, left) };
        path.push(sibling);
        here = next;
    }
    path.reverse();
    Ok(path)
}

/// The subtrees that prove a tree of `size1` leaves a prefix of one of `size2`, in RFC 6962 order;
/// none if the sizes are equal or the older tree is empty.
pub fn consistency_path(size1: u64, size2: u64) -> Result<Vec<Subtree>, ProofError> {
    if size1 > size2 {
        return Err(ProofError::OutOfRange);
    }
    let (mut path, mut here) = (Vec::new(), Subtree::whole(size2));
    if size1 == 0 {
        return Ok(path);
    }
    while here.end != size1 {
        let Some((left, right)) = here.split() else { break };
        let (next, sibling) = if size1 <= left.end { (left, right) } else { (right, left) };
        path.push(sibling);
        here = next;
    }
    if here.start != 0 {
        path.push(here);
    }
    path.reverse();
    Ok(path)
}

/// The complete subtrees that a path needs from storage.
pub fn nodes_of(path: &[Subtree]) -> Vec<Coord> {
    path.iter().flat_map(|subtree| subtree.nodes()).collect()
}

/// The hashes of a path: the proof.
pub fn assemble(
    path: &[Subtree],
    lookup: impl Fn(Coord) -> Option<Digest>,
) -> Result<Vec<Digest>, ProofError> {
    path.iter().map(|subtree| subtree.hash(&lookup)).collect()
}

/// The inclusion proof of leaf `index` in the tree of `size` leaves.
pub fn prove_inclusion(
    index: u64,
    size: u64,
    lookup: impl Fn(Coord) -> Option<Digest>,
) -> Result<Vec<Digest>, ProofError> {
    assemble(&inclusion_path(index, size)?, lookup)
}

/// The consistency proof between the trees of `size1` and `size2` leaves.
pub fn prove_consistency(
    size1: u64,
    size2: u64,
    lookup: impl Fn(Coord) -> Option<Digest>,
) -> Result<Vec<Digest>, ProofError> {
    assemble(&consistency_path(size1, size2)?, lookup)
}

/// Checks that `leaf_hash` is leaf `index` of the tree of `size` leaves with this `root`.
pub fn verify_inclusion(
    leaf_hash: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    let last = size.checked_sub(1).filter(|last| index <= *last).ok_or(ProofError::OutOfRange)?;
    let (mut climb, mut hash) = (Climb { node: index, last }, *leaf_hash);
    for sibling in proof {
        hash = match climb.step()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    climb.arrived()?;
    same(&hash, root)
}

/// Checks that the tree (`size1`, `root1`) is a prefix of the tree (`size2`, `root2`). The empty tree
/// is a prefix of all, with an empty proof.
pub fn verify_consistency(
    size1: u64,
    root1: &Digest,
    size2: u64,
    root2: &Digest,
    proof: &[Digest],
) -> Result<(), ProofError> {
    if size1 > size2 {
        return Err(ProofError::OutOfRange);
    }
    if size1 == 0 || size1 == size2 {
        return verify_trivial(size1, root1, size2, root2, proof);
    }
    let shift = size1.trailing_zeros();
    let mut climb = Climb { node: (size1 - 1) >> shift, last: (size2 - 1) >> shift };
    // A power of two is a node of the newer tree: its root starts the climb and is not in the proof.
    let (first, rest) = match proof.split_first() {
        _ if size1.is_power_of_two() => (root1, proof),
        Some(split) => split,
        None => return Err(ProofError::WrongLength),
    };
    let (mut older, mut newer) = (*first, *first);
    for sibling in rest {
        match climb.step()? {
            Side::Left => {
                older = node_hash(sibling, &older);
                newer = node_hash(sibling, &newer);
            }
            Side::Right => newer = node_hash(&newer, sibling),
        }
    }
    climb.arrived()?;
    same(&older, root1)?;
    same(&newer, root2)
}

/// Consistency where nothing is to be hashed: an empty older tree, or the same tree twice.
fn verify_trivial(
    size1: u64,
    root1: &Digest,
    size2: u64,
    root2: &Digest,
    proof: &[Digest],
) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::WrongLength);
    }
    if size1 == 0 {
        same(root1, &empty_root())?;
    }
    if size1 == size2 { same(root1, root2) } else { Ok(()) }
}

pub(super) fn same(computed: &Digest, root: &Digest) -> Result<(), ProofError> {
    if computed == root { Ok(()) } else { Err(ProofError::Mismatch) }
}

/// Which side of the climbing node its sibling is on.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: its index on its level, and the last index there.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    /// Goes up past the next sibling, skipping the levels where the last node has none.
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::WrongLength);
        }
        let side = if self.node & 1 == 1 || self.node == self.last { Side::Left } else { Side::Right };
        if matches!(side, Side::Left) && self.node & 1 == 0 {
            let lone = self.node.trailing_zeros();
            self.node = self.node.checked_shr(lone).unwrap_or(0);
            self.last = self.last.checked_shr(lone).unwrap_or(0);
        }
        self.node >>= 1;
        self.last >>= 1;
        Ok(side)
    }

    fn arrived(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::WrongLength) }
    }
}
