//! After a new epoch: learning from each peer what it holds of us, and going on from there.
//!
//! A chain to a peer begins anew behind the last message that the peer holds, so nothing is sent to it before it
//! has said which one that is; what waits for it is held until then. Invariant: whatever a peer holds that is not
//! here is listed as lost; what it took from us and we took back stays taken back.

use uuid::Uuid;

use super::standing::ask;
use super::withdraw::ALL;
use super::{Error, Node, key};
use crate::domain::digest::Digest;
use crate::domain::lead::status::{RecipientStatus, WithdrawReason};
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::message::{Epoch, Lane};
use crate::exchange::position::{HeldRecord, HeldRecords, Position};
use crate::peer::transport::{PeerAddress, Transport};
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::epoch::{self, Closing};
use crate::store::{draft, lead as leads, log, loss, withdrawal};

const LANES: [Lane; 2] = [Lane::Urgent, Lane::Normal];

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
        let Some(position) = ask(transport, &address, size).await else { return Ok(false) };
        if !self.replay(transport, &address, &position).await? {
            return Ok(false);
        }
        self.join(peer, &position).await?;
        Ok(true)
    }

    /// Begins the chains to a peer behind what it says that it holds; what waited for that goes on.
    pub(super) async fn join(&self, peer: NodeId, position: &Position) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        // Whoever sequences meanwhile would move a chain that begins anew here.
        self.require_epoch(&log::take_turn(&mut tx).await?)?;
        for lane in LANES {
            self.begin_chain(&mut tx, peer, lane, position.received.of(lane)).await?;
        }
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

    /// Lists what the peer holds of us and we lost, and takes back again what we took back from it. May be
    /// repeated. False if the peer did not tell all of it.
    pub(super) async fn replay(
        &self,
        transport: &dyn Transport,
        address: &PeerAddress,
        position: &Position,
    ) -> Result<bool, Error> {
        self.lose_messages(address.node, position).await?;
        let mut after = Uuid::nil();
        loop {
            let path = format!("/peer/v1/position/records?after={after}");
            let page = match transport.get(address, &path).await {
                Ok(answer) if answer.status == 200 => {
                    serde_json::from_slice::<HeldRecords>(&answer.body).ok()
                }
                _ => None,
            };
            let Some(page) = page else { return Ok(false) };
            let mut tx = self.db.node.begin().await?;
            self.compare_records(&mut tx, address.node, &page).await?;
            tx.commit().await?;
            // A page that leads nowhere else would be read for ever.
            match page.next.filter(|next| *next > after) {
                Some(next) => after = next,
                None => return Ok(true),
            }
        }
    }

    /// Compares the records that a peer holds with ours.
    pub(super) async fn compare_records(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        page: &HeldRecords,
    ) -> Result<(), Error> {
        let subs: Vec<Uuid> = page.items.iter().map(|item| item.sub).collect();
        let own = loss::own(tx, &subs).await?;
        for item in &page.items {
            let own = own.iter().find(|(sub, ..)| *sub == item.sub).map(|(_, lead, ver)| (*lead, *ver));
            self.compare_record(tx, peer, item, own).await?;
        }
        Ok(())
    }

    pub(super) async fn lose_messages(&self, peer: NodeId, position: &Position) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        for lane in LANES {
            let ours = chain::find(&mut tx, key(peer), lane, Direction::Out).await?.end;
            let held = position.received.of(lane);
            let Some(epoch) = held.epoch.filter(|_| !(self.epoch.counter > 1 && self.has_begun(ours))) else {
                continue;
            };
            let first = if ours.epoch == Some(epoch) { ours.seq + 1 } else { 1 };
            if held.seq >= first {
                let (first, last) = (first.cast_signed(), held.seq.cast_signed());
                loss::lose_messages(&mut tx, key(peer), lane.code(), &epoch.to_string(), first, last).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Compares one record that a peer holds with ours.
    async fn compare_record(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        item: &HeldRecord,
        own: Option<(Uuid, i64)>,
    ) -> Result<(), Error> {
        if let Some(ver) = item.ver.map(i64::from) {
            let lost = match own {
                None => true,
                Some((_, ours)) if ver > ours => true,
                Some((lead, _)) => {
                    let signed: Option<Digest> = loss::signed(tx, lead, ver).await?;
                    let share =
                        leads::shares(tx, lead).await?.into_iter().find(|share| share.peer == key(peer));
                    let given = share.is_some_and(|share| share.ver >= ver);
                    !given || item.digest.is_some() && signed != item.digest
                }
            };
            if lost {
                loss::lose_record(tx, key(peer), item.sub, ver, own.map(|(lead, _)| lead)).await?;
            }
        }
        match (item.below.map(i64::from), own) {
            (Some(ALL), Some((lead, _))) => self.withdraw_again(tx, lead).await,
            (Some(below), Some((lead, _))) => narrow_again(tx, key(peer), lead, below, self.now().0).await,
            _ => Ok(()),
        }
    }
}

/// Versions under `below` were taken back from a peer. Which claims it was left is lost, so it gets nothing more of
/// the lead until an officer shares it anew.
async fn narrow_again(tx: &mut Tx, peer: i64, lead: Uuid, below: i64, now: i64) -> Result<(), Error> {
    let share = leads::shares(tx, lead).await?.into_iter().find(|share| share.peer == peer);
    if share.is_some_and(|share| share.gone_below < below) {
        withdrawal::add(tx, lead, peer, below, WithdrawReason::Other.code(), now).await?;
        leads::answer(tx, lead, peer, RecipientStatus::Withdrawn.code()).await?;
    }
    Ok(())
}
