//! A restored node and a peer that it cannot call: the peer says by itself what the node would have asked for.
//!
//! Invariant: what a peer says is heard only while the chains to it wait for that, so nobody can say later that
//! something was taken back or lost.

use uuid::Uuid;

use super::position::held_of;
use super::standing::Asked;
use super::{Error, Node, key};
use crate::audit::words::AlarmKind;
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::inbox::BatchRefusal;
use crate::exchange::message::Lane;
use crate::exchange::position::{HeldRecords, MAX_RECORDS, Position};
use crate::exchange::problem::BatchCode;
use crate::peer::identity::PeerCertificate;
use crate::peer::transport::{PeerAddress, SHORT_ANSWER, Transport};
use crate::store::chain::{self, Direction};

/// The alarm about a peer that stands before our present epoch, and not where that begins.
pub(super) const BEFORE: &str = AlarmKind::PeerBeforeEpoch.code();

impl Node {
    /// Tells a peer that was restored, and cannot ask us, what we hold of it and where its chains stand; whether it
    /// heard all of it.
    pub(super) async fn say_where(&self, transport: &dyn Transport, to: &PeerAddress) -> Result<bool, Error> {
        let mut after = Uuid::nil();
        loop {
            let mut tx = self.db.node.snapshot().await?;
            let page = held_of(&mut tx, to.node, after).await?;
            tx.rollback().await?;
            let body = serde_json::to_vec(&page).map_err(|_| Error::Corrupt("records"))?;
            if !heard(transport, to, "/peer/v1/position/records", body).await {
                return Ok(false);
            }
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let mut tx = self.db.node.snapshot().await?;
        let position = self.position_of(&mut tx, to.node, None).await?;
        tx.rollback().await?;
        let body = serde_json::to_vec(&position).map_err(|_| Error::Corrupt("position"))?;
        Ok(heard(transport, to, "/peer/v1/position", body).await)
    }

    /// The caller says which records of ours it holds.
    pub async fn hear_records(&self, connection: &PeerCertificate, page: HeldRecords) -> Result<(), Error> {
        if page.items.len() > MAX_RECORDS {
            return Err(BatchRefusal::from(BatchCode::TooLarge).into());
        }
        if !page.follows(Uuid::nil()) {
            return Err(BatchRefusal::from(BatchCode::Malformed).into());
        }
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        let joined = self.has_joined(&mut tx, connection.node).await?;
        tx.rollback().await?;
        if joined {
            return Ok(());
        }
        let mut tx = self.db.node.begin().await?;
        self.admitted(&mut tx, connection).await?;
        if !self.has_joined(&mut tx, connection.node).await? {
            self.compare_records(&mut tx, connection.node, &page).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The caller says where both directions stand: the chains to it go on behind what it holds.
    pub async fn hear_position(&self, connection: &PeerCertificate, position: Position) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let peer = self.admitted(&mut tx, connection).await?;
        let joined = self.has_joined(&mut tx, connection.node).await?;
        tx.rollback().await?;
        if joined {
            return Ok(());
        }
        let address = PeerAddress { node: connection.node, base_url: peer.descriptor.peer_url };
        let asked = Asked { address, position: Some(position) };
        let Some(position) = &asked.position else { return Ok(()) };
        if self.is_outdone(&asked, position).await? {
            return Err(BatchRefusal::from(BatchCode::EpochUnknown).into());
        }
        self.lose_messages(connection.node, position).await?;
        self.join(connection.node, position).await?;
        self.met(connection.node);
        self.wake(connection.node);
        Ok(())
    }

    /// A peer stands before our present epoch, and not where our first message of it follows: it was restored since it
    /// said where it stands. No message of this epoch can follow what it has, so it gets nothing until an operator opens
    /// another epoch.
    pub(super) async fn look_behind(&self, peer: NodeId, lane: Lane, end: ChainEnd) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let ours = chain::find(&mut tx, key(peer), lane, Direction::Out).await?;
        let begins = self.begins_behind(&mut tx, peer, lane).await?;
        tx.rollback().await?;
        let before = end.epoch.is_none_or(|epoch| epoch.counter < self.epoch.counter);
        if !before || !self.has_begun(ours.end) || begins == Some(end.x) {
            return Ok(());
        }
        let epoch = self.epoch;
        tracing::error!(
            peer.id = %peer, %epoch,
            "{peer} was restored to before epoch {epoch} of this log: it gets what it lost, and anything more, only in another epoch; \
             once it is up for good, open one with `guitu epoch open --anyway`"
        );
        self.raise(peer, BEFORE).await
    }
}

async fn heard(transport: &dyn Transport, to: &PeerAddress, path: &str, body: Vec<u8>) -> bool {
    matches!(transport.post(to, path, body, SHORT_ANSWER).await, Ok(answer) if answer.status == 204)
}
