//! C2SP tlog-tiles: where the tree's hashes and entries lie as files of 256, and how to read them.
//!
//! Knows addresses and bytes; fetching is the caller's. Invariant: a tile of width w holds exactly
//! w hashes (or entries), and every node of the tree lies in, or is computed from, exactly one tile.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::text::decimal;
use super::tree::{Coord, leaf_hash, node_hash};
use crate::domain::digest::Digest;

/// Hashes or entries in a full tile.
pub const FULL: u64 = 256;
/// Tree levels in a tile.
const HEIGHT: u8 = 8;
/// The highest tile level that a tree of at most 2⁶⁴ − 1 leaves has.
const TOP: u8 = 7;

/// A tile that cannot be named or read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TileError {
    /// Not the path of a tile, or of one that no tree has: whoever wrote it is at fault.
    #[error("not a tile path")]
    NotATile,
    /// The bytes are not those of this tile: whoever served or stored them is at fault.
    #[error("the bytes do not fit the tile")]
    Malformed,
    /// The node does not lie in this tile: the caller is at fault.
    #[error("the node is not in this tile")]
    Elsewhere,
    /// An entry above 65,535 bytes: the caller is at fault.
    #[error("the entry is too long for a bundle")]
    TooLong,
}

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// The hashes of tree level 8 × this number (0 to 7).
    Hashes(u8),
    /// Entries: a bundle.
    Entries,
}

impl Row {
    /// The tree level of what a tile of this row holds.
    const fn tree_level(self) -> u32 {
        match self {
            Self::Hashes(level) => level as u32 * HEIGHT as u32,
            Self::Entries => 0,
        }
    }
}

/// The address of a tile: `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    row: Row,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile at `index` of `row` with `width` (1 to 256) hashes or entries.
    pub fn new(row: Row, index: u64, width: u16) -> Result<Self, TileError> {
        let room = u64::MAX.checked_shr(row.tree_level()).ok_or(TileError::NotATile)?;
        let first = index.checked_mul(FULL).ok_or(TileError::NotATile)?;
        let end = first.checked_add(u64::from(width)).ok_or(TileError::NotATile)?;
        let fits = (1..=FULL).contains(&u64::from(width)) && end <= room;
        if fits { Ok(Self { row, index, width }) } else { Err(TileError::NotATile) }
    }

    /// The tile that holds, or lets compute, the node `at` in a tree of `size` leaves, as wide as
    /// that tree makes it; `None` if that tree has no such complete node.
    pub fn holding(at: Coord, size: u64) -> Option<Self> {
        if at.index >= size.checked_shr(u32::from(at.level))? {
            return None;
        }
        let index = at.index >> (HEIGHT - at.level % HEIGHT);
        Self::in_tree(Row::Hashes(at.level / HEIGHT), index, size)
    }

    /// The tile at `index` of `row` as wide as a tree of `size` leaves makes it; `None` if empty.
    pub fn in_tree(row: Row, index: u64, size: u64) -> Option<Self> {
        let count = size.checked_shr(row.tree_level())?;
        let width = count.checked_sub(index.checked_mul(FULL)?)?.min(FULL);
        Self::new(row, index, u16::try_from(width).ok()?).ok()
    }

    /// What it holds.
    pub const fn row(self) -> Row {
        self.row
    }

    /// Its position in the row.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds, 1 to 256.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// The hash of the node `at`, read or computed from the tile's `bytes`.
    pub fn node(self, bytes: &[u8], at: Coord) -> Result<Digest, TileError> {
        let (hashes, surplus) = bytes.as_chunks::<32>();
        if self.row == Row::Entries || !surplus.is_empty() || hashes.len() != usize::from(self.width) {
            return Err(TileError::Malformed);
        }
        let inner = at.level % HEIGHT;
        let here = Row::Hashes(at.level / HEIGHT) == self.row && at.index >> (HEIGHT - inner) == self.index;
        let first = (at.index % (FULL >> inner)) << inner;
        let span = usize::try_from(first).ok().map(|first| first..first + (1 << inner));
        let leaves = span.and_then(|span| hashes.get(span)).filter(|_| here).ok_or(TileError::Elsewhere)?;
        balanced(leaves).ok_or(TileError::Elsewhere)
    }
}

/// The root of a complete subtree over 1 to 256 hashes; depth at most 8.
fn balanced(leaves: &[[u8; 32]]) -> Option<Digest> {
    match leaves {
        [] => None,
        [one] => Some(Digest(*one)),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            Some(node_hash(&balanced(left)?, &balanced(right)?))
        }
    }
}

/// The tiles of `row` to write when a tree of `old` leaves grows to `new`, from left to right.
pub fn changed_in(row: Row, old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let count = |size: u64| size.checked_shr(row.tree_level()).unwrap_or(0);
    let (before, after) = (count(old), count(new));
    let end = if after > before { after.div_ceil(FULL) } else { 0 };
    (before / FULL..end).filter_map(move |index| Tile::in_tree(row, index, new))
}

/// The hash tiles to write when a tree of `old` leaves grows to `new`, lowest row first.
pub fn changed_tiles(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    (0..=TOP).flat_map(move |level| changed_in(Row::Hashes(level), old, new))
}

/// Appends an entry to a bundle: 16-bit big-endian length, then the bytes.
pub fn append_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), TileError> {
    let length = u16::try_from(entry.len()).map_err(|_| TileError::TooLong)?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle; exactly `width` (1 to 256) of them and no byte more.
pub fn entries(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    let mut rest = bundle;
    let mut found = Vec::new();
    for _ in 0..u64::from(width).min(FULL + 1) {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(TileError::Malformed)?;
        let split = after.split_at_checked(usize::from(u16::from_be_bytes(*length)));
        let (entry, after) = split.ok_or(TileError::Malformed)?;
        found.push(entry);
        rest = after;
    }
    let whole = rest.is_empty() && (1..=FULL).contains(&u64::from(width));
    if whole { Ok(found) } else { Err(TileError::Malformed) }
}

/// The row of leaf hashes that belongs to a bundle: the bytes of the level 0 tile.
pub fn leaf_row(entries: &[&[u8]]) -> Vec<u8> {
    entries.iter().flat_map(|entry| leaf_hash(entry).0).collect()
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Row::Hashes(level) => write!(f, "tile/{level}")?,
            Row::Entries => f.write_str("tile/entries")?,
        }
        let mut unit = 1_000_000_000_000_000_000;
        while unit > 1 {
            if self.index >= unit {
                write!(f, "/x{:03}", self.index / unit % 1_000)?;
            }
            unit /= 1_000;
        }
        write!(f, "/{:03}", self.index % 1_000)?;
        if u64::from(self.width) < FULL { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let parsed = parse(path).ok_or(TileError::NotATile)?;
        // Leading groups of zeroes and the like name the same tile a second time.
        if parsed.to_string() == path { Ok(parsed) } else { Err(TileError::NotATile) }
    }
}

fn parse(path: &str) -> Option<Tile> {
    let (row, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let row = match row {
        "entries" => Row::Entries,
        level => Row::Hashes(u8::try_from(decimal(level)?).ok()?),
    };
    let (number, width) = rest.split_once(".p/").map_or((rest, Some(FULL)), |(n, w)| (n, decimal(w)));
    let mut index = 0_u64;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let value: u64 = digits.parse().ok()?;
        index = index.checked_mul(1_000)?.checked_add(value)?;
    }
    Tile::new(row, index, u16::try_from(width?).ok()?).ok()
}
