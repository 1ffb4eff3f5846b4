//! Each fact once as it holds, as it does not, and as it cannot be read.

use clap::Parser;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::statement::jws;
use crate::statement::keys::{KeyRecord, SigningKey};
use crate::tlog::cosignature::cosign;
use crate::tlog::key::Signer;
use crate::tlog::tree::{leaf_hash, node_hash};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// The exit code of `guitu verify ARGS`, and what it found.
fn verify(args: &[&str]) -> (u8, Value) {
    let line = ["verify"].iter().chain(args);
    match Line::try_parse_from(line) {
        Err(_) => (2, Value::Null),
        Ok(line) => match check(&line.command) {
            Ok(Held(value, words)) => {
                assert_eq!(words.lines().count(), 1, "{words}");
                (0, value)
            }
            Err(failure) => (failure.code(), Value::Null),
        },
    }
}

fn code(args: &[&str]) -> u8 {
    verify(args).0
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }
}

fn signer(name: &str, key_use: KeyUse, seed: u8) -> Signer {
    Signer::from_seed(name, key_use, &[seed; 32]).unwrap()
}

#[test]
fn inclusion_and_consistency_are_checked_from_the_command_line() {
    let leaves = [b"a", b"b"].map(|entry| leaf_hash(entry));
    let root = hex::encode(node_hash(&leaves[0], &leaves[1]).0);
    let [first, second] = leaves.map(|leaf| hex::encode(leaf.0));
    let inclusion = |index: &str, size: &str, root: &str, proof: &str| {
        code(&[
            "inclusion",
            "--leaf-hash",
            &first,
            "--index",
            index,
            "--size",
            size,
            "--root",
            root,
            "--proof",
            proof,
        ])
    };
    assert_eq!(inclusion("0", "2", &root, &second), 0);
    assert_eq!(inclusion("0", "1", &first, ""), 0);
    for (index, size, root, proof) in [
        ("1", "2", &root, &second),
        ("2", "2", &root, &second),
        ("0", "2", &root, &String::new()),
        ("0", "2", &first, &second),
    ] {
        assert_eq!(inclusion(index, size, root, proof), 1, "{index} of {size}");
    }
    assert_eq!(inclusion("0", "2", "xx", &second), 2);
    assert_eq!(inclusion("0", "2", &root, &format!("{second},")), 2);
    assert_eq!(inclusion("-1", "2", &root, &second), 2);
    let consistency = |size1: &str, root1: &str, proof: &str| {
        code(&[
            "consistency",
            "--size1",
            size1,
            "--root1",
            root1,
            "--size2",
            "2",
            "--root2",
            &root,
            "--proof",
            proof,
        ])
    };
    assert_eq!(consistency("1", &first, &second), 0);
    assert_eq!(consistency("2", &root, ""), 0);
    assert_eq!(consistency("1", &second, &second), 1);
    assert_eq!(consistency("3", &root, &second), 1);
    assert_eq!(consistency("1", &first[1..], &second), 2);
}

#[test]
fn notes_checkpoints_and_cosignatures_are_checked_under_the_keys_given() {
    let files = Files::new();
    let log = signer("guitu.530900/log/1-0", KeyUse::Log, 1);
    let witness = signer("guitu.500000/cosigner", KeyUse::Cosigner, 2);
    let [other, stranger] = [3, 4].map(|seed| signer("guitu.510000/cosigner", KeyUse::Cosigner, seed));
    let head = Checkpoint {
        origin: log.verifier().name().into(),
        size: 7,
        root: Digest::of(b"root"),
        extensions: Vec::new(),
    };
    let mut note = head.sign(&log).unwrap();
    note.attach(cosign(&witness, &note, 1_777_777_777).unwrap()).unwrap();
    let file = files.put("checkpoint", &note.to_string());
    let changed = files.put("changed", &note.to_string().replacen("\n7\n", "\n8\n", 1));
    let torn = files.put("torn", note.text());
    let [log, witness, other, stranger] =
        [log, witness, other, stranger].map(|key| key.verifier().to_string());

    let (exit, found) = verify(&["checkpoint", "--key", &log, "--cosigner", &witness, &file]);
    assert_eq!((exit, &found["size"]), (0, &json!(7)));
    assert_eq!(code(&["checkpoint", "--key", &log, "--cosigner", &other, &file]), 1);
    assert_eq!(code(&["checkpoint", "--key", &log, &changed]), 1);
    assert_eq!(code(&["checkpoint", "--key", &log, &torn]), 2);
    assert_eq!(code(&["checkpoint", "--key", &witness, &file]), 2);
    assert_eq!(code(&["checkpoint", "--key", &log, "no such file"]), 2);
    assert_eq!(code(&["checkpoint", "--key", "name+00000000+AAAA", &file]), 2);

    let (exit, found) = verify(&["cosignature", "--key", &witness, &file]);
    assert_eq!((exit, &found["time"]), (0, &json!(1_777_777_777)));
    assert_eq!(code(&["cosignature", "--key", &stranger, &file]), 1);
    assert_eq!(code(&["cosignature", "--key", &witness, &changed]), 1);
    assert_eq!(code(&["cosignature", "--key", &log, &file]), 2);

    let (exit, found) = verify(&["note", "--key", &log, "--key", &other, &file]);
    assert_eq!((exit, found["signed_by"].as_array().map(Vec::len)), (0, Some(1)));
    assert_eq!(code(&["note", "--key", &other, &file]), 1);
    assert_eq!(code(&["note", "--key", &log, &changed]), 1);
    assert_eq!(code(&["note", "--key", &log, &torn]), 2);
    assert_eq!(code(&["note", &file]), 2);
}

#[test]
fn a_statement_is_checked_under_its_nodes_keys() {
    let files = Files::new();
    let key = SigningKey::from_seed("530900".parse().unwrap(), &[7; 32]).unwrap();
    let days = ["2026-01-01", "2026-12-31", "2027-03-31"].map(|day| day.parse::<CivilDate>().unwrap());
    let record = KeyRecord::new(key.node(), key.verifying_key(), days[0], days[1], days[2]).unwrap();
    let set = KeySet::new(key.node(), vec![record]).unwrap();
    let keys = files.put("keys", &serde_json::to_string(&set).unwrap());
    let payload = json!({ "iss": "530900", "iat": days[0].start().seconds(), "code": "accepted" });
    let compact = jws::sign(&key, jws::typ::ANSWER, &payload).unwrap();
    let file = files.put("statement", &format!("{compact}\n"));
    let check =
        |keys: &str, day: &str, file: &str| verify(&["statement", "--keys", keys, "--received", day, file]);

    let (exit, found) = check(&keys, "2026-02-01", &file);
    assert_eq!((exit, &found["disclosed"]), (0, &json!(["code", "iat", "iss"])));
    assert_eq!(check(&keys, "2027-04-01", &file).0, 1);
    assert_eq!(check(&keys, "yesterday", &file).0, 2);
    assert_eq!(check(&file, "2026-02-01", &file).0, 2);
    assert_eq!(check(&keys, "2026-02-01", &files.put("torn", &compact[..40])).0, 2);
    let (rest, last) = compact.rsplit_once('.').unwrap();
    let flipped: String = last
        .chars()
        .map(|c| {
            if c == 'A' {
                'B'
            } else if c == 'B' {
                'A'
            } else {
                c
            }
        })
        .collect();
    let forged = files.put("forged", &format!("{rest}.{}Q", &flipped[..flipped.len() - 1]));
    assert_eq!(check(&keys, "2026-02-01", &forged).0, 1);
}
