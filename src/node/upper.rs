//! Who is above whom: upper nodes (上级) as the descriptors name them, never as regions suggest.

use super::{Error, Node, key, node_of};
use crate::domain::agreement::{FilingAnswer, ReturnReason};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::judge::Hierarchy;
use crate::exchange::message::Kind;
use crate::exchange::problem::ItemCode;
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::filing::{self, FilingRow};

/// How this node and a peer stand to one another.
#[derive(Clone, Copy)]
pub(super) struct Rank {
    above: bool,
    below: bool,
}

impl Rank {
    /// Why a message of that kind may not go to the peer now; none: it may, or it goes to anyone.
    pub(super) const fn not_now(self, kind: Kind) -> Option<ItemCode> {
        let allowed = match kind {
            Kind::Filing | Kind::Statistics => self.above,
            Kind::FilingAnswer => self.below,
            _ => true,
        };
        if allowed { None } else { Some(ItemCode::NotTheUpperNode) }
    }
}

impl Node {
    /// The upper node of this node or of a peer: the one that its descriptor names. Whoever names none has none.
    pub(super) async fn upper_of(&self, tx: &mut Tx, node: NodeId) -> Result<Option<NodeId>, Error> {
        if node == self.id {
            return Ok(self.upper);
        }
        Ok(self.registered(tx, node).await?.and_then(|peer| peer.descriptor.upper))
    }

    /// How this node stands to the peer, as both descriptors say now.
    pub(super) fn rank(&self, peer: &Descriptor) -> Rank {
        Rank { above: self.upper == Some(peer.iss), below: peer.upper == Some(self.id) }
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
            // What was filed with the sender is answered by it, whoever is above now.
            let between = (row.party, row.upper) == (key(self.id), key(peer))
                || (row.party, row.upper) == (key(peer), key(self.id));
            if between {
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

/// The upper node that the node's own descriptor names.
pub(super) fn named_in(descriptor: Option<&str>) -> Result<Option<NodeId>, Error> {
    let Some(text) = descriptor else { return Ok(None) };
    let said: Result<Descriptor, _> = serde_json::from_value(jws::claimed_payload(text)?);
    said.map(|said| said.upper).map_err(|_| Error::Corrupt("descriptor"))
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
