//! C2SP tlog-proof: one entry's inclusion with the checkpoint it is proven against, for offline use.
//!
//! Invariant: `extra` is carried, never trusted; nothing in the file is believed before
//! [`ProofFile::verify`] returns.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError, Opened};
use super::key::VerifierKey;
use super::note::{MAX_BYTES, Note};
use super::proof::{ProofError, verify_inclusion};
use super::text::{decimal, decode, decode_digest, encode};
use crate::domain::digest::Digest;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A path never has more hashes: a tree of 2⁶⁴ − 1 leaves is 64 levels high.
const MAX_PATH: usize = 64;

/// A proof file that does not prove.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProofFileError {
    /// Not in the format, or above the limits: whoever wrote it is at fault.
    #[error("malformed proof file")]
    Malformed,
    /// The checkpoint does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint holds, but the entry is not shown to be in its tree.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// An offline proof; by convention a file ending in `.tlog-proof`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// Opaque and unauthenticated bytes for the application; empty if none.
    pub extra: Vec<u8>,
    /// The entry's index, from 0.
    pub index: u64,
    /// The RFC 6962 path, the leaf's sibling first.
    pub path: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

impl ProofFile {
    /// Checks that the log whose keys are in `known` contains the entry with `leaf_hash`. Whether the
    /// cosignatures found are a quorum is the caller's policy.
    pub fn verify<'k>(
        &self,
        leaf_hash: &Digest,
        known: &'k [VerifierKey],
    ) -> Result<Opened<'k>, ProofFileError> {
        let opened = Checkpoint::open(self.checkpoint.to_string().as_bytes(), known)?;
        let Checkpoint { size, root, .. } = &opened.checkpoint;
        verify_inclusion(leaf_hash, self.index, *size, &self.path, root)?;
        Ok(opened)
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", encode(&hash.0)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for ProofFile {
    type Err = ProofFileError;

    fn from_str(text: &str) -> Result<Self, ProofFileError> {
        parse(text).ok_or(ProofFileError::Malformed)
    }
}

fn parse(text: &str) -> Option<ProofFile> {
    if text.len() > 2 * MAX_BYTES {
        return None;
    }
    let (head, note) = text.split_once("\n\n")?;
    let mut lines = head.split('\n').peekable();
    lines.next_if_eq(&HEADER)?;
    let extra = match lines.next_if(|line| line.starts_with("extra ")) {
        Some(line) => Some(decode(line.strip_prefix("extra ")?)?).filter(|bytes| !bytes.is_empty())?,
        None => Vec::new(),
    };
    let index = decimal(lines.next()?.strip_prefix("index ")?)?;
    let path: Vec<Digest> = lines.by_ref().take(MAX_PATH + 1).map(decode_digest).collect::<Option<_>>()?;
    if path.len() > MAX_PATH {
        return None;
    }
    Some(ProofFile { extra, index, path, checkpoint: Note::parse(note.as_bytes()).ok()? })
}
