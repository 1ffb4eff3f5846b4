//! C2SP tlog-witness: what a log sends to a witness, and why a witness declines.
//!
//! Knows no transport and no state: the caller holds the newest head that it cosigned. Invariant: whatever
//! [`AddCheckpoint::admit`] accepts is an extension of the tree that the witness saw before.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::key::VerifierKey;
use super::note::{Note, NoteError, NoteSignature};
use super::proof::verify_consistency;
use super::text::{decimal, decode_digest, encode};
use crate::domain::digest::Digest;

/// The most hashes that the standard allows in a request.
const MOST_HASHES: usize = 63;
/// The longest checkpoint that a witness looks at, bytes: one log's, with a few signatures.
const LONGEST: usize = 4 * 1024;
/// What the standard calls the body of a 409.
pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";
/// The largest tree that JSON numbers count exactly (RFC 8259 §6).
pub const LARGEST: u64 = (1 << 53) - 1;

/// The body of an `add-checkpoint` request: `old SIZE`, the hashes of the consistency proof, a line without
/// text, the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness saw last; 0 for none.
    pub old: u64,
    /// The consistency proof (RFC 6962 §2.1.2) from there.
    pub proof: Vec<Digest>,
    /// The signed checkpoint, as it is.
    pub checkpoint: String,
}

/// Why a witness does not cosign. The log, or whoever speaks for it, is at fault; `Stale` passes by itself.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Declined {
    /// 400: not such a request, or `old` is larger than the checkpoint.
    #[error("not an add-checkpoint request")]
    Malformed,
    /// 404: no log of that origin is known here.
    #[error("the log is not known here")]
    UnknownLog,
    /// 403: the checkpoint is not signed by its log.
    #[error("the checkpoint is not signed by its log")]
    NotSigned,
    /// 409: `old` is not what the witness saw last; this is.
    #[error("the witness saw {0} entries")]
    Stale(u64),
    /// 409: the checkpoint has the size that the witness saw, and another root.
    #[error("another head of this size was seen")]
    Split(u64),
    /// 422: the proof does not hold.
    #[error("the proof does not hold")]
    Inconsistent,
}

impl Declined {
    /// The HTTP status that the standard gives it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NotSigned => 403,
            Self::UnknownLog => 404,
            Self::Stale(_) | Self::Split(_) => 409,
            Self::Inconsistent => 422,
        }
    }

    /// Whether the log signed what contradicts what it signed before. A proof that does not hold is no proof of
    /// that.
    pub const fn contradicts(self) -> bool {
        matches!(self, Self::Split(_))
    }

    /// The stable code of the refusal, and of an alarm about it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownLog => "unknown_log",
            Self::NotSigned => "checkpoint_not_signed",
            Self::Stale(_) => "stale_head",
            Self::Split(_) => "split_view",
            Self::Inconsistent => "proof_invalid",
        }
    }
}

impl AddCheckpoint {
    /// The checkpoint without its signatures checked: to find out whose it is.
    pub fn claimed(&self) -> Result<Checkpoint, Declined> {
        let note = Note::parse(self.checkpoint.as_bytes()).map_err(|_| Declined::Malformed)?;
        note.text().parse().map_err(|_| Declined::Malformed)
    }

    /// Whether a witness that saw `seen` (size and root; none for nothing) of the log with this key may cosign
    /// the checkpoint; what it says.
    pub fn admit(&self, log: &VerifierKey, seen: Option<(u64, Digest)>) -> Result<Checkpoint, Declined> {
        let known = [log.clone()];
        let opened = Checkpoint::open(self.checkpoint.as_bytes(), &known).map_err(|error| match error {
            CheckpointError::Malformed | CheckpointError::Note(NoteError::Malformed) => Declined::Malformed,
            CheckpointError::NotByItsLog | CheckpointError::Note(_) => Declined::NotSigned,
        })?;
        let (new, (size, root)) = (opened.checkpoint, seen.unwrap_or((0, Digest::of(b""))));
        if !worth_seeing(&new) || self.old > new.size {
            return Err(Declined::Malformed);
        }
        if self.old != size {
            return Err(Declined::Stale(size));
        }
        if size == new.size && root != new.root {
            return Err(Declined::Split(size));
        }
        verify_consistency(size, &root, new.size, &new.root, &self.proof)
            .map_err(|_| Declined::Inconsistent)?;
        Ok(new)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", encode(hash.bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for AddCheckpoint {
    type Err = Declined;

    fn from_str(text: &str) -> Result<Self, Declined> {
        parse(text).ok_or(Declined::Malformed)
    }
}

/// The line of the witness with this key in its answer, which is one or more signature lines for `checkpoint`: lines
/// of other keys are ignored. None if it is anything else, or the witness's line does not verify.
pub fn cosigned_line(checkpoint: &str, answer: &str, witness: &VerifierKey) -> Option<String> {
    let mut note = Note::parse(checkpoint.as_bytes()).ok()?;
    let lines = answer.strip_suffix('\n')?.split('\n').map(NoteSignature::parse);
    let lines: Vec<NoteSignature> = lines.collect::<Result<_, _>>().ok()?;
    let own =
        lines.iter().find(|line| line.name() == witness.name() && line.id() == witness.id())?.to_string();
    lines.into_iter().try_for_each(|line| note.attach(line)).ok()?;
    note.verify(std::slice::from_ref(witness)).ok().map(|_| own)
}

/// How a log's signed checkpoint stands to the newest head that was seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is that head.
    Known,
    /// It contains everything that was seen, and more.
    Newer {
        /// How many entries it covers.
        size: u64,
        /// Its root.
        root: Digest,
    },
    /// Nothing ties them together: a receipt was lost, and the next batch will.
    Untied,
    /// The log signed both, of one size, with different roots.
    Split,
}

/// How `head`, whose signature holds, stands to what was `seen` (size and root; none for nothing); `proof` gives
/// the consistency proof from a size, if there is one.
pub fn standing<'p>(
    head: &Checkpoint,
    seen: Option<(u64, Digest)>,
    proof: impl FnOnce(u64) -> Option<&'p [Digest]>,
) -> Standing {
    if !worth_seeing(head) {
        return Standing::Untied;
    }
    let Checkpoint { size, root, .. } = *head;
    let Some((known, known_root)) = seen else { return Standing::Newer { size, root } };
    if known == size {
        return if known_root == root { Standing::Known } else { Standing::Split };
    }
    let ties = |proof| verify_consistency(known, &known_root, size, &root, proof).is_ok();
    if proof(known).is_some_and(ties) { Standing::Newer { size, root } } else { Standing::Untied }
}

/// Whether a head can be witnessed here: not empty, countable, and nothing beside size and root.
pub fn worth_seeing(head: &Checkpoint) -> bool {
    (1..=LARGEST).contains(&head.size) && head.extensions.is_empty()
}

fn parse(text: &str) -> Option<AddCheckpoint> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let old = decimal(lines.next()?.strip_prefix("old ")?)?;
    let proof = lines.map(decode_digest).collect::<Option<Vec<_>>>()?;
    (proof.len() <= MOST_HASHES && checkpoint.len() <= LONGEST).then(|| AddCheckpoint {
        old,
        proof,
        checkpoint: checkpoint.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::cosignature::cosign;
    use crate::tlog::key::{KeyUse, Signer};

    #[test]
    fn of_several_cosignatures_that_of_the_known_key_is_taken() {
        let signer = |name: &str, key_use, seed| Signer::from_seed(name, key_use, &[seed; 32]).unwrap();
        let log = signer("log.example", KeyUse::Log, 1);
        let known = signer("witness.example/w1", KeyUse::Cosigner, 2);
        let others = [3, 4].map(|seed| signer("witness.example/w1", KeyUse::Cosigner, seed));
        let head = Checkpoint {
            origin: "log.example".into(),
            size: 7,
            root: Digest::of(b"root"),
            extensions: Vec::new(),
        };
        let note = head.sign(&log).unwrap();
        let line = |signer: &Signer, time| cosign(signer, &note, time).unwrap().to_string();
        let (own, [one, other]) = (line(&known, 9), others.each_ref().map(|signer| line(signer, 9)));
        let (text, key) = (note.to_string(), known.verifier());
        let taken = |answer: &str| cosigned_line(&text, answer, key);
        let all = [format!("{own}\n"), format!("{one}\n{own}\n"), format!("{own}\n{other}\n{one}\n")];
        for answer in &all {
            assert_eq!(taken(answer), Some(own.clone()), "{answer}");
        }
        let forged = own.replacen("w1 ", "w1 A", 1);
        for wrong in [
            String::new(),
            "\n".into(),
            own.clone(),
            format!("{one}\n"),
            format!("{own}\n\n"),
            format!("{own}\nx\n"),
            forged + "\n",
        ] {
            assert_eq!(taken(&wrong), None, "{wrong}");
        }
        let elsewhere = format!("{}\n", cosign(&known, &Note::new("x\n1\n".into()).unwrap(), 9).unwrap());
        assert_eq!(taken(&elsewhere), None, "its signature on another checkpoint");
    }
}
