//! What is read as bytes: tiles, frontiers, trust files.

use guitu::audit::trust::Trust;
use guitu::tlog::tiles::{Row, Tile, append_entry, entries};
use guitu::tlog::tree::{Coord, Frontier};

use super::parse;
use super::samples::SAMPLES;

#[test]
fn tiles_of_entries() {
    parse(&SAMPLES.entry_tiles, |bytes| {
        let Ok(found) = entries(bytes, 3) else { return false };
        let mut written = Vec::new();
        for entry in &found {
            append_entry(&mut written, entry).unwrap();
        }
        assert_eq!((written.as_slice(), found.len()), (bytes, 3));
        true
    });
}

#[test]
fn tiles_of_hashes() {
    parse(&SAMPLES.hash_tiles, |bytes| {
        let tile = Tile::new(Row::Hashes(0), 0, 3).unwrap();
        let hashes = [0, 1, 2].map(|index| tile.node(bytes, Coord { level: 0, index }));
        let Ok(hashes) = hashes.into_iter().collect::<Result<Vec<_>, _>>() else { return false };
        assert_eq!(hashes.iter().flat_map(|hash| *hash.bytes()).collect::<Vec<u8>>(), bytes);
        true
    });
}

#[test]
fn frontiers() {
    parse(&SAMPLES.frontiers, |bytes| {
        let Ok(frontier) = Frontier::from_bytes(bytes) else { return false };
        assert_eq!(frontier.to_bytes(), bytes);
        true
    });
}

#[test]
fn trust_files() {
    parse(&SAMPLES.trust, |bytes| {
        let Ok(trust) = Trust::open(bytes) else { return false };
        assert_eq!(Trust::open(&trust.to_bytes().unwrap()), Ok(trust));
        true
    });
}
