//! Roots and proofs against `tlog_tiles` and `ct-merkle`.

use guitu::domain::digest::Digest;
use guitu::tlog::multiproof::{missing_subtrees, multiproof, verify_multi};
use guitu::tlog::proof::{
    ProofError, Subtree, consistency_path, inclusion_path, nodes_of, prove_consistency, prove_inclusion,
    verify_consistency, verify_inclusion,
};
use guitu::tlog::tree::{empty_root, leaf_hash};
use proptest::prelude::*;
use tlog_tiles::{HashReader, stored_hash_index};

use super::{LOG, Log, SIZE, entry};

impl HashReader for &Log {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes
            .iter()
            .map(|i| tlog_tiles::Hash(self.nodes[usize::try_from(*i).unwrap()].hash.0))
            .collect())
    }
}

fn theirs(digest: Digest) -> tlog_tiles::Hash {
    tlog_tiles::Hash(digest.0)
}

fn all_theirs(proof: &[Digest]) -> Vec<tlog_tiles::Hash> {
    proof.iter().copied().map(theirs).collect()
}

#[test]
fn trees_are_those_of_tlog_tiles() {
    let log = &*LOG;
    for (position, node) in log.nodes.iter().enumerate() {
        assert_eq!(stored_hash_index(node.at.level, node.at.index), position as u64);
    }
    for size in 0..=SIZE {
        assert_eq!(tlog_tiles::tree_hash(size, &log).unwrap(), theirs(log.root(size)), "size {size}");
    }
}

#[test]
fn every_proof_of_small_trees_is_the_one_of_tlog_tiles_and_holds() {
    let log = &*LOG;
    for size in 1..=70 {
        let root = log.root(size);
        for index in 0..size {
            let proof = prove_inclusion(index, size, log.as_of(size)).unwrap();
            assert_eq!(all_theirs(&proof), tlog_tiles::prove_record(size, index, &log).unwrap());
            verify_inclusion(&leaf_hash(&entry(index)), index, size, &proof, &root).unwrap();
            let older = index + 1;
            let proof = prove_consistency(older, size, log.as_of(size)).unwrap();
            assert_eq!(all_theirs(&proof), tlog_tiles::prove_tree(size, older, &log).unwrap());
            verify_consistency(older, &log.root(older), size, &root, &proof).unwrap();
        }
    }
}

/// The node number that `ct-merkle` gives the root of a subtree (its in-order array layout).
fn ct_number(subtree: &Subtree) -> u64 {
    let (start, end) = subtree.range();
    let half = (end - start).next_power_of_two() / 2;
    2 * (start + half) - u64::from(half > 0)
}

#[test]
fn paths_go_through_the_nodes_of_ct_merkle() {
    for size in 1..=200 {
        for index in 0..size {
            let ours: Vec<u64> = inclusion_path(index, size).unwrap().iter().map(ct_number).collect();
            assert_eq!(ours, ct_merkle::indices_for_inclusion_proof(size, index));
            let older = index + 1;
            let ours: Vec<u64> = consistency_path(older, size).unwrap().iter().map(ct_number).collect();
            assert_eq!(ours, ct_merkle::indices_for_consistency_proof(older, size - older));
        }
    }
}

#[test]
fn the_edges_of_proofs_are_exact() {
    let (log, leaf) = (&*LOG, leaf_hash(&entry(0)));
    assert_eq!(inclusion_path(0, 0), Err(ProofError::OutOfRange));
    assert_eq!(verify_inclusion(&leaf, 0, 0, &[], &empty_root()), Err(ProofError::OutOfRange));
    assert_eq!(verify_inclusion(&leaf, 1, 1, &[], &leaf), Err(ProofError::OutOfRange));
    assert_eq!(verify_inclusion(&leaf, 0, 1, &[], &leaf), Ok(()));
    assert_eq!(verify_inclusion(&leaf, 0, 1, &[leaf], &leaf), Err(ProofError::WrongLength));
    assert_eq!(consistency_path(2, 1), Err(ProofError::OutOfRange));
    let (none, five) = (empty_root(), log.root(5));
    assert_eq!(verify_consistency(0, &none, 0, &none, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &none, 5, &five, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &five, 5, &five, &[]), Err(ProofError::Mismatch));
    assert_eq!(verify_consistency(0, &five, 0, &five, &[]), Err(ProofError::Mismatch));
    assert_eq!(verify_consistency(0, &none, 5, &five, &[leaf]), Err(ProofError::WrongLength));
    assert_eq!(verify_consistency(5, &five, 5, &five, &[]), Ok(()));
    assert_eq!(verify_consistency(5, &five, 5, &five, &[leaf]), Err(ProofError::WrongLength));
    assert_eq!(verify_consistency(5, &five, 5, &none, &[]), Err(ProofError::Mismatch));
    assert_eq!(verify_consistency(3, &five, 5, &five, &[]), Err(ProofError::WrongLength));
    assert_eq!(verify_consistency(6, &five, 5, &five, &[]), Err(ProofError::OutOfRange));
    assert_eq!(inclusion_path(u64::MAX - 1, u64::MAX).unwrap().len(), 63);
    assert_eq!(inclusion_path(0, u64::MAX).unwrap().len(), 64);
    assert_eq!(prove_inclusion(0, 8, |_| None), Err(ProofError::MissingNode));
}

/// The proof with one thing wrong, or nothing.
fn mangled(mut proof: Vec<Digest>, how: u8, hit: prop::sample::Index, more: Digest) -> Vec<Digest> {
    match how {
        0 => drop(proof.pop()),
        1 => proof.push(more),
        2 => proof.insert(0, more),
        3 if !proof.is_empty() => {
            let at = hit.index(proof.len());
            proof[at].0[hit.index(32)] ^= 1;
        }
        4 => proof.reverse(),
        _ => {}
    }
    proof
}

proptest! {
    #[test]
    fn large_trees_agree_too(a in 1..=SIZE, b in 1..=SIZE, at in any::<prop::sample::Index>()) {
        let (log, older, size) = (&*LOG, a.min(b), a.max(b));
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let proof = prove_inclusion(index, size, log.as_of(size)).unwrap();
        let leaf = leaf_hash(&entry(index));
        prop_assert_eq!(all_theirs(&proof), tlog_tiles::prove_record(size, index, &log).unwrap());
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &log.root(size)), Ok(()));
        prop_assert!(nodes_of(&inclusion_path(index, size).unwrap()).iter().all(|n| log.as_of(size)(*n).is_some()));
        let proof = prove_consistency(older, size, log.as_of(size)).unwrap();
        prop_assert_eq!(all_theirs(&proof), tlog_tiles::prove_tree(size, older, &log).unwrap());
        prop_assert_eq!(verify_consistency(older, &log.root(older), size, &log.root(size), &proof), Ok(()));
    }

    #[test]
    fn changed_proofs_never_hold(
        size in 2..=SIZE, at in any::<prop::sample::Index>(), hit in any::<prop::sample::Index>(),
        bit in 0_u8..8, shift in 1..=SIZE,
    ) {
        let log = &*LOG;
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let (leaf, root) = (leaf_hash(&entry(index)), log.root(size));
        let proof = prove_inclusion(index, size, log.as_of(size)).unwrap();
        let holds = |index, size, proof: &[Digest]| verify_inclusion(&leaf, index, size, proof, &root).is_ok();
        let mut flipped = proof.clone();
        flipped[hit.index(proof.len())].0[hit.index(32)] ^= 1 << bit;
        prop_assert!(!holds(index, size, &flipped));
        prop_assert!(!holds(index, size, &proof[1..]));
        prop_assert!(!holds(index, size, &[&proof[..], &[root]].concat()));
        prop_assert!(!holds((index + shift) % size, size, &proof) || shift % size == 0);

        let older = index + 1;
        let proof = prove_consistency(older, size, log.as_of(size)).unwrap();
        let old = log.root(older);
        if !proof.is_empty() {
            let mut flipped = proof.clone();
            flipped[hit.index(proof.len())].0[hit.index(32)] ^= 1 << bit;
            prop_assert!(verify_consistency(older, &old, size, &root, &flipped).is_err());
            prop_assert!(verify_consistency(older, &old, size, &root, &proof[1..]).is_err());
            prop_assert!(verify_consistency(older, &root, size, &root, &proof).is_err());
            prop_assert!(verify_consistency(older, &old, size, &old, &proof).is_err());
        }
        prop_assert!(verify_consistency(older, &old, size, &root, &[&proof[..], &[root]].concat()).is_err());
    }

    #[test]
    fn we_and_tlog_tiles_judge_mangled_proofs_alike(
        size in 1..=SIZE, at in any::<prop::sample::Index>(), hit in any::<prop::sample::Index>(), how in 0..6_u8,
        wrong_size in 0..3_u64,
    ) {
        let log = &*LOG;
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let (leaf, root, claimed) = (leaf_hash(&entry(index)), log.root(size), size + wrong_size);
        let proof = mangled(prove_inclusion(index, size, log.as_of(size)).unwrap(), how, hit, root);
        let ours = verify_inclusion(&leaf, index, claimed, &proof, &root).is_ok();
        let said = tlog_tiles::check_record(&all_theirs(&proof), claimed, theirs(root), index, theirs(leaf));
        prop_assert_eq!(ours, said.is_ok());

        let (older, old) = (index + 1, log.root(index + 1));
        let proof = mangled(prove_consistency(older, size, log.as_of(size)).unwrap(), how, hit, root);
        let ours = verify_consistency(older, &old, claimed, &root, &proof).is_ok();
        let said = tlog_tiles::check_tree(&all_theirs(&proof), claimed, theirs(root), older, theirs(old));
        prop_assert_eq!(ours, said.is_ok());
    }

    #[test]
    fn verifiers_survive_anything(
        a in any::<u64>(), b in any::<u64>(), bytes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let proof: Vec<Digest> = bytes.into_iter().map(Digest).collect();
        let root = LOG.root(9);
        prop_assert!(verify_inclusion(&root, a, b, &proof, &root).is_err());
        prop_assert!(verify_consistency(a | 1, &root, b, &root, &proof).is_err() || a | 1 == b);
        prop_assert!(verify_multi(&[(a, root)], b, &proof, &root).is_err());
        prop_assert!(inclusion_path(a, b).map_or(0, |path| path.len()) <= 64);
        prop_assert!(consistency_path(a, b).map_or(0, |path| nodes_of(&path).len()) <= 128);
    }

    #[test]
    fn one_proof_for_many_leaves(
        size in 1..=SIZE, picks in prop::collection::btree_set(0..SIZE, 1..40), hit in any::<prop::sample::Index>(),
    ) {
        let (log, root) = (&*LOG, LOG.root(size));
        let picks: std::collections::BTreeSet<u64> = picks.into_iter().map(|i| i % size).collect();
        let indexes: Vec<u64> = picks.into_iter().collect();
        let leaves: Vec<(u64, Digest)> = indexes.iter().map(|i| (*i, leaf_hash(&entry(*i)))).collect();
        let proof = multiproof(&indexes, size, log.as_of(size)).unwrap();
        prop_assert_eq!(verify_multi(&leaves, size, &proof, &root), Ok(()));
        let singles: usize = indexes.iter().map(|i| inclusion_path(*i, size).unwrap().len()).sum();
        prop_assert!(proof.len() <= singles);

        let surplus = [&proof[..], &[root]].concat();
        prop_assert_eq!(verify_multi(&leaves, size, &surplus, &root), Err(ProofError::WrongLength));
        let mut wrong = leaves.clone();
        wrong[hit.index(leaves.len())].1.0[0] ^= 1;
        prop_assert_eq!(verify_multi(&wrong, size, &proof, &root), Err(ProofError::Mismatch));
        if !proof.is_empty() {
            prop_assert_eq!(verify_multi(&leaves, size, &proof[1..], &root), Err(ProofError::WrongLength));
            let mut wrong = proof.clone();
            wrong[hit.index(proof.len())].0[31] ^= 0x80;
            prop_assert_eq!(verify_multi(&leaves, size, &wrong, &root), Err(ProofError::Mismatch));
        }
    }

    #[test]
    fn a_multiproof_of_one_leaf_is_its_path(size in 1..=SIZE, at in any::<prop::sample::Index>()) {
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let mut path = inclusion_path(index, size).unwrap();
        path.sort_by_key(|subtree| subtree.range());
        prop_assert_eq!(missing_subtrees(&[index], size).unwrap(), path);
    }
}

#[test]
fn multiproofs_refuse_unsorted_doubled_absent_and_no_leaves() {
    for indexes in [&[][..], &[1, 1], &[2, 1], &[1, 9]] {
        assert_eq!(missing_subtrees(indexes, 9), Err(ProofError::OutOfRange), "{indexes:?}");
    }
    assert_eq!(verify_multi(&[], 9, &[LOG.root(9)], &LOG.root(9)), Err(ProofError::OutOfRange));
}
