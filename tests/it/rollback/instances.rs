//! Several instances of one node, and one of them learns that the log was set back: none goes on in the old epoch.

use std::sync::Arc;

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::exchange::message::Lane;
use guitu::exchange::problem::Advice;
use guitu::exchange::standing::{Order, Standing};
use guitu::node::Node;
use guitu::node::standing::Start;
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::Transport;

use super::{Scene, waits};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Weather, leads_for, pin};
use crate::harness::restores::Back;

/// The instance adds nothing, signs no head, sends nothing, and wants to be opened again.
async fn assert_stands_still(node: &Arc<Node>) {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let refused = node.checkpoint(&mut tx).await.map(drop);
    assert_eq!(refused.err().map(|error| error.code()), Some("log_not_settled"));
    drop(tx);
    assert_eq!(node.sequence().await.err().map(|error| error.code()), Some("log_not_settled"));
    assert!(node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().is_none());
    assert!(node.waits());
    node.stands_still().await;
}

async fn size(node: &Node) -> i64 {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    tx.query("/* size */ SELECT size FROM log_head").one::<(i64,)>().await.unwrap().0
}

on_both_engines! {
    async fn an_instance_in_a_closed_epoch_adds_nothing(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.share(1).await;
        scene.back_up(LINCANG).await;
        scene.go_back(LINCANG, Back::Restored).await;
        let other = scene.nodes.another(LINCANG).await;
        other.begin().await.unwrap();
        let prepared = other.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().unwrap();
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        let receipt = scene.there().node.receive(&connection, &prepared.bytes).await.unwrap();

        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        let transport = scene.here().transport.clone();
        assert!(scene.here().node.rejoin(transport.as_ref(), SHUOZHOU).await.unwrap());
        // What was on its way in the old epoch is evidence, and moves nothing in the new one.
        other.accept_receipt(&prepared, receipt.as_bytes()).await.unwrap();
        let before = size(&other).await;
        assert_stands_still(&other).await;
        assert_eq!(size(&other).await, before);
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(scene.nodes.clock.now())).remove(0);
        let written = other.create(&scene.here().drafter, lead, None).await;
        assert!(written.is_err() && size(&other).await == before);

        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3, "each once");
        scene.assert_all_hold().await;
    }

    async fn all_instances_stand_still_once_one_knows_that_the_log_is_behind(db) {
        let mut scene = Scene::new(db.engine).await;
        let witnesses: Arc<dyn Transport> = scene.here().transport.clone();
        scene.back_up(LINCANG).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        scene.here().node.push_head(&witnesses).await.unwrap();
        scene.go_back(LINCANG, Back::Stale).await;
        let other = scene.nodes.another(LINCANG).await;
        assert!(!other.waits(), "it was never told");
        scene.here().node.begin().await.unwrap();
        scene.here().node.push_head(&witnesses).await.unwrap();
        assert_stands_still(&other).await;
        let alarms = scene.here().node.alarms().await.unwrap();
        assert!(alarms.iter().any(|alarm| alarm.code == "log_behind_witness"));

        scene.nodes.reopen(LINCANG, None).await;
        let waiting = waits(scene.start(LINCANG, Order::Nothing).await);
        assert!(waiting.advice().contains("guitu epoch open"), "{}", waiting.advice());
        assert!(matches!(scene.start(LINCANG, Order::Open).await, Start::Opened(_)));
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
        scene.assert_all_hold().await;
    }

    async fn a_log_that_was_set_back_is_fenced_although_it_grew_past_what_others_saw(db) {
        let mut scene = Scene::new(db.engine).await;
        let outside = tempfile::tempdir().unwrap();
        let path = Some(outside.path());
        let witnesses: Arc<dyn Transport> = scene.here().transport.clone();
        let copies = scene.folder.path().to_owned();
        scene.back_up(LINCANG).await;
        scene.nodes.reopen(LINCANG, path).await;
        scene.here().node.begin().await.unwrap();
        scene.share(1).await;
        scene.nodes.settle().await;
        scene.here().node.push_head(&witnesses).await.unwrap();
        scene.here().node.keep_last_head().await.unwrap();
        let seen = std::fs::read_to_string(outside.path().join("last-head")).unwrap();
        for by_file in [false, true] {
            scene.nodes.go_back(LINCANG, &copies, Back::Stale, path.filter(|_| by_file)).await;
            scene.here().node.begin().await.unwrap();
            for _ in 0..40 {
                scene.sub(scene.id).await;
                scene.here().node.sequence().await.unwrap();
            }
            if by_file {
                let refused = scene.here().node.keep_last_head().await;
                assert_eq!(refused.err().map(|error| error.code()), Some("log_not_settled"));
                assert_eq!(std::fs::read_to_string(outside.path().join("last-head")).unwrap(), seen, "it stays");
            } else {
                scene.here().node.push_head(&witnesses).await.unwrap();
            }
            assert_stands_still(&scene.here().node).await;
            let alarms = scene.here().node.alarms().await.unwrap();
            let alarm = alarms.iter().find(|alarm| alarm.code == "log_behind_witness").unwrap();
            let proof = alarm.proof.as_deref().unwrap();
            assert!(alarm.advice == Advice::OpenEpoch && (!by_file || proof == seen), "{proof}");
            // Whoever showed the head is silent by now.
            *scene.here().transport.weather.lock().unwrap() = Weather::Down;
            scene.nodes.reopen(LINCANG, None).await;
            let waiting = waits(scene.start(LINCANG, Order::Nothing).await);
            assert_eq!(waiting.standing, Standing::Rewritten);
            *scene.here().transport.weather.lock().unwrap() = Weather::Fair;
        }
        assert!(matches!(scene.start(LINCANG, Order::OpenAnyway).await, Start::Opened(_)));
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
    }
}
