//! Checking a receipt: what the receiver signed, against what was sent and against its log.

use thiserror::Error;

use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Lane};
use crate::exchange::receipt::{CoreEntry, ReceiptBody, ReceiptHeader};
use crate::statement::jws;
use crate::statement::keys::KeySet;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::VerifierKey;
use crate::tlog::multiproof::verify_multi;
use crate::tlog::tree::leaf_hash;

use super::entry::settling;
use super::trust::epoch_of;

mod body;
#[cfg(test)]
mod tests;

/// Most bytes of a receipt's body, and of its signed header. The body of a full batch takes a fifth of it. What is longer
/// is padded, and would have to be kept and exported for years.
const LONGEST: (usize, usize) = (1 << 20, 4_096);

/// Why a receipt does not hold. The receiver that wrote it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ReceiptError {
    /// Not of this format.
    #[error("the receipt is not of this format")]
    Malformed,
    /// The signature over it does not hold.
    #[error("the receipt's signature does not hold")]
    Signature,
    /// The signed digest is not the one of the body.
    #[error("the receipt's signature is not over its body")]
    Body,
    /// It is about other messages than were sent.
    #[error("the receipt is about other messages")]
    OtherMessages,
    /// Its checkpoint is not signed by the receiver's log.
    #[error("the receipt's checkpoint is not by the receiver's log")]
    Checkpoint,
    /// Its entries are not in the log that the checkpoint commits to.
    #[error("the receipt's entries are not proved by its checkpoint")]
    Proof,
}

impl ReceiptError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "receipt_malformed",
            Self::Signature => "receipt_signature",
            Self::Body => "receipt_body",
            Self::OtherMessages => "receipt_other_messages",
            Self::Checkpoint => "receipt_checkpoint",
            Self::Proof => "receipt_proof",
        }
    }
}

/// A receipt as received: its signed header and its body's exact text.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The compact JWS.
    pub header: &'a str,
    /// The body.
    pub body: &'a str,
    /// When it was received.
    pub at: Timestamp,
}

/// The keys of the receiver.
#[derive(Clone, Copy)]
pub struct ReceiverKeys<'a> {
    /// Its signing keys.
    pub signing: &'a KeySet,
    /// The key of its log.
    pub log: &'a VerifierKey,
}

/// Consecutive messages of one chain, as their sender has them.
pub struct Batch<'a> {
    /// The sender.
    pub from: NodeId,
    /// The recipient.
    pub to: NodeId,
    /// The lane.
    pub lane: Lane,
    /// The sender's epoch.
    pub epoch: Epoch,
    /// In their order.
    pub messages: &'a [SentMessage<'a>],
}

/// A message as its sender has it.
#[derive(Clone, Copy)]
pub struct SentMessage<'a> {
    /// Its number.
    pub seq: u64,
    /// Its exchange digest.
    pub x: Digest,
    /// The canonical text of its header, of which `x` is the digest.
    pub header: &'a str,
}

/// A receipt that holds.
pub struct Holding {
    /// What the receiver signed.
    pub header: ReceiptHeader,
    /// What it says.
    pub body: ReceiptBody,
    /// The size and root of the receiver's log under its checkpoint.
    pub head: (u64, Digest),
}

/// Checks a receipt for the messages `sent`: signature, body, each entry's place and digest, and the
/// inclusion of each entry in the receiver's log.
pub fn check(
    received: Received<'_>,
    keys: ReceiverKeys<'_>,
    sent: &Batch<'_>,
) -> Result<Holding, ReceiptError> {
    let (header, body) = open(received, keys.signing)?;
    let head = prove(&body, keys.log, sent)?;
    Ok(Holding { header, body, head })
}

/// Reads a receipt whose signature holds over its body, and whose body is about the messages that its header names. What
/// it says is not proved yet.
pub fn open(received: Received<'_>, signing: &KeySet) -> Result<(ReceiptHeader, ReceiptBody), ReceiptError> {
    if received.body.len() > LONGEST.0 || received.header.len() > LONGEST.1 {
        return Err(ReceiptError::Malformed);
    }
    let verified = jws::verify(received.header, jws::typ::RECEIPT, signing, received.at)
        .map_err(|_| ReceiptError::Signature)?;
    let header: ReceiptHeader =
        serde_json::from_value(verified.payload).map_err(|_| ReceiptError::Malformed)?;
    if header.body != Digest::of(received.body.as_bytes()) {
        return Err(ReceiptError::Body);
    }
    let body = body::read(received.body).ok_or(ReceiptError::Malformed)?;
    if is_whole(&header, &body) { Ok((header, body)) } else { Err(ReceiptError::OtherMessages) }
}

/// One core entry for each number from first to last, all of this pair, lane and epoch.
fn is_whole(header: &ReceiptHeader, body: &ReceiptBody) -> bool {
    let numbers = header.first..=header.last;
    let fits = |core: &CoreEntry| {
        (core.from, core.to, core.lane, core.epoch) == (header.to, header.iss, header.lane, header.epoch)
    };
    header.first > 0 && body.entries.iter().map(|core| core.seq).eq(numbers) && body.entries.iter().all(fits)
}

/// Proves what `body` says of the messages `sent` under its checkpoint; the size and root of that.
pub fn prove(body: &ReceiptBody, log: &VerifierKey, sent: &Batch<'_>) -> Result<(u64, Digest), ReceiptError> {
    let opened = Checkpoint::open(body.checkpoint.as_bytes(), std::slice::from_ref(log))
        .map_err(|_| ReceiptError::Checkpoint)?;
    let Checkpoint { size, root, origin, .. } = opened.checkpoint;
    let mut leaves = leaves(body, sent, &origin)?;
    leaves.sort_unstable_by_key(|(leaf, _)| *leaf);
    verify_multi(&leaves, size, &body.proof, &root).map_err(|_| ReceiptError::Proof)?;
    Ok((size, root))
}

/// The leaf hashes of the receiver's entries, rebuilt from the headers that we know.
fn leaves(body: &ReceiptBody, sent: &Batch<'_>, origin: &str) -> Result<Vec<(u64, Digest)>, ReceiptError> {
    if body.entries.len() != sent.messages.len() {
        return Err(ReceiptError::OtherMessages);
    }
    // An entry from before a restore is in the tree that goes on from it, under its own origin.
    let now = epoch_of(sent.to, origin);
    let fits = |said: &str| {
        said == origin
            || epoch_of(sent.to, said).zip(now).is_some_and(|(then, now)| then.counter < now.counter)
    };
    let leaf = |(core, message): (&CoreEntry, &SentMessage<'_>)| {
        let same = core.x == message.x && core.seq == message.seq && fits(&core.log_origin);
        let place = (core.from, core.to, core.lane, core.epoch);
        if !same || place != (sent.from, sent.to, sent.lane, sent.epoch) {
            return Err(ReceiptError::OtherMessages);
        }
        let entry = settling(core, message.header).map_err(|_| ReceiptError::Malformed)?;
        Ok((core.leaf, leaf_hash(entry.as_bytes())))
    };
    body.entries.iter().zip(sent.messages).map(leaf).collect()
}
