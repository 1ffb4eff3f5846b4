//! What an entry can be found by.
//!
//! Knows names, codes and digests as they stand in entries. Invariant: the terms of an entry depend on its bytes, on the
//! messages that it names, and on whose log it is in, on nothing else, so that an index of them can be made again from
//! the log.

use std::fmt;

use serde::Deserialize;
use uuid::Uuid;

use super::EntryType;
use crate::clock::Timestamp;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::exchange::message::{Basis, Epoch, Header, Lane};

/// One property of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// What it records.
    Type(EntryType),
    /// The other node that it is about.
    Peer(NodeId),
    /// The agreement that its message cites, or a message that it names.
    Agreement(Uuid),
    /// The purpose of its message, or of a reading.
    Purpose(Purpose),
    /// The officer's pseudonym.
    Actor(String),
    /// A claim that its message discloses.
    Claim(Claim),
    /// The version of a record that it names: SHA-256(salt ‖ id ‖ version).
    Reference(Digest),
    /// The exchange digest that it names.
    Exchange(Digest),
}

impl Term {
    /// The first eight bytes of its SHA-256, for an index. Two terms may share it: whoever finds an entry by it
    /// looks at the entry's own terms.
    pub fn key(&self) -> i64 {
        let digest = Digest::of(self.to_string().as_bytes());
        i64::from_be_bytes(*digest.bytes().first_chunk().unwrap_or(&[0; 8]))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(t) => write!(f, "type:{t}"),
            Self::Peer(node) => write!(f, "peer:{node}"),
            Self::Agreement(id) => write!(f, "agreement:{id}"),
            Self::Purpose(purpose) => write!(f, "purpose:{purpose}"),
            Self::Actor(actor) => write!(f, "actor:{actor}"),
            Self::Claim(claim) => write!(f, "claim:{claim}"),
            Self::Reference(digest) => write!(f, "ref:{digest}"),
            Self::Exchange(x) => write!(f, "x:{x}"),
        }
    }
}

/// Messages that an entry names without their headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The message with that exchange digest.
    Message(Digest),
    /// What this node sent: the messages of a receipt.
    Sent {
        /// The recipient.
        to: NodeId,
        /// The lane.
        lane: Lane,
        /// The epoch of this node.
        epoch: Epoch,
        /// The first number.
        first: u64,
        /// The last number.
        last: u64,
    },
}

/// What is known of an entry by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable {
    /// When it was placed.
    pub at: Timestamp,
    /// What it can be found by. The first is its type.
    pub terms: Vec<Term>,
    /// The messages by whose agreements it can be found too.
    pub named: Option<Named>,
}

impl Readable {
    /// The message that it carries: its exchange digest and the agreement that it cites, if that is what it rests on.
    pub fn message(&self) -> Option<(Digest, Option<Uuid>)> {
        let exchange = self.terms.iter().find_map(|term| match term {
            Term::Exchange(x) => Some(*x),
            _ => None,
        });
        let agreement = self.terms.iter().find_map(|term| match term {
            Term::Agreement(id) => Some(*id),
            _ => None,
        });
        exchange.filter(|_| self.named.is_none()).map(|x| (x, agreement))
    }
}

/// What is read of an entry; the rest is passed over.
#[derive(Deserialize)]
struct Said {
    t: EntryType,
    at: Timestamp,
    actor: Option<String>,
    header: Option<Header>,
    peer: Option<NodeId>,
    purpose: Option<Purpose>,
    #[serde(rename = "ref")]
    reference: Option<Digest>,
    x: Option<Digest>,
    lane: Option<Lane>,
    epoch: Option<Epoch>,
    first: Option<u64>,
    last: Option<u64>,
}

impl Said {
    fn named(&self) -> Option<Named> {
        if self.header.is_some() {
            return None;
        }
        if self.t == EntryType::Receipt {
            let (to, lane, epoch) = (self.peer?, self.lane?, self.epoch?);
            return Some(Named::Sent { to, lane, epoch, first: self.first?, last: self.last? });
        }
        self.x.map(Named::Message)
    }
}

/// What is known of an entry of the log of `own`; none if it is no entry.
pub fn terms(entry: &[u8], own: NodeId) -> Option<Readable> {
    let said: Said = serde_json::from_slice(entry).ok()?;
    let named = said.named();
    let Said { t, at, actor, header, peer, purpose, reference, x, .. } = said;
    let mut terms = vec![Term::Type(t)];
    terms.extend(peer.map(Term::Peer));
    terms.extend(purpose.map(Term::Purpose));
    terms.extend(actor.map(Term::Actor));
    terms.extend(reference.map(Term::Reference));
    terms.extend(x.map(Term::Exchange));
    if let Some(header) = header {
        let other = if header.from == own { header.to } else { header.from };
        terms.push(Term::Peer(other));
        terms.extend(header.purpose.map(Term::Purpose));
        terms.extend(header.basis.known().and_then(Basis::agreement).map(|(id, ..)| Term::Agreement(id)));
        terms.extend(header.disclosed.into_iter().map(Term::Claim));
    }
    Some(Readable { at, terms, named })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Incomplete;
    use crate::audit::samples::{Log, Party, header, message, noon};
    use crate::exchange::message::GENESIS;

    fn parties() -> [Party; 2] {
        [Party::new("530900", 10), Party::new("500000", 20)]
    }

    #[test]
    fn a_message_is_found_by_its_other_node_its_agreement_and_its_claims() {
        let [own, peer] = parties();
        for (from, to) in [(&own, &peer), (&peer, &own)] {
            let mut header = header(from, to, 1, GENESIS);
            let (id, digest) = (Uuid::from_u128(7), Digest::of(b"terms"));
            header.basis = Basis::Agreement { id, version: 1, digest, roles: Vec::new() }.into();
            header.purpose = Some(Purpose::Rescue);
            header.disclosed = vec![Claim::Sex];
            let entry = Log::new(&own).push(EntryType::Sent, message(&header, None));
            let x = entry.body.x.unwrap();
            let read = terms(&entry.to_bytes().unwrap(), "530900".parse().unwrap()).unwrap();
            let all = [
                Term::Type(EntryType::Sent),
                Term::Exchange(x),
                Term::Peer("500000".parse().unwrap()),
                Term::Purpose(Purpose::Rescue),
                Term::Agreement(id),
                Term::Claim(Claim::Sex),
            ];
            assert_eq!((read.at, read.terms.as_slice()), (noon(), all.as_slice()));
            assert_eq!((read.message(), read.named), (Some((x, Some(id))), None));
        }
    }

    #[test]
    fn a_reading_is_found_by_its_officer_and_its_record() {
        let [own, _] = parties();
        let reference = Some(Digest::of(b"record"));
        let body = Incomplete { actor: Some("ab".into()), reference, ..Incomplete::default() };
        let entry = Log::new(&own).push(EntryType::Read, body).to_bytes().unwrap();
        let read = terms(&entry, "530900".parse().unwrap()).unwrap();
        assert_eq!(read.terms[1..], [Term::Actor("ab".into()), Term::Reference(Digest::of(b"record"))]);
        assert_eq!(super::terms(b"{}", "530900".parse().unwrap()), None);
    }

    #[test]
    fn what_names_messages_says_which() {
        let [own, peer] = parties();
        let read = |t, body| terms(&Log::new(&own).push(t, body).to_bytes().unwrap(), own.id).unwrap();
        let x = Digest::of(b"message");
        let opened = read(EntryType::Read, Incomplete { x: Some(x), ..Incomplete::default() });
        assert_eq!((opened.named, opened.message()), (Some(Named::Message(x)), None));
        let (to, lane, epoch) = (peer.id, Lane::Normal, own.epoch);
        let place =
            Incomplete { peer: Some(to), lane: Some(lane), epoch: Some(epoch), ..Incomplete::default() };
        let whole = Incomplete { first: Some(3), last: Some(5), digest: Some(x), ..place.clone() };
        let sent = Named::Sent { to, lane, epoch, first: 3, last: 5 };
        assert_eq!(read(EntryType::Receipt, whole).named, Some(sent));
        assert_eq!(read(EntryType::Alarm, place).named, None);
    }

    #[test]
    fn terms_of_different_kinds_have_different_keys() {
        let digest = Digest::of(b"one");
        assert_ne!(Term::Reference(digest).key(), Term::Exchange(digest).key());
        assert_eq!(Term::Claim(Claim::Sex).key(), Term::Claim(Claim::Sex).key());
    }
}
