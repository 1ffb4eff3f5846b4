//! No private key lies in the tree: neither as PEM nor as JWK nor as a seed, in `certs/` or anywhere else.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What is built, fetched, or somebody's own.
const NOT_OURS: [&str; 3] = ["target", ".git", "node_modules"];

/// What of a private key stands in a text.
fn secrets(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    // Parted, so that this file holds none.
    if text.contains(concat!("PRIVATE", " KEY-----")) {
        found.push("PEM");
    }
    if text.lines().any(is_seed) {
        found.push("seed");
    }
    let whole = serde_json::from_str(text).ok();
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    if whole.into_iter().chain(lines).any(|value: Value| has_private_jwk(&value)) {
        found.push("JWK");
    }
    found
}

fn is_seed(line: &str) -> bool {
    let mut words = line.trim().split(' ');
    let named = words.next() == Some("guitu-seed") && words.nth(1) == Some("v1");
    named && words.next().is_some_and(|seed| STANDARD.decode(seed).is_ok_and(|seed| seed.len() == 32))
}

fn has_private_jwk(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let private =
                members.contains_key("kty") && ["d", "k"].iter().any(|name| members.contains_key(*name));
            private || members.values().any(has_private_jwk)
        }
        Value::Array(items) => items.iter().any(has_private_jwk),
        _ => false,
    }
}

/// How many files were read below `folder`; those with a secret go into `found`.
fn search(folder: &Path, found: &mut Vec<String>) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink()
            || path.file_name().is_some_and(|name| NOT_OURS.iter().any(|other| name == *other))
        {
            continue;
        }
        if path.is_dir() {
            files += search(&path, found);
        } else {
            let text = fs::read(&path).unwrap();
            let kinds = secrets(&String::from_utf8_lossy(&text));
            found.extend(kinds.into_iter().map(|kind| format!("{}: {kind}", path.display())));
            files += 1;
        }
    }
    files
}

#[test]
fn the_tree_holds_no_private_key() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let files = search(root, &mut found);
    assert!(files > 500, "{files} files were read");
    assert_eq!(found, Vec::<String>::new());
    let certs: Vec<_> =
        fs::read_dir(root.join("certs")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(certs, ["README.md"], "nothing but what explains the certificates");
}

#[test]
fn every_form_of_a_private_key_is_seen() {
    let pem = ["-----BEGIN PRIVATE", " KEY-----\nAA==\n"].concat();
    let seed = format!("guitu-seed signing v1 {}", STANDARD.encode([7; 32]));
    let jwk = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}]}"#;
    for (text, kind) in [(pem.as_str(), "PEM"), (seed.as_str(), "seed"), (jwk, "JWK")] {
        assert_eq!(secrets(text), [kind]);
        assert_eq!(secrets(&format!("first\n{text}")), [kind], "in a later line");
    }
    assert!(secrets(r#"{"kty": "OKP", "crv": "Ed25519", "x": "AA"}"#).is_empty());
    assert!(secrets("guitu-seed signing v1 SEED").is_empty());
}
