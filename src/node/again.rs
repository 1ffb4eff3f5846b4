//! Sending once more what a peer refused for good, because an officer says so (再次发送).
//!
//! Invariant: it goes as a new message, on the basis and with the claims that hold then; each refusal leads to at
//! most one.

use super::concerns::{RefusalView, refused};
use super::officer::Officer;
use super::{Error, Node, key};
use crate::audit::{EntryType, Incomplete};
use crate::domain::unit::Duty;
use crate::exchange::message::{Header, Kind};
use crate::store::{outbox, refusal, renewal};

const SENDERS: &[Duty] = &[Duty::Approver, Duty::Liaison];

impl Node {
    /// Has the message of a refusal sent once more: what was in the way may be gone. When this returns it is
    /// certain to go, after what waits already.
    ///
    /// [`Error::NotAgain`] where the same message would be refused the same way, or is said anew by its own step;
    /// [`Error::Conflict`] if it was sent once more before.
    pub async fn send_refused_again(&self, officer: &Officer, id: i64) -> Result<RefusalView, Error> {
        officer.require(SENDERS)?;
        let now = self.now().0;
        let mut tx = self.db.node.begin().await?;
        let (row, (epoch, header, lead)) = refusal::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
        let view = refused(row)?;
        if view.again_at.is_some() {
            return Err(Error::Conflict);
        }
        let (header, _) = Header::open(&header).map_err(|_| Error::Corrupt("header"))?;
        if !view.may_go_again || !header.known().is_some_and(|(kind, _)| repeats(kind)) {
            return Err(Error::NotAgain(view.advice));
        }
        if !refusal::sent_again(&mut tx, id, now).await? {
            return Err(Error::Conflict);
        }
        if let Some(lead) = lead {
            renewal::put(&mut tx, lead, key(view.peer), now, 0).await?;
        } else {
            let (lane, seq) = (view.lane.code(), header.seq.cast_signed());
            outbox::retry_at(&mut tx, key(view.peer), lane, &epoch, seq, now).await?;
        }
        let body = Incomplete {
            actor: Some(officer.pseudonym.clone()),
            peer: Some(view.peer),
            x: Some(view.x),
            code: Some("sent_again".into()),
            ..Incomplete::default()
        };
        self.note(&mut tx, EntryType::Share, body).await?;
        self.commit_sequenced(tx).await?;
        self.wake(view.peer);
        Ok(RefusalView { may_go_again: false, again_at: Some(now), ..view })
    }
}

/// What is repeated as it is. Filings, their answers and counts are taken back when they are refused, and said anew.
const fn repeats(kind: Kind) -> bool {
    !matches!(kind, Kind::Filing | Kind::FilingAnswer | Kind::Statistics)
}
