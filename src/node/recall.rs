//! Messages that call data back or say that they are gone, under whichever basis holds now.
//!
//! Must not know why. Invariant: whatever became of the agreement, such a message can be queued: before its
//! end it rests on it, after its end on what is left of it (`residual`).

use super::draft::{Draft, leave};
use super::{Error, Node, dossiers};
use crate::clock::uuid_v4;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::agreement::recalling;
use crate::exchange::message::{Kind, Unsequenced};
use crate::store::agreement::Under;
use crate::store::db::Tx;
use crate::store::outbox;

impl Node {
    /// Queues a withdrawal or a purge receipt under the agreement by which the record travelled.
    pub(super) async fn recall(
        &self,
        tx: &mut Tx,
        to: NodeId,
        under: &Under,
        kind: Kind,
        statement: &str,
    ) -> Result<(), Error> {
        let dossier = dossiers::one(tx, under.agreement).await?;
        let agreement =
            under.key().and_then(|key| dossier.version(key)).ok_or(Error::Corrupt("agreement"))?;
        let mut drafts = self.signatures_for(tx, to, kind.lane(), &agreement).await?;
        let statement_digest = Digest::of(statement.as_bytes());
        outbox::put_statement(tx, statement_digest, statement).await?;
        let said = Unsequenced {
            id: uuid_v4(self.entropy.as_ref()),
            to,
            lane: kind.lane(),
            kind,
            basis: recalling(&agreement, self.now()),
            purpose: None,
            statement_digest,
            disclosed: Vec::new(),
            person_refs_digest: None,
        };
        drafts.push(Draft::send(said, None));
        leave(tx, &drafts).await
    }
}
