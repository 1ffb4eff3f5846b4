//! Tile addresses and contents against `tlog_tiles` and the tree itself.

use guitu::tlog::tiles::{Row, Tile, append_entry, changed_in, changed_tiles, entries, leaf_row};
use guitu::tlog::tree::Coord;
use proptest::prelude::*;

use super::{LOG, SIZE};

/// Our path with the height that Go's sumdb, and so `tlog_tiles`, puts into it.
fn with_height(tile: Tile) -> String {
    tile.to_string().replacen("tile/", "tile/8/", 1).replace("entries", "data")
}

/// The bytes of a tile, from the tree.
fn tile_bytes(tile: Tile) -> Vec<u8> {
    let Row::Hashes(level) = tile.row() else { unreachable!() };
    let first = tile.index() * 256;
    let row = (first..first + u64::from(tile.width())).map(|index| Coord { level: level * 8, index });
    row.flat_map(|at| LOG.at(at).unwrap().0).collect()
}

#[test]
fn nodes_read_from_tiles_are_the_trees() {
    for size in [1, 255, 256, 257, 1_000, 2_048, SIZE] {
        for node in &LOG.nodes {
            let there = (node.at.index + 1) << node.at.level <= size;
            let tile = Tile::holding(node.at, size);
            assert_eq!(tile.is_some(), there);
            if let Some(tile) = tile {
                assert_eq!(tile.node(&tile_bytes(tile), node.at), Ok(node.hash));
            }
        }
    }
    let tile = Tile::new(Row::Hashes(0), 0, 3).unwrap();
    let bytes = tile_bytes(tile);
    assert!(tile.node(&bytes, Coord { level: 1, index: 1 }).is_err());
    assert!(tile.node(&bytes[1..], Coord { level: 0, index: 0 }).is_err());
    assert!(tile.node(&bytes, Coord { level: 8, index: 0 }).is_err());
    assert!(tile.node(&bytes, Coord { level: 255, index: u64::MAX }).is_err());
}

proptest! {
    #[test]
    fn tile_paths_are_those_of_tlog_tiles(level in 0_u8..7, index in any::<u64>(), width in 1_u16..=256) {
        let index = index >> (8 * u32::from(level) + 9);
        for (row, data) in [(Row::Hashes(level), false), (Row::Entries, true)] {
            let ours = Tile::new(row, index, width).unwrap();
            let level = if data { 0 } else { level };
            let theirs = tlog_tiles::Tile::new(8, level, index, u32::from(width), data);
            prop_assert_eq!(with_height(ours), theirs.path());
            prop_assert_eq!(ours.to_string().parse::<Tile>(), Ok(ours));
        }
    }

    #[test]
    fn growth_writes_the_tiles_that_tlog_tiles_says(old in 0..600_000_u64, grow in 0..200_000_u64) {
        let ours: Vec<String> = changed_tiles(old, old + grow).map(with_height).collect();
        let theirs = tlog_tiles::Tile::new_tiles(8, old, old + grow);
        prop_assert_eq!(ours, theirs.iter().map(tlog_tiles::Tile::path).collect::<Vec<_>>());
    }

    #[test]
    fn bundles_come_back(list in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..=256)) {
        let mut bundle = Vec::new();
        for entry in &list {
            append_entry(&mut bundle, entry).unwrap();
        }
        let width = u16::try_from(list.len()).unwrap();
        let read = entries(&bundle, width).unwrap();
        prop_assert_eq!(&read, &list.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(leaf_row(&read).len(), 32 * list.len());
        prop_assert!(entries(&bundle, width - 1).is_err() && entries(&bundle, width + 1).is_err());
        prop_assert!(entries(&bundle[..bundle.len() - 1], width).is_err());
    }

    #[test]
    fn tile_readers_survive_anything(
        path in "(tile/)?([0-9]{1,3}|entries)/(x?[0-9]{1,4}/){0,7}[0-9]{1,4}(\\.p/[0-9]{0,4})?",
        bytes in prop::collection::vec(any::<u8>(), 0..600), width in any::<u16>(),
        old in any::<u64>(), level in any::<u8>(),
    ) {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
        let _ = entries(&bytes, width);
        let _ = changed_tiles(old, old.saturating_add(9)).count();
        let _ = changed_in(Row::Hashes(level), old, u64::MAX).next();
        let at = Coord { level, index: old };
        if let Some(tile) = Tile::holding(at, u64::MAX) {
            prop_assert_eq!(tile.to_string().parse::<Tile>(), Ok(tile));
            let _ = tile.node(&bytes, at);
        }
    }
}

#[test]
fn tile_paths_have_one_spelling() {
    assert_eq!(Tile::new(Row::Hashes(1), 1_234_067, 256).unwrap().to_string(), "tile/1/x001/x234/067");
    assert_eq!(Tile::new(Row::Entries, 0, 17).unwrap().to_string(), "tile/entries/000.p/17");
    assert!(Tile::new(Row::Hashes(7), 0, 255).is_ok());
    assert!(Tile::new(Row::Hashes(7), 0, 256).is_err() && Tile::new(Row::Hashes(255), 0, 1).is_err());
    let wrong = "tile/0/x000/001 tile/0/1 tile/0/x001 tile/0/001/x002 tile/00/001 tile/8/001 tile/0/001.p/0 \
                 tile/0/001.p/256 tile/0/001.p/01 tile/0/+01 tile/0/ /tile/0/001 tile/entry/001 tile/0/001/";
    for path in wrong.split_whitespace() {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
    assert!(append_entry(&mut Vec::new(), &vec![0; 65_536]).is_err());
}
