//! The signing key and the descriptor of a running node, read again when their files change.
//!
//! Invariant: the node signs only with a key that its descriptor names; files that do not fit leave the old
//! ones in service and one log line.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::{self, DESCRIPTOR, NodeFolder};
use crate::node::Node;
use crate::peer::key_file::{Purpose, read_seed};

/// How often the files' times are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Looks at the files for ever, and takes what changed into service.
pub(super) async fn watch(folder: NodeFolder, node: Arc<Node>) {
    let files = [folder.file(&Purpose::Signing.file_name()), folder.file(DESCRIPTOR)];
    let mut seen = None;
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        let now = files.each_ref().map(|file| changed(file));
        if seen == Some(now) {
            continue;
        }
        seen = Some(now);
        match follow(&files, &node) {
            Ok(true) => tracing::info!("signing key and descriptor reloaded"),
            Ok(false) => {}
            Err(failure) => {
                let reason = failure.line();
                tracing::error!(%reason, "the signing key or the descriptor cannot be used; the old ones stay");
            }
        }
    }
}

fn changed(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|data| data.modified()).ok()
}

fn follow([seed, descriptor]: &[PathBuf; 2], node: &Node) -> Result<bool, Failure> {
    let seed = read_seed(seed, Purpose::Signing).or_input()?;
    Ok(node.follow(&seed, &folder::read(descriptor)?)?)
}
