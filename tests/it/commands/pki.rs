//! `guitu pki`: secrets are written once, for their owner alone, and read from nobody else's files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use guitu::cli::demo::agreements::LINCANG;
use serde_json::Value;

use super::{refused, said};
use crate::harness::federation::{Site, assert_done};
use crate::harness::process::run;

const SEEDS: [&str; 5] = ["signing.seed", "log.seed", "cosigning.seed", "storage.seed", "office.seed"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Makes CA, certificates and seeds, each by its command, into `out`.
fn commands(out: &str) -> [Vec<&str>; 4] {
    [
        vec!["--json", "pki", "ca", "--region", "530900", "--out", out],
        vec!["--json", "pki", "node", "--region", "530900", "--ca", out, "--out", out],
        vec!["--json", "pki", "office", "--ca", out, "--out", out],
        vec!["--json", "pki", "keys", "--out", out],
    ]
}

#[test]
fn secrets_are_for_their_owner_alone_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pki");
    let text = out.to_str().unwrap();
    let mut written = Vec::new();
    for command in commands(text) {
        let outcome = run(&command);
        assert_done(&outcome);
        let files = said(&outcome)["files"].as_array().unwrap().clone();
        written.extend(files.iter().map(Value::as_str).map(|file| file.unwrap().to_owned()));
    }
    let expected =
        ["ca.pem", "ca.key", "node.pem", "node.key", "office.pem", "office.key"].into_iter().chain(SEEDS);
    let expected: Vec<String> = expected.map(|name| out.join(name).to_str().unwrap().to_owned()).collect();
    assert_eq!(written, expected);
    let contents = || expected.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>();
    for file in expected.iter().filter(|file| Path::new(file).extension().is_none_or(|kind| kind != "pem")) {
        assert_eq!(mode(Path::new(file)), 0o600, "{file}");
    }
    let before = contents();
    for command in commands(text) {
        refused(&run(&command), 2, "exists already");
    }
    assert_eq!(contents(), before, "nothing was overwritten");
}

#[test]
fn a_secret_that_others_may_open_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::init(folder.path(), LINCANG, &[]);
    let secrets: Vec<&str> = ["ca.key", "node.key", "office.key"].into_iter().chain(SEEDS).collect();
    for name in &secrets {
        assert_eq!(mode(Path::new(&site.file(name))), 0o600, "{name}");
    }
    let out = folder.path().join("next");
    let node = |out: &Path| {
        let ca = site.dir.to_str().unwrap();
        run(["pki", "node", "--region", "530900", "--ca", ca, "--out", out.to_str().unwrap()])
    };
    for wide in [0o640, 0o604, 0o666] {
        set_mode(Path::new(&site.file("ca.key")), wide);
        refused(&node(&out), 2, "chmod 600");
    }
    assert!(!out.join("node.pem").exists());
    set_mode(Path::new(&site.file("ca.key")), 0o600);
    assert_done(&node(&out));
    for name in secrets.iter().filter(|name| **name != "ca.key") {
        let path = site.file(name);
        set_mode(Path::new(&path), 0o644);
        refused(&site.run(["serve"]), 2, "chmod 600");
        set_mode(Path::new(&path), 0o600);
    }
}

#[test]
fn what_is_no_region_no_ca_and_no_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    for region in ["53090", "000000", "临沧"] {
        refused(&run(["pki", "ca", "--region", region, "--out", out]), 2, "--region <REGION>: ");
    }
    refused(&run(["pki", "node", "--region", "530900", "--ca", out, "--out", out]), 2, "missing");
    refused(&run(["pki", "ca", "--region", "530900", "--days", "many", "--out", out]), 2, "--days");
    refused(&run(["pki", "descriptor", "--dir", out]), 2, "guitu init");
    fs::create_dir_all(out).unwrap();
    fs::write(Path::new(out).join("ca.pem"), "no certificate").unwrap();
    fs::write(Path::new(out).join("ca.key"), "no key").unwrap();
    set_mode(&Path::new(out).join("ca.key"), 0o600);
    assert_eq!(run(["pki", "office", "--ca", out, "--out", out]).code(), Some(2));
    assert!(!Path::new(out).join("office.pem").exists());
}
