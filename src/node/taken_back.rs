//! What a restored node took back and forgot: a recipient says so, and it is taken back from that recipient again.
//!
//! Invariant: nothing proves what the recipient says, so nobody else loses anything by it. A lead that nobody else has
//! is withdrawn; of one that others have, people are told.

use uuid::Uuid;

use super::withdraw::ALL;
use super::{Error, Node, key};
use crate::audit::words::AlarmKind;
use crate::audit::{EntryType, Incomplete};
use crate::domain::lead::status::{RecipientStatus, Step, WithdrawReason};
use crate::domain::node::NodeId;
use crate::store::db::Tx;
use crate::store::lead::{self as leads, ShareRow};
use crate::store::{loss, state, withdrawal};

/// The alarm about a withdrawal that one recipient remembers: whether the others were to lose the lead too, people
/// must find out.
const UNPROVEN: &str = AlarmKind::WithdrawalUnproven.code();
const REASON: WithdrawReason = WithdrawReason::Other;

impl Node {
    /// A recipient says that versions of a lead under `below` were taken back from it, and this node has lost that.
    pub(super) async fn take_back_again(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        id: Uuid,
        below: i64,
    ) -> Result<(), Error> {
        let shares = leads::shares(tx, id).await?;
        let share = shares.iter().find(|share| share.peer == key(peer));
        if share.is_some_and(|share| share.gone_below >= below) {
            return Ok(());
        }
        if below < ALL {
            return match share {
                Some(share) => self.narrow_again(tx, id, share, below).await,
                None => Ok(()),
            };
        }
        let mut open = match self.open_lead(tx, id).await {
            Ok(open) => open,
            Err(Error::Erased) => return Ok(()),
            Err(error) => return Err(error),
        };
        if open.status.after(Step::Withdraw(REASON)).is_err() {
            return Ok(());
        }
        let body = Incomplete {
            code: Some("replayed".into()),
            peer: Some(peer),
            reference: Some(open.reference()),
            ..Incomplete::default()
        };
        // Whoever holds a version that was lost here has no share any more, and has the lead all the same.
        let mut others = loss::holders(tx, id).await?.into_iter().any(|holder| holder != key(peer));
        for share in shares.iter().filter(|share| share.peer != key(peer)) {
            let status: RecipientStatus = share.status.parse().map_err(|_| Error::Corrupt("status"))?;
            others |= status.holds();
        }
        if !others {
            self.take_back_from_all(tx, &mut open, REASON).await?;
            return self.note(tx, EntryType::Withdrawn, body).await;
        }
        let Some(share) = share else { return Ok(()) };
        self.take_back(tx, &open, share, None, REASON).await?;
        leads::answer(tx, id, share.peer, RecipientStatus::Withdrawn.code()).await?;
        self.note(tx, EntryType::Withdrawn, body.clone()).await?;
        tracing::error!(peer.id = %peer, "{peer} says that a lead was taken back from it, and others have it: have somebody find out whether it was withdrawn");
        self.note(tx, EntryType::Alarm, Incomplete { code: Some(UNPROVEN.into()), ..body }).await?;
        Ok(state::alarm(tx, self.now().0, UNPROVEN, Some(key(peer)), None, None).await?)
    }

    /// Which claims the recipient was left is lost, so it gets nothing more of the lead until an officer shares it anew.
    async fn narrow_again(&self, tx: &mut Tx, id: Uuid, share: &ShareRow, below: i64) -> Result<(), Error> {
        withdrawal::add(tx, id, share.peer, below, REASON.code(), self.now().0).await?;
        Ok(leads::answer(tx, id, share.peer, RecipientStatus::Withdrawn.code()).await?)
    }
}
