//! Heads of peers' logs that the node recorded, and the logs that they are of.
//!
//! Knows the trust file's keys, never a key from the bundle. Invariant: a head counts only if the peer's
//! log key signed it; one size of one log has one root.

use std::collections::HashMap;

use super::report::Fault;
use crate::audit::bundle::records::PeerHead;
use crate::audit::trust::{Trust, TrustedNode};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::tlog::checkpoint::Checkpoint;

/// A head of a peer's log.
#[derive(Clone, Copy)]
pub struct SeenHead {
    /// Whose log.
    pub peer: NodeId,
    /// Which log: its number among the origins.
    pub log: u16,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// When it was first logged, by the clock of the node that saw it.
    pub logged_at: Option<Timestamp>,
    /// When the peer first sent it with a receipt, by the peer's clock.
    pub sent_at: Option<Timestamp>,
}

/// The heads that peers signed, by peer and size; and the origins of their logs.
#[derive(Default)]
pub(super) struct PeerHeads {
    origins: HashMap<String, u16>,
    known: HashMap<(NodeId, u64), Vec<SeenHead>>,
}

impl PeerHeads {
    /// Takes a head that the node keeps of a peer's log.
    pub(super) fn take(&mut self, said: &PeerHead, trust: &Trust) -> Result<(), Fault> {
        let peer = trust.node(said.peer).ok_or(Fault::PeerUnknown)?;
        let head = open_head(&said.note, peer).ok_or(Fault::HeadInvalid)?;
        self.see(peer.node, &head, None)
    }

    /// Remembers a head; a second root for the same size means that the peer's log was split.
    pub(super) fn see(
        &mut self,
        peer: NodeId,
        head: &Checkpoint,
        sent_at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let log = self.log(&head.origin)?;
        let (size, root) = (head.size, head.root);
        let known = self.known.entry((peer, size)).or_default();
        match known.iter_mut().find(|seen| seen.log == log) {
            Some(seen) if seen.root == root => {
                seen.sent_at = earlier(seen.sent_at, sent_at);
                Ok(())
            }
            Some(_) => Err(Fault::HeadConflict),
            None => {
                known.push(SeenHead { peer, log, size, root, logged_at: None, sent_at });
                Ok(())
            }
        }
    }

    /// Whether the peer's signature for that head is here; remembers when it was logged.
    pub(super) fn logged(&mut self, peer: NodeId, size: u64, root: Digest, at: Timestamp) -> bool {
        let same = self.known.get_mut(&(peer, size)).into_iter().flatten().filter(|seen| seen.root == root);
        let mut held = false;
        for seen in same {
            seen.logged_at = earlier(seen.logged_at, Some(at));
            held = true;
        }
        held
    }

    /// The number of the log `origin`.
    pub(super) fn log(&mut self, origin: &str) -> Result<u16, Fault> {
        if let Some(known) = self.origins.get(origin) {
            return Ok(*known);
        }
        let next = u16::try_from(self.origins.len()).map_err(|_| Fault::OriginWrong)?;
        self.origins.insert(origin.to_owned(), next);
        Ok(next)
    }

    /// All origins in the order of their numbers, and all heads by peer, log and size.
    pub(super) fn into_parts(self) -> (Vec<String>, Vec<SeenHead>) {
        let mut heads: Vec<SeenHead> = self.known.into_values().flatten().collect();
        heads.sort_unstable_by_key(|head| (head.peer, head.log, head.size));
        let mut origins: Vec<(String, u16)> = self.origins.into_iter().collect();
        origins.sort_unstable_by_key(|(_, number)| *number);
        (origins.into_iter().map(|(origin, _)| origin).collect(), heads)
    }
}

fn earlier(known: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    known.into_iter().chain(other).min()
}

/// The checkpoint in `note`, if it is of a log of `peer` and signed with its key.
fn open_head(note: &str, peer: &TrustedNode) -> Option<Checkpoint> {
    let origin = note.lines().next()?;
    let key = peer.log_key(origin)?;
    Checkpoint::open(note.as_bytes(), std::slice::from_ref(&key)).ok().map(|opened| opened.checkpoint)
}
