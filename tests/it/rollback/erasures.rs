//! What was erased or taken back after the backup stays erased and taken back.

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::domain::lead::status::{Status, WithdrawReason};
use guitu::exchange::standing::Order;
use guitu::node::standing::Start;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;
use crate::harness::restores::Back;

/// 朔州 purges what is due; how much. On a busy server older transactions may hold up the scrubbing.
async fn purged(scene: &Scene) -> usize {
    loop {
        match scene.there().node.purge_due().await {
            Err(error) if error.code() == "busy" => {}
            done => break done.unwrap(),
        }
    }
}

/// How many data keys a node has.
async fn keys(at: &TestNode) -> i64 {
    let mut tx = at.node.databases().keystore.snapshot().await.unwrap();
    let count = tx.query("/* keys */ SELECT CAST(count(*) AS BIGINT) FROM data_keys").one::<(i64,)>().await;
    count.unwrap().0
}

on_both_engines! {
    async fn an_erased_lead_stays_erased_even_with_an_older_key_store(db) {
        let mut scene = Scene::new(db.engine).await;
        let outside = tempfile::tempdir().unwrap();
        scene.nodes.reopen(SHUOZHOU, Some(outside.path())).await;
        scene.there().node.begin().await.unwrap();
        scene.back_up(SHUOZHOU).await;
        let sub = scene.sub(scene.id).await;
        let here = scene.here();
        here.node.withdraw(&here.approver, scene.id, WithdrawReason::Found).await.unwrap();
        scene.nodes.settle().await;
        assert_eq!(purged(&scene).await, 1);
        scene.nodes.settle().await;
        let copies = scene.folder.path().to_owned();
        scene.nodes.go_back(SHUOZHOU, &copies, Back::Restored, Some(outside.path())).await;
        let read = async |scene: &Scene| {
            let there = scene.there();
            there.node.read_received(&there.drafter, sub).await.err().map(|error| error.code())
        };
        assert_eq!(read(&scene).await, Some("log_not_settled"));
        let older = keys(scene.there()).await;
        // What its last head says is enough to know that it went back.
        let started = scene.nodes.start(SHUOZHOU, Order::Nothing, &[], Some(outside.path())).await;
        assert!(matches!(started, Start::Opened(_)));
        assert!(keys(scene.there()).await < older, "the older key store would have opened it");
        assert_eq!(read(&scene).await, Some("record_erased"), "before anything else came");
        scene.nodes.settle().await;
        assert_eq!(read(&scene).await, Some("not_found"), "its owner's withdrawal came again");
        assert_eq!(purged(&scene).await, 1);
        scene.nodes.settle().await;
        scene.assert_all_hold().await;
    }

    async fn a_lead_that_was_taken_back_stays_taken_back(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        let here = scene.here();
        here.node.withdraw(&here.approver, scene.id, WithdrawReason::PersonObjects).await.unwrap();
        scene.nodes.settle().await;
        assert_eq!(purged(&scene).await, 1);
        scene.nodes.settle().await;
        scene.go_back(LINCANG, Back::Restored).await;
        assert!(matches!(scene.start(LINCANG, Order::Nothing).await, Start::Opened(_)));
        let here = scene.here();
        let lead = here.node.read(&here.drafter, scene.id).await.unwrap();
        assert_eq!(lead.status, Status::Withdrawn, "before anybody could share it again");
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await, []);
        scene.assert_all_hold().await;
    }
}
