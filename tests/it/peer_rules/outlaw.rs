//! A peer with valid keys and a valid certificate breaks one rule at a time at a real peer listener, over mutual TLS:
//! the code of the answer, the entries of the log, the alarm, and that no row is stored.

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::folder::NodeFolder;
use guitu::clock::{Clock as _, OsEntropy, SystemClock, Timestamp, uuid_v4};
use guitu::domain::digest::Digest;
use guitu::exchange::batch::{MAX_ITEMS, MAX_SKEW};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::message::{Basis, Lane};
use guitu::exchange::problem::{BatchCode, ItemCode};
use guitu::exchange::receipt::Outcome;
use guitu::exchange::window::MOST_BATCHES;
use guitu::statement::jws;
use guitu::store::chain::{self, Direction};
use guitu::store::databases::Databases;
use serde_json::{Value, json};

use super::broken::{nodes, rogue};
use crate::harness::database::{Engine, on_both_engines};
use crate::harness::federation::{LIMIT, Serving, Site, agree_for};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::nodes::Nodes;
use crate::harness::pair::{approved, cases};
use crate::harness::process::Signal;
use crate::harness::rogue::{Made, Message, Rogue};
use crate::harness::shifted::ShiftedClock;

/// For how many days the agreement holds.
const DAYS: i64 = 5;

/// How often an honest sender is told of one gap at most.
const HONEST_GAPS: usize = 2 * MOST_BATCHES;

/// What the receiver has to show, as its databases have it.
struct Ledger {
    rows: i64,
    alarms: Vec<(String, Option<String>)>,
    entries: Vec<Value>,
    settled: ChainEnd,
}

impl Ledger {
    async fn of(site: &Site) -> Self {
        let databases = Databases::connect(&site.location()).await.unwrap();
        let mut tx = databases.node.snapshot().await.unwrap();
        let rows =
            tx.query("/* outlaw::rows */ SELECT count(*) FROM received").one::<(i64,)>().await.unwrap();
        let alarms = "/* outlaw::alarms */ SELECT code, proof FROM alarms WHERE peer = $1 ORDER BY id";
        let peer = i64::from(LINCANG.region().number());
        let alarms = tx.query(alarms).bind(peer).all().await.unwrap();
        let entries = "/* outlaw::entries */ SELECT entry FROM log_entries ORDER BY leaf";
        let entries = tx.query(entries).all::<(String,)>().await.unwrap();
        let settled = chain::find(&mut tx, peer, Lane::Normal, Direction::In).await.unwrap().end;
        tx.rollback().await.unwrap();
        databases.close().await;
        let entries = entries.into_iter().map(|(entry,)| serde_json::from_str(&entry).unwrap()).collect();
        Self { rows: rows.0, alarms, entries, settled }
    }

    fn alarms(&self, code: &str) -> Vec<Option<&str>> {
        let of_code = self.alarms.iter().filter(|(of, _)| of == code);
        of_code.map(|(_, proof)| proof.as_deref()).collect()
    }

    fn entries<'a>(&'a self, t: &'a str, code: &'a str) -> impl Iterator<Item = &'a Value> {
        self.entries.iter().filter(move |entry| {
            entry["t"] == t && (entry["code"] == code || entry["result"] == format!("refused:{code}"))
        })
    }
}

/// An outlaw and the node that it meets.
struct Scene {
    rogue: Rogue,
    receiver: Site,
    clock: ShiftedClock,
    _serving: Serving,
}

impl Scene {
    /// 临沧 shares one lead with 重庆 as it should, and has another one ready; its keys then go another way.
    async fn open(root: &std::path::Path, places: &[Place]) -> Self {
        let mut sites = enrolled(root, &[LINCANG, CHONGQING, SHUOZHOU], places);
        let clock = ShiftedClock::new(root, "receiver");
        sites[1].clock = Some(clock.clone());
        let [sender, receiver, third] = &sites[..] else { unreachable!("three places") };
        let (here, there) = (sender.serve(), receiver.serve());
        let offices = [here.office(sender).await, there.office(receiver).await];
        let agreement = agree_for(&A2, DAYS, &[sender, receiver], &[&offices[0], &offices[1]]).await;
        let [office, _] = &offices;
        let leads = approved(office, cases().take(2)).await;
        let share = async |at: usize| {
            let body = json!({ "agreement": agreement, "recipients": [CHONGQING] });
            office.approver.post(&format!("/office/v1/leads/{}/share", leads[at].id), &body).await;
        };
        share(0).await;
        office.settled().await;
        assert_eq!(there.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
        share(1).await;
        assert_eq!(here.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
        let mut keys = Vec::new();
        for site in [sender, third] {
            keys.push(NodeFolder::read(&site.dir).unwrap().open_node().await.unwrap());
        }
        let serving = receiver.serve();
        let (ends, url) = ([sender.clone(), receiver.clone()], serving.url("peer"));
        let rogue = Rogue::over_tls(keys, ends, url).await;
        Self { rogue, receiver: receiver.clone(), clock, _serving: serving }
    }

    /// One broken rule of a message: refused with `code`, its number settled, in the log, alarmed, not stored.
    async fn refuses(&mut self, message: Message, code: ItemCode) {
        let before = Ledger::of(&self.receiver).await;
        let body = self.rogue.send(self.rogue.batch(vec![message])).await.unwrap();
        let entry = &body.entries[0];
        assert_eq!(entry.result, Outcome::Refused(code));
        let after = Ledger::of(&self.receiver).await;
        assert_eq!(after.rows, before.rows, "{code}: nothing is stored");
        assert_eq!(after.settled.seq, before.settled.seq + 1, "{code}");
        let x = entry.x.to_string();
        let of_it = |t: &'static str| after.entries(t, code.code()).filter(|entry| entry["x"] == x).count();
        assert_eq!((of_it("refused"), of_it("alarm")), (1, 1), "{code}");
        assert_eq!(after.alarms(code.code()).len(), before.alarms(code.code()).len() + 1, "{code}");
    }

    /// One broken rule of a batch: refused whole with `code` so many times, nothing consumed, alarmed `alarms` times
    /// with what the outlaw signed, which the log names.
    async fn refuses_whole(
        &mut self,
        code: BatchCode,
        times: usize,
        alarms: usize,
        made: impl Fn(&Rogue) -> Made,
    ) {
        let before = Ledger::of(&self.receiver).await;
        for _ in 0..times {
            let made = made(&self.rogue);
            assert_eq!(self.rogue.send(made).await.unwrap_err().code, code);
        }
        let after = Ledger::of(&self.receiver).await;
        assert_eq!((after.rows, after.settled), (before.rows, before.settled), "{code}: nothing is consumed");
        let proofs = after.alarms(code.code());
        assert_eq!(proofs.len(), before.alarms(code.code()).len() + alarms, "{code}");
        assert!(proofs.iter().all(|proof| jws::peek(proof.unwrap()).unwrap().iss == LINCANG), "{code}");
        let proofs = proofs.iter().map(|proof| Digest::of(proof.unwrap().as_bytes()).to_string());
        let logged = after.entries("alarm", code.code()).map(|entry| entry["digest"].as_str().unwrap());
        assert!(logged.eq(proofs), "{code}: the log names what was signed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_rule_is_answered_logged_and_alarmed_and_leaves_no_row() {
    with_places(Engine::Sqlite, 3, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_on_postgres() {
    with_places(Engine::Postgres, 3, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let mut scene = Scene::open(root.path(), &places).await;
    messages_that_break_a_rule(&mut scene).await;
    batches_that_break_a_rule(&mut scene).await;

    // The chain goes on behind all of them.
    let before = Ledger::of(&scene.receiver).await;
    let body = scene.rogue.send(scene.rogue.batch(vec![scene.rogue.honest()])).await.unwrap();
    assert_eq!(body.entries[0].result, Outcome::Stored);
    assert_eq!(Ledger::of(&scene.receiver).await.rows, before.rows + 1);

    scene.rogue.ahead = (DAYS + 2) * Timestamp::DAY;
    scene.clock.be_off(scene.rogue.ahead / 1_000);
    scene.refuses(scene.rogue.honest(), ItemCode::AgreementExpired).await;
}

async fn messages_that_break_a_rule(scene: &mut Scene) {
    let sub = || uuid_v4(&OsEntropy);
    let names = [("names", json!(["小明"])), ("sex", json!("2"))];
    scene.refuses(scene.rogue.lead(LINCANG, sub(), 1, &names), ItemCode::OverDisclosure).await;

    let mut control = scene.rogue.honest();
    control.said.basis = Basis::Control;
    scene.refuses(control, ItemCode::WrongBasis).await;

    let foreign = scene.rogue.lead(SHUOZHOU, sub(), 1, &[("sex", json!("2"))]);
    scene.refuses(foreign, ItemCode::ForeignIssuer).await;

    let mut doubled = scene.rogue.honest();
    let disclosure = doubled.statement.split('~').nth(1).unwrap().to_owned();
    doubled.statement = format!("{}{disclosure}~", doubled.statement);
    scene.refuses(doubled, ItemCode::StatementInvalid).await;
}

async fn batches_that_break_a_rule(scene: &mut Scene) {
    // Beyond the window, where no lost batch leads and nothing waits for one.
    let far = |rogue: &Rogue| {
        let seq = rogue.end.seq + 1 + (MOST_BATCHES * MAX_ITEMS) as u64;
        rogue.batch_from(ChainEnd { seq, ..rogue.end }, vec![rogue.honest()])
    };
    scene.refuses_whole(BatchCode::Gap, HONEST_GAPS, 0, far).await;
    scene.refuses_whole(BatchCode::Gap, 3, 1, far).await;

    let elsewhere = |rogue: &Rogue| {
        let end = ChainEnd { x: Digest::of(b"elsewhere"), ..rogue.end };
        rogue.batch_from(end, vec![rogue.honest()])
    };
    scene.refuses_whole(BatchCode::ChainBroken, 1, 1, elsewhere).await;

    let again = |rogue: &Rogue| {
        let end = ChainEnd { seq: rogue.end.seq - 1, ..rogue.end };
        rogue.batch_from(end, vec![rogue.honest()])
    };
    scene.refuses_whole(BatchCode::Equivocation, 1, 1, again).await;

    let old = |rogue: &Rogue| {
        let mut made = rogue.batch(vec![rogue.honest()]);
        made.header.made_at = SystemClock.now().plus(-MAX_SKEW - 1_000);
        made
    };
    scene.refuses_whole(BatchCode::ClockSkew, 3, 1, old).await;
}

on_both_engines! {
    async fn a_flood_of_broken_rules_is_a_bounded_number_of_alarms(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let over = |rogue: &Rogue| rogue.lead(LINCANG, uuid_v4(&OsEntropy), 1, &[("names", json!(["小明"]))]);
        let basis = |rogue: &Rogue| {
            let mut control = rogue.honest();
            control.said.basis = Basis::Control;
            control
        };
        for round in 0..2 {
            let messages = (0..120).map(|_| over(&rogue)).chain((0..20).map(|_| basis(&rogue))).collect();
            let body = rogue.send(rogue.batch(messages)).await.unwrap();
            assert!(body.entries.iter().all(|entry| matches!(entry.result, Outcome::Refused(_))));
            for _ in 0..60 {
                let end = ChainEnd { x: Digest::of(b"elsewhere"), ..rogue.end };
                let broken = rogue.send(rogue.batch_from(end, vec![rogue.honest()])).await.unwrap_err();
                assert_eq!(broken.code, BatchCode::ChainBroken);
            }
            let raised = alarms(&nodes).await;
            let chain_broken = ("chain_broken".to_owned(), [60, 100][round]);
            let others = [("over_disclosure".to_owned(), 100), ("wrong_basis".to_owned(), 1)];
            assert_eq!(raised, [&[chain_broken][..], &others].concat());
            assert_eq!(refused(&nodes).await, [140, 280][round], "each message stands in the log");
        }
        // The next day they are heard again.
        nodes.clock.set(nodes.clock.now().plus(Timestamp::DAY + 1));
        rogue.send(rogue.batch(vec![basis(&rogue)])).await.unwrap();
        assert!(alarms(&nodes).await.contains(&("wrong_basis".to_owned(), 2)));
    }
}

/// How many alarms of each code 朔州 has.
async fn alarms(nodes: &Nodes) -> Vec<(String, i64)> {
    let mut tx = nodes.node(SHUOZHOU).node.databases().node.snapshot().await.unwrap();
    let sql = "/* outlaw::alarms */ SELECT code, count(*) FROM alarms GROUP BY code ORDER BY code";
    tx.query(sql).all().await.unwrap()
}

/// How many refusals its log has.
async fn refused(nodes: &Nodes) -> i64 {
    let mut tx = nodes.node(SHUOZHOU).node.databases().node.snapshot().await.unwrap();
    let sql = "/* outlaw::refused */ SELECT count(*) FROM log_entries WHERE entry LIKE '%\"t\":\"refused\"%'";
    tx.query(sql).one::<(i64,)>().await.unwrap().0
}
