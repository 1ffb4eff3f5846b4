//! C2SP signed-note: text signed by one or more keys.
//!
//! Knows no meaning of the text. Invariant: a parsed note prints as the bytes it came from; text is
//! not to be used before [`Note::verify`] named a key that signed it.

use std::fmt;

use thiserror::Error;

use super::cosignature;
use super::key::{KeyUse, Signer, VerifierKey, is_key_name};
use super::text::{decode, encode};

/// The longest note that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// The most signatures that are read (the standard asks for at least 16; other implementations stop here too).
pub const MAX_SIGNATURES: usize = 100;

/// A note that cannot be believed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NoteError {
    /// Not a signed note, or above the limits: whoever wrote or changed it is at fault.
    #[error("malformed signed note")]
    Malformed,
    /// A line in a known key's name that this key did not sign: the signer or the bearer is at fault.
    #[error("a signature of a known key does not verify")]
    BadSignature,
    /// No known key signed it: perhaps a key is missing in the configuration.
    #[error("no known key signed the note")]
    NoKnownKey,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    pub(super) name: String,
    pub(super) id: u32,
    pub(super) bytes: Vec<u8>,
}

impl NoteSignature {
    pub(super) fn by(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), bytes }
    }

    /// Reads a line `— name base64(id ‖ signature)`, without the newline.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, body) =
            line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Malformed)?;
        let body = decode(body).ok_or(NoteError::Malformed)?;
        let (id, bytes) = body.split_first_chunk::<4>().ok_or(NoteError::Malformed)?;
        if bytes.is_empty() || !is_key_name(name) {
            return Err(NoteError::Malformed);
        }
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }

    /// The name of the key that claims to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key that claims to have signed.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What `key` stated if it made this signature over `text`.
    fn check<'k>(&self, key: &'k VerifierKey, text: &str) -> Option<Verified<'k>> {
        let time = match key.key_use() {
            KeyUse::Log => key.signed(text.as_bytes(), &self.bytes).then_some(None)?,
            KeyUse::Cosigner => Some(cosignature::time_if_signed(key, text, &self.bytes)?),
        };
        Some(Verified { key, time })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = [&self.id.to_be_bytes()[..], &self.bytes].concat();
        write!(f, "— {} {}", self.name, encode(&body))
    }
}

/// A known key that signed a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// The key.
    pub key: &'k VerifierKey,
    /// For a cosigner: the newest time it states, in seconds since the Unix epoch.
    pub time: Option<u64>,
}

/// A text and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note without signatures yet. The text ends in a newline and has no other control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        let clean = text.len() <= MAX_BYTES && text.ends_with('\n') && is_clean(&text);
        if clean { Ok(Self { text, signatures: Vec::new() }) } else { Err(NoteError::Malformed) }
    }

    /// Reads a signed note with at least one signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        if whole.len() > MAX_BYTES || !is_clean(whole) {
            return Err(NoteError::Malformed);
        }
        let split = whole.rfind("\n\n").and_then(|at| whole.split_at_checked(at + 1));
        let (text, lines) = split.ok_or(NoteError::Malformed)?;
        let lines = lines.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
        let mut note = Self::new(text.to_owned())?;
        for line in lines.ok_or(NoteError::Malformed)?.split('\n') {
            note.attach(NoteSignature::parse(line)?)?;
        }
        Ok(note)
    }

    /// The text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, verified or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Signs as a log (type 0x01) and attaches the line. A witness signs with
    /// [`cosignature::cosign`]; its key is refused here.
    pub fn sign(&mut self, signer: &Signer) -> Result<(), NoteError> {
        if signer.verifier().key_use() != KeyUse::Log {
            return Err(NoteError::BadSignature);
        }
        self.attach(NoteSignature::by(signer.verifier(), signer.sign(self.text.as_bytes())))
    }

    /// Attaches a signature line, unverified.
    pub fn attach(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(NoteError::Malformed);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The known keys that signed, each once; at least one. Lines of unknown keys are ignored, a line
    /// of a known key that does not verify spoils the note.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<Verified<'k>>, NoteError> {
        let mut verified: Vec<Verified<'k>> = Vec::new();
        for line in &self.signatures {
            let mut candidates =
                known.iter().filter(|key| key.id() == line.id && key.name() == line.name).peekable();
            if candidates.peek().is_none() {
                continue;
            }
            let found = candidates.find_map(|key| line.check(key, &self.text));
            let found = found.ok_or(NoteError::BadSignature)?;
            match verified.iter_mut().find(|earlier| earlier.key == found.key) {
                Some(earlier) => earlier.time = earlier.time.max(found.time),
                None => verified.push(found),
            }
        }
        if verified.is_empty() { Err(NoteError::NoKnownKey) } else { Ok(verified) }
    }
}

/// Only newlines below U+0020.
fn is_clean(text: &str) -> bool {
    text.bytes().all(|b| b >= b' ' || b == b'\n')
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
