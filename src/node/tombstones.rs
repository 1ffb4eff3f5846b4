//! Which data keys were destroyed, outside of the key store: an older copy of the key store must not bring one back.
//!
//! One id a line, appended and never changed; an id is random and tells nothing of a record. Invariants: an id is
//! durable here before its key is destroyed; a line that a crash cut short spoils none that follows.

use std::fs;
use std::io::Write as _;

use uuid::Uuid;

use super::{Error, Node};

/// The file's name in the folder of what outlives the database.
const TOMBSTONES: &str = "destroyed-keys";
/// Keys that are destroyed together.
const CHUNK: usize = 500;

impl Node {
    /// Notes that these keys are about to be destroyed. When this returns, that is durable.
    pub(super) fn entomb_keys(&self, keys: &[Uuid]) -> Result<(), Error> {
        let Some(folder) = &self.outside else { return Ok(()) };
        // The first begins a line, whatever a crash left of the one before.
        let lines = format!("\n{}\n", keys.iter().map(Uuid::to_string).collect::<Vec<_>>().join("\n"));
        let append = || -> std::io::Result<()> {
            let mut file = fs::OpenOptions::new().create(true).append(true).open(folder.join(TOMBSTONES))?;
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        append().map_err(|error| Error::Outside(error.into()))
    }

    /// Every key that was destroyed once, as far as this instance knows.
    pub(super) fn entombed_keys(&self) -> Result<Vec<Uuid>, Error> {
        let Some(folder) = &self.outside else { return Ok(Vec::new()) };
        let text = match fs::read_to_string(folder.join(TOMBSTONES)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::Outside(error.into())),
        };
        // A line that a crash cut short was never acted on.
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Destroys every key again that was destroyed once; how many there were.
    pub(super) async fn destroy_again(&self) -> Result<u64, Error> {
        let mut gone = 0;
        for chunk in self.entombed_keys()?.chunks(CHUNK) {
            gone += self.keystore.destroy(chunk).await?;
        }
        if gone > 0 {
            self.keystore.scrub().await?;
        }
        Ok(gone)
    }
}
