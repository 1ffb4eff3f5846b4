//! `guitu audit export`: the node's log as a bundle for an auditor, and as tiles for any tool that reads them.
//!
//! Knows files. Invariant: what is written stands in its place whole or not at all, and only its owner may read it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;

use super::vacant;
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::NodeFolder;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::node::Node;
use crate::node::export::{ExportError, ExportPurpose, ExportSummary};
use crate::node::export_tiles::TilesSummary;

/// What `audit export` takes.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// The node folder.
    #[arg(long)]
    pub(super) dir: PathBuf,
    /// The bundle to write. It must not exist.
    #[arg(long, required_unless_present = "tiles")]
    pub(super) out: Option<PathBuf>,
    /// The directory to write: the log's checkpoint, hash tiles and entries (C2SP tlog-tiles). It must not exist.
    #[arg(long)]
    pub(super) tiles: Option<PathBuf>,
    /// To which end: audit, supervision, dispute or archive. It stands in the log.
    #[arg(long, default_value = "audit", value_parser = purposes())]
    pub(super) purpose: ExportPurpose,
}

fn purposes() -> impl TypedValueParser<Value = ExportPurpose> {
    let codes = ExportPurpose::ALL.iter().map(|purpose| purpose.code());
    PossibleValuesParser::new(codes).try_map(|code| code.parse::<ExportPurpose>())
}

/// Runs the command. What leaves is in the log first, once, whether one or both are written.
pub(super) async fn run(args: &Args, output: Output) -> Result<(), Failure> {
    vacant(args.tiles.as_deref())?;
    vacant(args.out.as_deref())?;
    let node = NodeFolder::read(&args.dir)?.open_node().await?;
    node.note_export(None, args.purpose).await?;
    let written = write(&node, args, output).await;
    node.databases().close().await;
    written
}

async fn write(node: &Node, args: &Args, output: Output) -> Result<(), Failure> {
    let (mut value, mut words) = (json!({}), Vec::new());
    if let Some(out) = &args.out {
        let ExportSummary { size, manifest } = write_bundle(node, out).await?;
        value = json!({ "log_origin": manifest.log_origin, "made_at": manifest.made_at, "size": size, "file": out });
        words.push(format!("{size} entries of {} in {}", manifest.log_origin, out.display()));
    }
    if let (Some(dir), Some(members)) = (&args.tiles, value.as_object_mut()) {
        let TilesSummary { size, log_origin, key } = write_tiles(node, dir).await?;
        words.push(format!("{size} entries of {log_origin} in {}", dir.display()));
        words.push(format!("verify them with guitu verify tiles --key {key}"));
        let tiles = json!({ "log_origin": log_origin, "size": size, "directory": dir, "key": key });
        members.insert("tiles".to_owned(), tiles);
    }
    output.result(&value, || words.join("\n"));
    Ok(())
}

/// A path beside `place`, for what is not whole yet.
fn beside(place: &Path) -> PathBuf {
    let mut staged = place.as_os_str().to_owned();
    staged.push(format!(".{}.new", std::process::id()));
    PathBuf::from(staged)
}

fn blame(error: ExportError) -> Failure {
    match error {
        ExportError::Node(error) => Failure::from(error),
        ExportError::Bundle(error) => Failure::environment(error),
    }
}

/// Writes the tiles beside their place and moves them there when they are whole.
async fn write_tiles(node: &Node, dir: &Path) -> Result<TilesSummary, Failure> {
    let staged = beside(dir);
    DirBuilder::new().mode(0o700).create(&staged).or_environment()?;
    let mut progress: Option<Progress> = None;
    let exported = node
        .export_tiles(&mut |name, bytes| put(&staged.join(name), bytes), &mut |done, whole| {
            if done % STRIDE == 0 {
                progress.get_or_insert_with(|| Progress::new(dir.display(), whole)).at(done);
            }
        })
        .await
        .map_err(blame);
    let kept = exported.and_then(|summary| {
        fs::rename(&staged, dir).or_environment()?;
        Ok(summary)
    });
    if kept.is_err() {
        // Half a log is of no use to anybody.
        let _ = fs::remove_dir_all(&staged);
    }
    kept
}

/// After how many entries it is worth saying how far it came.
const STRIDE: u64 = 1 << 14;

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Writes the bundle beside its place and moves it there when it is whole.
async fn write_bundle(node: &Node, out: &Path) -> Result<ExportSummary, Failure> {
    let staged = beside(out);
    // A file or link that somebody put there is neither followed nor reused: it could be read by others.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged);
    let mut writer = BufWriter::new(file.or_environment()?);
    let mut progress: Option<Progress> = None;
    let heard = &mut |done, whole| {
        if whole >= STRIDE {
            progress.get_or_insert_with(|| Progress::new(out.display(), whole)).at(done);
        }
    };
    let exported = node.export_with(&mut writer, heard).await.map_err(blame);
    let kept = exported.and_then(|summary| {
        writer.get_ref().sync_all().and_then(|()| fs::rename(&staged, out)).or_environment()?;
        Ok(summary)
    });
    if kept.is_err() {
        // Half a bundle is of no use to anybody.
        let _ = fs::remove_file(&staged);
    }
    kept
}
