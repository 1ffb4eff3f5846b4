//! Who vouches for the log, and up to which size.
//!
//! The witness set is the trust file's, never what the bundle claims. Invariant: a cosignature counts only if it
//! is on a checkpoint that the node signed, and its cosigner is of that set.

use std::collections::BTreeMap;

use super::report::{Fault, Grade, Witnessing};
use crate::audit::bundle::records::{Cosignature, Policy, quorum};
use crate::audit::trust::Trust;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::VerifierKey;
use crate::tlog::note::{Note, NoteSignature};

/// How old an unwitnessed tail may be before it is worth a notice, milliseconds.
pub const TAIL_MS: i64 = 5 * 60 * 1_000;

/// The witness set, and what each cosigned.
pub(super) struct Witnesses {
    /// The keys of every other node, also of those that are no witnesses.
    keys: BTreeMap<NodeId, VerifierKey>,
    sizes: BTreeMap<NodeId, u64>,
    last: Option<(u64, NodeId)>,
    /// When each of the set last cosigned.
    times: BTreeMap<NodeId, Timestamp>,
    /// How many of the set must have cosigned since a day to show the log as of it.
    needed: usize,
}

impl Witnesses {
    pub(super) fn of(trust: &Trust, node: NodeId) -> Self {
        let others = trust.nodes().iter().filter(|other| other.node != node);
        let keys: BTreeMap<_, _> = others.filter_map(|other| Some((other.node, other.cosigner()?))).collect();
        let sizes =
            keys.keys().filter(|other| trust.is_witness(**other)).map(|witness| (*witness, 0)).collect();
        let mut witnesses = Self { keys, sizes, last: None, times: BTreeMap::new(), needed: 1 };
        // Of all nodes of a country, most witness few: a quorum of those whom nobody named would be a false alarm.
        if trust.names_witnesses() {
            witnesses.needed = witnesses.quorum().min(witnesses.sizes.len());
        }
        witnesses
    }

    /// How many of them must have cosigned.
    fn quorum(&self) -> usize {
        quorum(self.sizes.len())
    }

    /// Whether the node aims at just this set and at no smaller a quorum.
    pub(super) fn agrees_with(&self, said: &Policy) -> bool {
        let needed = u64::try_from(self.quorum()).unwrap_or(u64::MAX);
        said.quorum >= needed && said.tail_ms <= TAIL_MS && said.witnesses.iter().eq(self.sizes.keys())
    }

    /// Takes a cosignature on the checkpoint that the node signed for that size: its origin and root.
    pub(super) fn take(&mut self, said: &Cosignature, signed: Option<(String, Digest)>) -> Result<(), Fault> {
        let place = (said.size, said.peer);
        // No witness vouches for a log with nothing in it, and what it says of the day would count.
        if said.size == 0 || self.last.replace(place).is_some_and(|last| last >= place) {
            return Err(Fault::CosignatureInvalid);
        }
        let key = self.keys.get(&said.peer).ok_or(Fault::WitnessUnknown)?;
        let (origin, root) = signed.ok_or(Fault::CosignatureInvalid)?;
        let head = Checkpoint { origin, size: said.size, root, extensions: Vec::new() };
        let at = cosigned_at(&head, &said.line, key).ok_or(Fault::CosignatureInvalid)?;
        if let Some(size) = self.sizes.get_mut(&said.peer) {
            *size = said.size;
            let newest = self.times.entry(said.peer).or_insert(at);
            *newest = at.max(*newest);
        }
        Ok(())
    }

    /// The day since which so many as it takes have cosigned; none if fewer ever did. One alone may have been kept
    /// behind, and then sign an old head today.
    fn cosigned_at(&self) -> Option<Timestamp> {
        let mut times: Vec<Timestamp> = self.times.values().copied().collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(self.needed.checked_sub(1)?).copied()
    }

    /// The grade, and the size that it covers. A cosignature vouches for every smaller size.
    pub(super) fn covered(&self) -> (Grade, u64) {
        let mut sizes: Vec<u64> = self.sizes.values().copied().filter(|size| *size > 0).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        match (sizes.get(self.quorum() - 1), sizes.first()) {
            (Some(size), _) => (Grade::Witnessed, *size),
            (None, Some(size)) => (Grade::PairWitnessed, *size),
            (None, None) => (Grade::Unwitnessed, 0),
        }
    }

    /// The result for a log of `size` entries.
    pub(super) fn result(self, size: u64, tail_age_ms: i64) -> Witnessing {
        let (grade, covered) = self.covered();
        let quorum = self.quorum();
        let tail = size.saturating_sub(covered);
        let cosigned_at = self.cosigned_at();
        Witnessing { grade, size: covered, quorum, witnesses: self.sizes, cosigned_at, tail, tail_age_ms }
    }

    /// Whether there is anybody who could witness.
    pub(super) fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }
}

/// When the cosigner says that it cosigned the head; none if the line is not its signature.
fn cosigned_at(head: &Checkpoint, line: &str, key: &VerifierKey) -> Option<Timestamp> {
    let mut note = Note::new(head.to_string()).ok()?;
    note.attach(NoteSignature::parse(line).ok()?).ok()?;
    let verified = note.verify(std::slice::from_ref(key)).ok()?;
    let seconds = i64::try_from(verified.first()?.time?).ok()?;
    Some(Timestamp(seconds.saturating_mul(Timestamp::SECOND)))
}
