//! The manifest: what each file of a bundle hashes to, signed with the log key.
//!
//! Invariant: one manifest has one text, and its note has exactly one signature.

use std::fmt;
use std::str::FromStr;

use super::{BundleError, MAGIC, Part};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::tlog::key::{KeyUse, Signer, VerifierKey};
use crate::tlog::note::Note;

/// What one file of the bundle holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// The file.
    pub part: Part,
    /// How many records it has.
    pub records: u64,
    /// Its length in bytes, from its name to its end.
    pub bytes: u64,
    /// SHA-256 over these bytes.
    pub digest: Digest,
}

/// The signed list of all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The origin of the log.
    pub log_origin: String,
    /// When the bundle was made.
    pub made_at: Timestamp,
    /// One per [`Part`], in order.
    pub files: Vec<FileDigest>,
}

impl Manifest {
    /// The signed note. The key is the log's, named after its origin.
    pub fn sign(&self, signer: &Signer) -> Result<String, BundleError> {
        if signer.verifier().name() != self.log_origin || signer.verifier().key_use() != KeyUse::Log {
            return Err(BundleError::Unsigned);
        }
        let mut note = Note::new(self.to_string()).map_err(|_| BundleError::Unsigned)?;
        note.sign(signer).map_err(|_| BundleError::Unsigned)?;
        Ok(note.to_string())
    }

    /// The manifest in a signed note, and whether `key` signed it. `None` if it is not a manifest.
    pub fn open(note: &[u8], key: &VerifierKey) -> Option<(Self, bool)> {
        let note = Note::parse(note).ok().filter(|note| note.signatures().len() == 1)?;
        let manifest: Self = note.text().parse().ok()?;
        let signed = manifest.log_origin == key.name() && note.verify(std::slice::from_ref(key)).is_ok();
        Some((manifest, signed))
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}\n{}\n{}", self.log_origin, self.made_at.0)?;
        self.files.iter().try_for_each(|FileDigest { part, records, bytes, digest }| {
            writeln!(f, "{part} {records} {bytes} {digest}")
        })
    }
}

/// Not the text of a manifest. Whoever wrote it is at fault.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a manifest")]
pub struct NotAManifest;

impl FromStr for Manifest {
    type Err = NotAManifest;

    fn from_str(text: &str) -> Result<Self, NotAManifest> {
        let manifest = parse(text).ok_or(NotAManifest)?;
        if manifest.to_string() == text { Ok(manifest) } else { Err(NotAManifest) }
    }
}

fn parse(text: &str) -> Option<Manifest> {
    let mut lines = text.lines();
    lines.next().filter(|magic| *magic == MAGIC)?;
    let log_origin = lines.next()?.to_owned();
    let made_at = Timestamp(lines.next()?.parse().ok()?);
    let files: Vec<FileDigest> = lines.map(file).collect::<Option<_>>()?;
    files.iter().map(|file| file.part).eq(Part::ALL.iter().copied()).then_some(())?;
    Some(Manifest { log_origin, made_at, files })
}

fn file(line: &str) -> Option<FileDigest> {
    let mut words = line.split(' ');
    let part = words.next()?.parse().ok()?;
    let (records, bytes) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let digest = words.next()?.parse().ok()?;
    words.next().is_none().then_some(FileDigest { part, records, bytes, digest })
}
