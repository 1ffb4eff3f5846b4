//! One inclusion proof from the tiles of a large tree.

use std::hint::black_box;

use guitu::domain::digest::Digest;
use guitu::tlog::proof::{assemble, inclusion_path, verify_inclusion};
use guitu::tlog::tiles::{Row, Tile};
use guitu::tlog::tree::{Coord, Frontier, Node, leaf_hash};
use serde_json::json;
use tokio::time::Instant;

/// Proofs in a round.
const PROOFS: u64 = 1_000;

/// The rows of tiles: level 0, 8, 16, 24, each as one run of hashes.
struct Tiles {
    size: u64,
    root: Digest,
    rows: Vec<Vec<u8>>,
}

impl Tiles {
    fn grow(size: u64) -> Self {
        let mut rows = vec![Vec::new(); 4];
        let (mut frontier, mut completed): (_, Vec<Node>) = (Frontier::default(), Vec::new());
        for index in 0..size {
            completed.clear();
            frontier.append(leaf(index), &mut completed).unwrap();
            for node in completed.iter().filter(|node| node.at.level % 8 == 0) {
                rows[usize::from(node.at.level / 8)].extend_from_slice(&node.hash.0);
            }
        }
        Self { size, root: frontier.root(), rows }
    }

    /// The bytes of a tile: what a store would read.
    fn read(&self, tile: Tile) -> Vec<u8> {
        let Row::Hashes(level) = tile.row() else { unreachable!("hash tiles only") };
        let first = usize::try_from(tile.index()).unwrap() * 256 * 32;
        self.rows[usize::from(level)][first..first + usize::from(tile.width()) * 32].to_vec()
    }

    fn prove(&self, index: u64) -> Vec<Digest> {
        let path = inclusion_path(index, self.size).unwrap();
        assemble(&path, |at| self.node(at)).unwrap()
    }

    fn node(&self, at: Coord) -> Option<Digest> {
        let tile = Tile::holding(at, self.size)?;
        tile.node(&self.read(tile), at).ok()
    }
}

fn leaf(index: u64) -> Digest {
    leaf_hash(&index.to_be_bytes())
}

/// Milliseconds a proof; the floor is SHA-256 over the bytes of the tiles that it is read from.
pub(crate) fn run(size: u64, rounds: u64) {
    let tiles = Tiles::grow(size);
    let mut measured = Vec::new();
    for round in 0..rounds {
        let indexes: Vec<u64> = (0..PROOFS).map(|number| (number * 7_919_317 + round) % size).collect();
        let begun = Instant::now();
        let proofs: Vec<Vec<Digest>> = indexes.iter().map(|index| tiles.prove(*index)).collect();
        let value = begun.elapsed().as_secs_f64();
        for (index, proof) in indexes.iter().zip(&proofs) {
            verify_inclusion(&leaf(*index), *index, size, proof, &tiles.root).unwrap();
        }
        let begun = Instant::now();
        for index in &indexes {
            let nodes = inclusion_path(*index, size).unwrap();
            let nodes = nodes.iter().flat_map(|subtree| subtree.nodes());
            let mut read: Vec<Tile> = nodes.filter_map(|at| Tile::holding(at, size)).collect();
            read.dedup();
            for tile in read {
                black_box(Digest::of(&tiles.read(tile)));
            }
        }
        let floor = begun.elapsed().as_secs_f64();
        let each = |seconds: f64| seconds * 1_000.0 / f64::from(u32::try_from(PROOFS).unwrap());
        measured.push((each(value), each(floor)));
    }
    super::print("inclusion", "ms", size, &measured, &json!({}));
}
