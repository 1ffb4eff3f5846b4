//! A receiver that goes back: its peers send again what it lost, and it settles that once more in its new epoch.

use std::sync::Arc;

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::agreement::Act;
use guitu::domain::lead::status::WithdrawReason;
use guitu::exchange::standing::Order;
use guitu::node::standing::{Ordered, Start};
use guitu::peer::transport::Transport;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;
use crate::harness::restores::Back;

/// Of each received lead, whether its owner may have taken it back unheard.
async fn unheard(at: &TestNode) -> Vec<bool> {
    let listed = at.node.list_received(&at.drafter, -1, 10).await.unwrap().items;
    let mut marks = Vec::new();
    for lead in &listed {
        let read = at.node.read_received(&at.drafter, lead.sub).await.unwrap();
        assert_eq!(read.unheard, lead.unheard, "the list and the lead say the same");
        marks.push(lead.unheard);
    }
    marks
}

on_both_engines! {
    async fn a_lead_whose_owner_was_not_heard_since_is_marked(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        assert_eq!(unheard(scene.there()).await, [false, false]);
        scene.back_up(SHUOZHOU).await;
        let here = scene.here();
        here.node.withdraw(&here.approver, scene.id, WithdrawReason::Found).await.unwrap();
        scene.nodes.settle().await;
        assert_eq!(unheard(scene.there()).await, [false], "the other one is gone");
        scene.go_back(SHUOZHOU, Back::Restored).await;
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(_)));
        assert_eq!(unheard(scene.there()).await, [true, true], "one of the two was taken back: which, it has lost");
        scene.nodes.settle().await;
        assert_eq!(unheard(scene.there()).await, [false], "the withdrawal came again");
        scene.assert_all_hold().await;
    }

    async fn it_is_marked_while_an_owner_that_began_anew_has_said_nothing(db) {
        let mut scene = Scene::new(db.engine).await;
        let of_owner = tempfile::tempdir().unwrap();
        scene.back_up(SHUOZHOU).await;
        let here = scene.here();
        here.node.withdraw(&here.approver, scene.id, WithdrawReason::Found).await.unwrap();
        scene.nodes.settle().await;
        assert!(unheard(scene.there()).await.is_empty());
        scene.nodes.back_up(LINCANG, of_owner.path()).await;
        scene.nodes.go_back(LINCANG, of_owner.path(), Back::Restored, None).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        scene.nodes.settle().await;
        scene.go_back(SHUOZHOU, Back::Restored).await;
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(_)));
        scene.nodes.settle().await;
        assert_eq!(unheard(scene.there()).await, [true], "its owner cannot say again what it said in its first epoch");
        scene.start(LINCANG, Order::OpenAnyway).await;
        scene.nodes.settle().await;
        assert!(unheard(scene.there()).await.is_empty(), "the withdrawal came again");
        scene.assert_all_hold().await;
    }

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

    async fn what_it_lost_and_does_not_get_again_now_goes_again_later(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(SHUOZHOU).await;
        let lost = scene.share(1).await;
        scene.nodes.settle().await;
        let all = scene.arrived().await;
        scene.go_back(SHUOZHOU, Back::Restored).await;
        let here = scene.here();
        here.node.act(&here.approver, scene.agreement, Act::Suspend).await.unwrap();
        assert!(matches!(scene.start(SHUOZHOU, Order::Nothing).await, Start::Opened(_)));
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 1, "its basis does not allow it");
        let states = async |scene: &Scene| -> Vec<String> {
            let receipts = scene.here().node.receipts(&scene.here().drafter, lost).await.unwrap();
            receipts.into_iter().map(|receipt| receipt.state).collect()
        };
        assert_eq!(states(&scene).await, ["void"], "it was stored once");
        let here = scene.here();
        here.node.act(&here.approver, scene.agreement, Act::Resume).await.unwrap();
        // The lanes race: the lead may come before the resumption, and again after it.
        for _ in 0..2 {
            scene.nodes.clock.set(scene.nodes.clock.now().plus(300_000));
            scene.nodes.settle().await;
        }
        assert_eq!(scene.arrived().await, all);
        let states = states(&scene).await;
        assert_eq!((states.first().unwrap().as_str(), states.last().unwrap().as_str()), ("void", "stored"));
        let here = scene.nodes.node(LINCANG);
        assert!(here.node.alarms().await.unwrap().iter().all(|alarm| alarm.code != "receipt_contradicted"));
        scene.assert_all_hold().await;
    }

    async fn a_sender_that_was_down_meanwhile_learns_it_when_it_starts(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(SHUOZHOU).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        let all = scene.arrived().await;
        scene.go_back(SHUOZHOU, Back::Restored).await;
        let transport: Arc<dyn Transport> = scene.there().transport.clone();
        let ordered = Ordered { order: Order::Nothing, without: Vec::new() };
        let started = scene.there().node.start(&transport, &ordered).await.unwrap();
        assert!(matches!(started, Start::Opened(_)), "{started:?}");
        scene.nodes.reopen(SHUOZHOU, None).await;
        scene.there().node.begin().await.unwrap();
        // Its own greeting found nobody.
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 1);
        scene.here().node.greet(scene.here().transport.as_ref(), SHUOZHOU).await.unwrap();
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, all);
        scene.assert_all_hold().await;
    }
}
