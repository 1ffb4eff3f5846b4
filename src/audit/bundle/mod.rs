//! The bundle: everything that an auditor needs of one log, in one file.
//!
//! Knows the container and its records, not what an entry means. Invariant: what [`Writer`] writes
//! [`Reader`] reads, and nothing else.
#![doc = ""]
#![doc = include_str!("FORMAT.md")]

use thiserror::Error;

pub mod manifest;
pub mod reader;
pub mod records;
pub mod writer;

pub use manifest::{FileDigest, Manifest};
pub use reader::{Reader, Record};
pub use writer::Writer;

/// The first line.
pub const MAGIC: &str = "guitu-bundle v1";

/// The name of the last file.
const MANIFEST: &str = "manifest";

codes! {
    /// The files of a bundle, in their order.
    pub enum Part {
        About = "about" "说明",
        Keys = "keys" "公钥",
        Policy = "policy" "见证策略",
        Checkpoints = "checkpoints" "检查点",
        Cosignatures = "cosignatures" "见证联署",
        Heads = "heads" "对端日志头",
        Entries = "entries" "日志条目",
        Receipts = "receipts" "回执",
    }
}

impl Part {
    /// Most bytes of one record.
    pub const fn limit(self) -> usize {
        match self {
            Self::About | Self::Cosignatures => 4_096,
            Self::Keys | Self::Checkpoints => 256 * 1024,
            Self::Policy => 64 * 1024,
            Self::Heads => 512 * 1024,
            Self::Entries => crate::audit::entry::MAX_BYTES,
            Self::Receipts => 8 << 20,
        }
    }
}

/// Why a bundle cannot be written or read.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The file or the disk failed: the environment is at fault.
    #[error("the bundle cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// Not the bytes of a bundle, from that offset on: whoever made or changed it is at fault.
    #[error("not a bundle of this format, at byte {0}")]
    Malformed(u64),
    /// A record that is not what its file holds, at that offset: whoever made it is at fault.
    #[error("a record of `{0}` is not of its form, at byte {1}")]
    Record(Part, u64),
    /// A record out of order, empty, or longer than its limit: the writer is at fault.
    #[error("a record of `{0}` cannot be written")]
    Refused(Part),
    /// The manifest cannot be signed with that key: the writer is at fault.
    #[error("the manifest cannot be signed")]
    Unsigned,
}

/// Counts and hashes what belongs to one file.
struct Tally {
    hash: aws_lc_rs::digest::Context,
    bytes: u64,
    records: u64,
}

impl Tally {
    fn new() -> Self {
        Self { hash: aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256), bytes: 0, records: 0 }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn close(self, part: Part) -> FileDigest {
        let mut digest = crate::domain::digest::Digest([0; 32]);
        digest.0.copy_from_slice(self.hash.finish().as_ref());
        FileDigest { part, records: self.records, bytes: self.bytes, digest }
    }
}

#[cfg(test)]
mod tests;
