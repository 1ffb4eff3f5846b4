//! The witness set: the node's own in its bundle, the auditor's in the trust file, which alone counts.

use std::io::Cursor;

use guitu::audit::bundle::records::{self, Policy};
use guitu::audit::bundle::{Part, Reader};
use guitu::audit::trust::Trust;
use guitu::audit::verify::{Fault, Grade, Report, verify};
use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::node::NodeId;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::export::ExportPurpose;

use super::push;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::Nodes;

/// What the node says in its bundle that it aims at.
fn policy(bundle: &[u8]) -> Policy {
    let mut reader = Reader::new(Cursor::new(bundle)).unwrap();
    loop {
        let record = reader.next_record().unwrap().unwrap();
        if record.part == Part::Policy {
            return records::open(&record.bytes).unwrap();
        }
    }
}

on_both_engines! {
    async fn an_export_is_cosigned_and_so_the_next_one_shows_the_log_of_that_day(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        let export = async || {
            here.node.note_export(None, ExportPurpose::Audit).await.unwrap();
            nodes.exported(LINCANG).await
        };
        export().await;
        push(here).await;
        let asked_at = nodes.clock.now().plus(Timestamp::DAY);
        nodes.clock.set(asked_at.plus(Timestamp::SECOND));
        let demanded = |(bundle, trust): (Vec<u8>, Trust)| {
            let mut report = verify(Cursor::new(&bundle), Some(&trust)).unwrap();
            report.demand_made_since(asked_at);
            report
        };
        let first = demanded(export().await);
        assert!(first.findings.total == 1 && first.findings.has(Fault::NotWitnessedSince), "{:?}", first.findings);
        push(here).await;
        let second = demanded(export().await);
        assert!(second.holds(), "{:?}", second.findings);
    }

    async fn the_bundle_names_whom_the_node_configured_and_the_trust_file_judges(db) {
        let fourth: NodeId = "520000".parse().unwrap();
        let mut nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU, fourth]).await;
        nodes.name_witnesses(LINCANG, &[SHUOZHOU, CHONGQING]).await;
        let here = nodes.node(LINCANG);
        here.node.add_user("someone", "a long enough password", &[Duty::Auditor], UnitType::Police).await.unwrap();
        let asked: Vec<NodeId> = push(here).await.into_iter().map(|(node, _)| node).collect();
        assert_eq!(asked, [SHUOZHOU, CHONGQING], "heads go to the witnesses and nobody else");
        let (bundle, trust) = nodes.exported(LINCANG).await;
        let said = policy(&bundle);
        assert_eq!((said.witnesses, said.quorum), (vec![SHUOZHOU, CHONGQING], 2));

        let judged = |witnesses: Vec<NodeId>| -> Report {
            let trust = trust.clone().witnessed_by(witnesses).unwrap();
            verify(Cursor::new(&bundle), Some(&trust)).unwrap()
        };
        let graded = |report: &Report| {
            let witnessing = report.witnessing.as_ref().unwrap();
            (witnessing.grade, witnessing.quorum, witnessing.witnesses.len())
        };
        let same = judged(vec![CHONGQING, SHUOZHOU]);
        assert!(same.holds() && !same.notices.has(Fault::PolicyDiffers), "{:?}", same.findings);
        assert_eq!(graded(&same), (Grade::Witnessed, 2, 2));
        // The node's own log never counts as its witness.
        assert_eq!(graded(&judged(vec![LINCANG, CHONGQING, SHUOZHOU])), (Grade::Witnessed, 2, 2));
        let one = judged(vec![SHUOZHOU]);
        assert_eq!(graded(&one), (Grade::PairWitnessed, 2, 1));
        assert!(one.holds() && one.notices.has(Fault::PolicyDiffers));
        // Who cosigned, and is not of the set, does not count; who is, and did not, is missing.
        let others = judged(vec![fourth, SHUOZHOU]);
        assert_eq!(graded(&others), (Grade::PairWitnessed, 2, 2));
        assert!(others.notices.has(Fault::PolicyDiffers), "the bundle's own policy would have been met");
        assert_eq!(graded(&judged(vec![fourth])), (Grade::Unwitnessed, 2, 1));
        // Without a set every other node counts.
        let every = verify(Cursor::new(&bundle), Some(&trust)).unwrap();
        assert_eq!(graded(&every), (Grade::Witnessed, 2, 3));
        assert!(!every.notices.has(Fault::PolicyDiffers));
    }
}
