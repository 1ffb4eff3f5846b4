//! Taking in a batch: opened and judged by `exchange`, stored with its drafts in one transaction,
//! sequenced, and answered with a receipt.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::arrival::Arrived;
use super::brought::{disclosed_to_us, spoken_of, take_answers};
use super::draft::{Draft, leave};
use super::register::{Link, Registered};
use super::{Error, Node, dossiers, key};
use crate::domain::agreement::VersionKey;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::chain::ChainEnd;
use crate::exchange::inbox::{self, OpenedBatch, OpenedItem, is_early};
use crate::exchange::judge::{Held, Hierarchy, Read, Record, Verdict, View, judge, judge_read};
use crate::exchange::message::{Basis, Kind, Lane};
use crate::exchange::receipt::Outcome;
use crate::peer::identity::PeerCertificate;
use crate::statement::jws;
use crate::store::chain::{self, Chain, Direction};
use crate::store::db::{DbError, Tx};
use crate::store::{lead, log, received};

/// How often a batch is looked at: again once it was parked, and if another instance settled part of it meanwhile.
const ATTEMPTS: usize = 5;

/// What was decided about a batch, before anything is stored.
struct Judged {
    peer: Registered,
    /// How many items were settled before.
    settled: usize,
    /// The chain as it stood.
    chain: Chain,
    verdicts: Vec<Verdict>,
    /// The versions of agreements that the chain carries with this batch.
    carried: Vec<(Uuid, VersionKey)>,
}

/// Whether a batch has its turn.
enum Turn {
    /// It has had it.
    Judged(Box<Judged>),
    /// Others before it are still on their way.
    Early,
    /// What it repeats is settled and not in the log yet, so that it cannot be answered.
    Unsequenced,
}

impl Node {
    /// Takes in a batch from the node at the other end of a connection; returns the receipt's JSON. When
    /// this returns, every item's outcome is durable and in our log.
    pub async fn receive(&self, connection: &PeerCertificate, bytes: &[u8]) -> Result<String, Error> {
        self.receive_over(Link::Inbound(*connection), bytes).await
    }

    /// The same over a connection that either of the two made.
    pub(super) async fn receive_over(&self, link: Link, bytes: &[u8]) -> Result<String, Error> {
        match self.take_in(link, bytes).await {
            Err(Error::Batch(refusal)) => Err(self.refuse(link.node(), refusal, bytes).await),
            done => done,
        }
    }

    async fn take_in(&self, link: Link, bytes: &[u8]) -> Result<String, Error> {
        let mut arrived = self.open_batch(link, bytes).await?;
        let mut parked = false;
        for _ in 0..ATTEMPTS {
            let judged = match self.judge_batch(link, &mut arrived, parked).await? {
                Turn::Judged(judged) => *judged,
                Turn::Early => {
                    self.park(link.node(), &arrived.batch.header).await?;
                    parked = true;
                    continue;
                }
                Turn::Unsequenced => {
                    self.sequence().await?;
                    continue;
                }
            };
            if let Some(peer) = self.settle(link, &arrived.batch, judged).await? {
                self.met(link.node());
                return self.receipt(&peer, &arrived.batch).await;
            }
        }
        Err(DbError::Busy("receive").into())
    }

    /// Judges a batch by one state of the database. One that came early is judged as well once it was `parked`.
    async fn judge_batch(&self, link: Link, arrived: &mut Arrived, parked: bool) -> Result<Turn, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let peer = self.linked(&mut tx, link).await?;
        if peer.keys != arrived.keys {
            // It was read under other keys: it comes again.
            return Err(DbError::Busy("receive").into());
        }
        let batch = &arrived.batch;
        let chain = chain::find(&mut tx, key(link.node()), batch.header.lane, Direction::In).await?;
        if !parked && is_early(&batch.header, chain.end) {
            return Ok(Turn::Early);
        }
        let Some(known) = self.settled_x(&mut tx, link.node(), batch, chain.end).await? else {
            return Ok(Turn::Unsequenced);
        };
        let settled = inbox::place(batch, chain.end, |seq| known.get(&seq).copied())?;
        let named = Named::of(batch.items.get(settled..).unwrap_or_default(), arrived.reads.get(settled..));
        let mut view = self.view(&mut tx, &peer, batch.header.lane, named).await?;
        tx.rollback().await?;
        let before = view.carried.clone();
        let verdicts = judge_all(arrived, settled, &mut view);
        let carried = view.carried.into_iter().filter(|(id, key)| before.get(id) != Some(key)).collect();
        Ok(Turn::Judged(Box::new(Judged { peer, settled, chain, verdicts, carried })))
    }

    /// The exchange digests of the batch's numbers that are settled already; none unless the log has them
    /// all.
    async fn settled_x(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        batch: &OpenedBatch,
        end: ChainEnd,
    ) -> Result<Option<HashMap<u64, Digest>>, Error> {
        let header = &batch.header;
        if header.first > end.seq || end.epoch != Some(header.epoch) {
            return Ok(Some(HashMap::new()));
        }
        let (lane, epoch) = (header.lane.code(), header.epoch.to_string());
        let (first, last) = (header.first, header.last.min(end.seq));
        let rows =
            log::inbox_between(tx, key(peer), lane, &epoch, first.cast_signed(), last.cast_signed()).await?;
        let all = u64::try_from(rows.len()).is_ok_and(|rows| rows == last - first + 1);
        Ok(all.then(|| rows.into_iter().map(|(seq, x, _)| (seq.cast_unsigned(), x)).collect()))
    }

    /// Loads what the judgement of these items rests on.
    async fn view(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        lane: Lane,
        mut named: Named,
    ) -> Result<View, Error> {
        let mut at_hand = vec![(peer.descriptor.iss, peer.keys.clone())];
        if named.issuers.contains(&self.id) {
            at_hand.push((self.id, self.own_keys()?));
        }
        named.issuers.retain(|node| at_hand.iter().all(|(known, _)| known != node));
        let mut keys = self.keys_of(tx, &named.issuers).await?;
        keys.extend(at_hand);
        let dossiers = dossiers::load(tx, &named.agreements).await?;
        let from = key(peer.descriptor.iss);
        let carried = chain::carried(tx, from, lane, Direction::In, &named.agreements).await?;
        let carried =
            carried.into_iter().map(|(id, version, digest)| (id, VersionKey { version, digest })).collect();
        let already = disclosed_to_us(tx, from, &named.subs).await?;
        let number = |ver: i64| u32::try_from(ver).unwrap_or(u32::MAX);
        let (mut held, mut withdrawn) = (HashMap::new(), HashMap::new());
        for row in received::held(tx, from, &named.subs).await? {
            let (sub, ver, statement, below) = row;
            if let Some(ver) = ver {
                let statement = statement.and_then(|digest| Digest::try_from(digest.as_slice()).ok());
                held.insert(sub, Held { ver: number(ver), statement });
            }
            withdrawn.extend(below.map(|below| (sub, number(below))));
        }
        let shared = lead::shared_subs(tx, from, &named.subs).await?;
        let shared = shared
            .into_iter()
            .map(|(sub, _, ver, status)| {
                let status = status.parse().map_err(|_| Error::Corrupt("status"))?;
                Ok((sub, (u32::try_from(ver).unwrap_or(0), status)))
            })
            .collect::<Result<_, Error>>()?;
        let (me, peer, now) = (self.id, peer.descriptor.iss, self.now());
        let hierarchy = if named.upward {
            self.hierarchy(tx, peer, &named.agreements).await?
        } else {
            Hierarchy::default()
        };
        Ok(View { me, peer, now, keys, dossiers, carried, already, held, withdrawn, shared, hierarchy })
    }

    /// Stores what was judged, with its entries in the log; none if the chain moved meanwhile, or what it rests on.
    async fn settle(
        &self,
        link: Link,
        batch: &OpenedBatch,
        judged: Judged,
    ) -> Result<Option<Registered>, Error> {
        let Judged { peer, settled, chain: before, verdicts, carried } = judged;
        let node = link.node();
        let leads = verdicts.iter().filter(|verdict| is_lead(verdict)).count();
        let mut keys = if leads == 0 { Vec::new() } else { self.keystore.create(leads, self.now()).await? };
        let mut tx = self.db.node.begin().await?;
        self.linked(&mut tx, link).await?;
        if !verdicts.is_empty() {
            let header = &batch.header;
            let end = ChainEnd { epoch: Some(header.epoch), seq: header.last, x: header.last_x };
            let (from, lane) = (key(node), header.lane);
            if !chain::advance(&mut tx, from, lane, Direction::In, before, end).await? {
                tx.rollback().await?;
                return Ok(None);
            }
        }
        take_answers(&mut tx, key(node), &verdicts).await?;
        let spoken = spoken_of(&verdicts);
        let mut drafts = Vec::with_capacity(verdicts.len() + 1);
        let mut rows = Vec::with_capacity(leads);
        for (item, verdict) in batch.items.iter().skip(settled).zip(verdicts) {
            let result = match verdict {
                Verdict::Void(_) => Outcome::Void,
                Verdict::Refused(code) => {
                    drafts.extend(self.breach(&mut tx, node, code, item).await?);
                    Outcome::Refused(code)
                }
                Verdict::Stored(record) => {
                    let row = self.store_record(&mut tx, node, item, *record, &mut keys).await?;
                    rows.extend(row);
                    Outcome::Stored
                }
            };
            let (header, read) = (item.header_text.clone(), Some(Box::new(item.header.clone())));
            drafts.push(Draft::Settle { header, x: item.x, result, read });
        }
        received::add(&mut tx, rows).await?;
        let known = dossiers::load(&mut tx, &spoken).await?;
        for dossier in spoken.iter().filter_map(|id| known.get(id)) {
            self.after_step(&mut tx, dossier).await?;
        }
        for (id, VersionKey { version, digest }) in carried {
            let (from, lane) = (key(node), batch.header.lane);
            chain::carry(&mut tx, from, lane, Direction::In, (id, version, digest)).await?;
        }
        if let Some(checkpoint) = &batch.checkpoint {
            drafts.extend(self.see_head(&mut tx, &peer, checkpoint, &batch.consistency).await?);
        }
        self.commit_with(tx, drafts).await?;
        Ok(Some(peer))
    }

    async fn store_record(
        &self,
        tx: &mut Tx,
        from: NodeId,
        item: &OpenedItem,
        record: Record,
        keys: &mut Vec<(Uuid, crate::store::seal::DataKey)>,
    ) -> Result<Option<received::ReceivedRow>, Error> {
        match record {
            Record::Agreement(statement) => {
                if dossiers::keep(tx, &statement).await? {
                    let upward = self.pass_upward(tx, &statement).await?;
                    leave(tx, upward.as_slice()).await?;
                }
            }
            Record::Lead(lead) => {
                let data_key = keys.pop().ok_or(Error::Corrupt("data key"))?;
                return self.seal_received(lead, key(from), item.x, data_key).map(Some);
            }
            Record::Repeated | Record::Answer(_) => {}
            Record::Withdrawal(form, statement) => {
                let basis = item.header.basis.known().ok_or(Error::Corrupt("basis"))?;
                self.honour(tx, (item.x, basis), &form, &statement).await?;
            }
            Record::PurgeReceipt(form, statement) => self.file_purge(tx, from, &form, &statement).await?,
            Record::Filing(form, statement) => self.keep_filing(tx, &form, &statement).await?,
            Record::FilingAnswer(form, statement) => {
                self.keep_filing_answer(tx, &form, &statement).await?;
            }
            Record::Statistics(form, statement) => {
                self.keep_statistics(tx, &form, &statement).await?;
            }
        }
        Ok(None)
    }
}

/// Judges the items after the first `settled`, in their order; what they showed by themselves is used up.
fn judge_all(arrived: &mut Arrived, settled: usize, view: &mut View) -> Vec<Verdict> {
    let mut reads = std::mem::take(&mut arrived.reads).into_iter().skip(settled);
    let fresh = arrived.batch.items.iter().skip(settled);
    let judged = fresh.map(|item| match reads.next() {
        Some(read) => judge_read(item, read, view),
        None => judge(item, view),
    });
    judged.collect()
}

/// The records that items name.
#[derive(Default)]
struct Named {
    agreements: Vec<Uuid>,
    subs: Vec<Uuid>,
    issuers: BTreeSet<NodeId>,
    /// Whether something may be between a node and its upper node.
    upward: bool,
}

impl Named {
    /// What the items name; `reads`: what they showed by themselves, if that is known.
    fn of(items: &[OpenedItem], reads: Option<&[Read]>) -> Self {
        let mut named = Self::default();
        let mut reads = reads.unwrap_or_default().iter();
        let mut agreements = BTreeSet::new();
        let mut subs = BTreeSet::new();
        for item in items {
            named.upward |= item.header.kind.known().is_some_and(|kind| is_upward(*kind));
            agreements.extend(item.header.basis.known().and_then(Basis::agreement).map(|(id, ..)| id));
            let read = reads.next().and_then(Read::lead);
            let inbox::Content::Statement(statement, _) = &item.content else { continue };
            if let Some(lead) = read {
                subs.extend(lead);
                continue;
            }
            let compact = statement.split('~').next().unwrap_or(statement);
            let Ok(payload) = jws::claimed_payload(compact) else { continue };
            let text = |pointer: &str| payload.pointer(pointer)?.as_str();
            named.issuers.extend(text("/iss").and_then(|iss| iss.parse::<NodeId>().ok()));
            let id = |pointer: &str| text(pointer)?.parse::<Uuid>().ok();
            agreements.extend(id("/agreement"));
            agreements.extend(id("/terms/id"));
            subs.extend(id("/sub"));
        }
        named.agreements = agreements.into_iter().collect();
        named.subs = subs.into_iter().collect();
        named
    }
}

/// Filings and statistics, and what goes before a filing on its chain.
const fn is_upward(kind: Kind) -> bool {
    matches!(kind, Kind::Agreement | Kind::Filing | Kind::FilingAnswer | Kind::Statistics)
}

fn is_lead(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Stored(record) if matches!(**record, Record::Lead(_)))
}
