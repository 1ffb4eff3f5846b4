//! What officers do at A, and what B's list shows.

use std::time::Duration;

use guitu::clock::{Clock, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::unit::{Duty, UnitType};
use guitu::exchange::message::Lane;
use guitu::node::{Node, Officer};
use guitu::store::chain::{self, Direction};
use guitu::store::received;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::alike::{self, A, B};
use crate::pair::{Pair, Side};

/// How many officers write at a time.
pub(crate) const OFFICERS: usize = 8;
/// A row that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_mins(10);

fn officer(duty: Duty, id: u128) -> Officer {
    Officer {
        id: Uuid::from_u128(id),
        duties: vec![duty],
        unit: UnitType::Police,
        pseudonym: format!("{id:032x}"),
        purpose: None,
    }
}

/// Who writes leads.
pub(crate) fn drafter() -> Officer {
    officer(Duty::Drafter, 1)
}

/// Who signs them.
pub(crate) fn approver() -> Officer {
    officer(Duty::Approver, 2)
}

/// B's officer, who looks at the list.
pub(crate) fn reader() -> Officer {
    officer(Duty::Drafter, 3)
}

impl Pair {
    /// Drafts, hands in and approves one lead; its id.
    pub(crate) async fn approved(&self) -> Uuid {
        let lead = alike::lead(CivilDate::of(SystemClock.now()));
        let made = self.a.node.create(&drafter(), lead, None).await.unwrap();
        self.a.node.submit(&drafter(), made.id).await.unwrap();
        self.a.node.approve(&approver(), made.id).await.unwrap();
        made.id
    }

    /// Shares it with B.
    pub(crate) async fn share(&self, lead: Uuid) {
        self.a.node.share(&drafter(), lead, self.agreement, Some(vec![B])).await.unwrap();
    }

    /// [`OFFICERS`] officers write and share `n` leads, each one lead at a time.
    pub(crate) async fn write_and_share(&self, n: usize) {
        let one = |officer: usize| async move {
            for _ in (officer..n).step_by(OFFICERS) {
                self.share(self.approved().await).await;
            }
        };
        tokio::join!(one(0), one(1), one(2), one(3), one(4), one(5), one(6), one(7));
    }

    /// Waits until B's list query gives a lead after `leaf`; its index, and when that was.
    pub(crate) async fn listed(&self, leaf: i64) -> (i64, Instant) {
        let mut bell = self.b.node.listen();
        loop {
            bell.mark_unchanged();
            let mut tx = self.b.node.databases().node.snapshot().await.unwrap();
            if let Some(row) = received::feed(&mut tx, leaf, 1).await.unwrap().first() {
                return (row.leaf, Instant::now());
            }
            tx.rollback().await.unwrap();
            timeout(PATIENCE, bell.changed()).await.expect("B stands still").unwrap();
        }
    }

    /// Reads B's list after `leaf` as an officer does, page by page; how many leads it holds.
    pub(crate) async fn read_list(&self, leaf: i64) -> usize {
        let (mut after, mut seen) = (Some(leaf), 0);
        while let Some(from) = after {
            let page = self.b.node.list_received(&reader(), from, 200).await.unwrap();
            seen += page.items.len();
            after = page.next;
        }
        seen
    }

    /// Waits until A has filed every receipt and neither node has anything left to do.
    pub(crate) async fn quiet(&self) {
        let mut bell = self.a.node.listen();
        loop {
            bell.mark_unchanged();
            let idle = !self.a.node.has_drafts().await.unwrap() && !self.b.node.has_drafts().await.unwrap();
            if idle && acknowledged(&self.a.node).await {
                return;
            }
            // B's last sequencing does not ring here.
            let _ = timeout(Duration::from_millis(5), bell.changed()).await;
        }
    }
}

impl Side {
    /// Where its list ends.
    pub(crate) async fn end_of_list(&self) -> i64 {
        let mut tx = self.node.databases().node.snapshot().await.unwrap();
        let (leaf,) = tx
            .query("/* bench::end */ SELECT CAST(coalesce(max(leaf), -1) AS BIGINT) FROM inbox")
            .one::<(i64,)>()
            .await
            .unwrap();
        leaf
    }

    /// Waits until the list shows `n` leads after `leaf`; when that was.
    pub(crate) async fn readable(&self, leaf: i64, n: usize) -> Instant {
        let mut bell = self.node.listen();
        loop {
            bell.mark_unchanged();
            if self.count_after(leaf).await >= n {
                return Instant::now();
            }
            timeout(PATIENCE, bell.changed()).await.expect("the receiver stands still").unwrap();
        }
    }

    /// How many leads the list has after `leaf`, without reading them.
    async fn count_after(&self, leaf: i64) -> usize {
        let mut tx = self.node.databases().node.snapshot().await.unwrap();
        let (count,) = tx
            .query("/* bench::count */ SELECT count(*) FROM inbox WHERE leaf > $1")
            .bind(leaf)
            .one::<(i64,)>()
            .await
            .unwrap();
        usize::try_from(count).unwrap()
    }
}

async fn acknowledged(node: &Node) -> bool {
    assert_eq!(node.id(), A);
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let lane = chain::find(&mut tx, i64::from(B.region().number()), Lane::Normal, Direction::Out).await;
    let lane = lane.unwrap();
    lane.end.seq.cast_signed() == lane.acked
}
