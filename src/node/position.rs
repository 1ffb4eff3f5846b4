//! Where this node stands towards a peer, and the peer's hello.

use super::{Error, Node, Officer, key};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::message::Lane;
use crate::exchange::position::{Lanes, Position};
use crate::peer::identity::PeerCertificate;
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;

impl Node {
    /// What this node has settled from the caller, and what it has sequenced for the caller.
    pub async fn position(&self, connection: &PeerCertificate) -> Result<Position, Error> {
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        let received = lanes(&mut tx, connection.node, Direction::In).await?;
        let sequenced = lanes(&mut tx, connection.node, Direction::Out).await?;
        let checkpoint = self.checkpoint(&mut tx).await?.map(|signed| signed.note);
        self.met(connection.node);
        Ok(Position { received, sequenced, now: self.now().0, checkpoint })
    }

    /// The caller is up again: its queue's back-off ends.
    pub async fn hello(&self, connection: &PeerCertificate) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        self.met(connection.node);
        Ok(())
    }

    /// An officer does not wait for a peer's back-off to end. Only this instance hears it, and its timer runs on.
    pub async fn hasten(&self, officer: &Officer, peer: NodeId) -> Result<(), Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison])?;
        let mut tx = self.db.node.snapshot().await?;
        let known = self.registered(&mut tx, peer).await?.ok_or(Error::NotFound)?;
        if !known.active {
            return Err(Error::PeerNotActive);
        }
        self.met(peer);
        self.wake(peer);
        Ok(())
    }
}

async fn lanes(tx: &mut Tx, peer: NodeId, direction: Direction) -> Result<Lanes, Error> {
    Ok(Lanes {
        urgent: chain::find(tx, key(peer), Lane::Urgent, direction).await?.end,
        normal: chain::find(tx, key(peer), Lane::Normal, direction).await?.end,
    })
}
