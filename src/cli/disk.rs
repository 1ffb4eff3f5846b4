//! The disk under a node folder: what the folder takes, and what is left for it to grow.

use std::io;
use std::path::Path;

use rustix::fs::statvfs;
use serde::Serialize;

/// Less free than this, in percent, wants an operator: the log only grows.
const LOW: u64 = 10;

/// The disk of a node folder.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Disk {
    /// Bytes of the node folder.
    pub(super) folder_bytes: u64,
    /// Bytes that the file system has left for programs without privileges.
    pub(super) free_bytes: u64,
    /// The same in percent of all that such programs could fill, rounded down.
    pub(super) free_percent: u64,
    /// Less than 10 percent are free.
    pub(super) low: bool,
}

impl Disk {
    /// The disk under `dir`. The environment is at fault if it tells nothing.
    pub(super) fn of(dir: &Path) -> io::Result<Self> {
        let system = statvfs(dir)?;
        let used = system.f_blocks.saturating_sub(system.f_bfree);
        Ok(Self::new(folder_bytes(dir), system.f_frsize, system.f_bavail, used))
    }

    /// From blocks of `block` bytes, as `df` counts them (POSIX `statvfs`).
    fn new(folder_bytes: u64, block: u64, free: u64, used: u64) -> Self {
        let all = free.saturating_add(used);
        let free_percent = free.saturating_mul(100).checked_div(all).unwrap_or(0);
        let free_bytes = free.saturating_mul(block);
        Self { folder_bytes, free_bytes, free_percent, low: free_percent < LOW }
    }

    /// As an operator reads it.
    pub(super) fn words(&self) -> String {
        let warning = if self.low { "; WARNING: below 10 %, make room" } else { "" };
        format!("{} bytes free ({} %){warning}", self.free_bytes, self.free_percent)
    }
}

fn folder_bytes(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_a_tenth_warns() {
        let low = Disk::new(7, 4_096, 99, 901);
        assert_eq!(low, Disk { folder_bytes: 7, free_bytes: 99 * 4_096, free_percent: 9, low: true });
        assert!(low.words().contains("WARNING"));
        let tenth = Disk::new(7, 4_096, 100, 900);
        assert_eq!((tenth.free_percent, tenth.low), (10, false));
        assert_eq!(tenth.words(), "409600 bytes free (10 %)");
    }

    #[test]
    fn odd_file_systems_do_not_break_it() {
        assert_eq!(
            Disk::new(0, 0, 0, 0),
            Disk { folder_bytes: 0, free_bytes: 0, free_percent: 0, low: true }
        );
        assert_eq!(Disk::new(0, u64::MAX, u64::MAX, 1).free_bytes, u64::MAX);
    }

    #[test]
    fn a_folder_lies_on_a_disk() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), [0; 100]).unwrap();
        let disk = Disk::of(folder.path()).unwrap();
        assert_eq!(disk.folder_bytes, 100);
        assert!(disk.free_percent <= 100);
        assert!(Disk::of(&folder.path().join("none")).is_err());
    }
}
