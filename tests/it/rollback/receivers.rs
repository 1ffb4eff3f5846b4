//! A receiver that goes back: its peers send again what it lost, and it settles that once more in its new epoch.

use guitu::cli::demo::agreements::SHUOZHOU;
use guitu::exchange::standing::Order;
use guitu::node::standing::Start;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::restores::Back;

on_both_engines! {
    async fn a_restored_receiver_gets_again_what_it_lost(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(SHUOZHOU).await;
        let lost = scene.share(1).await;
        scene.nodes.settle().await;
        let all = scene.arrived().await;
        let receipts = scene.here().node.receipts(&scene.here().drafter, lost).await.unwrap();
        let before = receipts[0].receipt.clone().unwrap();
        scene.go_back(SHUOZHOU, Back::Restored).await;
        assert_eq!(scene.arrived().await.len(), 1);
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(epoch) if epoch.counter == 2));
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, all, "each once");
        let after = scene.here().node.receipts(&scene.here().drafter, lost).await.unwrap().remove(0);
        let receipt = after.receipt.unwrap();
        assert_eq!((receipt.x, &*after.state), (before.x, "stored"));
        assert!(receipt.log_origin != before.log_origin && receipt.log_origin.contains("/log/2-"));
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
        scene.assert_all_hold().await;
    }

    async fn it_may_go_back_twice(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(SHUOZHOU).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        for counter in [2, 3] {
            scene.go_back(SHUOZHOU, Back::Restored).await;
            let started = scene.start(SHUOZHOU, Order::Nothing).await;
            assert!(matches!(started, Start::Opened(epoch) if epoch.counter == counter), "{started:?}");
            scene.nodes.settle().await;
            assert_eq!(scene.arrived().await.len(), 2);
        }
        scene.assert_all_hold().await;
    }
}
