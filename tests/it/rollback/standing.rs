//! What a node that starts comes to: older copies, rewritten histories, two heads, silence.

use guitu::audit::verify::Fault;
use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::exchange::standing::{Order, Standing};
use guitu::node::Node;
use guitu::node::standing::Start;
use guitu::peer::identity::PeerCertificate;
use guitu::tlog::witness::{AddCheckpoint, Declined};

use super::{Scene, waits};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Weather, pin};
use crate::harness::restores::Back;

async fn note(node: &Node) -> String {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    node.checkpoint(&mut tx).await.unwrap().unwrap().note
}

on_both_engines! {
    async fn a_promoted_stale_standby_waits_for_its_operator(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        scene.go_back(LINCANG, Back::Stale).await;
        let waiting = waits(scene.start(LINCANG, Order::Nothing).await);
        assert_eq!((waiting.standing, &*waiting.silent), (Standing::Behind, &[][..]));
        assert!(waiting.advice().contains("no other copy of this node is at work"), "{}", waiting.advice());
        assert!(matches!(scene.start(LINCANG, Order::Open).await, Start::Opened(_)));
        scene.share(2).await;
        scene.nodes.settle().await;
        assert_eq!(scene.arrived().await.len(), 3);
        scene.assert_all_hold().await;
    }

    async fn a_rewritten_history_is_found_by_the_node_and_by_the_auditor(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        scene.share(1).await;
        scene.nodes.settle().await;
        scene.go_back(LINCANG, Back::Stale).await;
        scene.here().node.begin().await.unwrap();
        for _ in 0..40 {
            scene.sub(scene.id).await;
            scene.here().node.sequence().await.unwrap();
        }
        scene.nodes.reopen(LINCANG, None).await;
        let waiting = waits(scene.start(LINCANG, Order::Nothing).await);
        assert_eq!(waiting.standing, Standing::Rewritten);
        assert!(waiting.advice().contains("for the auditor"), "{}", waiting.advice());
        waits(scene.start(LINCANG, Order::Open).await);
        assert!(matches!(scene.start(LINCANG, Order::OpenAnyway).await, Start::Opened(_)));
        scene.nodes.settle().await;
        let joint = scene.nodes.reconciled(LINCANG, SHUOZHOU).await;
        assert!(joint.findings.has(Fault::HeadMismatch), "a new epoch hides nothing: {:?}", joint.findings);
    }

    async fn two_copies_that_both_go_on_are_told_apart(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        scene.go_back(LINCANG, Back::Restored).await;
        scene.start(LINCANG, Order::Nothing).await;
        let (first, epoch) = (note(&scene.here().node).await, scene.here().node.epoch());
        scene.go_back(LINCANG, Back::Restored).await;
        scene.start(LINCANG, Order::Nothing).await;
        assert_eq!((epoch.counter, scene.here().node.epoch().counter), (2, 2), "neither spoke yet");
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        let ask = async |checkpoint: String| {
            let body = AddCheckpoint { old: 0, proof: Vec::new(), checkpoint }.to_string();
            scene.there().node.add_checkpoint(&connection, body.as_bytes()).await.unwrap()
        };
        assert!(ask(first).await.is_ok());
        assert!(matches!(ask(note(&scene.here().node).await).await, Err(Declined::Split(_))));
        let alarms = scene.there().node.alarms().await.unwrap();
        let alarm = alarms.iter().find(|alarm| alarm.code == "split_view").unwrap();
        let both = [epoch, scene.here().node.epoch()].map(|epoch| epoch.to_string());
        assert!(alarm.proof.as_ref().is_some_and(|proof| both.iter().all(|one| proof.contains(one))), "both heads");
        scene.nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn an_old_epoch_is_closed(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.back_up(LINCANG).await;
        scene.share(1).await;
        let late = scene.here().node.prepare(SHUOZHOU, guitu::exchange::message::Lane::Normal, 0).await.unwrap().unwrap();
        let old = note(&scene.here().node).await;
        scene.go_back(LINCANG, Back::Restored).await;
        scene.start(LINCANG, Order::Nothing).await;
        scene.share(2).await;
        scene.nodes.settle().await;
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        let refused = scene.there().node.receive(&connection, &late.bytes).await;
        assert_eq!(refused.err().map(|error| error.code()), Some("epoch_unknown"));
        let body = AddCheckpoint { old: 0, proof: Vec::new(), checkpoint: old }.to_string();
        let declined = scene.there().node.add_checkpoint(&connection, body.as_bytes()).await.unwrap();
        assert_eq!(declined, Err(Declined::UnknownLog));
        scene.assert_all_hold().await;
    }

    async fn a_node_whose_peers_are_silent_goes_by_its_last_head(db) {
        let mut scene = Scene::new(db.engine).await;
        let outside = tempfile::tempdir().unwrap();
        let path = Some(outside.path());
        scene.nodes.reopen(LINCANG, path).await;
        *scene.here().transport.weather.lock().unwrap() = Weather::Down;
        // The program that ran before kept no file: that says nothing, once.
        assert_eq!(scene.nodes.start(LINCANG, Order::Nothing, &[], path).await, Start::Serve);
        scene.back_up(LINCANG).await;
        std::fs::remove_file(outside.path().join("last-head")).unwrap();
        scene.nodes.reopen(LINCANG, path).await;
        let waiting = waits(scene.nodes.start(LINCANG, Order::Nothing, &[], path).await);
        assert_eq!((waiting.standing, waiting.silent.len()), (Standing::Unknown, 2), "there was a file");
        *scene.here().transport.weather.lock().unwrap() = Weather::Fair;
        assert_eq!(scene.nodes.start(LINCANG, Order::Open, &[], path).await, Start::Serve, "nothing to go on from");
        scene.share(1).await;
        scene.here().node.keep_last_head().await.unwrap();
        *scene.here().transport.weather.lock().unwrap() = Weather::Down;
        scene.nodes.reopen(LINCANG, path).await;
        assert_eq!(scene.nodes.start(LINCANG, Order::Nothing, &[], path).await, Start::Serve);
        let copies = scene.folder.path().to_owned();
        scene.nodes.go_back(LINCANG, &copies, Back::Stale, path).await;
        let waiting = waits(scene.nodes.start(LINCANG, Order::Nothing, &[], path).await);
        assert_eq!(waiting.standing, Standing::Behind, "the file is ahead of the database");
        std::fs::write(outside.path().join("last-head"), "guitu.530900/log/9-0000000000000001\n1\nx\n\n").unwrap();
        let waiting = waits(scene.nodes.start(LINCANG, Order::Nothing, &[], path).await);
        assert_eq!(waiting.standing, Standing::Unknown, "a head that our key did not sign says nothing");
    }
}
