//! Refused log-ins in the log, so that nobody without an account can flood it, and none goes missing.
//!
//! The first one of an account is an entry at once; those of the next minute are counted, durably, and become one
//! entry with their number when the minute is over, or before the officer's next log-in. Names that nobody has
//! count as one account; what was typed is kept nowhere. Invariant: the counts of the entries and of the table are
//! all log-ins that were ever refused.
//!
//! What officers read is never counted together: each reading is an entry of its own.

use super::{Error, Node};
use crate::audit::{EntryType, Incomplete};
use crate::store::db::Tx;
use crate::store::{login, user};

/// How long refused log-ins of one account are counted together, milliseconds.
pub const TOGETHER: i64 = 60_000;

/// The account of names that nobody has.
const NOBODY: &str = "";

impl Node {
    /// Keeps that a log-in was refused: of an account, or of a name that nobody has. Durable on return.
    pub(super) async fn note_refused(&self, who: Option<&str>) -> Result<(), Error> {
        let (who, now) = (who.unwrap_or(NOBODY), self.now().0);
        let mut tx = self.db.node.begin().await?;
        let told = login::refuse(&mut tx, who).await?;
        if now.saturating_sub(told) >= TOGETHER {
            self.tell_refused(&mut tx, who).await?;
        }
        tx.commit().await?;
        self.sequence_soon();
        Ok(())
    }

    /// Keeps that a log-in of this name was turned away unheard: it counts as one that was refused. Durable on return.
    pub async fn note_turned_away(&self, name: &str) -> Result<(), Error> {
        let mut tx = self.db.node.snapshot().await?;
        let row = user::by_name(&mut tx, name).await?;
        tx.rollback().await?;
        self.note_refused(row.map(|row| row.pseudonym).as_deref()).await
    }

    /// Leaves an entry of what is counted of an account, if there is any.
    pub(super) async fn tell_refused(&self, tx: &mut Tx, who: &str) -> Result<(), Error> {
        let untold = login::tell(tx, who, self.now().0).await?;
        if untold == 0 {
            return Ok(());
        }
        let (code, actor) =
            if who == NOBODY { ("unknown_name", None) } else { ("refused", Some(who.to_owned())) };
        let count = u64::try_from(untold).ok();
        let body = Incomplete { actor, code: Some(code.into()), count, ..Incomplete::default() };
        self.note(tx, EntryType::Login, body).await
    }

    /// Leaves entries of the refused log-ins whose minute is over.
    pub async fn tell_all_refused(&self) -> Result<(), Error> {
        let before = self.now().0.saturating_sub(TOGETHER);
        let mut tx = self.db.node.snapshot().await?;
        let untold = login::untold(&mut tx, before).await?;
        tx.rollback().await?;
        if untold.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.node.begin().await?;
        for who in untold {
            self.tell_refused(&mut tx, &who).await?;
        }
        self.commit_sequenced(tx).await
    }
}
