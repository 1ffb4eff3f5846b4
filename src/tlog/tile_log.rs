//! Checking a whole tlog-tiles log from its leaves up, one tile at a time.
//!
//! Sans-I/O: says which row of leaf hashes it needs next, and which tiles above must hold which bytes.
//! Invariant: it holds at most one row of each level, whatever the size of the log.

use super::tiles::{FULL, Row, Tile, TileError};
use super::tree::{Frontier, Node};
use crate::domain::digest::Digest;

/// A tile with the bytes that it must have.
pub type Expected = (Tile, Vec<u8>);

/// A log of a known size, read from left to right.
pub struct TileLog {
    size: u64,
    frontier: Frontier,
    completed: Vec<Node>,
    /// The hashes of the tile under way of each level above the leaves, and its index.
    rows: [(u64, Vec<u8>); 8],
}

impl TileLog {
    /// A log of `size` leaves.
    pub fn new(size: u64) -> Self {
        let (frontier, completed) = (Frontier::default(), Vec::new());
        Self { size, frontier, completed, rows: Default::default() }
    }

    /// The tile of leaf hashes that is needed next; none once the log is whole.
    pub fn wanted(&self) -> Option<Tile> {
        let index = self.frontier.size() / FULL;
        if self.frontier.size() >= self.size { None } else { Tile::in_tree(Row::Hashes(0), index, self.size) }
    }

    /// Takes the bytes of the tile that was wanted. Returns the full tiles above it that it completes.
    /// `Malformed` if the bytes are not as many as the tile is wide: whoever wrote the tile is at fault.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<Expected>, TileError> {
        let width = self.wanted().map_or(0, Tile::width);
        let (hashes, surplus) = bytes.as_chunks::<32>();
        if !surplus.is_empty() || hashes.len() != usize::from(width) {
            return Err(TileError::Malformed);
        }
        let mut full = Vec::new();
        for hash in hashes {
            self.completed.clear();
            let appended = self.frontier.append(Digest(*hash), &mut self.completed);
            appended.map_err(|_| TileError::NotATile)?;
            for node in self.completed.iter().filter(|node| node.at.level > 0 && node.at.level % 8 == 0) {
                let level = node.at.level / 8;
                let Some((index, row)) = self.rows.get_mut(usize::from(level)) else { continue };
                row.extend_from_slice(&node.hash.0);
                if row.len() == 256 * 32 {
                    full.push((Tile::new(Row::Hashes(level), *index, 256)?, std::mem::take(row)));
                    *index += 1;
                }
            }
        }
        Ok(full)
    }

    /// The partial tiles above the leaves, and the root. Call it once nothing is wanted any more.
    pub fn finish(self) -> Result<(Vec<Expected>, Digest), TileError> {
        let mut partial = Vec::new();
        for (level, (index, row)) in (0..).zip(self.rows).filter(|(_, (_, row))| !row.is_empty()) {
            let width = u16::try_from(row.len() / 32).map_err(|_| TileError::NotATile)?;
            partial.push((Tile::new(Row::Hashes(level), index, width)?, row));
        }
        Ok((partial, self.frontier.root()))
    }
}
