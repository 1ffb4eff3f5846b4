//! Nodes killed in the middle of an exchange: nothing is lost, doubled or forgotten.
//!
//! On SQLite a node is one process; on PostgreSQL it is two that share its databases, behind one door. A kill
//! counts only if messages waited for their receipts at that moment. By turns it falls at any moment, and in a stage into
//! which messages were brought and in which they are seen to be before and after the kill; over a run, in every stage that
//! can be held.

mod holds;
mod moments;
mod stages;

use std::collections::BTreeSet;
use std::path::Path;

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use guitu::clock::{OsEntropy, random};
use guitu::domain::node::NodeId;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use self::moments::assert_reached;
use self::stages::{Lookout, Round, Seen, Stage, unreceipted};
use crate::harness::database::Engine;
use crate::harness::effort;
use crate::harness::federation::{LIMIT, Office, Serving, Site, agree, assert_logs_hold, plain};
use crate::harness::instances::{Door, Place, with_places};
use crate::harness::pair::{Approved, approved, cases, everything_arrived_once};
use crate::harness::process::Signal;

/// Leads that are shared at once.
const AT_ONCE: usize = 12;

/// One process of a node: its folder and, while it runs, its life.
struct Instance {
    site: Site,
    serving: Option<Serving>,
    office: Office,
}

impl Instance {
    async fn start(site: Site) -> Self {
        let serving = site.serve();
        let office = serving.office(&site).await;
        Self { site, serving: Some(serving), office }
    }
}

/// A node: its instances behind their door.
struct Party {
    instances: Vec<Instance>,
    door: Door,
}

impl Party {
    /// Makes the first folder of a node below `root`.
    async fn init(root: &Path, node: NodeId, place: &Place) -> (Site, Door) {
        let door = Door::open().await;
        let mut arguments = vec!["--peer-url", &door.url];
        arguments.extend(place.iter().map(String::as_str));
        (Site::init(root, node, &arguments), door)
    }

    async fn start((site, door): (Site, Door), instances: usize) -> Self {
        let twin = (instances > 1).then(|| site.twin());
        let mut party = Self { instances: Vec::new(), door };
        for site in std::iter::once(site).chain(twin) {
            party.instances.push(Instance::start(site).await);
        }
        party.open_door();
        party
    }

    fn open_door(&self) {
        let serving = self.instances.iter().filter_map(|instance| instance.serving.as_ref());
        self.door.lead_to(serving.map(|serving| serving.url("peer")));
    }

    fn kill(&mut self, who: usize) {
        self.instances[who].serving.take().unwrap().process.stop(Signal::Kill, LIMIT);
    }

    fn restart(&mut self, who: usize) {
        let instance = &mut self.instances[who];
        let serving = instance.site.serve();
        instance.office = instance.office.moved(&serving.url("office"));
        instance.serving = Some(serving);
        self.open_door();
    }

    fn site(&self) -> &Site {
        &self.instances[0].site
    }

    fn office(&self) -> &Office {
        &self.instances[0].office
    }
}

/// A sender and a receiver.
struct Pair {
    parties: [Party; 2],
    agreement: String,
}

impl Pair {
    async fn start(root: &Path, places: &[Place], instances: usize) -> Self {
        let from = Party::init(root, LINCANG, &places[0]).await;
        let to = Party::init(root, CHONGQING, &places[1]).await;
        from.0.enrol(&to.0);
        to.0.enrol(&from.0);
        let parties = [Party::start(from, instances).await, Party::start(to, instances).await];
        let [from, to] = &parties;
        let agreement = agree(&A2, &[from.site(), to.site()], &[from.office(), to.office()]).await;
        Self { parties, agreement }
    }

    fn sender(&self) -> &Party {
        &self.parties[0]
    }

    fn receiver(&self) -> &Party {
        &self.parties[1]
    }

    /// One process of the side, drawn at random: its place there.
    fn victim(&self, side: usize) -> (usize, usize) {
        (side, drawn(self.parties[side].instances.len()))
    }

    /// Asks the sender's instances in turn to share these leads, whatever becomes of the answers.
    fn share(&self, leads: &[Approved]) -> JoinSet<()> {
        let mut asking = JoinSet::new();
        for (lead, instance) in leads.iter().zip(self.sender().instances.iter().cycle()) {
            let (officer, path) =
                (instance.office.approver.clone(), format!("/office/v1/leads/{}/share", lead.id));
            let body = json!({ "agreement": self.agreement, "recipients": [CHONGQING] });
            asking.spawn(async move { _ = officer.call(Method::POST, &path, Some(&body)).await });
        }
        asking
    }

    /// How many messages each process of the sender has handed over without a receipt.
    async fn flying(&self) -> Vec<usize> {
        let mut flying = Vec::new();
        for instance in &self.sender().instances {
            let ops = instance.serving.as_ref().unwrap().url("ops");
            let lags: Vec<Value> = serde_json::from_str(&plain(&format!("{ops}/lags")).await).unwrap();
            let flights = lags.iter().map(|lag| lag["in_flight"].as_u64().unwrap());
            flying.push(usize::try_from(flights.sum::<u64>()).unwrap());
        }
        flying
    }

    /// Kills a process, in that stage or at any moment, while these leads are shared, and starts it again; none if no
    /// message was without a receipt then.
    async fn killed_once(
        &mut self,
        lookout: &Lookout,
        wanted: Option<Stage>,
        leads: &[Approved],
    ) -> Option<Kill> {
        let halves = <[_; 2]>::from(leads.split_at(leads.len() / 2));
        let moment = match wanted {
            Some(stage) => moments::of(stage, self, lookout, halves).await,
            None => moments::any(self, lookout, leads).await,
        };
        let victim = moment.victim;
        let id = |lead: &Approved| lead.id.parse::<Uuid>().unwrap();
        // Each half was given to the instances in turn.
        let instances = self.sender().instances.len();
        let of_victim = |half: &[Approved]| half.iter().skip(victim.1).step_by(instances).map(id).collect();
        let asked: Vec<Vec<Uuid>> = halves.into_iter().filter(|_| victim.0 == 0).map(of_victim).collect();
        let round = Round { leads: leads.iter().map(id).collect(), of_victim: asked.concat() };

        let flying = moment.flying(self).await;
        let before = lookout.look(flying, &round).await;
        self.parties[victim.0].kill(victim.1);
        let seen = lookout.look(flying, &round).await;
        for seen in [&before, &seen] {
            if let Some(stage) = wanted {
                assert_reached(stage, seen);
            }
        }
        moment.over(self).await;
        self.parties[victim.0].restart(victim.1);
        (unreceipted(&seen) > 0).then_some(Kill { held: wanted, victim, seen })
    }

    /// Shares what a killed sender forgot to have been asked for.
    async fn share_the_rest(&self, leads: &[Approved]) {
        for lead in leads {
            let view = self.sender().office().drafter.get(&format!("/office/v1/leads/{}", lead.id)).await;
            if view["status"] != "shared" {
                self.share(std::slice::from_ref(lead)).join_all().await;
            }
        }
    }
}

/// A number below `most`, at random.
fn drawn(most: usize) -> usize {
    usize::from(random::<1>(&OsEntropy)[0]) % most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled() {
    with_places(Engine::Sqlite, 2, |places| kills_meet_messages(places, Engine::Sqlite, 1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_by_two_instances_on_postgres() {
    with_places(Engine::Postgres, 2, |places| kills_meet_messages(places, Engine::Postgres, 2)).await;
}

/// A kill that counts: for which stage, who died, and where the messages were.
#[derive(Debug)]
#[allow(dead_code, reason = "printed")]
struct Kill {
    held: Option<Stage>,
    victim: (usize, usize),
    seen: Seen,
}

/// Kills processes until enough of them count, each process was among them, and each stage that can be was held at
/// a kill.
async fn kills_meet_messages(places: Vec<Place>, engine: Engine, instances: usize) {
    let kills = usize::try_from(effort::times(20)).unwrap();
    let root = tempfile::tempdir().unwrap();
    let mut pair = Pair::start(root.path(), &places, instances).await;
    let lookout = Lookout::open([pair.sender().site(), pair.receiver().site()]).await;
    let (mut cases, mut all, mut counted) = (cases(), Vec::new(), Vec::new());
    let mut spared: BTreeSet<_> =
        (0..2).flat_map(|side| (0..instances).map(move |who| (side, who))).collect();
    let mut met: Vec<(Stage, usize)> = Stage::held_on(engine).map(|stage| (stage, 0)).collect();
    for round in 0.. {
        // By turns: in the stage that was met least, and at any moment; into a running exchange, and onto what earlier
        // kills left behind.
        let least = met.iter_mut().min_by_key(|(_, count)| *count).unwrap();
        if counted.len() >= kills && spared.is_empty() && least.1 > 0 {
            break;
        }
        assert!(round < kills * 25, "kills met no messages in stage {:?}: {counted:?}", least.0);
        let wanted = Some(least.0).filter(|_| round % 2 == 0);
        if wanted.is_some() || round % 3 != 0 {
            pair.sender().office().settled().await;
        }
        let leads = approved(pair.sender().office(), cases.by_ref().take(AT_ONCE)).await;
        if let Some(kill) = pair.killed_once(&lookout, wanted, &leads).await {
            least.1 += usize::from(wanted.is_some());
            spared.remove(&kill.victim);
            counted.push(kill);
        }
        all.extend(leads);
    }
    lookout.close().await;
    pair.share_the_rest(&all).await;
    pair.sender().office().settled().await;
    pair.receiver().office().settled().await;
    println!("{} leads; kills in held stages: {met:?}", all.len());
    println!("kills (0 the sender, 1 the receiver, and which instance; messages in each stage): {counted:?}");
    everything_arrived_once([pair.sender().office(), pair.receiver().office()], &all).await;
    assert_logs_hold(&[pair.sender().site().clone(), pair.receiver().site().clone()]).await;
}
