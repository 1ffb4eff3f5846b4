//! Where this node stands towards a peer, what it holds of it, and the peer's hello.

use uuid::Uuid;

use super::{Error, Node, Officer, key};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::message::Lane;
use crate::exchange::position::{HeldRecord, HeldRecords, Hello, Lanes, MAX_RECORDS, Position};
use crate::peer::identity::PeerCertificate;
use crate::store::chain::{self, Direction};
use crate::store::contact::Told;
use crate::store::db::Tx;
use crate::store::loss::{self, HeldRow};
use crate::store::witness;

impl Node {
    /// What this node has settled from the caller, what it has sequenced for the caller, and the heads of the
    /// caller's log that it holds: the newest, and the newest of at most `size` entries.
    pub async fn position(&self, connection: &PeerCertificate, size: Option<u64>) -> Result<Position, Error> {
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        let position = self.position_of(&mut tx, connection.node, size).await?;
        self.met(connection.node);
        Ok(position)
    }

    /// The same of any peer.
    pub(super) async fn position_of(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        size: Option<u64>,
    ) -> Result<Position, Error> {
        let received = lanes(tx, peer, Direction::In).await?;
        let sequenced = lanes(tx, peer, Direction::Out).await?;
        // A node that waits signs nothing.
        let checkpoint =
            if self.waits() { None } else { self.checkpoint(tx).await?.map(|signed| signed.note) };
        let your_head = witness::newest_head(tx, key(peer)).await?.map(|head| head.note);
        let your_earlier_head = match size.and_then(|size| i64::try_from(size).ok()) {
            Some(upto) => witness::newest_upto(tx, key(peer), upto).await?.map(|head| head.note),
            None => None,
        };
        let logs = witness::highest_counter(tx, key(peer)).await?;
        let now = self.now().0;
        let chains = [received.urgent, received.normal].map(|end| end.epoch.map_or(0, |epoch| epoch.counter));
        let your_counter = logs.max(chains[0]).max(chains[1]);
        Ok(Position { received, sequenced, now, checkpoint, your_head, your_earlier_head, your_counter })
    }

    /// The caller's records that this node holds, and those that the caller took back, after a public id.
    pub async fn held_records(
        &self,
        connection: &PeerCertificate,
        after: Uuid,
    ) -> Result<HeldRecords, Error> {
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        held_of(&mut tx, connection.node, after).await
    }

    /// The caller is up again: its queue's back-off ends, and what it lost of our messages is sent again. Where we stand
    /// in what it sends.
    pub async fn hello(&self, connection: &PeerCertificate, hello: Option<Hello>) -> Result<Hello, Error> {
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        let place = self.place_at(&mut tx, connection.node).await?;
        tx.rollback().await?;
        if let Some(there) = hello {
            self.go_on_from(connection.node, there).await?;
        }
        self.tell_all(connection.node, Told::Contact).await?;
        Ok(place)
    }

    /// A peer says where it stands: it is sent again what it lost.
    pub(super) async fn go_on_from(&self, peer: NodeId, there: Hello) -> Result<(), Error> {
        for lane in [Lane::Urgent, Lane::Normal] {
            let end = there.received.of(lane);
            if self.go_back(peer, lane, end).await? {
                self.wake(peer);
            } else {
                self.look_behind(peer, lane, end).await?;
            }
        }
        Ok(())
    }

    /// Where we stand in what a peer sends.
    pub(super) async fn place_at(&self, tx: &mut Tx, peer: NodeId) -> Result<Hello, Error> {
        Ok(Hello { received: lanes(tx, peer, Direction::In).await? })
    }

    /// An officer does not wait for a peer's pause to end, on whichever instance it is kept.
    pub async fn hasten(&self, officer: &Officer, peer: NodeId) -> Result<(), Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison])?;
        let mut tx = self.db.node.snapshot().await?;
        let known = self.registered(&mut tx, peer).await?.ok_or(Error::NotFound)?;
        if !known.active {
            return Err(Error::PeerNotActive);
        }
        tx.rollback().await?;
        self.tell_all(peer, Told::Hastened).await?;
        self.wake(peer);
        Ok(())
    }
}

/// A page of a peer's records that this node holds.
pub(super) async fn held_of(tx: &mut Tx, peer: NodeId, after: Uuid) -> Result<HeldRecords, Error> {
    let limit = i64::try_from(MAX_RECORDS).unwrap_or(i64::MAX);
    let rows = loss::held(tx, key(peer), after, limit).await?;
    let next = rows.last().map(|row| row.0).filter(|_| rows.len() == MAX_RECORDS);
    let items = rows.into_iter().map(record).collect::<Result<_, _>>()?;
    Ok(HeldRecords { items, next })
}

fn record((sub, ver, digest, below): HeldRow) -> Result<HeldRecord, Error> {
    let number = |number: i64| u32::try_from(number).map_err(|_| Error::Corrupt("version"));
    let digest = digest.map(|digest| Digest::try_from(digest.as_slice())).transpose();
    Ok(HeldRecord {
        sub,
        ver: ver.map(number).transpose()?,
        digest: digest.map_err(|_| Error::Corrupt("digest"))?,
        below: below.map(number).transpose()?,
    })
}

async fn lanes(tx: &mut Tx, peer: NodeId, direction: Direction) -> Result<Lanes, Error> {
    Ok(Lanes {
        urgent: chain::find(tx, key(peer), Lane::Urgent, direction).await?.end,
        normal: chain::find(tx, key(peer), Lane::Normal, direction).await?.end,
    })
}
