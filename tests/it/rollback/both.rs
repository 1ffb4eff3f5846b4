//! Both sides go back, at once or one after the other: what either still has arrives, once; what both lost is listed.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::exchange::standing::Order;
use guitu::node::standing::Start;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::Weather;
use crate::harness::restores::Back;

on_both_engines! {
    async fn both_sides_restored_at_once_find_each_other(db) {
        let mut scene = Scene::new(db.engine).await;
        let [older, newer] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        scene.nodes.back_up(SHUOZHOU, older.path()).await;
        let kept = scene.share(1).await;
        scene.nodes.settle().await;
        scene.nodes.back_up(LINCANG, newer.path()).await;
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
        scene.nodes.go_back(SHUOZHOU, older.path(), Back::Restored, None).await;
        scene.nodes.go_back(LINCANG, newer.path(), Back::Restored, None).await;

        // Each waits for the other; an operator lets one go on, the other then goes on by itself.
        *scene.here().transport.weather.lock().unwrap() = Weather::Down;
        let without = [CHONGQING, SHUOZHOU];
        assert!(matches!(scene.nodes.start(LINCANG, Order::Open, &without, None).await, Start::Opened(_)));
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(_)));
        *scene.here().transport.weather.lock().unwrap() = Weather::Fair;
        scene.nodes.settle().await;
        let arrived = scene.arrived().await;
        assert_eq!(arrived.len(), 2, "what one side still has arrives again, once: {arrived:?}");
        assert!(arrived.contains(&(scene.sub(kept).await, 1)));
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
        scene.assert_all_hold().await;
    }

    async fn a_receiver_restored_to_before_the_senders_epoch_is_named_and_mended(db) {
        let mut scene = Scene::new(db.engine).await;
        let [of_sender, of_receiver] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        scene.nodes.back_up(SHUOZHOU, of_receiver.path()).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        scene.nodes.back_up(LINCANG, of_sender.path()).await;
        scene.nodes.go_back(LINCANG, of_sender.path(), Back::Restored, None).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        scene.share(2).await;
        scene.nodes.settle().await;
        let all = scene.arrived().await;
        assert_eq!(all.len(), 3);
        scene.nodes.go_back(SHUOZHOU, of_receiver.path(), Back::Restored, None).await;
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(_)));
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 1, "no message of the second epoch follows what it has");
        let alarms = scene.here().node.alarms().await.unwrap();
        let named = alarms.iter().filter(|alarm| alarm.code == "peer_before_epoch").count();
        assert_eq!(named, 1, "{:?}", alarms.iter().map(|alarm| &alarm.code).collect::<Vec<_>>());

        let started = scene.start(LINCANG, Order::OpenAnyway).await;
        assert!(matches!(started, Start::Opened(epoch) if epoch.counter == 3), "{started:?}");
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, all, "each once");
        scene.assert_all_hold().await;
    }

    async fn a_receiver_restored_to_an_empty_lane_is_named(db) {
        let mut scene = Scene::empty(db.engine).await;
        let [of_sender, of_receiver] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        scene.nodes.back_up(SHUOZHOU, of_receiver.path()).await;
        scene.share(0).await;
        scene.nodes.settle().await;
        scene.nodes.back_up(LINCANG, of_sender.path()).await;
        scene.nodes.go_back(LINCANG, of_sender.path(), Back::Restored, None).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        scene.share(1).await;
        scene.nodes.settle().await;
        let all = scene.arrived().await;
        assert_eq!(all.len(), 2);
        scene.nodes.go_back(SHUOZHOU, of_receiver.path(), Back::Restored, None).await;
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(_)));
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, []);
        let alarms = scene.here().node.alarms().await.unwrap();
        assert!(alarms.iter().any(|alarm| alarm.code == "peer_before_epoch"), "nothing of the second epoch follows");
        scene.start(LINCANG, Order::OpenAnyway).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, all, "each once");
        scene.assert_all_hold().await;
    }
}
