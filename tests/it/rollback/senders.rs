//! A sender that goes back: what its peers hold stays, what it lost is listed, and nothing is issued twice.

use guitu::audit::verify::Fault;
use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::agreement::Act;
use guitu::exchange::message::Lane;
use guitu::exchange::standing::{Order, Standing};
use guitu::node::standing::Start;
use guitu::store::{lease, outbox};

use super::{Scene, waits};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::Weather;
use crate::harness::restores::Back;

on_both_engines! {
    async fn a_restored_sender_goes_on_in_a_new_epoch_and_lists_what_it_lost(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        let lost = scene.share(1).await;
        let lost = scene.sub(lost).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 2);
        scene.go_back(LINCANG, Back::Restored).await;
        assert!(scene.here().node.waits());
        let refused = scene.here().node.read(&scene.here().drafter, scene.id).await;
        assert_eq!(refused.err().map(|error| error.code()), Some("log_not_settled"), "no log, no reading");
        let refused = scene.here().node.sequence().await;
        assert_eq!(refused.err().map(|error| error.code()), Some("log_not_settled"), "and it says nothing");

        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(epoch) if epoch.counter == 2));
        let losses = scene.here().node.list_losses(&scene.here().auditor).await.unwrap();
        assert_eq!(losses, scene.here().node.list_losses(&scene.here().approver).await.unwrap());
        let [record] = &losses.records[..] else { panic!("{losses:?}") };
        assert_eq!((record.node, record.sub, record.ver, record.lead), (SHUOZHOU, lost, 1, None));
        let messages = &losses.messages[0];
        assert_eq!((losses.messages.len(), messages.node, messages.lane), (1, SHUOZHOU, Lane::Normal));
        assert_eq!(messages.epoch.counter, 1);
        let refused = scene.here().node.list_losses(&scene.here().drafter).await;
        assert_eq!(refused.err().map(|error| error.code()), Some("forbidden"));

        let again = scene.share(2).await;
        scene.nodes.settle().await;
        let again = scene.sub(again).await;
        let arrived = scene.arrived().await;
        assert!(arrived.len() == 3 && arrived.iter().any(|(sub, _)| *sub == again));
        let joint = scene.assert_all_hold().await;
        assert!(joint.notices.has(Fault::OtherEpoch), "what was lost is said");
        assert!(joint.reports.iter().any(|report| report.notices.has(Fault::EpochOpened)));
        assert!(joint.lanes.iter().any(|lane| lane.coverage.epoch.counter == 2 && lane.matched > 0));
    }

    async fn what_is_left_before_the_chains_go_on_waits_and_leases_of_the_copy_hold_it_up_for_nobody(db) {
        let mut scene = Scene::new(db.engine).await;
        let now = scene.nodes.clock.now().0;
        let mut tx = scene.here().node.databases().node.begin().await.unwrap();
        lease::take(&mut tx, "a work", "whoever was there", now, i64::MAX).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        scene.back_up(LINCANG).await;
        scene.go_back(LINCANG, Back::Restored).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        scene.share(1).await;
        scene.here().node.sequence().await.unwrap();
        let mut tx = scene.here().node.databases().node.begin().await.unwrap();
        let waiting = outbox::peers_waiting(&mut tx, now).await.unwrap();
        assert_eq!(waiting, [i64::from(SHUOZHOU.region().number())], "its courier is woken");
        assert!(lease::take(&mut tx, "a work", "this one", now, now + 1).await.unwrap().is_some());
        tx.rollback().await.unwrap();
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 2);
        scene.assert_all_hold().await;
    }

    async fn what_waited_for_its_receipt_goes_again_in_the_new_epoch(db) {
        let mut scene = Scene::new(db.engine).await;
        let waiting = scene.share(1).await;
        scene.back_up(LINCANG).await;
        scene.go_back(LINCANG, Back::Restored).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        assert!(scene.here().node.losses().await.unwrap().messages.is_empty());
        scene.nodes.settle().await;
        let waiting = scene.sub(waiting).await;
        let arrived = scene.arrived().await;
        assert_eq!(arrived.iter().filter(|(sub, _)| *sub == waiting).count(), 1, "once");
        scene.assert_all_hold().await;
    }

    async fn a_version_that_a_peer_holds_is_never_issued_again(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        let correct = async |scene: &Scene, word: &str| {
            let here = scene.here();
            let read = here.node.read(&here.drafter, scene.id).await.unwrap();
            let mut lead = read.lead;
            lead.narrative = Some(word.to_owned());
            here.node.correct(&here.drafter, scene.id, read.version, lead).await.unwrap();
            here.node.submit(&here.drafter, scene.id).await.ok();
            here.node.approve(&here.approver, scene.id).await.unwrap().version
        };
        assert_eq!(correct(&scene, "first").await, 2);
        scene.nodes.settle().await;
        scene.go_back(LINCANG, Back::Restored).await;
        scene.start(LINCANG, Order::Nothing).await;
        let record = scene.here().node.losses().await.unwrap().records.remove(0);
        assert_eq!((record.ver, record.lead), (2, Some(scene.id)));
        assert_eq!(correct(&scene, "second").await, 3);
        scene.nodes.settle().await;
        let sub = scene.sub(scene.id).await;
        assert_eq!(scene.arrived().await, [(sub, 1), (sub, 2), (sub, 3)]);
        scene.assert_all_hold().await;
    }

    async fn without_its_peers_it_goes_on_by_order_and_holds_what_is_for_them(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        scene.go_back(LINCANG, Back::Restored).await;
        *scene.here().transport.weather.lock().unwrap() = Weather::Down;
        let waiting = waits(scene.start(LINCANG, Order::Nothing).await);
        assert_eq!((waiting.standing, waiting.silent.len()), (Standing::Unknown, 2));
        assert!(waiting.advice().contains("--without"), "{}", waiting.advice());
        waits(scene.start(LINCANG, Order::Open).await);
        let without = [CHONGQING, SHUOZHOU];
        assert!(matches!(scene.nodes.start(LINCANG, Order::Open, &without, None).await, Start::Opened(_)));
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 2, "nothing goes before the peer said where it stands");
        *scene.here().transport.weather.lock().unwrap() = Weather::Fair;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
        assert_eq!(scene.here().node.losses().await.unwrap().records.len(), 1);
        scene.assert_all_hold().await;
    }

    async fn what_waited_and_was_not_taken_goes_again(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.share(1).await;
        scene.back_up(LINCANG).await;
        let act = async |scene: &Scene, act: Act| {
            let there = scene.there();
            there.node.act(&there.approver, scene.agreement, act).await.unwrap();
            there.push(LINCANG).await;
        };
        act(&scene, Act::Suspend).await;
        scene.here().push(SHUOZHOU).await;
        assert_eq!(scene.arrived().await.len(), 1, "it went void");
        act(&scene, Act::Resume).await;
        scene.go_back(LINCANG, Back::Restored).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        scene.nodes.settle().await;
        scene.nodes.clock.set(scene.nodes.clock.now().plus(300_000));
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 2, "each once");
        scene.assert_all_hold().await;
    }
}
