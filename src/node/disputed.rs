//! Which received leads are disputed: signed with a key of their owner that was compromised when they came.
//!
//! Read off the register and the log whenever a lead is read: so it is right at once, whatever day a notice
//! names, and it marks nothing that came before.

use std::collections::{BTreeSet, HashMap};

use super::{Error, Node, node_of};
use crate::audit::Entry;
use crate::domain::node::NodeId;
use crate::statement::jws;
use crate::statement::keys::KeySet;
use crate::store::db::Tx;
use crate::store::log;

/// A received lead as it is asked about: the entry that settled it, its owner, its presentation.
pub(super) struct Asked<'a> {
    pub(super) leaf: i64,
    pub(super) owner: i64,
    pub(super) presentation: &'a str,
}

impl Node {
    /// The entries of those that are disputed.
    pub(super) async fn disputed(&self, tx: &mut Tx, asked: &[Asked<'_>]) -> Result<BTreeSet<i64>, Error> {
        let owners = asked.iter().map(|asked| node_of(asked.owner)).collect::<Result<BTreeSet<_>, _>>()?;
        let mut keys: HashMap<NodeId, KeySet> = self.keys_of(tx, &owners).await?;
        keys.retain(|_, keys| keys.keys().iter().any(|record| record.compromised_since().is_some()));
        let mut suspects = HashMap::new();
        for one in asked {
            let compact = one.presentation.split('~').next().unwrap_or_default();
            let (Some(keys), Ok(said)) = (keys.get(&node_of(one.owner)?), jws::peek(compact)) else {
                continue;
            };
            suspects.extend(keys.compromised_since(&said.kid).map(|since| (one.leaf, since)));
        }
        if suspects.is_empty() {
            return Ok(BTreeSet::new());
        }
        let leaves: Vec<i64> = suspects.keys().copied().collect();
        let mut disputed = BTreeSet::new();
        for (leaf, entry) in log::entries_at(tx, &leaves).await? {
            let at = Entry::open(entry.as_bytes()).map_err(|_| Error::Corrupt("entry"))?.at;
            disputed.extend(suspects.get(&leaf).filter(|since| at >= **since).map(|_| leaf));
        }
        Ok(disputed)
    }
}
