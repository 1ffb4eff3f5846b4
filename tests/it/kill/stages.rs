//! How far messages had come when a process was killed, as the databases of both nodes have it.

use std::collections::{BTreeMap, BTreeSet};

use guitu::store::databases::Databases;
use uuid::Uuid;

use crate::harness::database::Engine;
use crate::harness::federation::Site;

/// What was the newest that had been done about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// A sender's process had been asked for it: before the commit.
    Asked,
    /// After the commit: a draft, without a place.
    Committed,
    /// It had its place, and nobody had handed it over.
    Sequenced,
    /// It was handed over; the receiver had not stored it.
    Sent,
    /// The receiver had stored it; the sender had no receipt.
    Stored,
    /// The sender had its receipt, and none yet for others.
    Receipted,
}

impl Stage {
    const ALL: [Self; 6] =
        [Self::Asked, Self::Committed, Self::Sequenced, Self::Sent, Self::Stored, Self::Receipted];

    /// Those in which messages can be held on the engine.
    pub(super) fn held_on(engine: Engine) -> impl Iterator<Item = Self> {
        let held = move |stage: &Self| engine == Engine::Postgres || *stage != Self::Committed;
        Self::ALL.into_iter().filter(held)
    }
}

/// How many messages are in each stage.
pub(super) type Seen = BTreeMap<Stage, usize>;

/// The leads that were shared last.
#[derive(Clone, Debug, Default)]
pub(super) struct Round {
    /// All of them.
    pub(super) leads: Vec<Uuid>,
    /// Those that the process was asked to share which dies.
    pub(super) of_victim: Vec<Uuid>,
}

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

    /// Where the messages are, where the sender's processes have `flying` of them under way: of each lane the first.
    pub(super) async fn look(&self, flying: usize, round: &Round) -> Seen {
        let [sender, receiver] = &self.0;
        let mut tx = receiver.node.snapshot().await.unwrap();
        let stored =
            tx.query("/* stages::stored */ SELECT x FROM received").all::<(Vec<u8>,)>().await.unwrap();
        tx.rollback().await.unwrap();
        let stored: BTreeSet<Vec<u8>> = stored.into_iter().map(|(x,)| x).collect();

        let mut tx = sender.node.snapshot().await.unwrap();
        let drafts = "/* stages::drafts */ SELECT payload FROM drafts";
        let drafts = tx.query(drafts).all::<(String,)>().await.unwrap();
        let outbox =
            "/* stages::outbox */ SELECT lead, x, state FROM outbox WHERE lead IS NOT NULL ORDER BY seq";
        let outbox = tx.query(outbox).all::<(Uuid, Vec<u8>, String)>().await.unwrap();
        tx.rollback().await.unwrap();

        let mut seen = Seen::new();
        let mut add = |stage: Stage, count: usize| *seen.entry(stage).or_default() += count;
        let sending = drafts.iter().filter(|(payload,)| payload.contains("\"said\""));
        add(Stage::Committed, sending.count());
        for (at, (_, x, _)) in outbox.iter().filter(|(.., state)| state == "waiting").enumerate() {
            let stage = match at {
                _ if stored.contains(x) => Stage::Stored,
                at if at < flying => Stage::Sent,
                _ => Stage::Sequenced,
            };
            add(stage, 1);
        }
        let receipted = |lead: &&Uuid| outbox.iter().any(|(it, _, state)| it == *lead && state == "stored");
        add(Stage::Receipted, round.leads.iter().filter(receipted).count());
        let known = |lead: &Uuid| {
            let id = lead.to_string();
            outbox.iter().any(|(known, ..)| known == lead)
                || drafts.iter().any(|(payload,)| payload.contains(&id))
        };
        add(Stage::Asked, round.of_victim.iter().filter(|lead| !known(lead)).count());
        seen.retain(|_, count| *count > 0);
        seen
    }
}

/// How many messages exist and have no receipt.
pub(super) fn unreceipted(seen: &Seen) -> usize {
    let without = |stage: Stage| !matches!(stage, Stage::Asked | Stage::Receipted);
    seen.iter().filter(|(stage, _)| without(**stage)).map(|(_, count)| count).sum()
}
