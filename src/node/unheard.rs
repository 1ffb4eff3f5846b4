//! Received leads whose owner has not told all again since this node was restored: it may have taken them back.
//!
//! What came after the backup is lost, a withdrawal too, and comes again once the owner hears of the new epoch. Until
//! then the lead is shown, because its owner may be out of reach for days, and is marked. Invariant: read off the chains
//! whenever a lead is read; what came in the present epoch is never marked.

use std::collections::BTreeSet;

use super::disputed::Asked;
use super::rejoin::LANES;
use super::{Error, Node, key, node_of};
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::position::Lanes;
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::state;

impl Node {
    /// Notes how far a peer's messages to this node had come when it said where it stands in this epoch.
    pub(super) async fn note_owed(&self, tx: &mut Tx, peer: NodeId, sequenced: &Lanes) -> Result<(), Error> {
        if self.epochs.len() > 1 {
            let sequenced = serde_json::to_string(sequenced).map_err(|_| Error::Corrupt("position"))?;
            state::settle_fact(tx, &self.owed_by(peer), &sequenced).await?;
        }
        Ok(())
    }

    /// The entries of those whose owner has not told all again.
    pub(super) async fn unheard(&self, tx: &mut Tx, asked: &[Asked<'_>]) -> Result<BTreeSet<i64>, Error> {
        let begun = match self.epochs.as_slice() {
            [_, .., (_, first)] => first.cast_signed(),
            _ => 0,
        };
        let earlier = || asked.iter().filter(|one| one.leaf < begun);
        let mut silent = BTreeSet::new();
        for owner in earlier().map(|one| one.owner).collect::<BTreeSet<_>>() {
            if !self.has_told_again(tx, node_of(owner)?).await? {
                silent.insert(owner);
            }
        }
        Ok(earlier().filter(|one| silent.contains(&one.owner)).map(|one| one.leaf).collect())
    }

    /// Whether everything has come again that the peer had sent when it said where it stands.
    async fn has_told_again(&self, tx: &mut Tx, peer: NodeId) -> Result<bool, Error> {
        let Some(owed) = state::fact(tx, &self.owed_by(peer)).await? else {
            // A release that noted nothing may have begun the chains.
            return self.has_joined(tx, peer).await;
        };
        let owed: Lanes = serde_json::from_str(&owed).map_err(|_| Error::Corrupt("position"))?;
        for lane in LANES {
            let held = chain::find(tx, key(peer), lane, Direction::In).await?.end;
            if !has_come(held, owed.of(lane)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The name of the fact.
    fn owed_by(&self, peer: NodeId) -> String {
        format!("owed:{}:{peer}", self.epoch.counter)
    }
}

/// Whether a chain that its receiver holds up to `held` has come to where its sender said that it ends. One that began
/// anew and has no message yet ends where it begins: behind a message of an earlier epoch.
fn has_come(held: ChainEnd, owed: ChainEnd) -> bool {
    match (owed.epoch, owed.seq) {
        (None, _) => true,
        (Some(_), 0) => held.x == owed.x || place(held) > place(owed),
        _ => place(held) >= place(owed),
    }
}

/// How far a chain has come; a later epoch of its sender's counts for more.
fn place(end: ChainEnd) -> (u32, u64) {
    (end.epoch.map_or(0, |epoch| epoch.counter), end.seq)
}
