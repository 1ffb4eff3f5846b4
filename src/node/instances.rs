//! What one instance of a node hears and another has to know: a peer is in contact, an operator does not wait.
//!
//! Only the instance that holds a peer's lease sends to it, and its pauses are in its memory. Invariant: what is told
//! twice ends one more pause at most; what is lost costs no more than the rest of one.

use std::collections::HashMap;

use super::{Error, Node, key, node_of};
use crate::clock::Timestamp;
use crate::domain::node::NodeId;
use crate::store::contact::{self, Told};

/// For how long what was told is looked at; above any difference of the instances' clocks, and any time between looks.
const LONG: i64 = 3 * 60 * Timestamp::SECOND;

/// How often an instance tells the others of contacts, milliseconds: a busy peer is in contact all the time.
const TELL_EVERY: i64 = 2 * Timestamp::SECOND;

/// What an instance was told last, by peer: how often there was contact, and how often an operator would not wait. None
/// before its first look, at which nothing is news.
#[derive(Default)]
pub(super) struct Seen {
    counts: Option<HashMap<i64, (i64, i64)>>,
    /// When this instance told the others of contacts last, milliseconds.
    told: i64,
}

impl Node {
    /// Tells it to this instance, and to the others if there may be some.
    pub(super) async fn tell_all(&self, peer: NodeId, told: Told) -> Result<(), Error> {
        self.pass_on(peer, told);
        if !self.db.node.is_shared() {
            return Ok(());
        }
        let mut tx = self.db.node.begin().await?;
        contact::tell(&mut tx, &[key(peer)], &self.instance, self.now().0, told).await?;
        Ok(tx.commit().await?)
    }

    fn pass_on(&self, peer: NodeId, told: Told) {
        match told {
            Told::Contact => self.met_elsewhere(peer),
            Told::Hastened => self.hurry(peer),
        }
    }

    /// Tells the other instances with which peers this one was in contact, and hears what they told since it was `seen`
    /// last.
    pub(super) async fn hear_instances(&self, seen: &mut Seen) -> Result<(), Error> {
        if !self.db.node.is_shared() {
            return Ok(());
        }
        self.tell_contacts(seen).await?;
        let mut tx = self.db.node.snapshot().await?;
        let since = if seen.counts.is_some() { self.now().0 - LONG } else { i64::MIN };
        let rows = contact::since(&mut tx, since).await?;
        tx.rollback().await?;
        let Some(seen) = &mut seen.counts else {
            seen.counts =
                Some(rows.into_iter().map(|(peer, _, met, hastened)| (peer, (met, hastened))).collect());
            return Ok(());
        };
        for (peer, instance, met, hastened) in rows {
            let before = seen.insert(peer, (met, hastened)).unwrap_or_default();
            let news = [(met > before.0, Told::Contact), (hastened > before.1, Told::Hastened)];
            for (_, told) in news.into_iter().filter(|(news, _)| *news) {
                // Its own contact it knows. Whoever told last may not be whoever would not wait.
                if told == Told::Hastened || instance != self.instance {
                    self.pass_on(node_of(peer)?, told);
                }
            }
        }
        Ok(())
    }

    /// Tells the other instances, every few seconds, with which peers this one was in contact.
    async fn tell_contacts(&self, seen: &mut Seen) -> Result<(), Error> {
        let now = self.now().0;
        if (0..TELL_EVERY).contains(&(now - seen.told)) {
            return Ok(());
        }
        let met: Vec<i64> = self.untold().into_iter().map(key).collect();
        if met.is_empty() {
            return Ok(());
        }
        seen.told = now;
        let mut tx = self.db.node.begin().await?;
        contact::tell(&mut tx, &met, &self.instance, now, Told::Contact).await?;
        Ok(tx.commit().await?)
    }
}
