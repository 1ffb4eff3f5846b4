//! Taking in a batch: the checks that refuse it whole and consume nothing (wire §3).
//!
//! Order: shape → batch signature → addresses → clock → the chain within the batch → its place in
//! the lane. Item-level judgement is [`super::judge`].

use thiserror::Error;

use super::batch::{Batch, BatchHeader, Consistency, Head, MAX_BYTES, MAX_HEADER, MAX_ITEMS, MAX_SKEW};
use super::chain::ChainEnd;
use super::message::Header;
use super::problem::{BatchCode, ItemCode};
use super::window::MOST_BATCHES;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::statement::jws;
use crate::statement::keys::KeySet;

/// Why a batch was refused whole. The sender is at fault, except for [`BatchCode::Gap`], which an
/// outage explains: the sender goes on at `expected`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{code}")]
pub struct BatchRefusal {
    /// The reason.
    pub code: BatchCode,
    /// Where the receiver stands, if that helps the sender.
    pub expected: Option<ChainEnd>,
}

impl From<BatchCode> for BatchRefusal {
    fn from(code: BatchCode) -> Self {
        Self { code, expected: None }
    }
}

/// One message of a batch, opened.
pub struct OpenedItem {
    /// Its header.
    pub header: Header,
    /// The header's canonical text.
    pub header_text: String,
    /// Its exchange digest.
    pub x: Digest,
    /// What it carries.
    pub content: Content,
}

/// What a message carries.
pub enum Content {
    /// Its statement, and the person references beside it.
    Statement(String, Vec<String>),
    /// Nothing, for that reason.
    Void(ItemCode),
}

/// A batch whose signature, addresses and inner chain hold.
pub struct OpenedBatch {
    /// The signed header.
    pub header: BatchHeader,
    /// The signed header as received: the proof if the batch turns out to equivocate.
    pub header_jws: String,
    /// Its messages, consecutive.
    pub items: Vec<OpenedItem>,
    /// The sender's signed checkpoint, if this batch carries it.
    pub checkpoint: Option<String>,
    /// Proofs that lead to it.
    pub consistency: Vec<Consistency>,
    /// The last head of our log that the sender saw.
    pub your_head: Option<Head>,
}

/// Who receives, from whom, and when.
#[derive(Clone, Copy)]
pub struct Reception<'a> {
    /// The receiving node.
    pub me: NodeId,
    /// The node at the other end of the connection.
    pub peer: NodeId,
    /// Its keys.
    pub keys: &'a KeySet,
    /// The receiver's clock.
    pub now: Timestamp,
}

/// Opens a batch: everything that can be checked without the receiver's chain.
pub fn open(bytes: &[u8], reception: Reception<'_>) -> Result<OpenedBatch, BatchRefusal> {
    if bytes.len() > MAX_BYTES {
        return Err(BatchCode::TooLarge.into());
    }
    let batch: Batch = serde_json::from_slice(bytes).map_err(|_| BatchCode::Malformed)?;
    if batch.items.is_empty() {
        return Err(BatchCode::Malformed.into());
    }
    if batch.items.len() > MAX_ITEMS {
        return Err(BatchCode::TooLarge.into());
    }
    let header = signed_header(&batch.header, reception)?;
    let items = batch.items.into_iter().map(open_item).collect::<Result<Vec<_>, _>>()?;
    check_chain(&header, &items)?;
    let Batch { header: header_jws, checkpoint, consistency, your_head, .. } = batch;
    Ok(OpenedBatch { header, header_jws, items, checkpoint, consistency, your_head })
}

fn signed_header(text: &str, reception: Reception<'_>) -> Result<BatchHeader, BatchRefusal> {
    let verified = jws::verify(text, jws::typ::BATCH, reception.keys, reception.now)
        .map_err(|_| BatchCode::SignatureInvalid)?;
    let header: BatchHeader = serde_json::from_value(verified.payload).map_err(|_| BatchCode::Malformed)?;
    if header.iss != reception.peer {
        return Err(BatchCode::NotFromPeer.into());
    }
    if header.to != reception.me {
        return Err(BatchCode::NotForMe.into());
    }
    if reception.now.0.abs_diff(header.made_at.0) > MAX_SKEW.unsigned_abs() {
        return Err(BatchCode::ClockSkew.into());
    }
    Ok(header)
}

fn open_item(item: super::batch::Item) -> Result<OpenedItem, BatchRefusal> {
    if item.header.get().len() > MAX_HEADER {
        return Err(BatchCode::TooLarge.into());
    }
    let (header, x) = Header::open(item.header.get()).map_err(|_| BatchCode::Malformed)?;
    let content = match (item.statement, item.void) {
        (Some(statement), None) => Content::Statement(statement, item.person_refs),
        (None, Some(code)) if item.person_refs.is_empty() => Content::Void(code),
        _ => return Err(BatchCode::Malformed.into()),
    };
    Ok(OpenedItem { header, header_text: item.header.get().to_owned(), x, content })
}

/// The items are the numbers `first` to `last` of one lane, each naming the one before it.
fn check_chain(batch: &BatchHeader, items: &[OpenedItem]) -> Result<(), BatchRefusal> {
    let mut prev = batch.first_prev;
    let mut seq = batch.first;
    for item in items {
        let header = &item.header;
        if header.from != batch.iss || header.to != batch.to {
            return Err(BatchCode::NotFromPeer.into());
        }
        if header.lane != batch.lane || header.epoch != batch.epoch || header.seq != seq || seq == 0 {
            return Err(BatchCode::Gap.into());
        }
        if header.prev != prev {
            return Err(BatchCode::ChainBroken.into());
        }
        prev = item.x;
        seq = seq.checked_add(1).ok_or(BatchCode::Malformed)?;
    }
    if prev != batch.last_x || batch.last.checked_add(1) != Some(seq) {
        return Err(BatchCode::ChainBroken.into());
    }
    Ok(())
}

/// Whether the batch belongs a little behind the end of its chain: what is missing may be on its way, because no more
/// than that is ever in flight.
pub fn is_early(header: &BatchHeader, end: ChainEnd) -> bool {
    let window = (MOST_BATCHES * MAX_ITEMS) as u64;
    let missing = header.first.saturating_sub(end.seq.saturating_add(1));
    end.epoch.is_none_or(|epoch| epoch == header.epoch) && (1..=window).contains(&missing)
}

/// How many of the batch's items are settled already; the rest is fresh. `settled_x` gives the
/// exchange digest of a settled number of the current epoch.
pub fn place(
    batch: &OpenedBatch,
    end: ChainEnd,
    settled_x: impl Fn(u64) -> Option<Digest>,
) -> Result<usize, BatchRefusal> {
    let header = &batch.header;
    let refuse = |code| Err(BatchRefusal { code, expected: Some(end) });
    let known = end.epoch.unwrap_or(header.epoch);
    if header.epoch != known {
        // A restored node opens a new epoch at the last x that we hold.
        let opens = header.epoch.counter > known.counter && header.first == 1;
        if !opens {
            return refuse(BatchCode::EpochUnknown);
        }
        return if header.first_prev == end.x { Ok(0) } else { refuse(BatchCode::ChainBroken) };
    }
    if header.first > end.seq + 1 {
        return refuse(BatchCode::Gap);
    }
    if header.first == end.seq + 1 && header.first_prev != end.x {
        return refuse(BatchCode::ChainBroken);
    }
    let overlap = batch.items.iter().take_while(|item| item.header.seq <= end.seq);
    let mut count = 0;
    for item in overlap {
        match settled_x(item.header.seq) {
            Some(x) if x == item.x => count += 1,
            _ => return refuse(BatchCode::Equivocation),
        }
    }
    Ok(count)
}
