//! The auditor's proofs over several epochs of one log.

use std::collections::BTreeSet;

use guitu::audit::trust::epoch_of;
use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::domain::digest::Digest;
use guitu::exchange::standing::Order;
use guitu::node::Node;
use guitu::node::standing::Start;
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::key::{KeyUse, VerifierKey};
use guitu::tlog::note::Note;
use guitu::tlog::proof::verify_consistency;
use guitu::tlog::proof_file::ProofFile;
use guitu::tlog::tree::leaf_hash;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::restores::Back;

/// The key of the log under the origin that a signed checkpoint names.
fn key_of(node: &Node, origin: &str) -> VerifierKey {
    VerifierKey::new(origin, KeyUse::Log, *node.keys().log().verifier().public()).unwrap()
}

fn origin(note: &str) -> String {
    note.lines().next().unwrap().to_owned()
}

fn digest(hex: &str) -> Digest {
    Digest::try_from(hex::decode(hex).unwrap().as_slice()).unwrap()
}

/// Every entry is proved under the origin that the log had at the size of the checkpoint; of how many epochs they are.
async fn assert_every_entry_is_proved(scene: &Scene) -> usize {
    let here = scene.here();
    let mut counters = BTreeSet::new();
    for entry in here.log().await {
        let leaf = entry.leaf.cast_unsigned();
        let text = here.node.prove_entry(&here.auditor, leaf).await.unwrap();
        let proof: ProofFile = text.parse().unwrap();
        let origin = origin(&proof.checkpoint.to_string());
        let known = [key_of(&here.node, &origin)];
        let opened = proof.verify(&leaf_hash(&proof.extra), &known).unwrap();
        let then = epoch_of(LINCANG, &origin).unwrap();
        let of = epoch_of(LINCANG, entry.entry["log_origin"].as_str().unwrap()).unwrap();
        assert!(opened.checkpoint.size > leaf && of.counter <= then.counter, "{of} under {then}");
        counters.insert(of.counter);
    }
    counters.len()
}

/// The log grew from every size to its last one, across its epochs.
async fn assert_growth(scene: &Scene) {
    let here = scene.here();
    let last = here.log().await.len() as u64;
    let mut origins = BTreeSet::new();
    for old in 1..last {
        let grown = here.node.prove_growth(&here.auditor, old, Some(last)).await.unwrap();
        let proof: Vec<Digest> = grown.proof.iter().map(|hash| digest(hash)).collect();
        let [one, two] = [digest(&grown.root1), digest(&grown.root2)];
        verify_consistency(grown.size1, &one, grown.size2, &two, &proof).unwrap();
        for (note, size, root) in [(grown.checkpoint1, old, one), (grown.checkpoint2, last, two)] {
            let Some(note) = note else { continue };
            let known = [key_of(&here.node, &origin(&note))];
            let head = Checkpoint::open(note.as_bytes(), &known).unwrap().checkpoint;
            assert_eq!((head.size, head.root), (size, root));
            assert!(Note::parse(note.as_bytes()).is_ok());
            origins.insert(head.origin);
        }
    }
    assert!(origins.len() > 1, "heads of several epochs: {origins:?}");
}

on_both_engines! {
    async fn proofs_exports_and_coverage_hold_across_epochs(db) {
        let mut scene = Scene::new(db.engine).await;
        for counter in [2, 3] {
            scene.back_up(LINCANG).await;
            scene.share(1).await;
            scene.nodes.settle().await;
            scene.go_back(LINCANG, Back::Restored).await;
            assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(epoch) if epoch.counter == counter));
            scene.share(2).await;
            scene.nodes.settle().await;
            scene.folder = tempfile::tempdir().unwrap();
        }
        assert_eq!(assert_every_entry_is_proved(&scene).await, 3);
        assert_growth(&scene).await;
        let here = scene.here();
        let covered = here.node.coverage(&here.auditor, SHUOZHOU, None, 1, None).await.unwrap();
        let ours = covered.iter().filter(|one| one.from == LINCANG && !one.both.is_empty());
        assert!(ours.count() > 0, "receipts show both logs in the present epoch");
        assert!(covered.iter().all(|one| one.missing.is_empty()));
        let joint = scene.assert_all_hold().await;
        let epochs: BTreeSet<u32> = joint.lanes.iter().map(|lane| lane.coverage.epoch.counter).collect();
        assert!(epochs.is_superset(&BTreeSet::from([1, 2, 3])), "{epochs:?}");
    }
}
