//! A tlog-tiles directory, whole and with each kind of damage, through the program itself.

use std::fs;
use std::path::Path;

use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::key::{KeyUse, Signer};
use guitu::tlog::tiles::{Row, Tile, append_entry, changed_in};
use guitu::tlog::tree::{Coord, Frontier, Node, leaf_hash};

use crate::harness::process::run;

const ORIGIN: &str = "log.example/of/tiles";
/// Three rows of tiles, the last tile of each partial.
const SIZE: u64 = 66_000;

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, KeyUse::Log, &[1; 32]).unwrap()
}

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// Writes a log of `size` entries; with bundles only where `bundled` says so.
fn write(dir: &Path, size: u64, bundled: fn(u64) -> bool) {
    let (mut frontier, mut nodes) = (Frontier::default(), Vec::new());
    (0..size).for_each(|index| frontier.append(leaf_hash(&entry(index)), &mut nodes).unwrap());
    let put = |tile: Tile, bytes: &[u8]| {
        let path = dir.join(tile.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for level in 0..3 {
        let row: Vec<&Node> = nodes.iter().filter(|node| node.at.level == level * 8).collect();
        for tile in changed_in(Row::Hashes(level), 0, size) {
            let first = usize::try_from(tile.index() * 256).unwrap();
            let hashes = &row[first..first + usize::from(tile.width())];
            assert_eq!(hashes[0].at, Coord { level: level * 8, index: tile.index() * 256 });
            put(tile, &hashes.iter().flat_map(|node| node.hash.0).collect::<Vec<_>>());
        }
    }
    for tile in changed_in(Row::Entries, 0, size).filter(|tile| bundled(tile.index())) {
        let mut bundle = Vec::new();
        let first = tile.index() * 256;
        (first..first + u64::from(tile.width()))
            .for_each(|index| append_entry(&mut bundle, &entry(index)).unwrap());
        put(tile, &bundle);
    }
    let head = Checkpoint { origin: ORIGIN.into(), size, root: frontier.root(), extensions: Vec::new() };
    fs::write(dir.join("checkpoint"), head.sign(&signer()).unwrap().to_string()).unwrap();
}

fn verify(dir: &Path) -> Option<i32> {
    let key = signer().verifier().to_string();
    run(["verify", "tiles", "--key", &key, dir.to_str().unwrap()]).code()
}

#[test]
fn small_logs_hold() {
    for size in [0, 1, 255, 256, 257, 600] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), size, |index| index != 1);
        assert_eq!(verify(dir.path()), Some(0), "{size}");
    }
}

#[test]
fn a_log_of_three_rows_holds_and_damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SIZE, |_| true);
    let key = signer().verifier().to_string();
    let whole = run(["verify", "tiles", "--key", &key, dir.path().to_str().unwrap()]);
    assert_eq!(whole.code(), Some(0));
    let said: Vec<&str> = whole.stderr.lines().collect();
    assert!((2..=20).contains(&said.len()) && said.iter().all(|line| line.ends_with(" %")), "{said:?}");
    for name in [
        "tile/0/000",
        "tile/0/257.p/208",
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
        "tile/entries/000",
        "tile/entries/257.p/208",
        "checkpoint",
    ] {
        let path = dir.path().join(name);
        let good = fs::read(&path).unwrap();
        let mut changed = good.clone();
        changed[good.len() / 2] ^= 1;
        for (what, bytes) in [
            ("changed", &changed[..]),
            ("cut", &good[..good.len() - 1]),
            ("longer", &[&good[..], &[0]].concat()),
        ] {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(verify(dir.path()), Some(1 | 2)), "{name} {what}");
        }
        fs::remove_file(&path).unwrap();
        let optional = name.starts_with("tile/entries");
        assert_eq!(verify(dir.path()) == Some(0), optional, "{name} missing");
        fs::write(&path, good).unwrap();
    }
    assert_eq!(verify(dir.path()), Some(0));
}

#[test]
fn a_full_tile_stands_in_for_the_partial_one() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 600, |_| true);
    let old = fs::read(dir.path().join("checkpoint")).unwrap();
    fs::remove_dir_all(dir.path().join("tile")).unwrap();
    write(dir.path(), 768, |_| true);
    fs::write(dir.path().join("checkpoint"), old).unwrap();
    fs::remove_dir_all(dir.path().join("tile/1")).unwrap();
    assert_eq!(verify(dir.path()), Some(1), "a partial tile above is gone");
    write(dir.path(), 600, |_| false);
    assert_eq!(verify(dir.path()), Some(0));
}

#[test]
fn files_that_are_not_the_logs_are_not_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 600, |_| true);
    for name in
        ["index.html", "tile/data/000", "tile/0/003", "tile/0/000.p/7", "tile/7/000.p/1", "tile/entries/009"]
    {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"something else").unwrap();
    }
    assert_eq!(verify(dir.path()), Some(0));
}

#[test]
fn another_logs_key_does_not_vouch() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 3, |_| true);
    let other = Signer::from_seed("other.example", KeyUse::Log, &[2; 32]).unwrap().verifier().to_string();
    let code = |key: &str| run(["verify", "tiles", "--key", key, dir.path().to_str().unwrap()]).code();
    assert_eq!((code(&other), code("no key")), (Some(1), Some(2)));
    let witness = Signer::from_seed(ORIGIN, KeyUse::Cosigner, &[1; 32]).unwrap().verifier().to_string();
    assert_eq!(code(&witness), Some(2));
}
