//! A log that was set back while the node ran: nothing more is added to it, by no instance, until the node is started
//! again and has looked around (`standing`).
//!
//! Invariant: only a head that the log's own key signed fences it, and that head is kept with the fence: no later start
//! goes on because whoever showed it is silent.

use super::heads::BEHIND;
use super::standing::{Waiting, ask};
use super::{Error, Node, key};
use crate::domain::node::NodeId;
use crate::exchange::standing::{HeldHead, Standing};
use crate::peer::transport::{PeerAddress, Transport};
use crate::store::db::Tx;
use crate::store::{log, state};

/// The fact of a log that was fenced: the head that proved it.
const PROOF: &str = "fenced_by";

impl Node {
    /// Something does not fit what a witness saw: looks at the heads that it holds. If our own signature proves that
    /// it saw more of the log than there is, or another one, nothing more is added to it; whether that is so.
    pub(super) async fn stand_still(
        &self,
        transport: &dyn Transport,
        at: &PeerAddress,
    ) -> Result<bool, Error> {
        if self.waits() {
            return Ok(true);
        }
        let mut tx = self.db.node.snapshot().await?;
        let size = log::head(&mut tx).await?.size;
        tx.rollback().await?;
        let Some(position) = ask(transport, at, size).await else { return Ok(false) };
        for note in position.your_heads() {
            if self.fence_by(Some(at.node), note).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Fences the log if this head, which `holder` showed (none: the file beside the database), is ours and not of it;
    /// whether it is fenced. The log is read now, after the head was.
    pub(super) async fn fence_by(&self, holder: Option<NodeId>, note: &str) -> Result<bool, Error> {
        let Some(head) = self.own_head(note) else { return Ok(false) };
        let mut tx = self.db.node.snapshot().await?;
        let standing = self.compared(&mut tx, &[head]).await?;
        tx.rollback().await?;
        if standing <= Standing::Whole {
            return Ok(false);
        }
        let mut tx = self.db.node.begin().await?;
        // Another instance may have fenced it, or gone on in another epoch: this one waits then.
        if self.require_epoch(&log::take_turn(&mut tx).await?).is_err() {
            return Ok(true);
        }
        log::admit(&mut tx, 0).await?;
        state::settle_fact(&mut tx, PROOF, note).await?;
        state::alarm(&mut tx, self.now().0, BEHIND, holder.map(key), None, Some(note)).await?;
        tx.commit().await?;
        let waiting = Waiting { standing, restored: None, silent: Vec::new() };
        tracing::error!(
            standing = standing.code(),
            "the node adds nothing to its log until it is started again: {}",
            waiting.advice()
        );
        self.waits.send_replace(true);
        Ok(true)
    }

    /// How the log stands to these heads of it.
    pub(super) async fn compared(&self, tx: &mut Tx, held: &[HeldHead]) -> Result<Standing, Error> {
        let size = log::head(tx).await?.size.cast_unsigned();
        let mut ours = Vec::with_capacity(held.len());
        for head in held {
            ours.push((*head, log::root_at(tx, head.size.cast_signed()).await?));
        }
        Ok(self.own_log(size).standing(&ours))
    }
}

/// The head that proved that the log was set back, if it was.
pub(super) async fn proof(tx: &mut Tx) -> Result<Option<String>, Error> {
    Ok(state::fact(tx, PROOF).await?)
}

/// The log goes on: in another epoch, or because it has that head after all.
pub(super) async fn forget_proof(tx: &mut Tx) -> Result<(), Error> {
    Ok(state::forget_fact(tx, PROOF).await?)
}
