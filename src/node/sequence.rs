//! The sequencer: gives drafts their place in chains and log, in one transaction under the head.
//!
//! It alone gives `seq`, `prev`, `x` and leaf indexes. A message leaves only after its `sent` entry is
//! in the tree, and a checkpoint is signed only once its head is durable.

use std::collections::{BTreeMap, HashMap, hash_map};
use std::sync::atomic::{AtomicU64, Ordering};

use super::draft::{Draft, leave, payloads, read};
use super::{Error, Node, Signed, key};
use crate::audit::entry::{sending, settling};
use crate::audit::{Entry, EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::message::{Epoch, Header, Lane, Unsequenced, log_origin};
use crate::exchange::receipt::CoreEntry;
use crate::store::chain::{self, Chain, Direction};
use crate::store::db::Tx;
use crate::store::log::InboxRow;
use crate::store::outbox::OutboxRow;
use crate::store::{draft, epoch as epochs, log, outbox};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::tree::{Frontier, Node as TreeNode, leaf_hash};

/// Most drafts of one round.
const ROUND: usize = 1_000;

/// Whose turn it is to sequence in this process: calls are numbered, and whoever has the turn does the
/// work of all calls before its round.
#[derive(Default)]
pub struct Turn {
    /// The newest call. Its drafts are visible to a transaction that begins now.
    asked: AtomicU64,
    /// The last call whose drafts are in the log.
    done: AtomicU64,
    /// Held by the one that sequences.
    lock: tokio::sync::Mutex<()>,
}

impl Turn {
    fn call(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn has_done(&self, call: u64) -> bool {
        self.done.load(Ordering::SeqCst) >= call
    }

    /// Whether a call waits that nobody is awaiting.
    pub(super) fn is_behind(&self) -> bool {
        !self.has_done(self.asked.load(Ordering::SeqCst))
    }
}

/// What one round did.
struct Done {
    /// How many waiting drafts it sequenced, [`ROUND`] at most.
    drafts: usize,
    /// For whom it has messages.
    peers: Vec<NodeId>,
}

/// What one round writes.
struct Round {
    now: Timestamp,
    origin: String,
    first: u64,
    frontier: Frontier,
    completed: Vec<TreeNode>,
    entries: Vec<String>,
    outbox: Vec<OutboxRow>,
    inbox: Vec<InboxRow>,
    edits: Vec<(i64, uuid::Uuid, i64)>,
    /// Each chain as it was and as it is now.
    chains: HashMap<(NodeId, Lane), (Chain, ChainEnd)>,
    /// Messages to peers that have not said yet where their chains go on in this epoch.
    held: BTreeMap<NodeId, Vec<Draft>>,
}

impl Node {
    /// Sequences the drafts that the caller has committed, with all others that are visible. When this
    /// returns, they are in the log. Whoever waited while another caller did it finds it done.
    pub async fn sequence(&self) -> Result<(), Error> {
        let mine = self.turn.call();
        let _turn = self.turn.lock.lock().await;
        if !self.turn.has_done(mine) {
            let upto = self.turn.asked.load(Ordering::SeqCst);
            while self.sequence_round().await? == ROUND {}
            self.turn.done.fetch_max(upto, Ordering::SeqCst);
            self.ring();
        }
        Ok(())
    }

    /// Commits a use case's transaction. When this returns, it is durable and its drafts are in the log: by
    /// the same commit if the turn is free, else by the next round, with the drafts of all who wait.
    pub(super) async fn commit_sequenced(&self, tx: Tx) -> Result<(), Error> {
        self.commit_with(tx, Vec::new()).await
    }

    /// The same, with `drafts` that the transaction has not left. They come after those that it has; where the turn
    /// is free they need not be written down in between.
    pub(super) async fn commit_with(&self, mut tx: Tx, drafts: Vec<Draft>) -> Result<(), Error> {
        let Ok(turn) = self.turn.lock.try_lock() else {
            leave(&mut tx, &drafts).await?;
            tx.commit().await?;
            return self.sequence().await;
        };
        let upto = self.turn.asked.load(Ordering::SeqCst);
        let round = self.round_within(&mut tx, drafts).await?;
        tx.commit().await?;
        let all = self.wake_all(round) < ROUND;
        if all {
            self.turn.done.fetch_max(upto, Ordering::SeqCst);
        }
        drop(turn);
        self.ring();
        if all { Ok(()) } else { self.sequence().await }
    }

    /// The drafts that the caller has committed are sequenced soon, by whoever delivers.
    pub fn sequence_soon(&self) {
        self.turn.call();
        self.ring();
    }

    /// Sequences what others left: drafts of use cases that do not wait for it, of other instances, of a
    /// crash.
    pub async fn sequence_rest(&self) -> Result<(), Error> {
        if self.has_drafts().await? { self.sequence().await } else { Ok(()) }
    }

    /// Whether drafts wait for the sequencer.
    pub async fn has_drafts(&self) -> Result<bool, Error> {
        let mut tx = self.db.node.snapshot().await?;
        Ok(draft::any(&mut tx).await?)
    }

    /// One round; how many drafts it sequenced, [`ROUND`] at most.
    async fn sequence_round(&self) -> Result<usize, Error> {
        let mut tx = self.db.node.begin().await?;
        let done = self.round_within(&mut tx, Vec::new()).await?;
        if done.drafts == 0 {
            tx.rollback().await?;
            return Ok(0);
        }
        tx.commit().await?;
        Ok(self.wake_all(done))
    }

    /// Wakes those for whom a durable round has something; how many drafts it sequenced.
    fn wake_all(&self, done: Done) -> usize {
        for peer in done.peers {
            self.wake(peer);
        }
        done.drafts
    }

    /// One round within a transaction, which holds the head from here to its end: the drafts that wait, then `own`.
    async fn round_within(&self, tx: &mut Tx, own: Vec<Draft>) -> Result<Done, Error> {
        if self.waits() {
            return Err(Error::Waits);
        }
        let head = log::take_turn(tx).await?;
        self.require_epoch(&head)?;
        let found = draft::waiting(tx, i64::try_from(ROUND).unwrap_or(i64::MAX)).await?;
        // While the engine removes them they are read.
        let reading = async { found.payloads().map(read).collect::<Result<Vec<_>, _>>() };
        let (removed, waiting) = tokio::join!(draft::remove(tx, &found), reading);
        removed?;
        let waiting = waiting?;
        let count = waiting.len();
        let all = count < ROUND;
        if count == 0 && own.is_empty() {
            return Ok(Done { drafts: 0, peers: Vec::new() });
        }
        let frontier = Frontier::from_bytes(&head.frontier).map_err(|_| Error::Corrupt("frontier"))?;
        let mut round = Round::new(self.now(), self.log_origin(), frontier);
        // Where older ones wait still, its own come after them.
        let own = if all { own } else { leave(tx, &own).await.map(|()| Vec::new())? };
        for draft in waiting.into_iter().chain(own) {
            self.complete(tx, &mut round, draft).await?;
        }
        let peers = round.chains.keys().map(|(peer, _)| *peer).chain(round.held.keys().copied()).collect();
        self.write_round(tx, round).await?;
        Ok(Done { drafts: count, peers })
    }

    async fn complete(&self, tx: &mut Tx, round: &mut Round, draft: Draft) -> Result<(), Error> {
        match draft {
            Draft::Send { said, lead, attempts } => {
                let (to, lane) = (said.to, said.lane);
                if let hash_map::Entry::Vacant(new) = round.chains.entry((to, lane)) {
                    let chain = chain::find(tx, key(to), lane, Direction::Out).await?;
                    if !self.has_begun(chain.end) {
                        round.held.entry(to).or_default().push(Draft::Send { said, lead, attempts });
                        return Ok(());
                    }
                    new.insert((chain, chain.end));
                }
                round.send(self, *said, lead, attempts)
            }
            Draft::Settle { header, x, result, read } => round.settle((&header, read), x, result),
            Draft::Note { t, body, edit } => {
                let leaf = round.append(t, *body)?;
                if let Some((lead, ver)) = edit {
                    round.edits.push((leaf.cast_signed(), lead, i64::from(ver)));
                }
                Ok(())
            }
        }
    }

    async fn write_round(&self, tx: &mut Tx, round: Round) -> Result<(), Error> {
        let Round { first, frontier, completed, entries, outbox, inbox, edits, chains, held, now, .. } =
            round;
        for (peer, drafts) in held {
            draft::hold(tx, key(peer), payloads(&drafts)?).await?;
        }
        if entries.is_empty() {
            return Ok(());
        }
        for ((peer, lane), (old, new)) in chains {
            if !chain::advance(tx, key(peer), lane, Direction::Out, old, new).await? {
                return Err(Error::Corrupt("an outward chain moved without the head"));
            }
        }
        log::append(tx, first.cast_signed(), entries).await?;
        outbox::add(tx, outbox).await?;
        log::put_inbox(tx, inbox).await?;
        log::put_edits(tx, edits).await?;
        let tiles = super::proofs::grown_tiles(tx, &completed).await?;
        log::put_tiles(tx, tiles).await?;
        let size = frontier.size().cast_signed();
        log::advance(tx, size, &frontier.to_bytes()).await?;
        Ok(log::put_head(tx, size, frontier.root(), now.0).await?)
    }

    /// Whether the chain to a peer goes on in this epoch. A node's first epoch has every chain from its beginning.
    pub(super) fn has_begun(&self, end: ChainEnd) -> bool {
        end.epoch.map_or(self.epoch.counter == 1, |epoch| epoch == self.epoch)
    }

    /// Opens another epoch: its first entry is `body`, and nothing of it can be before. Returns false if the log
    /// is no longer in the epoch that this node was opened in.
    pub(super) async fn open_epoch_within(
        &self,
        tx: &mut Tx,
        epoch: Epoch,
        body: Incomplete,
    ) -> Result<bool, Error> {
        let head = log::take_turn(tx).await?;
        let frontier = Frontier::from_bytes(&head.frontier).map_err(|_| Error::Corrupt("frontier"))?;
        if epochs::all(tx).await? != self.epochs || !epochs::add(tx, epoch, frontier.size()).await? {
            return Ok(false);
        }
        let mut round = Round::new(self.now(), log_origin(self.id, epoch), frontier);
        round.append(EntryType::Epoch, body)?;
        log::admit(tx, epoch.counter.into()).await?;
        self.write_round(tx, round).await.map(|()| true)
    }

    /// The newest durable head with its signed checkpoint. Deterministic: signing again gives the same.
    pub async fn checkpoint(&self, tx: &mut Tx) -> Result<Option<Signed>, Error> {
        let Some((size, root)) = log::newest_head(tx).await? else { return Ok(None) };
        let size = size.cast_unsigned();
        self.require_epoch(&log::head(tx).await?)?;
        let known = || self.checkpoint.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A database that was exchanged may have another root at that size.
        if let Some(signed) = known().as_ref().filter(|signed| (signed.size, signed.root) == (size, root)) {
            return Ok(Some(signed.clone()));
        }
        let signed = self.sign_head(size, root)?;
        *known() = Some(signed.clone());
        Ok(Some(signed))
    }

    /// Signs a head that the database holds, under the origin that the log had at that size.
    pub fn sign_head(&self, size: u64, root: Digest) -> Result<Signed, Error> {
        let log = self.log_at(size)?;
        let origin = log.verifier().name().to_owned();
        let checkpoint = Checkpoint { origin, size, root, extensions: Vec::new() };
        let note = checkpoint.sign(&log).map_err(|_| Error::Corrupt("checkpoint"))?;
        Ok(Signed { size, root, note: note.to_string() })
    }
}

impl Round {
    fn new(now: Timestamp, origin: String, frontier: Frontier) -> Self {
        Self {
            now,
            origin,
            first: frontier.size(),
            frontier,
            completed: Vec::with_capacity(2_048),
            entries: Vec::new(),
            outbox: Vec::new(),
            inbox: Vec::new(),
            edits: Vec::new(),
            chains: HashMap::new(),
            held: BTreeMap::new(),
        }
    }

    /// Appends an entry; returns its index.
    fn append(&mut self, t: EntryType, body: Incomplete) -> Result<u64, Error> {
        let leaf = self.frontier.size();
        let entry = Entry { t, at: self.now, leaf, log_origin: self.origin.clone(), body };
        let bytes = entry.to_bytes().map_err(|_| Error::Corrupt("entry"))?;
        self.push(String::from_utf8(bytes).map_err(|_| Error::Corrupt("entry"))?)
    }

    /// Appends the entry with this text, which names the next index; returns that.
    fn push(&mut self, entry: String) -> Result<u64, Error> {
        let leaf = self.frontier.size();
        let hash = leaf_hash(entry.as_bytes());
        self.frontier.append(hash, &mut self.completed).map_err(|_| Error::Corrupt("tree"))?;
        self.entries.push(entry);
        Ok(leaf)
    }

    fn send(
        &mut self,
        node: &Node,
        said: Unsequenced,
        lead: Option<(uuid::Uuid, u32)>,
        attempts: u32,
    ) -> Result<(), Error> {
        let (to, lane) = (said.to, said.lane);
        let Some((_, end)) = self.chains.get_mut(&(to, lane)) else { return Err(Error::Corrupt("chain")) };
        let seq = end.seq + 1;
        let header = Header::place(said, node.id, node.epoch, seq, end.x, self.now);
        let (text, x) = header.seal().map_err(|_| Error::Corrupt("header"))?;
        *end = ChainEnd { epoch: Some(node.epoch), seq, x };
        let place = (self.now, self.frontier.size(), self.origin.as_str());
        let entry = sending(place, (&text, x)).map_err(|_| Error::Corrupt("entry"))?;
        self.push(entry)?;
        self.outbox.push(OutboxRow {
            peer: key(to),
            lane: lane.code(),
            epoch: node.epoch.to_string(),
            seq: seq.cast_signed(),
            x,
            header: text,
            lead: lead.map(|(lead, ver)| (lead, i64::from(ver))),
            attempts: i64::from(attempts),
        });
        Ok(())
    }

    fn settle(
        &mut self,
        (text, read): (&str, Option<Box<Header>>),
        x: Digest,
        result: crate::exchange::receipt::Outcome,
    ) -> Result<(), Error> {
        if Digest::of(text.as_bytes()) != x {
            return Err(Error::Corrupt("header digest"));
        }
        let header = match read {
            Some(header) => *header,
            None => serde_json::from_str(text).map_err(|_| Error::Corrupt("header"))?,
        };
        let Header { epoch, from, lane, seq, to, .. } = header;
        let (at, leaf, log_origin) = (self.now, self.frontier.size(), self.origin.clone());
        let core = CoreEntry { at, epoch, from, lane, leaf, log_origin, result, seq, to, x };
        self.push(settling(&core, text).map_err(|_| Error::Corrupt("entry"))?)?;
        let (peer, leaf) = (key(from), leaf.cast_signed());
        let epoch = epoch.to_string();
        self.inbox.push(InboxRow { peer, lane: lane.code(), epoch, seq: seq.cast_signed(), x, leaf });
        Ok(())
    }
}
