//! The index of the log, kept up with it: what the auditor's questions are answered from.
//!
//! Knows terms and indexes. Invariant: an answer that the index does not cover yet is not given as if it were
//! whole: whoever asks learns how far the index goes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{Error, Node};
use crate::audit::terms::terms;
use crate::domain::node::NodeId;
use crate::store::log;
use crate::store::log_index::{self as store, Reach};
use crate::tlog::tree::leaf_hash;

/// How often the index catches up by itself.
const EVERY: Duration = Duration::from_mins(1);
/// Entries of one transaction.
const CHUNK: i64 = 1_000;
/// Chunks that one question waits for.
const CHUNKS: usize = 10;

/// What some entries add to the index.
struct Addition {
    reach: Reach,
    terms: Vec<(i64, i64)>,
    times: Vec<(i64, i64)>,
}

/// How far the index goes, and how long the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indexed {
    /// Entries in the index.
    pub upto: i64,
    /// Entries in the log.
    pub size: i64,
}

impl Node {
    /// Every minute until `stop` changes: the index catches up, and what was counted of refused log-ins is told.
    pub(super) async fn keep_index(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        // Not at the start: then delivery has much to do.
        let mut ticks = interval_at(Instant::now() + EVERY, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow() {
            let round = async {
                ticks.tick().await;
                self.tell_all_refused().await?;
                self.index_all().await
            };
            tokio::select! {
                _ = stop.changed() => {}
                done = round => if let Err(error) = done {
                    tracing::warn!(code = error.code(), "the log is indexed later: {error}");
                }
            }
        }
    }

    async fn index_all(&self) -> Result<(), Error> {
        loop {
            let Indexed { upto, size } = self.index_log().await?;
            if upto >= size {
                return Ok(());
            }
        }
    }

    /// Takes into the index what the log has more, at most [`CHUNK`] × [`CHUNKS`] entries.
    pub(super) async fn index_log(&self) -> Result<Indexed, Error> {
        let mut at = Indexed { upto: 0, size: 0 };
        for _ in 0..CHUNKS {
            at = self.index_chunk().await?;
            if at.upto >= at.size {
                break;
            }
        }
        Ok(at)
    }

    async fn index_chunk(&self) -> Result<Indexed, Error> {
        let mut tx = self.db.projections.snapshot().await?;
        let known = store::reach(&mut tx).await?;
        tx.rollback().await?;
        let upto = known.as_ref().map_or(0, |reach| reach.size);
        let mut tx = self.db.node.snapshot().await?;
        let size = log::head(&mut tx).await?.size;
        // The last entry that is known comes again: it says whether this is still the same log.
        let mut rows = log::entries(&mut tx, (upto - 1).max(0), CHUNK + 1).await?;
        if let Some(known) = &known {
            let same = rows.first().filter(|(leaf, entry)| {
                *leaf == upto - 1 && leaf_hash(entry.as_bytes()).bytes().as_slice() == known.last
            });
            if same.is_none() {
                tx.rollback().await?;
                return self.begin_anew(size).await;
            }
            rows.remove(0);
        }
        rows.retain(|(leaf, _)| *leaf < size);
        let named = self.agreements_named(&mut tx, &rows).await?;
        tx.rollback().await?;
        if rows.is_empty() {
            return Ok(Indexed { upto, size });
        }
        let Addition { reach, mut terms, times } = addition(&rows, known.clone(), self.id)?;
        terms.extend(named.into_iter().map(|(leaf, term)| (term.key(), leaf)));
        let mut tx = self.db.projections.begin().await?;
        if !store::advance(&mut tx, known.as_ref(), &reach).await? {
            tx.rollback().await?;
            return Ok(Indexed { upto, size });
        }
        store::put(&mut tx, terms, times).await?;
        tx.commit().await?;
        Ok(Indexed { upto: reach.size, size })
    }

    async fn begin_anew(&self, size: i64) -> Result<Indexed, Error> {
        tracing::warn!("the index of the log is of another log: it is made anew");
        let mut tx = self.db.projections.begin().await?;
        store::clear(&mut tx).await?;
        tx.commit().await?;
        Ok(Indexed { upto: 0, size })
    }
}

/// What the entries that follow the index add to it.
fn addition(rows: &[(i64, String)], known: Option<Reach>, own: NodeId) -> Result<Addition, Error> {
    let reach = known.unwrap_or(Reach { size: 0, reached: i64::MIN, last: Vec::new() });
    let mut added = Addition { reach, terms: Vec::new(), times: Vec::new() };
    for (leaf, entry) in rows {
        let read = terms(entry.as_bytes(), own).ok_or(Error::Corrupt("entry"))?;
        added.terms.extend(read.terms.iter().map(|term| (term.key(), *leaf)));
        if read.at.0 > added.reach.reached {
            added.reach.reached = read.at.0;
            added.times.push((read.at.0, *leaf));
        }
    }
    if let Some((leaf, entry)) = rows.last() {
        added.reach.size = leaf + 1;
        added.reach.last = leaf_hash(entry.as_bytes()).bytes().to_vec();
    }
    Ok(added)
}
