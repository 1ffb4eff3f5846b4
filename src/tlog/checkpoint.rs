//! C2SP tlog-checkpoint: a log's head as a signed note.
//!
//! Invariant: the same head and key give the same bytes, so a log that crashed while signing may
//! sign again without contradicting itself.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::key::{KeyUse, Signer, VerifierKey};
use super::note::{Note, NoteError, Verified};
use super::text::{decimal, decode_digest, encode};
use crate::domain::digest::Digest;

/// A checkpoint that cannot be believed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// The text is not a tree head: whoever signed it is at fault.
    #[error("malformed checkpoint")]
    Malformed,
    /// Signed, but by no known log key that bears the origin's name: the bearer is at fault.
    #[error("the checkpoint is not signed by its log")]
    NotByItsLog,
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// A tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log, e.g. `530900.guitu.example/log/<epoch>`.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The RFC 6962 root.
    pub root: Digest,
    /// Opaque extension lines; ours has none, and the standard advises against them.
    pub extensions: Vec<String>,
}

/// A checkpoint whose log signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<'k> {
    /// The head.
    pub checkpoint: Checkpoint,
    /// The note it stood in.
    pub note: Note,
    /// Every known key that signed: the log's and witnesses'.
    pub verified: Vec<Verified<'k>>,
}

impl Checkpoint {
    /// The signed note of this head. `Malformed` if a line is empty or has control characters,
    /// `NotByItsLog` unless the key is a log key named after the origin: the caller is at fault.
    pub fn sign(&self, signer: &Signer) -> Result<Note, CheckpointError> {
        if signer.verifier().name() != self.origin || signer.verifier().key_use() != KeyUse::Log {
            return Err(CheckpointError::NotByItsLog);
        }
        let text = self.to_string();
        if text.parse().as_ref() != Ok(self) {
            return Err(CheckpointError::Malformed);
        }
        let mut note = Note::new(text)?;
        note.sign(signer)?;
        Ok(note)
    }

    /// Reads a signed checkpoint and checks every line of a known key. One of them must be a log key
    /// named after the origin. (The standard says only that it SHOULD bear that name; we insist, so
    /// that one log's key never vouches for another log.)
    pub fn open<'k>(bytes: &[u8], known: &'k [VerifierKey]) -> Result<Opened<'k>, CheckpointError> {
        let opened = Self::open_under_any_name(bytes, known)?;
        let own =
            |v: &Verified<'_>| v.key.key_use() == KeyUse::Log && v.key.name() == opened.checkpoint.origin;
        if opened.verified.iter().any(own) { Ok(opened) } else { Err(CheckpointError::NotByItsLog) }
    }

    /// Reads a signed checkpoint like [`Checkpoint::open`], of a log whose key may bear another name than its
    /// origin. Only for a caller who was told which key is that log's: one of the known log keys must have signed.
    pub fn open_under_any_name<'k>(
        bytes: &[u8],
        known: &'k [VerifierKey],
    ) -> Result<Opened<'k>, CheckpointError> {
        let note = Note::parse(bytes)?;
        let verified = note.verify(known)?;
        let checkpoint: Self = note.text().parse()?;
        if !verified.iter().any(|one| one.key.key_use() == KeyUse::Log) {
            return Err(CheckpointError::NotByItsLog);
        }
        Ok(Opened { checkpoint, note, verified })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, encode(&self.root.0))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        parse(text).ok_or(CheckpointError::Malformed)
    }
}

fn parse(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let extensions: Vec<String> = lines.map(str::to_owned).collect();
    if origin.is_empty() || extensions.iter().any(String::is_empty) {
        return None;
    }
    Some(Checkpoint {
        origin: origin.to_owned(),
        size: decimal(size)?,
        root: decode_digest(root)?,
        extensions,
    })
}
