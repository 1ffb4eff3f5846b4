//! Who is above whom: upper nodes (上级) as the register has them.

use super::{Error, Node, key, node_of};
use crate::domain::agreement::{FilingAnswer, ReturnReason};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::judge::Hierarchy;
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::filing::FilingRow;
use crate::store::{filing, peer as peers};

impl Node {
    /// The upper node of this node or of a peer: the one that its descriptor names; if it names none, the nearest
    /// registered node whose region holds its own.
    pub(super) async fn upper_of(&self, tx: &mut Tx, node: NodeId) -> Result<Option<NodeId>, Error> {
        let named = if node == self.id {
            self.own_descriptor()?.and_then(|said| said.upper)
        } else {
            self.registered(tx, node).await?.and_then(|peer| peer.descriptor.upper)
        };
        if named.is_some() {
            return Ok(named);
        }
        let rows = peers::all(tx).await?;
        let known = rows.iter().filter(|row| row.status != "revoked").map(|row| node_of(row.node));
        let known = known.collect::<Result<Vec<_>, _>>()?;
        Ok(node.upper_among(known.into_iter().chain([self.id])))
    }

    fn own_descriptor(&self) -> Result<Option<Descriptor>, Error> {
        let Some(text) = self.descriptor() else { return Ok(None) };
        let said = serde_json::from_value(jws::claimed_payload(text)?);
        said.map(Some).map_err(|_| Error::Corrupt("descriptor"))
    }

    /// What a judgement of filings and statistics from `peer` rests on.
    pub(super) async fn hierarchy(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        agreements: &[uuid::Uuid],
    ) -> Result<Hierarchy, Error> {
        let mine = self.upper_of(tx, self.id).await?;
        let senders = self.upper_of(tx, peer).await?;
        let mut hierarchy = Hierarchy { mine, senders, ..Hierarchy::default() };
        for row in filing::find(tx, agreements).await? {
            let party = node_of(row.party)?;
            let upper = if party == self.id { mine } else { senders };
            if upper.is_some_and(|upper| key(upper) == row.upper) {
                let digest = digest_of(&row)?;
                hierarchy.filed.entry((digest, party)).or_default().push(answer_of(&row)?);
            }
        }
        for (node, table) in self.tables(tx).await? {
            if node == peer {
                hierarchy.told.extend(table.months);
            }
        }
        Ok(hierarchy)
    }
}

/// The terms that a row is about.
pub(super) fn digest_of(row: &FilingRow) -> Result<Digest, Error> {
    Digest::try_from(row.digest.as_slice()).map_err(|_| Error::Corrupt("filing"))
}

/// The answer to a filing, once there is one.
pub(super) fn answer_of(row: &FilingRow) -> Result<Option<FilingAnswer>, Error> {
    let reason = row.reason.as_deref().map(str::parse::<ReturnReason>).transpose();
    let reason = reason.map_err(|_| Error::Corrupt("filing"))?;
    Ok(row.answered.then(|| reason.into()))
}
