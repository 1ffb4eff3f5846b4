//! Whether the node may go on with its log when it starts: it asks its peers what they hold of it (evidence,
//! "Rollback"), and reads the last head that lies outside of the database.
//!
//! What follows is decided in `exchange::standing`. Invariant: nothing is sequenced, and so nothing is said, before
//! the log is known to be whole or goes on in another epoch; erasures that came after a backup are done again first.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::epoch::Opening;
use super::{Error, Node, fence};
use crate::domain::node::NodeId;
use crate::exchange::message::Epoch;
use crate::exchange::position::Position;
use crate::exchange::standing::{Facts, HeldHead, Order, Standing, Step};
use crate::peer::transport::{PeerAddress, Transport};
use crate::store::{epoch, log, peer as peers};

/// How long one peer has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// More epochs than a node may have opened since the backup that it was restored from.
const LEAP: u32 = 1_000;

/// What the operator orders, and without whom the node goes on.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// What.
    pub order: Order,
    /// The peers whose silence stops nothing: what they hold is learnt when they are back.
    pub without: Vec<NodeId>,
}

/// What a node that starts comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It may serve, once it has begun ([`Node::begin`]).
    Serve,
    /// It goes on in that epoch: it is opened again.
    Opened(Epoch),
    /// It waits for its operator.
    Waits(Waiting),
}

/// Why a node waits for its operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// How its log stands to what others hold of it.
    pub standing: Standing,
    /// When the backup was made from which it was restored, RFC 3339.
    pub restored: Option<String>,
    /// The active peers that did not answer.
    pub silent: Vec<NodeId>,
}

impl Waiting {
    /// What happened and what to do, in one sentence each.
    pub fn advice(&self) -> String {
        let silent: Vec<String> = self.silent.iter().map(NodeId::to_string).collect();
        let silent = silent.join(", ");
        match (self.standing, &self.restored) {
            (Standing::Rewritten, _) => "a peer holds a head of this log that the database contradicts: its history \
                 was altered, or two copies of this node were at work; stop every other copy, keep the database and \
                 the peers' heads for the auditor, and restore a backup, or go on with `guitu epoch open --anyway`"
                .to_owned(),
            (_, Some(made_at)) if self.silent.is_empty() => format!(
                "the node was restored from a backup of {made_at} and knows no peer that could say what came later; \
                 go on with `guitu epoch open`"
            ),
            (_, Some(made_at)) => format!(
                "the node was restored from a backup of {made_at}, and {silent} did not say yet what came later; it \
                 goes on by itself once they answer, or without them by `guitu epoch open --without NODE`; one that only \
                 fetches cannot answer, and says what it holds once this node serves"
            ),
            (Standing::Behind, None) => "others saw more of this log than the database has: it is an older copy, a \
                 standby that was behind, for instance; make sure that no other copy of this node is at work, then \
                 go on with `guitu epoch open`"
                .to_owned(),
            (_, None) => format!(
                "nobody can say whether this log is whole: {silent} did not answer, and there is no last-head file; \
                 the node goes on by itself once one of them answers, or by `guitu epoch open --without NODE`"
            ),
        }
    }
}

/// A peer, and what it said of our place; none: it did not answer.
pub(super) struct Asked {
    pub(super) address: PeerAddress,
    pub(super) position: Option<Position>,
}

/// What others hold of our log.
struct Held {
    heads: Vec<(Option<NodeId>, HeldHead)>,
    known: Vec<Epoch>,
    standing: Standing,
}

impl Node {
    /// Finds out whether the log is whole, and opens another epoch if that is what follows. To be called before
    /// the node begins, and again while it waits.
    pub async fn start(
        self: &Arc<Self>,
        transport: &Arc<dyn Transport>,
        ordered: &Ordered,
    ) -> Result<Start, Error> {
        let asked = self.ask_all(transport).await?;
        let held = self.held_by(&asked).await?;
        if let Some(epoch) = self.opened_elsewhere().await? {
            return Ok(Start::Opened(epoch));
        }
        let (facts, waiting) = self.facts(&asked, held.standing, ordered).await?;
        match facts.step() {
            Step::Serve => self.admit_again().await,
            Step::Wait => Ok(Start::Waits(waiting)),
            Step::Open => self.go_on(transport, asked, held, (waiting, ordered)).await,
        }
    }

    /// Why the node would wait if it started now; none: it would not.
    pub async fn would_wait(
        self: &Arc<Self>,
        transport: &Arc<dyn Transport>,
    ) -> Result<Option<Waiting>, Error> {
        let asked = self.ask_all(transport).await?;
        let held = self.held_by(&asked).await?;
        let nothing = Ordered { order: Order::Nothing, without: Vec::new() };
        let (facts, waiting) = self.facts(&asked, held.standing, &nothing).await?;
        Ok(Some(waiting).filter(|_| facts.step() == Step::Wait))
    }

    /// What the node knows, and why it would wait.
    async fn facts(
        &self,
        asked: &[Asked],
        standing: Standing,
        ordered: &Ordered,
    ) -> Result<(Facts, Waiting), Error> {
        let silent = asked.iter().filter(|one| one.position.is_none());
        let silent: Vec<NodeId> = silent.map(|one| one.address.node).collect();
        let restored = self.restored().await?;
        let facts = Facts {
            restored: restored.is_some(),
            standing,
            reached: silent.len() < asked.len(),
            complete: silent.iter().all(|node| ordered.without.contains(node)),
            order: ordered.order,
        };
        Ok((facts, Waiting { standing, restored, silent }))
    }

    /// The log is whole: whoever had stopped every instance was shown another database.
    async fn admit_again(&self) -> Result<Start, Error> {
        let mut tx = self.db.node.begin().await?;
        if log::take_turn(&mut tx).await?.epoch == 0 {
            fence::forget_proof(&mut tx).await?;
            log::admit(&mut tx, self.epoch.counter.into()).await?;
        }
        tx.commit().await?;
        Ok(Start::Serve)
    }

    /// Does again what was erased and taken back since the backup, and opens another epoch.
    async fn go_on(
        &self,
        transport: &Arc<dyn Transport>,
        asked: Vec<Asked>,
        held: Held,
        (waiting, ordered): (Waiting, &Ordered),
    ) -> Result<Start, Error> {
        self.destroy_again().await?;
        for Asked { address, position } in asked {
            let Some(position) = position else { continue };
            let told = self.replay(transport.as_ref(), &address, &position).await?;
            if !told && !ordered.without.contains(&address.node) {
                let silent = [waiting.silent, vec![address.node]].concat();
                return Ok(Start::Waits(Waiting { silent, ..waiting }));
            }
        }
        let code = if waiting.restored.is_some() { "restored" } else { waiting.standing.code() };
        let newest = held.heads.into_iter().max_by_key(|(_, head)| (head.epoch, head.size));
        let actor = (ordered.order != Order::Nothing).then(|| self.operator());
        match self.open_epoch(Opening { code, actor, newest, known: held.known }).await {
            Err(Error::Conflict) => {
                let faster = self.opened_elsewhere().await?.ok_or(Error::Conflict)?;
                Ok(Start::Opened(faster))
            }
            opened => opened.map(Start::Opened),
        }
    }

    /// Whether what lies beside the database, or the operator's restore, says that it is not the newest one.
    pub(super) async fn is_set_back(&self) -> Result<bool, Error> {
        Ok(self.restored().await?.is_some() || self.held_by(&[]).await?.standing > Standing::Whole)
    }

    /// How the log stands to what one peer said, and to the last head beside the database.
    pub(super) async fn standing_by(&self, asked: &Asked) -> Result<Standing, Error> {
        Ok(self.held_by(std::slice::from_ref(asked)).await?.standing)
    }

    /// Asks every active peer at once where we stand.
    async fn ask_all(self: &Arc<Self>, transport: &Arc<dyn Transport>) -> Result<Vec<Asked>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let size = log::head(&mut tx).await?.size;
        let rows = peers::all(&mut tx).await?;
        tx.rollback().await?;
        let mut asking = JoinSet::new();
        for row in rows {
            let peer = super::register::Registered::of(&row)?;
            if !peer.active {
                continue;
            }
            let address = PeerAddress { node: peer.descriptor.iss, base_url: peer.descriptor.peer_url };
            let transport = Arc::clone(transport);
            asking.spawn(async move {
                let position = ask(transport.as_ref(), &address, size).await;
                Asked { address, position }
            });
        }
        let mut asked = asking.join_all().await;
        asked.sort_by_key(|one| one.address.node);
        Ok(asked)
    }

    /// What these answers and the last-head file say of our log. Read after they came, so that what another
    /// instance added meanwhile is here.
    async fn held_by(&self, asked: &[Asked]) -> Result<Held, Error> {
        let mut heads: Vec<(Option<NodeId>, HeldHead)> = Vec::new();
        let mut known = Vec::new();
        for Asked { address, position } in asked {
            let Some(position) = position else { continue };
            let held = position.your_heads().filter_map(|note| self.own_head(note));
            heads.extend(held.map(|head| (Some(address.node), head)));
            // Said without a signature: nobody may use up the counters.
            let most = self.epoch.counter.saturating_add(LEAP);
            known.push(Epoch { counter: position.your_counter.min(most), nonce: 0 });
        }
        let beside = self.last_head();
        let mut tx = self.db.node.snapshot().await?;
        let beside = beside.into_iter().chain(fence::proof(&mut tx).await?);
        heads.extend(beside.filter_map(|note| self.own_head(&note)).map(|head| (None, head)));
        known.extend(heads.iter().map(|(_, head)| head.epoch));
        let all: Vec<HeldHead> = heads.iter().map(|(_, head)| *head).collect();
        let mut standing = self.compared(&mut tx, &all).await?;
        // Nobody can hold anything of it; or there never was a file, because the program that ran before kept none.
        if standing == Standing::Unknown
            && (!epoch::was_shown(&mut tx).await? || self.never_kept_head(&mut tx).await?)
        {
            standing = Standing::Whole;
        }
        Ok(Held { heads, known, standing })
    }

    /// The epoch that another process opened since this node was opened.
    async fn opened_elsewhere(&self) -> Result<Option<Epoch>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let newest = epoch::all(&mut tx).await?.last().map(|(epoch, _)| *epoch);
        Ok(newest.filter(|epoch| *epoch != self.epoch))
    }
}

/// What a peer says of our place, given how many entries we have; none if it does not answer.
pub(super) async fn ask(transport: &dyn Transport, address: &PeerAddress, size: i64) -> Option<Position> {
    let path = format!("/peer/v1/position?size={size}");
    let answer = timeout(PATIENCE, transport.get(address, &path)).await.ok()?.ok()?;
    if answer.status != 200 {
        return None;
    }
    serde_json::from_slice(&answer.body).ok()
}
