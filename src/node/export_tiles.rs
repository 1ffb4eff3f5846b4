//! The log, written as a directory of tiles for tools that nobody here wrote (C2SP tlog-tiles).
//!
//! Knows tiles and bytes; where they go is the caller's. Invariant: every tile is computed from the entries of one
//! snapshot, and together they lead to the root of the checkpoint that is handed out, or nothing is exported.

use std::io;

use super::export::{ExportError, Progress};
use super::{Error, Node};
use crate::audit::bundle::BundleError;
use crate::store::db::Tx;
use crate::store::log;
use crate::tlog::tile_log::TileLog;
use crate::tlog::tiles::{Row, Tile, append_entry, leaf_row};

/// Takes one file of the directory: its path there, and its bytes.
pub type Put<'p> = &'p mut (dyn FnMut(&str, &[u8]) -> io::Result<()> + Send);

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilesSummary {
    /// How many entries.
    pub size: u64,
    /// The log's origin.
    pub log_origin: String,
    /// The key to verify it with: `name+id+base64`.
    pub key: String,
}

impl Node {
    /// Hands the log out as the files of a tlog-tiles directory: hash tiles, entry bundles, and last the checkpoint.
    /// On an error what was handed out so far is no log.
    pub async fn export_tiles(
        &self,
        put: Put<'_>,
        progress: Progress<'_>,
    ) -> Result<TilesSummary, ExportError> {
        let mut tx = self.databases().node.snapshot().await?;
        let head = log::head(&mut tx).await?;
        self.require_epoch(&head)?;
        let size = head.size.cast_unsigned();
        let mut tree = TileLog::new(size);
        while let Some(tile) = tree.wanted() {
            let row = put_bundle(&mut tx, tile, put).await?;
            put_file(put, tile, &row)?;
            for (above, bytes) in tree.take(&row).map_err(|_| Error::Corrupt("log entries"))? {
                put_file(put, above, &bytes)?;
            }
            progress(tile.index().saturating_mul(256), size);
        }
        let (edge, root) = tree.finish().map_err(|_| Error::Corrupt("log entries"))?;
        for (tile, bytes) in edge {
            put_file(put, tile, &bytes)?;
        }
        if log::newest_head(&mut tx).await? != Some((head.size, root)) {
            return Err(Error::Corrupt("log entries").into());
        }
        tx.rollback().await?;
        let signed = self.sign_head(size, root)?;
        put("checkpoint", signed.note.as_bytes()).map_err(BundleError::from)?;
        let key = self.keys().log().verifier().to_string();
        Ok(TilesSummary { size, log_origin: self.log_origin(), key })
    }
}

/// Hands out the bundle of the entries below a tile of leaf hashes; gives these hashes.
async fn put_bundle(tx: &mut Tx, tile: Tile, put: Put<'_>) -> Result<Vec<u8>, ExportError> {
    let first = tile.index().saturating_mul(256).cast_signed();
    let page = log::entries(tx, first, tile.width().into()).await?;
    let whole = page.len() == usize::from(tile.width());
    if !whole || (first..).zip(&page).any(|(wanted, (leaf, _))| wanted != *leaf) {
        return Err(Error::Corrupt("log entries").into());
    }
    let entries: Vec<&[u8]> = page.iter().map(|(_, entry)| entry.as_bytes()).collect();
    let mut bundle = Vec::new();
    for entry in &entries {
        append_entry(&mut bundle, entry).map_err(|_| Error::Corrupt("log entries"))?;
    }
    let name = Tile::new(Row::Entries, tile.index(), tile.width());
    put_file(put, name.map_err(|_| Error::Corrupt("log entries"))?, &bundle)?;
    Ok(leaf_row(&entries))
}

fn put_file(put: Put<'_>, tile: Tile, bytes: &[u8]) -> Result<(), ExportError> {
    Ok(put(&tile.to_string(), bytes).map_err(BundleError::from)?)
}
