//! Tiles and proofs over the stored log.

use std::collections::{BTreeMap, HashMap, btree_map, hash_map};

use super::Error;
use crate::domain::digest::Digest;
use crate::store::db::Tx;
use crate::store::log;
use crate::tlog::multiproof::{missing_subtrees, multiproof};
use crate::tlog::proof::{
    ProofError, Subtree, assemble, consistency_path, inclusion_path, nodes_of, prove_consistency,
};
use crate::tlog::tiles::{FULL, Row, Tile};
use crate::tlog::tree::{Coord, Node};

/// Levels of the tree between two rows of tiles.
const TILE_HEIGHT: u8 = 8;

/// Bytes of a hash.
const HASH: usize = 32;

/// The tiles that hold `completed` (in order of completion), grown from what is stored.
pub async fn grown_tiles(tx: &mut Tx, completed: &[Node]) -> Result<Vec<(i64, i64, Vec<u8>)>, Error> {
    let mut tiles: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
    for node in completed.iter().filter(|node| node.at.level.is_multiple_of(TILE_HEIGHT)) {
        let at = (node.at.level / TILE_HEIGHT, node.at.index / FULL);
        let filled = usize::try_from(node.at.index % FULL).unwrap_or(0) * HASH;
        let hashes = match tiles.entry(at) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(new) if filled == 0 => new.insert(Vec::new()),
            btree_map::Entry::Vacant(new) => new.insert(stored_tile(tx, at).await?),
        };
        if hashes.len() != filled {
            return Err(Error::Corrupt("tile"));
        }
        hashes.extend_from_slice(node.hash.bytes());
    }
    Ok(tiles
        .into_iter()
        .map(|((level, tile), hashes)| (i64::from(level), tile.cast_signed(), hashes))
        .collect())
}

async fn stored_tile(tx: &mut Tx, (level, tile): (u8, u64)) -> Result<Vec<u8>, Error> {
    log::tile(tx, i64::from(level), tile.cast_signed()).await?.ok_or(Error::Corrupt("tile"))
}

/// The hashes of complete subtrees in the tree of `size` leaves.
async fn hashes(tx: &mut Tx, nodes: &[Coord], size: u64) -> Result<HashMap<Coord, Digest>, Error> {
    let mut tiles: HashMap<Tile, Vec<u8>> = HashMap::new();
    let mut found = HashMap::with_capacity(nodes.len());
    for at in nodes {
        let tile = Tile::holding(*at, size).ok_or(Error::Corrupt("tile"))?;
        let Row::Hashes(level) = tile.row() else { return Err(Error::Corrupt("tile")) };
        let bytes = match tiles.entry(tile) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(new) => {
                let mut bytes = stored_tile(tx, (level, tile.index())).await?;
                bytes.truncate(usize::from(tile.width()) * HASH);
                new.insert(bytes)
            }
        };
        found.insert(*at, tile.node(bytes, *at).map_err(|_| Error::Corrupt("tile"))?);
    }
    Ok(found)
}

/// One proof that the leaves `indexes` (sorted, distinct) are in the tree of `size` leaves.
pub async fn prove_leaves(tx: &mut Tx, indexes: &[u64], size: u64) -> Result<Vec<Digest>, Error> {
    let missing = missing_subtrees(indexes, size).map_err(proof)?;
    let known = hashes(tx, &nodes_of(&missing), size).await?;
    multiproof(indexes, size, |at| known.get(&at).copied()).map_err(proof)
}

/// The RFC 6962 path of one leaf in the tree of `size` leaves, its sibling first.
pub async fn prove_leaf(tx: &mut Tx, index: u64, size: u64) -> Result<Vec<Digest>, Error> {
    let path = inclusion_path(index, size).map_err(proof)?;
    let known = hashes(tx, &nodes_of(&path), size).await?;
    assemble(&path, |at| known.get(&at).copied()).map_err(proof)
}

/// The root of the tree of the first `size` leaves, at least one.
pub async fn root_of(tx: &mut Tx, size: u64) -> Result<Digest, Error> {
    let whole = Subtree::whole(size);
    let known = hashes(tx, &nodes_of(&[whole]), size).await?;
    whole.hash(|at| known.get(&at).copied()).map_err(proof)
}

/// The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves.
pub async fn prove_prefix(tx: &mut Tx, old: u64, new: u64) -> Result<Vec<Digest>, Error> {
    let path = consistency_path(old, new).map_err(proof)?;
    let known = hashes(tx, &nodes_of(&path), new).await?;
    prove_consistency(old, new, |at| known.get(&at).copied()).map_err(proof)
}

const fn proof(_: ProofError) -> Error {
    Error::Corrupt("proof")
}
