//! C2SP tlog-cosignature, cosignature/v1: a witness says that it saw a checkpoint, and when.
//!
//! Knows the checkpoint only as note text. Invariant: a cosignature is never valid as a log's
//! signature, nor the reverse: the message and the key id differ.

use super::key::{KeyUse, Signer, VerifierKey};
use super::note::{Note, NoteError, NoteSignature};

/// The latest time that may be signed, in seconds (the standard's 2⁶³ − 1).
pub const MAX_TIME: u64 = u64::MAX >> 1;

fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// The line by which a witness cosigns the checkpoint in `note` at `time`, in seconds since the Unix
/// epoch. The caller has verified the log's signature and the consistency with the last head it
/// cosigned. `BadSignature` if the key is not a cosigner's, `Malformed` if the time is too large.
pub fn cosign(signer: &Signer, note: &Note, time: u64) -> Result<NoteSignature, NoteError> {
    if signer.verifier().key_use() != KeyUse::Cosigner {
        return Err(NoteError::BadSignature);
    }
    if time > MAX_TIME {
        return Err(NoteError::Malformed);
    }
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend(signer.sign(message(time, note.text()).as_bytes()));
    Ok(NoteSignature::by(signer.verifier(), bytes))
}

/// The time that `key` cosigned `text` at, if `signature` (time ‖ Ed25519) is its own.
pub(super) fn time_if_signed(key: &VerifierKey, text: &str, signature: &[u8]) -> Option<u64> {
    let (time, ed25519) = signature.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    (time <= MAX_TIME && key.signed(message(time, text).as_bytes(), ed25519)).then_some(time)
}
