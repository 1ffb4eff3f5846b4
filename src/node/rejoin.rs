//! After a new epoch: learning from each peer what it holds of us, and going on from there.
//!
//! A chain to a peer begins anew behind the last message that the peer holds, so nothing is sent to it before it
//! has said which one that is; what waits for it is held until then. Invariant: no chain begins anew towards a peer that
//! knows more of this log than there is.

use super::heads::BEHIND;
use super::standing::{Asked, ask};
use super::{Error, Node, key};
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::message::{Epoch, Lane};
use crate::exchange::position::Position;
use crate::exchange::standing::Standing;
use crate::peer::transport::{PeerAddress, Transport};
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::epoch::{self, Closing};
use crate::store::{draft, log};

pub(super) const LANES: [Lane; 2] = [Lane::Urgent, Lane::Normal];

impl Node {
    /// Begins the chains to a peer in this epoch, unless they are; whether they are.
    pub async fn rejoin(&self, transport: &dyn Transport, peer: NodeId) -> Result<bool, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let begun = self.has_joined(&mut tx, peer).await?;
        let registered = self.registered(&mut tx, peer).await?.filter(|peer| peer.active);
        let size = log::head(&mut tx).await?.size;
        tx.rollback().await?;
        let (false, Some(registered)) = (begun, registered) else { return Ok(begun) };
        let address = PeerAddress { node: peer, base_url: registered.descriptor.peer_url };
        let asked = Asked { position: ask(transport, &address, size).await, address };
        let Some(position) = &asked.position else { return Ok(false) };
        if self.is_outdone(&asked, position).await?
            || !self.replay(transport, &asked.address, position).await?
        {
            return Ok(false);
        }
        self.join(peer, position).await?;
        Ok(true)
    }

    /// Whether the peer knows an epoch of this log, or a head, that is not here: another one must be opened, which the
    /// operator is told. Its word is enough to send it nothing.
    pub(super) async fn is_outdone(&self, asked: &Asked, position: &Position) -> Result<bool, Error> {
        let ends = LANES.into_iter().filter_map(|lane| position.received.of(lane).epoch);
        let other = |epoch: Epoch| epoch.counter == self.epoch.counter && epoch != self.epoch;
        let outdone = position.your_counter > self.epoch.counter
            || ends.into_iter().any(|epoch| epoch.counter > self.epoch.counter || other(epoch))
            || self.standing_by(asked).await? > Standing::Whole;
        if outdone {
            self.raise(asked.address.node, BEHIND).await?;
        }
        Ok(outdone)
    }

    /// Begins the chains to a peer behind what it says that it holds; what waited for that goes on.
    pub(super) async fn join(&self, peer: NodeId, position: &Position) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        // Whoever sequences meanwhile would move a chain that begins anew here.
        self.require_epoch(&log::take_turn(&mut tx).await?)?;
        for lane in LANES {
            self.begin_chain(&mut tx, peer, lane, position.received.of(lane)).await?;
        }
        self.note_owed(&mut tx, peer, &position.sequenced).await?;
        draft::release(&mut tx, key(peer)).await?;
        tx.commit().await?;
        self.sequence().await
    }

    /// Whether the chains to a peer go on in this epoch, in both lanes.
    pub(super) async fn has_joined(&self, tx: &mut Tx, peer: NodeId) -> Result<bool, Error> {
        let mut begun = true;
        for lane in LANES {
            begun &= self.has_begun(chain::find(tx, key(peer), lane, Direction::Out).await?.end);
        }
        Ok(begun)
    }

    async fn begin_chain(&self, tx: &mut Tx, peer: NodeId, lane: Lane, held: ChainEnd) -> Result<(), Error> {
        let ours = chain::find(tx, key(peer), lane, Direction::Out).await?.end;
        if self.has_begun(ours) {
            return Ok(());
        }
        let after = |epoch: &Epoch| held.epoch.is_none_or(|held| held.counter < epoch.counter);
        let after: Vec<String> = self
            .epochs
            .iter()
            .map(|(epoch, _)| epoch)
            .filter(|epoch| after(epoch))
            .map(Epoch::to_string)
            .collect();
        let (upto, now) = (held.seq.cast_signed(), self.now().0);
        let closing = Closing { lane, held: held.epoch, upto, after: &after, now };
        epoch::end_chain(tx, key(peer), &closing).await?;
        Ok(epoch::begin_chain(tx, key(peer), lane, self.epoch, held.x).await?)
    }
}
