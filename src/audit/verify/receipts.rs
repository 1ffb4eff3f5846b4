//! Receipts: what peers signed about the messages of this log, proved under their own checkpoints.
//!
//! Knows the trust file's keys, never a key from the bundle. Invariant: a message counts as receipted
//! only if the peer's entry for it is proved to be in the tree that the peer signed.

use std::collections::BTreeMap;

use super::chains::Chain;
use super::report::Fault;
use crate::audit::bundle::records::{About, ReceiptRecord};
use crate::audit::glance::Glance;
use crate::audit::receipt::{self, Batch, ReceiptError, Received, SentMessage};
use crate::audit::trust::{Trust, TrustedNode};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::receipt::{CoreEntry, ReceiptBody, ReceiptHeader};
use crate::statement::jws;
use crate::tlog::checkpoint::Checkpoint;

/// What a peer signed in a receipt; nothing of it is believed before [`Claimed::prove`].
pub(super) struct Claimed<'a> {
    pub(super) chain: Chain,
    body: ReceiptBody,
    peer: &'a TrustedNode,
    signed_at: Timestamp,
}

/// A receipt's place: pair, lane and epoch, first and last number.
type Span = (Chain, u64, u64);

/// The receipts that the log says it has.
#[derive(Default)]
pub(super) struct Logged {
    spans: BTreeMap<Span, Vec<Noted>>,
    /// Whether those of each span are in the order of their digests: once the first receipt is read.
    sorted: bool,
}

/// A `receipt` entry: the digest of the header, when it was logged, the counter of the peer's epoch, and whether the
/// receipt is in the bundle.
struct Noted {
    digest: Digest,
    at: Timestamp,
    counter: u64,
    seen: bool,
}

impl Logged {
    /// Takes a `receipt` entry of the log.
    pub(super) fn take(&mut self, entry: &Glance<'_>) -> Result<(), Fault> {
        let place = || {
            let chain = (entry.peer?, entry.lane?, entry.epoch?);
            Some(((chain, entry.span.0?, entry.span.1?), entry.digest?))
        };
        let (span, digest) = place().ok_or(Fault::EntryInvalid)?;
        let noted = Noted { digest, at: entry.at, counter: entry.count.unwrap_or(1), seen: false };
        self.spans.entry(span).or_default().push(noted);
        self.sorted = false;
        Ok(())
    }

    /// When that header was logged. `None` if the log has nothing for its place: it came just before the
    /// bundle was made.
    fn match_up(&mut self, span: Span, header: &str) -> Result<Option<Timestamp>, Fault> {
        if !std::mem::replace(&mut self.sorted, true) {
            self.spans.values_mut().for_each(|noted| noted.sort_by_key(|one| one.digest));
        }
        let Some(noted) = self.spans.get_mut(&span) else { return Ok(None) };
        let digest = Digest::of(header.as_bytes());
        let first = noted.partition_point(|one| one.digest < digest);
        let one = noted.get_mut(first).filter(|one| one.digest == digest).ok_or(Fault::ReceiptMismatch)?;
        one.seen = true;
        Ok(Some(one.at))
    }

    /// How many places have an entry in the log and no receipt in the bundle. Of several receipts from one epoch of the
    /// peer one is kept; a later epoch is that of a peer which was restored, and says what it settled again.
    pub(super) fn missing(&self) -> usize {
        let lacking = |noted: &Vec<Noted>| {
            let mut counters: BTreeMap<u64, bool> = BTreeMap::new();
            for one in noted {
                *counters.entry(one.counter).or_default() |= one.seen;
            }
            counters.into_values().filter(|seen| !seen).count()
        };
        self.spans.values().map(lacking).sum()
    }
}

/// Reads a receipt to the node of `about`, and checks that its peer signed it, that it is one whole and the
/// one that was logged.
pub(super) fn open<'a>(
    record: &ReceiptRecord,
    about: &About,
    trust: &'a Trust,
    logged: &mut Logged,
) -> Result<Claimed<'a>, Fault> {
    let claimed = jws::claimed_payload(&record.header).map_err(|_| Fault::ReceiptInvalid)?;
    let header: ReceiptHeader = serde_json::from_value(claimed).map_err(|_| Fault::ReceiptInvalid)?;
    let chain = (header.iss, header.lane, header.epoch);
    let logged_at = logged.match_up((chain, header.first, header.last), &record.header)?;
    if header.iss == about.node {
        return Err(Fault::ReceiptInvalid);
    }
    let peer = trust.node(header.iss).ok_or(Fault::PeerUnknown)?;
    let received_at = logged_at.unwrap_or(about.made_at);
    let received = Received { header: &record.header, body: &record.body, at: received_at };
    let (header, body) = receipt::open(received, &peer.signing_keys).map_err(|_| Fault::ReceiptInvalid)?;
    if header.to != about.node {
        return Err(Fault::ReceiptInvalid);
    }
    let signed_at = Timestamp(header.iat.saturating_mul(Timestamp::SECOND));
    Ok(Claimed { chain, body, peer, signed_at })
}

/// A receipt that holds.
pub(super) struct Proved {
    /// The head of the peer's log under which its entries are proved.
    pub(super) head: Checkpoint,
    /// When the peer signed the receipt, by its own clock.
    pub(super) at: Timestamp,
}

impl Claimed<'_> {
    /// What it says of each message.
    pub(super) fn cores(&self) -> &[CoreEntry] {
        &self.body.entries
    }

    /// Checks that the peer's tree holds its entries for these messages, given the texts of their headers, in
    /// order.
    pub(super) fn prove(&self, own: NodeId, headers: &[Vec<u8>]) -> Result<Proved, Fault> {
        let origin = self.body.checkpoint.lines().next().ok_or(Fault::ReceiptInvalid)?.to_owned();
        let log = self.peer.log_key(&origin).ok_or(Fault::ReceiptUnproved)?;
        let messages = self.cores().iter().zip(headers).map(again).collect::<Option<Vec<_>>>();
        let messages = messages.ok_or(Fault::ReceiptMismatch)?;
        let (to, lane, epoch) = self.chain;
        let sent = Batch { from: own, to, lane, epoch, messages: &messages };
        match receipt::prove(&self.body, &log, &sent) {
            Ok((size, root)) => {
                let head = Checkpoint { origin, size, root, extensions: Vec::new() };
                Ok(Proved { head, at: self.signed_at })
            }
            Err(ReceiptError::OtherMessages) => Err(Fault::ReceiptMismatch),
            Err(_) => Err(Fault::ReceiptUnproved),
        }
    }
}

/// The message of `core` with its header, read again. That it is the one of before follows from the proof: the
/// peer's entry holds the header word for word.
fn again<'h>((core, header): (&CoreEntry, &'h Vec<u8>)) -> Option<SentMessage<'h>> {
    let text = std::str::from_utf8(header).ok()?;
    Some(SentMessage { seq: core.seq, x: core.x, header: text })
}
