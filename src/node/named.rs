//! The agreements of messages that entries name without their headers: receipts, readings, answers, alarms.
//!
//! Knows the log, its index and what was sent; no statement. Invariant: what is found of an entry depends on the log up to
//! that entry only, so it is the same whenever it is asked.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{Error, Node, key};
use crate::audit::terms::{Named, Readable, Term, terms};
use crate::domain::digest::Digest;
use crate::exchange::message::{Basis, Header};
use crate::store::db::Tx;
use crate::store::{log, log_index, outbox};

/// Of each message, the agreement that it cites, if that is what it rests on.
type Cited = HashMap<Digest, Option<Uuid>>;

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
        let mut found = Vec::new();
        for (leaf, entry) in entries {
            let agreements = match entry.named {
                None => continue,
                Some(Named::Message(x)) => cited.get(&x).copied().flatten().into_iter().collect(),
                Some(Named::Sent { to, lane, epoch, first, last }) => {
                    let place = (key(to), lane.code(), &*epoch.to_string());
                    cited_by(outbox::headers(tx, place, first.cast_signed(), last.cast_signed()).await?)?
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

/// The agreements that these headers cite.
fn cited_by(headers: Vec<String>) -> Result<BTreeSet<Uuid>, Error> {
    let mut found = BTreeSet::new();
    for header in headers {
        let header: Header = serde_json::from_str(&header).map_err(|_| Error::Corrupt("header"))?;
        found.extend(header.basis.known().and_then(Basis::agreement).map(|(id, ..)| id));
    }
    Ok(found)
}
