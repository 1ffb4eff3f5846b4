//! What a verifier needs of an entry, read straight from its canonical bytes.
//!
//! Canonical JSON fixes every byte, so an entry without escapes is read by comparing: no tree of values,
//! no second spelling to compare with, some ten times as fast as [`Entry::open`]. Invariant: it accepts
//! exactly what [`Entry::open`] accepts, because whatever it does not recognise is left to that.

use std::borrow::Cow;
use std::str::FromStr;

use super::entry::{Entry, EntryError, EntryType, MAX_BYTES};
use crate::clock::Timestamp;
use crate::domain::agreement::Role;
use crate::domain::claim::Claim;
use crate::domain::digest::{self, Digest};
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Kind, Lane, VERSION};
use crate::exchange::receipt::Outcome;
use crate::statement::canonical;

/// Most digits of a number that is read here; longer ones are left to the full reader.
const MAX_DIGITS: usize = 15;

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
        let mut cursor = Cursor { text, rest: text, separator: b'{' };
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

/// What is still to be read, and what stands before the next member of the object.
struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
    separator: u8,
}

#[allow(
    clippy::option_option,
    reason = "the outer one: whether it can be read; the inner one: whether it is there"
)]
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
        let outer = std::mem::replace(&mut self.separator, b'{');
        let start = self.text.len() - self.rest.len();
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
        self.literal("}")?;
        self.separator = outer;
        let place = (start, self.text.len() - self.rest.len() - start);
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
            place,
        })
    }

    /// The text of a basis of this version.
    fn basis(&mut self) -> Option<&'a str> {
        let before = self.rest;
        if self.literal(r#"{"type":"control"}"#).is_none() {
            let outer = std::mem::replace(&mut self.separator, b'{');
            self.member(br#""digest":"#, Self::digest)?;
            self.member(br#""id":"#, Self::uuid)?;
            let roles = self.optional(br#""roles":"#, Self::codes::<Role>)?;
            let wanted = if roles.is_some() { "agreement" } else { "residual" };
            self.member(br#""type":"#, Self::string).filter(|tag| *tag == wanted)?;
            u32::try_from(self.member(br#""version":"#, Self::number)?).ok()?;
            self.literal("}")?;
            self.separator = outer;
        }
        before.get(..before.len() - self.rest.len())
    }

    /// Whether the next member is `name`, given with its quotes and colon; moves to its value. The length is known
    /// when this is compiled: to compare names was what reading an entry took longest for.
    fn named<const N: usize>(&mut self, name: &[u8; N]) -> bool {
        let Some((separator, rest)) = self.rest.as_bytes().split_first() else { return false };
        let found = *separator == self.separator && rest.first_chunk() == Some(name);
        if found {
            // Names are ASCII: a character begins after the colon.
            (self.rest, self.separator) = (self.rest.get(1 + N..).unwrap_or_default(), b',');
        }
        found
    }

    fn member<T, const N: usize>(
        &mut self,
        name: &[u8; N],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if self.named(name) { read(self) } else { None }
    }

    /// `Some(None)` if the member is not there, `None` if it cannot be read.
    fn optional<T, const N: usize>(
        &mut self,
        name: &[u8; N],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.named(name) { read(self).map(Some) } else { Some(None) }
    }

    fn literal(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let inner = self.rest.strip_prefix('"')?;
        let end = inner.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
        let (text, after) = inner.split_at_checked(end)?;
        self.rest = after.strip_prefix('"')?;
        Some(text)
    }

    fn parsed<T: FromStr>(&mut self) -> Option<T> {
        self.string()?.parse().ok()
    }

    fn nullable<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.literal("null") {
            Some(()) => Some(None),
            None => read(self).map(Some),
        }
    }

    /// A digest: its length is known, so nothing is searched for.
    fn digest(&mut self) -> Option<Digest> {
        let (text, after) = self.rest.strip_prefix('"')?.split_at_checked(digest::CHARS)?;
        self.rest = after.strip_prefix('"')?;
        text.parse().ok()
    }

    /// A list of codes that this version knows.
    fn codes<T: FromStr>(&mut self) -> Option<()> {
        self.literal("[")?;
        if self.literal("]").is_some() {
            return Some(());
        }
        loop {
            self.parsed::<T>()?;
            if self.literal("]").is_some() {
                return Some(());
            }
            self.literal(",")?;
        }
    }

    fn uuid(&mut self) -> Option<()> {
        let text = self.string()?;
        let fits = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        };
        (text.len() == 36 && text.bytes().enumerate().all(fits)).then_some(())
    }

    /// A number of at most [`MAX_DIGITS`] digits.
    fn number(&mut self) -> Option<u64> {
        let end = self.rest.bytes().take(MAX_DIGITS + 1).take_while(u8::is_ascii_digit).count();
        let (digits, after) = self.rest.split_at_checked(end).filter(|_| end <= MAX_DIGITS)?;
        let plain = digits == "0" || !digits.starts_with('0');
        self.rest = after;
        digits.parse().ok().filter(|_| plain)
    }
}

#[cfg(test)]
mod tests;
