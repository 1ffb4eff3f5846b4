//! `guitu audit export --tiles`: the log as a directory that any tlog-tiles client reads.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use guitu::cli::demo::agreements::LINCANG;
use guitu::cli::folder::NodeFolder;
use guitu::node::export::ExportPurpose;
use serde_json::Value;

use crate::harness::database::Engine;
use crate::harness::federation::{Site, assert_done};
use crate::harness::instances::{Place, with_places};
use crate::harness::process::run;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_leaves_as_tiles_that_verify() {
    with_places(Engine::Sqlite, 1, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_leaves_as_tiles_that_verify_on_postgres() {
    with_places(Engine::Postgres, 1, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let arguments: Vec<&str> = places[0].iter().map(String::as_str).collect();
    let site = Site::init(root.path(), LINCANG, &arguments);
    let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();

    let (few, key) = exported(&site, &path("few"));
    assert!((1..256).contains(&few));
    holds(&key, &path("few"), few);
    // More than one tile of leaves, so that there is one above.
    let node = NodeFolder::read(&site.dir).unwrap().open_node().await.unwrap();
    for _ in few..270 {
        node.note_export(None, ExportPurpose::Archive).await.unwrap();
    }
    node.databases().close().await;
    let (size, same) = exported(&site, &path("tiles"));
    assert_eq!((size, &same), (271, &key));
    holds(&key, &path("tiles"), size);
    for name in ["checkpoint", "tile/0/000", "tile/0/001.p/15", "tile/1/000.p/1", "tile/entries/001.p/15"] {
        let file = Path::new(&path("tiles")).join(name);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(path("tiles")).unwrap().permissions().mode() & 0o777, 0o700);
    let tile = Path::new(&path("tiles")).join("tile/entries/000");
    let mut changed = fs::read(&tile).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(&tile, changed).unwrap();
    let refused = run(["verify", "tiles", "--key", &key, &path("tiles")]);
    assert_eq!((refused.code(), refused.stderr.lines().count()), (Some(1), 1), "{}", refused.stderr);

    // Never over what is there; and both at once is one export.
    assert_eq!(site.run(["audit", "export", "--tiles", &path("tiles")]).code(), Some(2));
    assert_eq!(site.run(["audit", "export"]).code(), Some(2));
    let both = site.run(["audit", "export", "--out", &path("bundle"), "--tiles", &path("both")]);
    assert_done(&both);
    holds(&key, &path("both"), size + 1);
    let trust = path("trust");
    assert_done(&run(["audit", "trust", "--from", &site.file("descriptor.jws"), "--out", &trust]));
    assert_done(&run(["audit", "verify", &path("bundle"), "--trust", &trust]));
}

/// Exports the log to a directory; its size and its key.
fn exported(site: &Site, dir: &str) -> (u64, String) {
    let outcome = site.run(["audit", "export", "--tiles", dir]);
    assert_done(&outcome);
    let said: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let tiles = &said["tiles"];
    (tiles["size"].as_u64().unwrap(), tiles["key"].as_str().unwrap().to_owned())
}

#[track_caller]
fn holds(key: &str, dir: &str, size: u64) {
    let outcome = run(["--json", "verify", "tiles", "--key", key, dir]);
    assert_done(&outcome);
    let said: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((said["size"].as_u64(), said["entries"].as_u64()), (Some(size), Some(size)));
}
