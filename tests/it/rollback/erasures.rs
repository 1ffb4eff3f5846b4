//! What was erased or taken back after the backup stays erased and taken back.

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::domain::lead::status::{Status, WithdrawReason};
use guitu::domain::purge::ErasureBasis;
use guitu::domain::unit::UnitType;
use guitu::exchange::standing::Order;
use guitu::node::Error;
use guitu::node::officer::Officer;
use guitu::node::search::Filter;
use guitu::node::standing::Start;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;
use crate::harness::restores::Back;

/// The node purges and erases what is due; how much it purged. On a busy server older transactions may hold up the
/// scrubbing.
async fn purged_at(at: &TestNode) -> usize {
    loop {
        match at.node.purge_due().await {
            Err(error) if error.code() == "busy" => {}
            done => break done.unwrap(),
        }
    }
}

async fn purged(scene: &Scene) -> usize {
    purged_at(scene.there()).await
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
        // A crash left a piece of a line.
        std::fs::write(outside.path().join("destroyed-keys"), "0190").unwrap();
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

    async fn what_two_instances_destroyed_is_put_together(db) {
        let mut scene = Scene::new(db.engine).await;
        let leads = [scene.id, scene.share(1).await];
        scene.nodes.settle().await;
        let subs = [scene.sub(leads[0]).await, scene.sub(leads[1]).await];
        scene.back_up(SHUOZHOU).await;
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let files = folders.each_ref().map(|folder| folder.path().join("destroyed-keys"));
        for (folder, lead) in folders.iter().zip(leads) {
            scene.nodes.reopen(SHUOZHOU, Some(folder.path())).await;
            scene.there().node.begin().await.unwrap();
            let here = scene.here();
            here.node.withdraw(&here.approver, lead, WithdrawReason::Found).await.unwrap();
            scene.nodes.settle().await;
            assert_eq!(purged(&scene).await, 1);
            scene.nodes.settle().await;
        }
        let lines = files.each_ref().map(|file| std::fs::read_to_string(file).unwrap());
        let keys = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        assert!(keys(&lines[0]).iter().all(|key| !lines[1].contains(key.as_str())), "each has its own");
        std::fs::write(&files[0], lines.concat()).unwrap();
        let copies = scene.folder.path().to_owned();
        scene.nodes.go_back(SHUOZHOU, &copies, Back::Restored, Some(folders[0].path())).await;
        let started = scene.nodes.start(SHUOZHOU, Order::Nothing, &[], Some(folders[0].path())).await;
        assert!(matches!(started, Start::Opened(_)));
        let there = scene.there();
        for sub in subs {
            let read = there.node.read_received(&there.drafter, sub).await;
            assert_eq!(read.map(drop).map_err(|error| error.code()), Err("record_erased"));
        }
    }

    async fn an_own_lead_stays_erased_even_with_an_older_key_store(db) {
        let mut scene = Scene::new(db.engine).await;
        let outside = tempfile::tempdir().unwrap();
        scene.nodes.reopen(LINCANG, Some(outside.path())).await;
        scene.here().node.begin().await.unwrap();
        let kept = scene.share(1).await;
        scene.nodes.settle().await;
        scene.back_up(LINCANG).await;
        let here = scene.here();
        let approver = Officer { unit: UnitType::JointOffice, ..here.approver.clone() };
        here.node.ask_erasure(&here.drafter, scene.id, ErasureBasis::ConsentWithdrawn).await.unwrap();
        here.node.grant_erasure(&approver, scene.id, ErasureBasis::ConsentWithdrawn).await.unwrap();
        purged_at(here).await;
        assert!(here.node.erasures(&here.auditor).await.unwrap()[0].erased_at.is_some());
        scene.nodes.settle().await;
        assert_eq!(purged(&scene).await, 1);
        scene.nodes.settle().await;
        let copies = scene.folder.path().to_owned();
        scene.nodes.go_back(LINCANG, &copies, Back::Restored, Some(outside.path())).await;
        let older = keys(scene.here()).await;
        let started = scene.nodes.start(LINCANG, Order::Nothing, &[], Some(outside.path())).await;
        assert!(matches!(started, Start::Opened(_)));
        let here = scene.here();
        assert!(keys(here).await < older, "the older key store would have opened it");
        let code = |error: Error| error.code();
        let read = here.node.read(&here.drafter, scene.id).await;
        assert_eq!(read.map_err(code).err(), Some("record_erased"));
        let again = here.node.share(&here.drafter, scene.id, scene.agreement, None).await;
        assert_eq!(again.map_err(code).err(), Some("record_erased"));
        let listed = here.node.list(&here.drafter, Filter::default(), -1, 10).await.unwrap().items;
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [kept]);
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 1, "what was kept");
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
