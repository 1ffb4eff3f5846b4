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

/// What an instance was told last, by peer: how often there was contact, and how often an operator would not wait. None
/// before its first look, at which nothing is news.
#[derive(Default)]
pub(super) struct Seen(Option<HashMap<i64, (i64, i64)>>);

impl Node {
    /// Tells it to this instance, and to the others if there may be some.
    pub(super) async fn tell_all(&self, peer: NodeId, told: Told) -> Result<(), Error> {
        self.pass_on(peer, told);
        if !self.db.node.is_shared() {
            return Ok(());
        }
        let mut tx = self.db.node.begin().await?;
        contact::tell(&mut tx, key(peer), &self.instance, self.now().0, told).await?;
        Ok(tx.commit().await?)
    }

    fn pass_on(&self, peer: NodeId, told: Told) {
        match told {
            Told::Contact => self.met(peer),
            Told::Hastened => self.hurry(peer),
        }
    }

    /// Hears what the other instances told since it was `seen` last.
    pub(super) async fn hear_instances(&self, seen: &mut Seen) -> Result<(), Error> {
        if !self.db.node.is_shared() {
            return Ok(());
        }
        let mut tx = self.db.node.snapshot().await?;
        let since = if seen.0.is_some() { self.now().0 - LONG } else { i64::MIN };
        let rows = contact::since(&mut tx, since).await?;
        tx.rollback().await?;
        let Some(seen) = &mut seen.0 else {
            seen.0 = Some(rows.into_iter().map(|(peer, _, met, hastened)| (peer, (met, hastened))).collect());
            return Ok(());
        };
        for (peer, instance, met, hastened) in rows {
            let before = seen.insert(peer, (met, hastened)).unwrap_or_default();
            let news = [(met > before.0, Told::Contact), (hastened > before.1, Told::Hastened)];
            for (_, told) in news.into_iter().filter(|(news, _)| *news && instance != self.instance) {
                self.pass_on(node_of(peer)?, told);
            }
        }
        Ok(())
    }
}
