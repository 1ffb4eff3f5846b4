//! What a verifier needs of an entry, read straight from its canonical bytes.
//!
//! Canonical JSON fixes every byte, so an entry without escapes is read by comparing: no tree of values,
//! no second spelling to compare with, some ten times as fast as [`Entry::open`]. Invariant: it accepts
//! exactly what [`Entry::open`] accepts, because whatever it does not recognise is left to that.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::entry::{Entry, EntryError, EntryType, MAX_BYTES};
use crate::clock::Timestamp;
use crate::domain::agreement::Role;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Kind, Lane, VERSION};
use crate::exchange::receipt::Outcome;
use crate::statement::canonical;

/// An entry at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance<'a> {
    /// What it records.
    pub t: EntryType,
    /// When the sequencer placed it.
    pub at: Timestamp,
    /// Its index in the log.
    pub leaf: u64,
    /// The origin of the log.
    pub log_origin: Cow<'a, str>,
    /// The message, if it has a header; its digest was checked.
    pub message: Option<Message<'a>>,
    /// What became of the message.
    pub result: Option<Outcome>,
    /// The other node of a receipt or a head.
    pub peer: Option<NodeId>,
    /// The lane of a receipt.
    pub lane: Option<Lane>,
    /// The epoch of a receipt.
    pub epoch: Option<Epoch>,
    /// First and last number of a receipt.
    pub span: (Option<u64>, Option<u64>),
    /// The digest of a receipt, the root of a head.
    pub digest: Option<Digest>,
    /// The size of a head.
    pub size: Option<u64>,
    /// The counter of the peer's epoch of a receipt, if it is not its first.
    pub count: Option<u64>,
}

/// A message header at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The sender.
    pub from: NodeId,
    /// The recipient.
    pub to: NodeId,
    /// The lane.
    pub lane: Lane,
    /// The sender's epoch.
    pub epoch: Epoch,
    /// Its number in its lane.
    pub seq: u64,
    /// When its sender's sequencer placed it.
    pub sequenced_at: Timestamp,
    /// The exchange digest of the message before it.
    pub prev: Digest,
    /// Its own exchange digest.
    pub x: Digest,
    /// The code of what the statement is.
    pub kind: Cow<'a, str>,
    /// The canonical JSON of what it rests on.
    pub basis: Cow<'a, str>,
    /// Where the header stands in the entry: offset and length.
    pub place: (usize, usize),
}

impl<'a> Glance<'a> {
    /// Reads an entry; refuses what [`Entry::open`] refuses.
    pub fn open(bytes: &'a [u8]) -> Result<Self, EntryError> {
        match Self::quickly(bytes) {
            Some(glance) => Ok(glance),
            None => Self::slowly(bytes),
        }
    }

    /// The entry, if it is one of the common form.
    fn quickly(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_BYTES)?;
        let mut cursor = Cursor::new(text);
        let glance = cursor.entry()?;
        let whole = cursor.rest.is_empty() && (glance.message.is_some() || !glance.t.is_message());
        whole.then_some(glance)
    }

    fn slowly(bytes: &'a [u8]) -> Result<Self, EntryError> {
        let Entry { t, at, leaf, log_origin, body } = Entry::open(bytes)?;
        let message = body.header.as_ref().zip(body.x).map(|(header, x)| {
            let text = |word: Result<Vec<u8>, _>| {
                word.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(EntryError::Malformed)
            };
            let kind: String = serde_json::from_str(&text(canonical::to_vec(&header.kind))?)
                .map_err(|_| EntryError::Malformed)?;
            let length = header.seal().map_err(|_| EntryError::Malformed)?.0.len();
            Ok(Message {
                from: header.from,
                to: header.to,
                lane: header.lane,
                epoch: header.epoch,
                seq: header.seq,
                sequenced_at: header.sequenced_at,
                prev: header.prev,
                x,
                kind: kind.into(),
                basis: text(canonical::to_vec(&header.basis))?.into(),
                place: (header_offset(bytes).ok_or(EntryError::Malformed)?, length),
            })
        });
        Ok(Self {
            t,
            at,
            leaf,
            log_origin: log_origin.into(),
            message: message.transpose()?,
            result: body.result,
            peer: body.peer,
            lane: body.lane,
            epoch: body.epoch,
            span: (body.first, body.last),
            digest: body.digest,
            size: body.size,
            count: body.count,
        })
    }
}

/// Where the header begins. Within a string the first quote would be escaped, and before the member
/// stand plain values only.
fn header_offset(bytes: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"\"header\":";
    bytes.windows(NAME.len()).position(|window| window == NAME).map(|at| at + NAME.len())
}

impl<'a> Cursor<'a> {
    fn entry(&mut self) -> Option<Glance<'a>> {
        self.optional(br#""actor":"#, Self::string)?;
        let at = self.member(br#""at":"#, Self::number)?;
        self.optional(br#""code":"#, Self::string)?;
        let count = self.optional(br#""count":"#, Self::number)?;
        let digest = self.optional(br#""digest":"#, Self::digest)?;
        let epoch = self.optional(br#""epoch":"#, Self::parsed)?;
        let first = self.optional(br#""first":"#, Self::number)?;
        let header = self.optional(br#""header":"#, Self::header)?;
        let lane = self.optional(br#""lane":"#, Self::parsed)?;
        let last = self.optional(br#""last":"#, Self::number)?;
        let leaf = self.member(br#""leaf":"#, Self::number)?;
        let log_origin = self.member(br#""log_origin":"#, Self::string)?;
        let peer = self.optional(br#""peer":"#, Self::parsed)?;
        self.optional(br#""purpose":"#, Self::parsed::<Purpose>)?;
        self.optional(br#""ref":"#, Self::digest)?;
        let result = self.optional(br#""result":"#, Self::parsed::<Outcome>)?;
        let size = self.optional(br#""size":"#, Self::number)?;
        let t = self.member(br#""t":"#, Self::parsed)?;
        let x = self.optional(br#""x":"#, Self::digest)?;
        self.literal("}")?;
        let message = match (header, x) {
            (Some(header), Some(x)) => Some(self.sealed(header, x)?),
            (Some(_), None) => return None,
            (None, _) => None,
        };
        Some(Glance {
            t,
            at: Timestamp(at.cast_signed()),
            leaf,
            log_origin: log_origin.into(),
            message,
            result,
            peer,
            lane,
            epoch,
            span: (first, last),
            digest,
            size,
            count,
        })
    }

    /// The message, if `x` is the digest of its header.
    fn sealed(&self, mut message: Message<'a>, x: Digest) -> Option<Message<'a>> {
        let (start, length) = message.place;
        let header = self.text.get(start..start + length)?;
        message.x = x;
        (Digest::of(header.as_bytes()) == x).then_some(message)
    }

    fn header(&mut self) -> Option<Message<'a>> {
        let start = self.at();
        let mut message = self.object(Self::members)?;
        message.place = (start, self.at() - start);
        Some(message)
    }

    fn members(&mut self) -> Option<Message<'a>> {
        let basis = self.member(br#""basis":"#, Self::basis)?;
        self.member(br#""disclosed":"#, Self::codes::<Claim>)?;
        let epoch = self.member(br#""epoch":"#, Self::parsed)?;
        let from = self.member(br#""from":"#, Self::parsed)?;
        self.member(br#""id":"#, Self::uuid)?;
        let kind = self.member(br#""kind":"#, Self::string)?;
        kind.parse::<Kind>().ok()?;
        let lane = self.member(br#""lane":"#, Self::parsed)?;
        self.member(br#""person_refs_digest":"#, |cursor| cursor.nullable(Self::digest))?;
        let prev = self.member(br#""prev":"#, Self::digest)?;
        self.member(br#""purpose":"#, |cursor| cursor.nullable(Self::parsed::<Purpose>))?;
        let seq = self.member(br#""seq":"#, Self::number)?;
        let sequenced_at = self.member(br#""sequenced_at":"#, Self::number)?;
        self.member(br#""statement_digest":"#, Self::digest)?;
        let to = self.member(br#""to":"#, Self::parsed)?;
        let version = self.member(br#""v":"#, Self::number)?;
        let known = version == u64::from(VERSION);
        known.then_some(Message {
            from,
            to,
            lane,
            epoch,
            seq,
            sequenced_at: Timestamp(sequenced_at.cast_signed()),
            prev,
            x: prev,
            kind: kind.into(),
            basis: basis.into(),
            place: (0, 0),
        })
    }

    /// The text of a basis of this version.
    fn basis(&mut self) -> Option<&'a str> {
        let before = self.rest;
        if self.literal(r#"{"type":"control"}"#).is_none() {
            self.object(Self::terms)?;
        }
        before.get(..before.len() - self.rest.len())
    }

    /// The members of a basis that names terms.
    fn terms(&mut self) -> Option<()> {
        self.member(br#""digest":"#, Self::digest)?;
        self.member(br#""id":"#, Self::uuid)?;
        let roles = self.optional(br#""roles":"#, Self::codes::<Role>)?;
        let wanted = if roles.is_some() { "agreement" } else { "residual" };
        self.member(br#""type":"#, Self::string).filter(|tag| *tag == wanted)?;
        u32::try_from(self.member(br#""version":"#, Self::number)?).ok().map(drop)
    }
}

#[cfg(test)]
mod tests;
