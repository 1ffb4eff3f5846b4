//! How far messages had come when a process was killed, as the databases of both nodes have it.

use std::collections::{BTreeMap, BTreeSet};

use guitu::store::databases::Databases;
use uuid::Uuid;

use crate::harness::federation::Site;

/// What was the newest that had been done about a message. A sender writes nothing when it sends, so what was under
/// way when the receiver died shows as sequenced there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The sender, which died, had been asked for it: before the commit.
    Asked,
    /// After the commit: a draft, without a place.
    Committed,
    /// It had its place, and the sender died; the receiver has not stored it.
    Sequenced,
    /// The same when the receiver died, and the sender was sending.
    Sent,
    /// The receiver has stored it; the sender has no receipt.
    Stored,
}

impl Stage {
    /// Those that every run has to meet. Between its commit and its place a message stands still for less than a look
    /// takes: kills that fall there are counted, and not waited for.
    pub(super) const MET: [Self; 4] = [Self::Asked, Self::Sequenced, Self::Sent, Self::Stored];

    /// The side that has to die for it: 0 the sender, 1 the receiver.
    pub(super) const fn side(self) -> usize {
        match self {
            Self::Sent => 1,
            Self::Asked | Self::Committed | Self::Sequenced | Self::Stored => 0,
        }
    }
}

/// How many messages are in each stage.
pub(super) type Seen = BTreeMap<Stage, usize>;

/// An eye on the databases of the sender and the receiver.
pub(super) struct Lookout([Databases; 2]);

impl Lookout {
    pub(super) async fn open(sites: [&Site; 2]) -> Self {
        let [sender, receiver] = sites;
        let open = async |site: &Site| Databases::connect(&site.location()).await.unwrap();
        Self([open(sender).await, open(receiver).await])
    }

    pub(super) async fn close(self) {
        for databases in self.0 {
            databases.close().await;
        }
    }

    /// Where the messages are when a process of `side` dies now; `asked`: the leads that this process was asked to
    /// share last.
    pub(super) async fn look(&self, side: usize, asked: &[Uuid]) -> Seen {
        let [sender, receiver] = &self.0;
        let mut tx = receiver.node.snapshot().await.unwrap();
        let stored =
            tx.query("/* stages::stored */ SELECT x FROM received").all::<(Vec<u8>,)>().await.unwrap();
        tx.rollback().await.unwrap();
        let stored: BTreeSet<Vec<u8>> = stored.into_iter().map(|(x,)| x).collect();

        let mut tx = sender.node.snapshot().await.unwrap();
        let drafts = "/* stages::drafts */ SELECT payload FROM drafts";
        let drafts = tx.query(drafts).all::<(String,)>().await.unwrap();
        let outbox = "/* stages::outbox */ SELECT lead, x, state FROM outbox WHERE lead IS NOT NULL";
        let outbox = tx.query(outbox).all::<(Uuid, Vec<u8>, String)>().await.unwrap();
        tx.rollback().await.unwrap();

        let mut seen = Seen::new();
        let mut add = |stage: Stage, count: usize| *seen.entry(stage).or_default() += count;
        let sending = drafts.iter().filter(|(payload,)| payload.contains("\"said\""));
        add(Stage::Committed, sending.count());
        for (_, x, _) in outbox.iter().filter(|(.., state)| state == "waiting") {
            let stage = match side {
                _ if stored.contains(x) => Stage::Stored,
                0 => Stage::Sequenced,
                _ => Stage::Sent,
            };
            add(stage, 1);
        }
        let known = |lead: &Uuid| {
            let id = lead.to_string();
            outbox.iter().any(|(known, ..)| known == lead)
                || drafts.iter().any(|(payload,)| payload.contains(&id))
        };
        add(Stage::Asked, asked.iter().filter(|lead| side == 0 && !known(lead)).count());
        seen.retain(|_, count| *count > 0);
        seen
    }
}

/// How many messages exist and have no receipt.
pub(super) fn unreceipted(seen: &Seen) -> usize {
    seen.iter().filter(|(stage, _)| **stage != Stage::Asked).map(|(_, count)| count).sum()
}
