//! A receiver that settles one message twice in one log, because it went back and did not say so.

use guitu::audit::verify::Fault;
use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::exchange::message::Lane;
use guitu::exchange::problem::Advice;
use guitu::peer::identity::PeerCertificate;

use super::Scene;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::pin;
use crate::harness::restores::Back;

on_both_engines! {
    async fn a_second_receipt_that_contradicts_the_first_is_refused_and_both_are_kept(db) {
        let mut scene = Scene::new(db.engine).await;
        scene.share(1).await;
        let prepared = scene.here().node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().unwrap();
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        scene.back_up(SHUOZHOU).await;
        let first = scene.there().node.receive(&connection, &prepared.bytes).await.unwrap();
        scene.go_back(SHUOZHOU, Back::Stale).await;
        scene.there().node.begin().await.unwrap();
        // Its log has another entry where the message was.
        scene.there().node.list_losses(&scene.there().auditor).await.unwrap();
        let second = scene.there().node.receive(&connection, &prepared.bytes).await.unwrap();
        assert_ne!(first, second);

        let here = scene.here();
        here.node.accept_receipt(&prepared, first.as_bytes()).await.unwrap();
        here.node.accept_receipt(&prepared, first.as_bytes()).await.unwrap();
        for _ in 0..2 {
            let refused = here.node.accept_receipt(&prepared, second.as_bytes()).await;
            assert_eq!(refused.err().map(|error| error.code()), Some("receipt_contradicted"));
        }
        let alarms = here.node.alarms().await.unwrap();
        let mut alarms = alarms.iter().filter(|alarm| alarm.code == "receipt_contradicted");
        let alarm = alarms.next().unwrap();
        assert!(alarms.next().is_none() && alarm.advice == Advice::CompareLogs, "once a day");
        let header = |receipt: &str| {
            let receipt: serde_json::Value = serde_json::from_str(receipt).unwrap();
            receipt["header"].as_str().unwrap().to_owned()
        };
        let proof = alarm.proof.as_ref().unwrap();
        assert!(proof.contains(&header(&first)) && proof.contains(&header(&second)), "both signatures");

        let report = scene.nodes.audited(LINCANG).await;
        assert!(report.holds() && report.notices.has(Fault::ReceiptContradicted), "{:?}", report.notices);
        let joint = scene.nodes.reconciled(LINCANG, SHUOZHOU).await;
        assert!(joint.findings.has(Fault::ReceiptContradicted), "{:?}", joint.findings);
    }
}
