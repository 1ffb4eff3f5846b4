//! One proof for several leaves of a tree: what neighbours share is sent once.
//!
//! The proof is the list of the largest subtrees without a proven leaf, from left to right. Invariant:
//! leaves and size alone fix how many hashes there are and where they stand; for one leaf they are
//! those of the RFC 6962 path, in tree order.

use super::proof::{ProofError, Subtree, assemble, same};
use super::tree::{Coord, node_hash};
use crate::domain::digest::Digest;

/// The subtrees missing to compute the root of a tree of `size` leaves from the leaves `indexes`,
/// which must be sorted, distinct and not none.
pub fn missing_subtrees(indexes: &[u64], size: u64) -> Result<Vec<Subtree>, ProofError> {
    check_positions(indexes.iter().copied(), size)?;
    let mut missing = Vec::new();
    collect_missing(Subtree::whole(size), indexes, &mut missing);
    Ok(missing)
}

/// The proof that the leaves `indexes` (sorted, distinct, not none) are in the tree of `size` leaves.
pub fn multiproof(
    indexes: &[u64],
    size: u64,
    lookup: impl Fn(Coord) -> Option<Digest>,
) -> Result<Vec<Digest>, ProofError> {
    assemble(&missing_subtrees(indexes, size)?, lookup)
}

/// Checks that all `leaves` (index and leaf hash; sorted, distinct, not none) are in the tree of
/// `size` leaves with this `root`. Refuses a hash too many or too few.
pub fn verify_multi(
    leaves: &[(u64, Digest)],
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    check_positions(leaves.iter().map(|leaf| leaf.0), size)?;
    let mut rest = proof.iter();
    let computed = compute(Subtree::whole(size), leaves, &mut rest).ok_or(ProofError::WrongLength)?;
    if rest.next().is_some() {
        return Err(ProofError::WrongLength);
    }
    same(&computed, root)
}

fn check_positions(indexes: impl Iterator<Item = u64> + Clone, size: u64) -> Result<(), ProofError> {
    let inside = indexes.clone().last().is_some_and(|last| last < size);
    if inside && indexes.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(ProofError::OutOfRange) }
}

/// At most 64 deep: each call halves the subtree.
fn collect_missing(here: Subtree, indexes: &[u64], missing: &mut Vec<Subtree>) {
    if indexes.is_empty() {
        missing.push(here);
    } else if let Some((left, right)) = here.split() {
        let middle = indexes.partition_point(|index| *index < right.range().0);
        let (of_left, of_right) = indexes.split_at(middle);
        collect_missing(left, of_left, missing);
        collect_missing(right, of_right, missing);
    }
}

fn compute(
    here: Subtree,
    leaves: &[(u64, Digest)],
    proof: &mut std::slice::Iter<'_, Digest>,
) -> Option<Digest> {
    let Some((_, first)) = leaves.first() else { return proof.next().copied() };
    let Some((left, right)) = here.split() else { return Some(*first) };
    let middle = leaves.partition_point(|leaf| leaf.0 < right.range().0);
    let (of_left, of_right) = leaves.split_at(middle);
    let left = compute(left, of_left, proof)?;
    let right = compute(right, of_right, proof)?;
    Some(node_hash(&left, &right))
}
