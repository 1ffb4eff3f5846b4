//! The second tier: histories of real nodes on real databases, with the harness's transport, clocks of their own,
//! and the same checker.
//!
//! Ten histories follow one another in one federation: databases are dear, and what one history leaves behind is
//! what the next one must not stumble over.

use std::sync::Arc;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::{agreement_for, leads};
use guitu::clock::{Clock, ManualClock, Timestamp};
use guitu::domain::agreement::Act;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};
use guitu::domain::node::NodeId;
use guitu::exchange::presentation::Facts;
use guitu::exchange::standing::Order;
use guitu::node::deliver::Step;
use guitu::node::standing::Start;
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::Transport;
use uuid::Uuid;

use super::checker::Checker;
use super::dice::Dice;
use super::durable::{Cases, dispatched, observe, story as story_of};
use crate::harness::database::Engine;
use crate::harness::effort::histories;
use crate::harness::nodes::{Nodes, Weather, pin, proposal};
use crate::harness::restores::Back;

/// The nodes.
const ALL: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];
/// How many histories an engine carries in CI.
const HISTORIES: u32 = 100;
/// How many follow one another in one federation.
const IN_ONE: u32 = 10;
/// How much happens in one history.
const STEPS: u64 = 45;
const MINUTE: i64 = 60 * Timestamp::SECOND;

/// A federation, and what its histories have written so far.
struct Run {
    nodes: Nodes,
    clocks: Vec<Arc<ManualClock>>,
    dice: Dice,
    checker: Checker,
    cases: Cases,
    /// The own leads of each node, by internal id, with their version.
    own: Vec<(NodeId, Uuid, u32)>,
    /// How many batches of each node the checker has seen.
    seen: [usize; 3],
}

impl Run {
    async fn open(engine: Engine) -> Self {
        let mut nodes = Nodes::open(engine, &ALL).await;
        let mut clocks = Vec::new();
        for id in ALL {
            let clock = Arc::new(ManualClock::at(nodes.clock.now()));
            nodes.on_clock(id, Arc::clone(&clock)).await;
            clocks.push(clock);
        }
        let (checker, cases, dice) = (Checker::default(), Cases::default(), Dice::new(0));
        Self { nodes, clocks, dice, checker, cases, own: Vec::new(), seen: [0; 3] }
    }

    /// One history: an agreement, a time of faults, and then quiet.
    async fn history(&mut self, seed: u64) -> Vec<String> {
        self.dice = Dice::new(seed);
        let agreement = self.agree().await;
        self.own.clear();
        for _ in 0..STEPS {
            self.step(agreement).await;
        }
        self.settle().await;
        self.nodes.clock.set(self.nodes.clock.now().plus(10 * MINUTE));
        let mut observed = Vec::new();
        for id in ALL {
            observed.push(observe(&self.nodes, id, &self.cases).await);
        }
        let (_, trust) = self.nodes.exported(LINCANG).await;
        self.checker.check(&observed, &trust);
        std::mem::take(&mut self.checker.found)
    }

    /// A new agreement of all three, signed and known everywhere.
    async fn agree(&mut self) -> Uuid {
        let form = proposal(&A1, CivilDate::of(self.nodes.clock.now()));
        let made = self.nodes.node(LINCANG).node.propose(None, form).await.unwrap();
        self.drain().await;
        for id in [CHONGQING, SHUOZHOU] {
            let here = self.nodes.node(id);
            here.node.countersign(None, made.id, made.version, made.digest).await.unwrap();
        }
        self.drain().await;
        made.id
    }

    /// Time passes, and something happens.
    async fn step(&mut self, agreement: Uuid) {
        let seconds = self.dice.between(1, 20);
        self.pass(seconds * Timestamp::SECOND);
        let at = usize::try_from(self.dice.below(3)).unwrap();
        match self.dice.below(100) {
            0..22 => self.share(at, agreement).await,
            22..28 => self.correct(at).await,
            28..31 => self.withdraw(at).await,
            31..39 => self.answer(at).await,
            39..46 => self.act(at, agreement).await,
            46..50 => self.restart(at).await,
            50..54 => self.repeat(at).await,
            54..57 => self.jump(at),
            57..59 => self.go_back(at, agreement).await,
            _ => self.deliver(at).await,
        }
    }

    /// The world's clock goes on; nodes ahead of it wait for it.
    fn pass(&mut self, ms: i64) {
        let now = self.nodes.clock.now().plus(ms);
        self.nodes.clock.set(now);
        self.clocks.iter().for_each(|clock| clock.set(now));
    }

    /// A node's clock jumps ahead, by less than what peers refuse.
    fn jump(&mut self, at: usize) {
        let ahead = self.dice.between(0, 5 * MINUTE - 30 * Timestamp::SECOND);
        self.clocks[at].set(self.nodes.clock.now().plus(ahead));
    }

    /// A lead of the demo that goes somewhere under the agreement.
    fn drawn(&mut self, owner: NodeId) -> Option<Lead> {
        let all = leads(owner, self.dice.next(), CivilDate::of(self.nodes.clock.now())).into_iter();
        let under =
            |lead: &Lead| agreement_for(owner, lead).is_some_and(|sharing| sharing.agreement.name == A1.name);
        let fits: Vec<Lead> = all.filter(under).collect();
        self.dice.pick(&fits)
    }

    /// Remembers what a version of a lead asks of access.
    fn written(&mut self, (sub, ver): (Uuid, u32), lead: &Lead) {
        let (kind, purpose, classification) = (lead.kind, lead.purpose, lead.classification);
        let places = lead.places.clone();
        self.cases.insert((sub, ver), Facts { kind, purpose, classification, places });
    }

    async fn share(&mut self, at: usize, agreement: Uuid) {
        let Some(lead) = self.drawn(ALL[at]) else { return };
        let here = self.nodes.node(ALL[at]);
        let made = here.node.create(&here.drafter, lead.clone(), None).await.unwrap();
        here.node.submit(&here.drafter, made.id).await.unwrap();
        here.node.approve(&here.approver, made.id).await.unwrap();
        // Refused while the agreement is suspended, and after its end.
        let shared = here.node.share(&here.drafter, made.id, agreement, None).await;
        self.written((made.sub, made.version), &lead);
        if shared.is_ok() {
            self.own.push((ALL[at], made.id, made.version));
        }
    }

    async fn correct(&mut self, at: usize) {
        let owned: Vec<_> = self.own.iter().copied().filter(|(owner, ..)| *owner == ALL[at]).collect();
        let (Some((_, id, ver)), Some(lead)) = (self.dice.pick(&owned), self.drawn(ALL[at])) else { return };
        let here = self.nodes.node(ALL[at]);
        let Ok(made) = here.node.correct(&here.drafter, id, ver, lead.clone()).await else { return };
        here.node.approve(&here.approver, id).await.unwrap();
        self.written((made.sub, made.version), &lead);
        self.own.iter_mut().filter(|own| own.1 == id).for_each(|own| own.2 = made.version);
    }

    async fn withdraw(&mut self, at: usize) {
        let owned: Vec<_> = self.own.iter().copied().filter(|(owner, ..)| *owner == ALL[at]).collect();
        let Some((_, id, _)) = self.dice.pick(&owned) else { return };
        let here = self.nodes.node(ALL[at]);
        here.node.withdraw(&here.approver, id, WithdrawReason::Mistake).await.unwrap();
        self.own.retain(|own| own.1 != id);
    }

    /// The recipient's officer takes the next step with a lead that it holds.
    async fn answer(&mut self, at: usize) {
        let here = self.nodes.node(ALL[at]);
        let held = here.node.list_received(&here.drafter, -1, 200).await.unwrap().items;
        let held: Vec<_> = held.iter().map(|lead| (lead.sub, lead.status)).collect();
        let Some((sub, status)) = self.dice.pick(&held) else { return };
        let steps = [
            RecipientStatus::Acknowledged,
            RecipientStatus::Accepted,
            RecipientStatus::Verifying,
            RecipientStatus::NoHit,
        ];
        if let Some(next) = steps.into_iter().find(|next| status.leads_to(*next)) {
            here.node.answer(&here.drafter, sub, next, None).await.unwrap();
        }
    }

    async fn act(&mut self, at: usize, agreement: Uuid) {
        let act = match self.dice.below(12) {
            0..5 => Act::Suspend,
            5..11 => Act::Resume,
            _ => Act::Terminate,
        };
        let here = self.nodes.node(ALL[at]);
        // The dossier refuses what does not lead on from where it stands.
        here.node.act(&here.approver, agreement, act).await.ok();
    }

    /// The process dies and starts again on what it committed.
    async fn restart(&mut self, at: usize) {
        self.nodes.on_clock(ALL[at], Arc::clone(&self.clocks[at])).await;
    }

    /// The node loses what the others sent it since a backup, and goes on in a new epoch. What it said itself has
    /// arrived before.
    async fn go_back(&mut self, at: usize, agreement: Uuid) {
        for to in (0..3).filter(|to| *to != at) {
            self.ready(at, to).await;
            while self.round(at, to).await == Step::Moved {}
        }
        let folder = tempfile::tempdir().unwrap();
        self.nodes.back_up(ALL[at], folder.path()).await;
        for _ in 0..self.dice.between(2, 8) {
            let other = (at + 1 + usize::try_from(self.dice.below(2)).unwrap()) % 3;
            match self.dice.below(8) {
                0 | 1 => self.share(other, agreement).await,
                2 => self.correct(other).await,
                3 => self.withdraw(other).await,
                _ => {
                    self.ready(other, at).await;
                    self.round(other, at).await;
                }
            }
        }
        self.nodes.go_back(ALL[at], folder.path(), Back::Restored, None).await;
        let started = self.nodes.start(ALL[at], Order::Nothing, &[], None).await;
        assert!(matches!(started, Start::Opened(_)), "{started:?}");
        self.restart(at).await;
    }

    /// A batch of long ago arrives once more.
    async fn repeat(&mut self, at: usize) {
        let posted = self.nodes.node(ALL[at]).transport.posted.lock().unwrap().clone();
        let Some(body) = self.dice.pick(&posted) else { return };
        let batch: guitu::exchange::batch::Batch = serde_json::from_slice(&body).unwrap();
        let header: guitu::exchange::message::Header =
            serde_json::from_str(batch.items[0].header.get()).unwrap();
        let from = PeerCertificate { node: ALL[at], pin: pin(ALL[at]) };
        // Too old for the clock, or answered as before.
        self.nodes.node(header.to).node.receive(&from, &body).await.ok();
    }

    /// One round to one peer, in the weather of the hour.
    async fn deliver(&mut self, at: usize) {
        let to = (at + 1 + usize::try_from(self.dice.below(2)).unwrap()) % 3;
        let weather = match self.dice.below(8) {
            0 => Weather::Down,
            1 | 2 => Weather::AnswerLost,
            _ => Weather::Fair,
        };
        *self.nodes.node(ALL[at]).transport.weather.lock().unwrap() = weather;
        self.ready(at, to).await;
        self.round(at, to).await;
        *self.nodes.node(ALL[at]).transport.weather.lock().unwrap() = Weather::Fair;
        if weather == Weather::AnswerLost && self.dice.one_in(3) {
            self.restart(to).await;
        }
    }

    /// Whatever a node has for a peer is in its lanes.
    async fn ready(&self, at: usize, to: usize) {
        let here = self.nodes.node(ALL[at]);
        here.node.sequence().await.unwrap();
        // A restored node first asks where it stands; in bad weather it asks again.
        here.node.rejoin(here.transport.as_ref(), ALL[to]).await.unwrap();
        here.node.send_again(ALL[to]).await.unwrap();
    }

    /// One round, and the checker's look at it before anything else happens to its sender: whatever comes later, such
    /// as the notice of a suspension that was on its way, does not make it wrong.
    async fn round(&mut self, at: usize, to: usize) -> Step {
        let step = self.nodes.node(ALL[at]).round(ALL[to]).await;
        self.watch(at).await;
        step
    }

    /// Delivers in fair weather until nothing moves any more.
    async fn drain(&mut self) {
        let pairs = || (0..3).flat_map(|at| (0..3).map(move |to| (at, to))).filter(|(at, to)| at != to);
        let mut moved = true;
        while moved {
            moved = false;
            for (at, to) in pairs() {
                self.ready(at, to).await;
                while self.round(at, to).await == Step::Moved {
                    moved = true;
                }
            }
        }
    }

    /// The checker looks at what went out since it looked last.
    async fn watch(&mut self, at: usize) {
        let posted = self.nodes.node(ALL[at]).transport.posted.lock().unwrap()[self.seen[at]..].to_vec();
        self.seen[at] += posted.len();
        for body in posted {
            dispatched(&mut self.checker, &self.nodes, ALL[at], &self.cases, &body).await;
        }
    }

    /// Fair weather until nothing waits: pauses end, purges are done, heads are witnessed.
    async fn settle(&mut self) {
        for _ in 0..3 {
            self.pass(6 * MINUTE);
            for node in ALL {
                self.nodes.node(node).node.purge_due().await.unwrap();
            }
            self.drain().await;
        }
        for node in ALL {
            let here = self.nodes.node(node);
            let transport: Arc<dyn Transport> = here.transport.clone();
            here.node.push_head(&transport).await.unwrap();
        }
    }
}

impl Run {
    async fn story(&self) -> String {
        let mut story = String::new();
        for id in ALL {
            story += &story_of(&self.nodes, id).await;
        }
        story
    }
}

/// One half of the federations, each with its histories: the even ones or the odd ones.
async fn run(engine: Engine, half: usize) {
    let count = histories(HISTORIES);
    for first in (0..count).step_by(IN_ONE as usize).skip(half).step_by(2) {
        let mut run = Run::open(engine).await;
        for seed in u64::from(first)..u64::from(count.min(first + IN_ONE)) {
            let found = run.history(seed).await;
            if !found.is_empty() {
                let (found, story) = (found.join("\n"), run.story().await);
                panic!("seed {seed}, after those from {first}:\n{found}\n{story}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_nodes_hold_on_sqlite_in_the_first_half() {
    run(Engine::Sqlite, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_nodes_hold_on_sqlite_in_the_second_half() {
    run(Engine::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_nodes_hold_on_postgres_in_the_first_half() {
    run(Engine::Postgres, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_nodes_hold_on_postgres_in_the_second_half() {
    run(Engine::Postgres, 1).await;
}
