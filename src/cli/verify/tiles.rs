//! `guitu verify tiles`: a tlog-tiles directory, tile by tile, against its signed checkpoint.
//!
//! Knows files. Invariant: every hash tile that the size of the log calls for is there and is what the
//! leaves give; every entry bundle that is there hashes to its leaves.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::json;

use super::{Held, blame_checkpoint, expect_use};
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder;
use crate::cli::progress::Progress;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::{KeyUse, VerifierKey};
use crate::tlog::tile_log::{Expected, TileLog};
use crate::tlog::tiles::{FULL, Row, Tile, entries, leaf_row};

/// After how many tiles it is worth saying how far it came.
const STRIDE: u64 = 64;

/// What `verify tiles` takes.
#[derive(ClapArgs, Debug)]
pub struct TilesArgs {
    /// The log's key: name+id+base64. Its name may be another than the log's origin.
    #[arg(long)]
    key: VerifierKey,
    /// The directory: `checkpoint` and `tile/…` (C2SP tlog-tiles).
    dir: PathBuf,
}

/// What was there to be checked.
#[derive(Default)]
struct Seen {
    tiles: u64,
    bundles: u64,
    entries: u64,
}

pub(super) fn check(args: &TilesArgs) -> Result<Held, Failure> {
    expect_use(&args.key, KeyUse::Log)?;
    let text = folder::read(&args.dir.join("checkpoint"))?;
    let known = std::slice::from_ref(&args.key);
    let opened = Checkpoint::open_under_any_name(text.as_bytes(), known).map_err(blame_checkpoint)?;
    let Checkpoint { origin, size, root, .. } = opened.checkpoint;
    let (mut log, mut seen) = (TileLog::new(size), Seen::default());
    let mut progress = Progress::new(args.dir.display(), size);
    while let Some(tile) = log.wanted() {
        let leaves = read_tile(&args.dir, tile)?;
        seen.bundle(&args.dir, tile, &leaves)?;
        let above = log.take(&leaves).map_err(|_| wrong(tile))?;
        seen.tiles += 1;
        if seen.tiles % STRIDE == 0 {
            progress.at(tile.index().saturating_mul(FULL));
        }
        seen.compare(&args.dir, above)?;
    }
    let (above, computed) = log.finish().or_refused()?;
    seen.compare(&args.dir, above)?;
    if computed != root {
        return Err(Failure::refused(anyhow::anyhow!("the tiles lead to another root than the checkpoint")));
    }
    let Seen { tiles, bundles, entries } = seen;
    let value = json!({ "holds": true, "origin": origin, "size": size, "root": hex::encode(root.bytes()),
        "tiles": tiles, "bundles": bundles, "entries": entries });
    let words = format!(
        "{origin} has {size} leaves, as its {tiles} hash tiles show; {entries} entries in {bundles} bundles are \
         among them, root {}",
        hex::encode(root.bytes())
    );
    Ok(Held(value, words))
}

impl Seen {
    /// Checks the entry bundle beside a tile of leaf hashes, if it is there.
    fn bundle(&mut self, dir: &Path, tile: Tile, leaves: &[u8]) -> Result<(), Failure> {
        let bundle = Tile::new(Row::Entries, tile.index(), tile.width()).or_refused()?;
        let Some((width, bytes)) = find(dir, bundle)? else { return Ok(()) };
        let found = entries(&bytes, width).map_err(|_| wrong(bundle))?;
        let found = found.get(..usize::from(tile.width())).ok_or_else(|| wrong(bundle))?;
        if leaf_row(found) != leaves {
            let words = format!("the entries of {bundle} do not hash to the leaves of {tile}");
            return Err(Failure::refused(anyhow::Error::msg(words)));
        }
        self.bundles += 1;
        self.entries += found.len() as u64;
        Ok(())
    }

    /// Checks tiles against what the leaves give.
    fn compare(&mut self, dir: &Path, expected: Vec<Expected>) -> Result<(), Failure> {
        for (tile, bytes) in expected {
            if read_tile(dir, tile)? != bytes {
                let words = format!("{tile} does not follow from the tiles below it");
                return Err(Failure::refused(anyhow::Error::msg(words)));
            }
            self.tiles += 1;
        }
        Ok(())
    }
}

/// The hashes of a tile. A full tile stands in for the partial one that it grew out of.
fn read_tile(dir: &Path, tile: Tile) -> Result<Vec<u8>, Failure> {
    let (width, mut bytes) = find(dir, tile)?.ok_or_else(|| {
        Failure::refused(anyhow::anyhow!("{tile} is missing, and the log's size calls for it"))
    })?;
    if bytes.len() != 32 * usize::from(width) {
        return Err(wrong(tile));
    }
    bytes.truncate(32 * usize::from(tile.width()));
    Ok(bytes)
}

/// The bytes of a tile and how wide it is there, or of the full tile in its place.
fn find(dir: &Path, tile: Tile) -> Result<Option<(u16, Vec<u8>)>, Failure> {
    let full = Tile::new(tile.row(), tile.index(), u16::try_from(FULL).unwrap_or(u16::MAX)).or_refused()?;
    for tile in [tile, full] {
        let path = dir.join(tile.to_string());
        match fs::read(&path) {
            Ok(bytes) => return Ok(Some((tile.width(), bytes))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => {
                let words = format!("{} cannot be read", path.display());
                return Err(Failure::input(error).during(words));
            }
        }
    }
    Ok(None)
}

fn wrong(tile: Tile) -> Failure {
    Failure::refused(anyhow::anyhow!("{tile} does not hold what its name says"))
}
