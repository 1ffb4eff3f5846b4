//! `guitu backup` and `guitu restore` from outside: what they refuse, and the way back to serving.

use std::fs;
use std::path::{Path, PathBuf};

use guitu::clock::{Clock as _, SystemClock, Timestamp};
use serde_json::{Value, json};

use crate::harness::federation::LIMIT;
use crate::harness::process::{Outcome, Process, Signal, guitu, run};

struct Folder {
    scratch: tempfile::TempDir,
}

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn init(&self, name: &str, region: &str) {
        assert_eq!(run(["init", "--region", region, "--dir", &self.text(name)]).code(), Some(0));
    }

    fn backup(&self, out: &str, more: &[&str]) -> Option<i32> {
        let (dir, out) = (self.text("node"), self.text(out));
        run(["backup", "--dir", &dir, "--out", &out].into_iter().chain(more.iter().copied())).code()
    }

    fn restore(&self, dir: &str, data: &str, keystore: Option<&str>) -> Outcome {
        let (dir, data) = (self.text(dir), self.text(data));
        let keystore = keystore.map(|name| self.text(name));
        let more = keystore.iter().flat_map(|folder| ["--keystore", folder.as_str()]);
        run(["restore", "--dir", dir.as_str(), "--data", data.as_str()].into_iter().chain(more))
    }

    /// A copy of a backup with one member of its manifest changed.
    fn altered(&self, from: &str, to: &str, member: &str, value: Value) {
        copy(&self.path(from), &self.path(to));
        let file = self.path(to).join("backup.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        manifest[member] = value;
        fs::write(&file, manifest.to_string()).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn remove(dir: &Path, name: &str) {
    fs::remove_file(dir.join(name)).unwrap();
}

fn refused(outcome: &Outcome, code: i32, words: &str) {
    assert_eq!(outcome.code(), Some(code), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
}

/// A node with a backup of each part.
fn backed_up() -> Folder {
    let folder = Folder { scratch: tempfile::tempdir().unwrap() };
    folder.init("node", "530900");
    assert_eq!(folder.backup("data", &[]), Some(0));
    assert_eq!(folder.backup("data", &[]), Some(2), "the folder exists");
    assert_eq!(folder.backup("keys", &["--keystore"]), Some(0));
    folder
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let folder = backed_up();
    refused(&folder.restore("node", "data", None), 1, "not empty");
    let home = folder.path("node");
    remove(&home, "node.db");
    refused(&folder.restore("node", "data", Some("keys")), 1, "not empty");
    remove(&home, "keystore.db");
    refused(&folder.restore("node", "data", None), 1, "newest copy");
    refused(&folder.restore("node", "keys", Some("keys")), 2, "other part");
    refused(&folder.restore("node", "none", Some("keys")), 2, "no backup");
    let old = SystemClock.now().plus(-8 * Timestamp::DAY).0;
    folder.altered("keys", "old", "made_at", json!(old));
    refused(&folder.restore("node", "data", Some("old")), 1, "older than 7 days");
    let before = SystemClock.now().plus(-Timestamp::DAY).0;
    folder.altered("keys", "before", "made_at", json!(before));
    refused(&folder.restore("node", "data", Some("before")), 1, "older than the backup of the records");
    for (to, member, value, code, words) in [
        ("newer", "schema", json!(9_999), 1, "newer than this program"),
        ("foreign", "node", json!("140600"), 1, "another node"),
        ("engine", "engine", json!("postgres"), 1, "PostgreSQL"),
        ("digest", "digest", json!("A".repeat(43)), 2, "damaged"),
        ("format", "format", json!(2), 2, "damaged"),
    ] {
        folder.altered("data", to, member, value);
        refused(&folder.restore("node", to, Some("keys")), code, words);
    }
    assert!(!home.join("node.db").exists() && !home.join("keystore.db").exists());
}

#[test]
fn a_restored_node_waits_until_it_goes_on_in_a_new_epoch() {
    let folder = backed_up();
    let (home, dir) = (folder.path("node"), folder.text("node"));
    remove(&home, "node.db");
    // What a crash left of the database that was.
    fs::write(home.join("node.db-wal"), b"stale").unwrap();
    let restored = folder.restore("node", "data", None);
    assert_eq!(restored.code(), Some(0), "{}", restored.stderr);
    assert!(!home.join("node.db-wal").exists());
    refused(&run(["status", "--dir", &dir]), 1, "restored from a backup");
    let serve = || Process::start(guitu(["--json", "serve", "--dir", &dir]));
    let mut process = serve();
    assert!(process.line_with("\"waits\":", LIMIT).contains("guitu epoch open"), "it says what to do");
    assert_eq!(process.stop(Signal::Terminate, LIMIT).code(), Some(0), "it stops while it waits");
    let mut process = serve();
    process.line_with("\"waits\":", LIMIT);
    let open = |more: &[&str]| run(["epoch", "open", "--dir", &dir].into_iter().chain(more.iter().copied()));
    assert_eq!(open(&["--without", "nobody"]).code(), Some(2));
    assert_eq!(run(["epoch", "open"]).code(), Some(2));
    assert_eq!(open(&[]).code(), Some(0));
    process.line_with("\"ops\":", LIMIT);
    assert_eq!(process.stop(Signal::Terminate, LIMIT).code(), Some(0));
    refused(&open(&[]), 1, "the log is whole");
    let mut process = serve();
    process.line_with("\"ops\":", LIMIT);
    assert_eq!(process.stop(Signal::Terminate, LIMIT).code(), Some(0));
}
