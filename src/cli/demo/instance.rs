//! A second instance of a node: its folder elsewhere, with a peer port of its own.
//!
//! Knows folders. Invariant: what the two folders say about the node is the same; only where it listens differs.

use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::process::LOG;
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::{NodeFolder, RUN};
use crate::config::{self, Listen};
use crate::peer::key_file::write_secret;

/// Copies the node folder `first` to `second`, anew if it is there: what changed in the first, such as its
/// certificates, changes in both. A log that `second` has stays.
pub(super) fn second(first: &Path, second: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(second).or_environment()?;
    let settings = NodeFolder::read(first)?.settings;
    for entry in fs::read_dir(first).or_environment()? {
        let entry = entry.or_environment()?;
        let name = entry.file_name();
        if ![config::FILE_NAME, RUN, LOG].iter().any(|own| name == *own) {
            fs::copy(entry.path(), second.join(name)).or_environment()?;
        }
    }
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listen = Listen { peer: any, ..settings.listen };
    let config::Settings { region, name, peer_url, upper, database, .. } = &settings;
    let text = config::sample(*region, name, peer_url, *upper, &listen, database);
    let file = second.join(config::FILE_NAME);
    if file.exists() {
        fs::remove_file(&file).or_environment()?;
    }
    write_secret(&file, &text).or_environment()
}
