//! What a restored node is told by peers that lie, or know better: nobody else loses anything by it, and neither numbers
//! nor time are used up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU, agreement_for};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::status::Status;
use guitu::domain::node::NodeId;
use guitu::exchange::position::{HeldRecord, HeldRecords};
use guitu::exchange::standing::Order;
use guitu::node::standing::Start;
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport};
use uuid::Uuid;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Direct, Weather, leads_for, pin};
use crate::harness::restores::Back;

const BOTH: [NodeId; 2] = [CHONGQING, SHUOZHOU];

/// Shares a lead with both others; its id.
async fn given_to_both(scene: &Scene) -> Uuid {
    let here = scene.here();
    let today = CivilDate::of(scene.nodes.clock.now());
    let for_both = |lead: &_| {
        let sharing = agreement_for(LINCANG, lead).filter(|sharing| sharing.agreement.name == A1.name);
        sharing.is_some_and(|sharing| {
            BOTH.iter().all(|to| sharing.recipients.iter().any(|(node, _)| node == to))
        })
    };
    let lead = leads_for(LINCANG, SHUOZHOU, today).into_iter().find(for_both).unwrap();
    let id = here.approved(lead).await;
    here.node.share(&here.drafter, id, scene.agreement, Some(BOTH.to_vec())).await.unwrap();
    scene.nodes.settle().await;
    id
}

/// 临沧 was restored while nobody could be asked; now they can.
async fn alone(scene: &mut Scene) {
    scene.go_back(LINCANG, Back::Restored).await;
    *scene.here().transport.weather.lock().unwrap() = Weather::Down;
    assert!(matches!(scene.nodes.start(LINCANG, Order::Open, &BOTH, None).await, Start::Opened(_)));
    *scene.here().transport.weather.lock().unwrap() = Weather::Fair;
}

/// A peer says what it holds of one lead.
async fn say(scene: &Scene, peer: NodeId, held: HeldRecord) {
    let connection = PeerCertificate { node: peer, pin: pin(peer) };
    let page = HeldRecords { items: vec![held], next: None };
    scene.here().node.hear_records(&connection, page).await.unwrap();
}

async fn status(scene: &Scene, id: Uuid) -> Status {
    let here = scene.here();
    here.node.read(&here.drafter, id).await.unwrap().status
}

/// What each recipient has of a lead.
async fn shares(scene: &Scene, id: Uuid) -> Vec<String> {
    let mut tx = scene.here().node.databases().node.snapshot().await.unwrap();
    let rows = tx.query("/* shares */ SELECT status FROM shares WHERE lead = $1 ORDER BY peer").bind(id);
    rows.all::<(String,)>().await.unwrap().into_iter().map(|(status,)| status).collect()
}

/// A peer that holds more and more records, a page at a time.
struct Endless {
    line: Arc<Direct>,
    next: fn(u128) -> u128,
    pages: AtomicUsize,
}

impl Transport for Endless {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a> {
        self.line.post(peer, path, body, most)
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        let Some((_, after)) = path.split_once("/records?after=") else { return self.line.get(peer, path) };
        self.pages.fetch_add(1, Ordering::SeqCst);
        let sub = Uuid::from_u128(after.parse::<Uuid>().unwrap().as_u128() + 1);
        let held = HeldRecord { sub, ver: None, digest: None, below: Some(2) };
        let next = Some(Uuid::from_u128((self.next)(sub.as_u128())));
        let body = serde_json::to_vec(&HeldRecords { items: vec![held], next }).unwrap();
        Box::pin(async { Ok(Response { status: 200, retry_after: None, body }) })
    }
}

on_both_engines! {
    async fn a_peers_word_takes_a_lead_back_from_that_peer_alone(db) {
        let mut scene = Scene::new(db.engine).await;
        let id = given_to_both(&scene).await;
        let sub = scene.sub(id).await;
        scene.back_up(LINCANG).await;
        alone(&mut scene).await;
        let gone = HeldRecord { sub, ver: None, digest: None, below: Some(u32::MAX) };
        say(&scene, SHUOZHOU, gone.clone()).await;
        say(&scene, SHUOZHOU, gone.clone()).await;
        assert_eq!(status(&scene, id).await, Status::Shared, "nothing proves it");
        let [chongqing, shuozhou] = &shares(&scene, id).await[..] else { panic!("two have it") };
        assert!(shuozhou == "pending" && chongqing == "withdrawn" || shuozhou == "withdrawn" && chongqing == "pending");
        let alarms = scene.here().node.alarms().await.unwrap();
        let mut told = alarms.iter().filter(|alarm| alarm.code == "withdrawal_unproven");
        assert!(told.next().is_some_and(|alarm| alarm.peer == Some(SHUOZHOU)) && told.next().is_none());
        say(&scene, CHONGQING, gone).await;
        assert_eq!(status(&scene, id).await, Status::Withdrawn, "nobody has it any more");
        scene.nodes.settle().await;
        scene.assert_all_hold().await;
    }

    async fn no_peer_uses_up_the_numbers_of_a_lead(db) {
        let mut scene = Scene::new(db.engine).await;
        let sub = scene.sub(scene.id).await;
        scene.back_up(LINCANG).await;
        alone(&mut scene).await;
        say(&scene, SHUOZHOU, HeldRecord { sub, ver: Some(u32::MAX - 1), digest: None, below: None }).await;
        let losses = scene.here().node.losses().await.unwrap();
        assert_eq!(losses.records[0].ver, 1_001, "more were not issued since");
        let here = scene.here();
        let lead = here.node.read(&here.drafter, scene.id).await.unwrap().lead;
        here.node.correct(&here.drafter, scene.id, 1, lead).await.unwrap();
        assert_eq!(here.node.approve(&here.approver, scene.id).await.unwrap().version, 1_002);
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, [(sub, 1), (sub, 1_002)]);
    }

    async fn pages_without_end_are_not_read(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        alone(&mut scene).await;
        let line = Arc::clone(&scene.here().transport);
        for (next, pages) in [((|sub| sub) as fn(u128) -> u128, 2_000), (|sub| sub + 1, 1), (|_| 0, 1)] {
            let endless = Endless { line: Arc::clone(&line), next, pages: AtomicUsize::new(0) };
            assert!(!scene.here().node.rejoin(&endless, SHUOZHOU).await.unwrap());
            assert_eq!(endless.pages.into_inner(), pages);
        }
        assert!(scene.here().node.rejoin(line.as_ref(), SHUOZHOU).await.unwrap());
    }

    async fn no_chain_begins_towards_a_peer_that_knows_another_epoch(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        scene.go_back(LINCANG, Back::Restored).await;
        scene.start(LINCANG, Order::Nothing).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 2);
        // The same backup once more, and the copy before it was the node for a while.
        alone(&mut scene).await;
        assert_eq!(scene.here().node.epoch().counter, 2, "nobody said that there was one");
        let line = Arc::clone(&scene.here().transport);
        assert!(!scene.here().node.rejoin(line.as_ref(), SHUOZHOU).await.unwrap());
        let alarms = scene.here().node.alarms().await.unwrap();
        let told = alarms.iter().find(|alarm| alarm.code == "log_behind_witness").unwrap();
        assert_eq!(told.peer, Some(SHUOZHOU));

        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 2);
        scene.nodes.reopen(LINCANG, None).await;
        let started = scene.start(LINCANG, Order::OpenAnyway).await;
        assert!(matches!(started, Start::Opened(epoch) if epoch.counter == 3), "{started:?}");
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
    }
}
