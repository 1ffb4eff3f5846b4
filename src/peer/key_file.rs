//! Secret files of a node folder: private keys (PEM) and seeds (one line of base64 under a header).
//!
//! Knows files and their modes; must not know what a key is used for beyond its purpose's name.
//! Invariant: a secret is written once, with mode 0600, and never read from a file that others may open.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

const MODE: u32 = 0o600;
/// No key or seed is longer; a larger file is something else.
const LONGEST: u64 = 64 * 1024;

/// Why a secret was not read or written. The operator is at fault, except in `Io`. Never holds a secret.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is no such file.
    #[error("{0} is missing")]
    Missing(PathBuf),
    /// The file is there already; a secret is never overwritten.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Others than its owner may open the file.
    #[error("{path} has mode {mode:04o}, others may open it; run: chmod 600 {path}")]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else than the header and 32 bytes in base64 (or text, for a PEM file).
    #[error("{0} is malformed")]
    Malformed(PathBuf),
    /// The file holds a seed for another purpose.
    #[error("{path} is not a {expected} seed")]
    WrongPurpose {
        /// The file.
        path: PathBuf,
        /// What it was opened for.
        expected: Purpose,
    },
    /// The file system failed.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// What a seed is for. One file, one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Statements and batches.
    Signing,
    /// The audit log's checkpoints.
    Log,
    /// Cosignatures on peers' checkpoints.
    Cosigning,
    /// Encryption of stored records.
    Storage,
    /// Tokens of the office listener.
    Office,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::Signing, Self::Log, Self::Cosigning, Self::Storage, Self::Office];

    /// The word in the file's header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Log => "log",
            Self::Cosigning => "cosigning",
            Self::Storage => "storage",
            Self::Office => "office",
        }
    }

    /// The file's name in a node folder, e.g. `signing.seed`.
    pub fn file_name(self) -> String {
        format!("{}.seed", self.name())
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// 32 secret bytes, erased from memory on drop.
pub type Seed = Zeroizing<[u8; 32]>;

/// Reads the seed for `purpose`.
pub fn read_seed(path: &Path, purpose: Purpose) -> Result<Seed, KeyFileError> {
    let text = read_secret(path)?;
    let malformed = || KeyFileError::Malformed(path.to_owned());
    let rest = text.trim_end().strip_prefix("guitu-seed ").ok_or_else(malformed)?;
    let (name, rest) = rest.split_once(' ').ok_or_else(malformed)?;
    if name != purpose.name() {
        return Err(KeyFileError::WrongPurpose { path: path.to_owned(), expected: purpose });
    }
    let encoded = rest.strip_prefix("v1 ").ok_or_else(malformed)?;
    let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| malformed())?);
    bytes.as_slice().try_into().map(Zeroizing::new).map_err(|_| malformed())
}

/// Writes a seed; durable on return. The bytes are the caller's, from [`crate::clock::Entropy`].
pub fn write_seed(path: &Path, purpose: Purpose, seed: &[u8; 32]) -> Result<(), KeyFileError> {
    let encoded = Zeroizing::new(STANDARD.encode(seed));
    let line = Zeroizing::new(format!("guitu-seed {purpose} v1 {}\n", encoded.as_str()));
    write_secret(path, &line)
}

/// Reads a secret text of at most 64 KiB, e.g. a private key in PEM.
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let file = File::open(path).map_err(|source| fault(path, source))?;
    let metadata = file.metadata().map_err(|source| fault(path, source))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & !MODE != 0 {
        return Err(KeyFileError::TooOpen { path: path.to_owned(), mode });
    }
    let capacity = usize::try_from(metadata.len().min(LONGEST)).unwrap_or_default() + 1;
    // Growing would leave unerased copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|source| fault(path, source))?;
    if bytes.len() as u64 > LONGEST {
        return Err(KeyFileError::Malformed(path.to_owned()));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| KeyFileError::Malformed(path.to_owned()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Writes a secret text into a new file of mode 0600; durable on return.
pub fn write_secret(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)
        .map_err(|source| fault(path, source))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| fault(path, source))
}

fn fault(path: &Path, source: io::Error) -> KeyFileError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path),
        io::ErrorKind::AlreadyExists => KeyFileError::Exists(path),
        _ => KeyFileError::Io { path, source },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_seed_comes_back_for_its_purpose_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.seed");
        write_seed(&path, Purpose::Signing, &[7; 32]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(*read_seed(&path, Purpose::Signing).unwrap(), [7; 32]);
        assert!(matches!(read_seed(&path, Purpose::Log), Err(KeyFileError::WrongPurpose { .. })));
        assert!(matches!(write_seed(&path, Purpose::Log, &[8; 32]), Err(KeyFileError::Exists(_))));
    }

    #[test]
    fn a_file_that_others_may_open_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.seed");
        write_seed(&path, Purpose::Log, &[7; 32]).unwrap();
        for mode in [0o640, 0o604, 0o700, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_seed(&path, Purpose::Log).unwrap_err().to_string();
            assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read_seed(&path, Purpose::Log).is_ok());
    }

    #[test]
    fn what_is_no_seed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.seed");
        assert!(matches!(read_seed(&path, Purpose::Log), Err(KeyFileError::Missing(_))));
        for text in ["", "guitu-seed log v1 AAAA", "guitu-seed log v2 AAAA", "seed", "guitu-seed log v1 ***"]
        {
            write_secret(&path, text).unwrap();
            assert!(matches!(read_seed(&path, Purpose::Log), Err(KeyFileError::Malformed(_))), "{text}");
            fs::remove_file(&path).unwrap();
        }
    }
}
