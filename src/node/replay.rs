//! What a peer holds of a node that was restored: what was lost is listed, what was taken back from it stays so.
//!
//! Invariant: a peer's word is not signed. It costs nobody else anything, no time without end, and no numbers without
//! end.

use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::rejoin::LANES;
use super::{Error, Node, key};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::position::{HeldRecord, HeldRecords, MAX_RECORDS, Position};
use crate::peer::transport::{PeerAddress, Transport};
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;
use crate::store::{lead as leads, loss, outbox};

/// How long a peer has for one page.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it has for all of them.
const REPLAY: Duration = Duration::from_mins(10);
/// Most pages of one peer.
const PAGES: usize = 2_000;
/// More versions of a record than were issued since the backup.
const LEAP: i64 = 1_000;
/// Most records unknown here that are listed because of one peer's word.
const MOST_LOST: i64 = 100_000;

impl Node {
    /// Lists what the peer holds of us and we lost, and takes back again what we took back from it. May be
    /// repeated. False if the peer did not tell all of it.
    pub(super) async fn replay(
        &self,
        transport: &dyn Transport,
        address: &PeerAddress,
        position: &Position,
    ) -> Result<bool, Error> {
        self.lose_messages(address.node, position).await?;
        timeout(REPLAY, self.replay_records(transport, address)).await.unwrap_or(Ok(false))
    }

    async fn replay_records(&self, transport: &dyn Transport, at: &PeerAddress) -> Result<bool, Error> {
        let mut after = Uuid::nil();
        for _ in 0..PAGES {
            let Some(page) = page(transport, at, after).await.filter(|page| page.follows(after)) else {
                return Ok(false);
            };
            let mut tx = self.db.node.begin().await?;
            self.compare_records(&mut tx, at.node, &page).await?;
            tx.commit().await?;
            match page.next {
                Some(next) => after = next,
                None => return Ok(true),
            }
        }
        let peer = at.node;
        tracing::error!(peer.id = %peer, "{peer} says that it holds more than {} records of ours", PAGES * MAX_RECORDS);
        Ok(false)
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
        let full = loss::count(tx, key(peer)).await? >= MOST_LOST;
        if full {
            tracing::error!(peer.id = %peer, "{peer} says that it holds more than {MOST_LOST} records that are lost here: no more are listed");
        }
        for item in &page.items {
            let own = own.iter().find(|(sub, ..)| *sub == item.sub).map(|(_, lead, ver)| (*lead, *ver));
            if own.is_none() && full {
                continue;
            }
            self.compare_record(tx, peer, item, own).await?;
        }
        Ok(())
    }

    /// Lists the messages that a peer holds and the log does not.
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
            if is_lost(tx, peer, (item, ver), own).await? {
                let (lead, most) = own.map_or((None, ver), |(lead, ours)| (Some(lead), ours + LEAP));
                if ver > most {
                    // The next version is above it: nobody may use up the numbers.
                    tracing::error!(peer.id = %peer, sub = %item.sub, "{peer} says that it holds version {ver} of a lead: taken for {most}");
                }
                loss::lose_record(tx, key(peer), item.sub, ver.min(most), lead).await?;
            }
            if let Some((lead, _)) = own {
                outbox::hold(tx, key(peer), lead, ver).await?;
            }
        }
        match (item.below.map(i64::from), own) {
            (Some(below), Some((lead, _))) => self.take_back_again(tx, peer, lead, below).await,
            _ => Ok(()),
        }
    }
}

/// Whether we lack that version of a record, or know nothing of its being given to that peer, or signed another.
async fn is_lost(
    tx: &mut Tx,
    peer: NodeId,
    (item, ver): (&HeldRecord, i64),
    own: Option<(Uuid, i64)>,
) -> Result<bool, Error> {
    let Some((lead, ours)) = own else { return Ok(true) };
    if ver > ours {
        return Ok(true);
    }
    let signed: Option<Digest> = loss::signed(tx, lead, ver).await?;
    let share = leads::shares(tx, lead).await?.into_iter().find(|share| share.peer == key(peer));
    let given = share.is_some_and(|share| share.ver >= ver);
    Ok(!given || item.digest.is_some() && signed != item.digest)
}

/// The records after that one; none if they do not come in time, or are none.
async fn page(transport: &dyn Transport, at: &PeerAddress, after: Uuid) -> Option<HeldRecords> {
    let path = format!("/peer/v1/position/records?after={after}");
    let answer = timeout(PATIENCE, transport.get(at, &path)).await.ok()?.ok()?;
    if answer.status != 200 {
        return None;
    }
    serde_json::from_slice(&answer.body).ok()
}
