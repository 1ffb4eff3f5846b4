//! A clock that one process sees ahead of the others' or behind it, and that jumps while it runs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// How far the wall clock of a node's processes is off; their monotonic clock is right.
#[derive(Clone, Debug)]
pub(crate) struct ShiftedClock(PathBuf);

impl ShiftedClock {
    /// A right clock, which lives in a file of this name below `folder`.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        let clock = Self(folder.join(name));
        clock.be_off(0);
        clock
    }

    /// From now on it is off by so many seconds; below 0: behind.
    pub(crate) fn be_off(&self, seconds: i64) {
        let next = self.0.with_extension("next");
        std::fs::write(&next, format!("{seconds:+}")).unwrap();
        // Whoever reads meanwhile finds one or the other.
        std::fs::rename(next, &self.0).unwrap();
    }

    /// Gives a process this clock.
    pub(crate) fn give_to(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library())
            .env("FAKETIME_TIMESTAMP_FILE", &self.0)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

/// Where Debian's package libfaketime puts it, on any kind of machine.
#[track_caller]
fn library() -> PathBuf {
    let mut folders = std::fs::read_dir("/usr/lib").unwrap().map(|folder| folder.unwrap().path());
    let library =
        folders.find_map(|folder| Some(folder.join("faketime/libfaketime.so.1")).filter(|at| at.exists()));
    library.expect("libfaketime is not installed: the package is called libfaketime")
}
