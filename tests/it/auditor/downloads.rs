//! What an auditor takes away is checked by the program itself, without the node: proofs, and the whole log.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use guitu::audit::trust::Trust;
use guitu::domain::digest::Digest;
use guitu::tlog::checkpoint::{Checkpoint, Opened};
use guitu::tlog::key::VerifierKey;
use guitu::tlog::proof_file::ProofFile;
use guitu::tlog::tree::leaf_hash;
use serde_json::Value;

use super::Exchanged;
use super::desk::{fetch, office, serve, session};
use crate::federation::secrets::{Search, of_lead};
use crate::harness::database::Engine;
use crate::harness::process::run;

fn hex_of(digests: &[Digest]) -> String {
    digests.iter().map(|digest| hex::encode(digest.bytes())).collect::<Vec<_>>().join(",")
}

/// The keys of the witnesses that cosigned.
fn witnesses(fixture: &Exchanged, proof: &ProofFile) -> Vec<VerifierKey> {
    let keys = fixture.nodes.all.values().map(|at| at.node.keys().cosigner().verifier().clone());
    keys.filter(|key| proof.checkpoint.signatures().iter().any(|line| line.name() == key.name())).collect()
}

/// Runs `guitu verify` on a proof; `index` is where its entry is said to be.
fn included(proof: &ProofFile, head: &Checkpoint, index: u64) -> Option<i32> {
    let leaf = hex_of(&[leaf_hash(&proof.extra)]);
    let (index, size, root) = (index.to_string(), head.size.to_string(), hex_of(&[head.root]));
    let path = hex_of(&proof.path);
    let inclusion = ["verify", "inclusion", "--leaf-hash", &leaf, "--index", &index, "--size", &size];
    run(inclusion.into_iter().chain(["--root", &root, "--proof", &path])).code()
}

/// The program finds the log's signature and the witnesses' cosignatures on the checkpoint of a proof.
fn assert_witnessed(folder: &Path, proof: &ProofFile, log: &VerifierKey, witnesses: &[VerifierKey]) {
    let file = folder.join("checkpoint");
    std::fs::write(&file, proof.checkpoint.to_string()).unwrap();
    let (file, log) = (file.to_str().unwrap().to_owned(), log.to_string());
    let cosigners: Vec<String> = witnesses.iter().map(VerifierKey::to_string).collect();
    assert!(!cosigners.is_empty(), "somebody witnessed it");
    let mut note = vec!["verify".to_owned(), "note".into(), "--key".into(), log.clone()];
    note.extend(cosigners.iter().cloned());
    note.push(file.clone());
    assert_eq!(run(&note).code(), Some(0));
    let mut checkpoint = vec!["verify".to_owned(), "checkpoint".into(), "--key".into(), log];
    checkpoint.extend(cosigners.into_iter().flat_map(|key| ["--cosigner".to_owned(), key]));
    checkpoint.push(file);
    assert_eq!(run(&checkpoint).code(), Some(0));
}

async fn proofs_hold(engine: Engine) {
    let fixture = Exchanged::new(engine).await;
    let (folder, here) = (tempfile::tempdir().unwrap(), fixture.here());
    let app = office(&here.node).await;
    let app = serve!(app);
    let auditor = session(&app, "auditor").await;
    let log = here.node.keys().log().verifier().clone();
    for leaf in [0, 1, 3] {
        let (status, text) = fetch(&app, &format!("/office/v1/log/{leaf}/proof"), &auditor).await;
        assert_eq!(status, 200);
        let proof: ProofFile = String::from_utf8(text).unwrap().parse().unwrap();
        let known = [log.clone()];
        let Opened { checkpoint: head, .. } = proof.verify(&leaf_hash(&proof.extra), &known).unwrap();
        let entry: Value = serde_json::from_slice(&proof.extra).unwrap();
        assert_eq!((proof.index, &entry["leaf"]), (leaf, &leaf.into()));
        assert_eq!(included(&proof, &head, leaf), Some(0));
        assert_eq!(included(&proof, &head, leaf + 1), Some(1));
        assert_witnessed(folder.path(), &proof, &log, &witnesses(&fixture, &proof));
    }
    let (_, grown) = fetch(&app, "/office/v1/log/consistency?size1=3", &auditor).await;
    let grown: Value = serde_json::from_slice(&grown).unwrap();
    let word = |name: &str| grown[name].to_string().trim_matches('"').to_owned();
    let path: Vec<&str> =
        grown["proof"].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap()).collect();
    let consistent = |size1: &str| {
        let said =
            ["verify", "consistency", "--size1", size1, "--root1", &word("root1"), "--size2", &word("size2")];
        run(said.into_iter().chain(["--root2", &word("root2"), "--proof", &path.join(",")])).code()
    };
    assert_eq!((consistent("3"), consistent("4")), (Some(0), Some(1)));
    assert!(grown["checkpoint2"].as_str().unwrap().starts_with(&here.node.log_origin()));
}

#[actix_web::test]
async fn a_downloaded_proof_holds_for_the_program_sqlite() {
    proofs_hold(Engine::Sqlite).await;
}

#[actix_web::test]
async fn a_downloaded_proof_holds_for_the_program_postgres() {
    proofs_hold(Engine::Postgres).await;
}

/// What the descriptors of all nodes say, as a trust file.
async fn trust(fixture: &Exchanged) -> Trust {
    let mut descriptors = Vec::new();
    for about in fixture.nodes.all.keys() {
        let holder = fixture.nodes.all.values().find(|at| at.node.id() != *about).unwrap();
        let text = holder.node.descriptor_of(*about).await.unwrap();
        descriptors.push(holder.node.examine(&text).unwrap());
    }
    Trust::of(&descriptors).unwrap()
}

/// Every raw value of the fixture's lead, and its plain SHA-256 in the ways that one writes it.
async fn secrets(fixture: &Exchanged) -> BTreeSet<String> {
    let here = fixture.here();
    let lead = here.node.read(&here.drafter, fixture.lead).await.unwrap().lead;
    let mut values = of_lead(&serde_json::to_value(lead).unwrap());
    assert!(values.len() > 2, "there is something to look for");
    for value in values.clone() {
        let digest = Digest::of(value.as_bytes());
        let bytes = digest.bytes();
        values.extend([hex::encode(bytes), STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)]);
    }
    values
}

async fn the_bundle_verifies(engine: Engine) {
    let fixture = Exchanged::new(engine).await;
    let (folder, here) = (tempfile::tempdir().unwrap(), fixture.here());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let app = office(&here.node).await;
    let app = serve!(app);
    let auditor = session(&app, "auditor").await;
    let (status, bundle) = fetch(&app, "/office/v1/log/bundle?purpose=dispute", &auditor).await;
    assert_eq!(status, 200);
    std::fs::write(path("bundle"), &bundle).unwrap();
    std::fs::write(path("trust"), trust(&fixture).await.to_bytes().unwrap()).unwrap();
    let verified = run(["audit", "verify", &path("bundle"), "--trust", &path("trust")]);
    assert_eq!(verified.code(), Some(0), "{}{}", verified.stdout, verified.stderr);
    std::fs::write(path("cut"), &bundle[..bundle.len() - 1]).unwrap();
    assert_eq!(run(["audit", "verify", &path("cut"), "--trust", &path("trust")]).code(), Some(2));
    let text = String::from_utf8_lossy(&bundle).into_owned();
    let logged = text.contains("\"code\":\"dispute\"") && text.contains("\"t\":\"export\"");
    assert!(logged, "the export stands in what is exported");
    let search = Search::for_all(&secrets(&fixture).await);
    assert!(!search.finds_in(&bundle), "no raw value in the bundle");
    here.node.sequence().await.unwrap();
    for question in ["?limit=200".to_owned(), format!("/leads/{}", fixture.lead), "/3/proof".into()] {
        let (status, answer) = fetch(&app, &format!("/office/v1/log{question}"), &auditor).await;
        assert!(status == 200 && !search.finds_in(&answer), "no raw value in {question}");
    }
    let (_, answer) =
        fetch(&app, &format!("/office/v1/leads/{}", fixture.lead), &session(&app, "drafter").await).await;
    assert!(search.finds_in(&answer), "the search finds what is there");
}

#[actix_web::test]
async fn a_downloaded_bundle_verifies_and_holds_no_value_sqlite() {
    the_bundle_verifies(Engine::Sqlite).await;
}

#[actix_web::test]
async fn a_downloaded_bundle_verifies_and_holds_no_value_postgres() {
    the_bundle_verifies(Engine::Postgres).await;
}
