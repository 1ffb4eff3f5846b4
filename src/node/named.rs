//! The agreements of messages that entries name without their headers: receipts, readings, answers, alarms.
//!
//! Knows the log, its index and what was sent; no statement. Invariant: what is found of an entry depends on the log up to
//! that entry only, so it is the same whenever it is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::{Error, Node, key};
use crate::audit::terms::{Named, Readable, Term, terms};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Basis, Epoch, Header, Lane};
use crate::store::db::Tx;
use crate::store::{log, log_index, outbox};

/// Of each message, the agreement that it cites, if that is what it rests on.
type Cited = HashMap<Digest, Option<Uuid>>;

/// What this node sent to one peer in one lane and epoch.
type Chain = (NodeId, Lane, Epoch);

/// Messages of a chain, from the first number to the last.
type Span = (Chain, u64, u64);

/// How many headers are read at once, where more than one receipt is for them.
const MOST_HEADERS: u64 = 4_096;

impl Node {
    /// For each of these entries of the log that names messages: the agreements that they cite, as terms. The index
    /// has the entries before these.
    pub(super) async fn agreements_named(
        &self,
        tx: &mut Tx,
        rows: &[(i64, String)],
    ) -> Result<Vec<(i64, Term)>, Error> {
        let read = |(leaf, entry): &(i64, String)| Some((*leaf, terms(entry.as_bytes(), self.id)?));
        let entries: Vec<(i64, Readable)> = rows.iter().filter_map(read).collect();
        let mut cited: Cited = entries.iter().filter_map(|(_, entry)| entry.message()).collect();
        let messages = entries.iter().filter_map(|(_, entry)| match entry.named {
            Some(Named::Message(x)) if !cited.contains_key(&x) => Some(x),
            _ => None,
        });
        let earlier: BTreeSet<Digest> = messages.collect();
        cited.extend(self.cited_earlier(tx, &earlier).await?);
        let sent = CitedBySent::read(tx, entries.iter().filter_map(|(_, entry)| span(entry.named?))).await?;
        let mut found = Vec::new();
        for (leaf, entry) in entries {
            let agreements = match entry.named {
                None => continue,
                Some(Named::Message(x)) => cited.get(&x).copied().flatten().into_iter().collect(),
                Some(named @ Named::Sent { .. }) => {
                    span(named).map(|span| sent.within(span)).unwrap_or_default()
                }
            };
            found.extend(agreements.into_iter().map(|id| (leaf, Term::Agreement(id))));
        }
        Ok(found)
    }

    /// What these messages cite, as their own entries say, which come before all others that name them.
    async fn cited_earlier(&self, tx: &mut Tx, messages: &BTreeSet<Digest>) -> Result<Cited, Error> {
        if messages.is_empty() {
            return Ok(Cited::new());
        }
        let keys: Vec<i64> = messages.iter().map(|x| Term::Exchange(*x).key()).collect();
        let mut index = self.db.projections.snapshot().await?;
        let leaves = log_index::first_with(&mut index, &keys).await?;
        index.rollback().await?;
        let rows = log::entries_at(tx, &leaves).await?;
        let message = |(_, entry): (i64, String)| terms(entry.as_bytes(), self.id)?.message();
        Ok(rows.into_iter().filter_map(message).collect())
    }
}

/// The messages that a receipt is for, if that is what is named.
fn span(named: Named) -> Option<Span> {
    match named {
        Named::Sent { to, lane, epoch, first, last } if first <= last => {
            Some(((to, lane, epoch), first, last))
        }
        _ => None,
    }
}

/// The agreements that messages cite which this node sent.
struct CitedBySent(BTreeMap<Chain, BTreeMap<u64, Uuid>>);

impl CitedBySent {
    /// Reads those of these messages: many receipts, each for a few messages after the last one's, are one reading.
    async fn read(tx: &mut Tx, spans: impl Iterator<Item = Span>) -> Result<Self, Error> {
        let mut cited: BTreeMap<Chain, BTreeMap<u64, Uuid>> = BTreeMap::new();
        for (chain, first, last) in runs(spans.collect()) {
            let (to, lane, epoch) = chain;
            let place = (key(to), lane.code(), &*epoch.to_string());
            let of_chain = cited.entry(chain).or_default();
            for (seq, header) in outbox::headers(tx, place, first.cast_signed(), last.cast_signed()).await? {
                let header: Header = serde_json::from_str(&header).map_err(|_| Error::Corrupt("header"))?;
                let agreement = header.basis.known().and_then(Basis::agreement);
                of_chain.extend(agreement.map(|(id, ..)| (seq.cast_unsigned(), id)));
            }
        }
        Ok(Self(cited))
    }

    fn within(&self, (chain, first, last): Span) -> BTreeSet<Uuid> {
        let of_chain = self.0.get(&chain).into_iter();
        of_chain.flat_map(|cited| cited.range(first..=last)).map(|(_, id)| *id).collect()
    }
}

/// The spans of each chain, joined where they touch, as far as that is no more than [`MOST_HEADERS`].
fn runs(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut runs: Vec<Span> = Vec::new();
    for (chain, first, last) in spans {
        match runs.last_mut() {
            Some((of, from, to))
                if *of == chain
                    && first <= to.saturating_add(1)
                    && last.saturating_sub(*from) < MOST_HEADERS =>
            {
                *to = last.max(*to);
            }
            _ => runs.push((chain, first, last)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(node: &str, lane: Lane, counter: u32) -> Chain {
        (node.parse().unwrap(), lane, Epoch { counter, nonce: 1 })
    }

    #[test]
    fn what_receipts_are_for_is_read_at_once_where_they_touch() {
        let here = chain("500000", Lane::Normal, 1);
        let spans = [(7, 9), (1, 1), (2, 4), (4, 6), (11, 11), (12, 12)];
        let mut spans: Vec<Span> = spans.iter().map(|(first, last)| (here, *first, *last)).collect();
        let others = [("500000", Lane::Urgent, 1), ("500000", Lane::Normal, 2), ("530900", Lane::Normal, 1)];
        let others = others.map(|(node, lane, counter)| (chain(node, lane, counter), 10, 10));
        spans.extend(others);
        let joined = runs(spans);
        assert_eq!(joined.len(), 5);
        assert!([(here, 1, 9), (here, 11, 12)].iter().chain(&others).all(|run| joined.contains(run)));
        assert_eq!(runs(vec![(here, 3, 8), (here, 3, 5), (here, 4, 4)]), [(here, 3, 8)]);
        let long: Vec<Span> = (0..MOST_HEADERS).map(|at| (here, 2 * at + 1, 2 * at + 2)).collect();
        assert_eq!(runs(long), [(here, 1, MOST_HEADERS), (here, MOST_HEADERS + 1, 2 * MOST_HEADERS)]);
        assert_eq!(runs(vec![(here, 1, u64::MAX), (here, 2, 2)]).len(), 1);
    }
}
