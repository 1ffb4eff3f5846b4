//! Witnesses: heads reach them without messages, contradictions raise alarms, lateness stops nothing.

mod away;
mod listener;
mod policy;

use std::sync::Arc;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock, Timestamp};
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::heads::Pushed;
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::Transport;
use guitu::tlog::note::{Note, NoteSignature};
use guitu::tlog::witness::{AddCheckpoint, Declined};

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, Weather, pin};

async fn push(here: &TestNode) -> Vec<(NodeId, Pushed)> {
    let mut done = {
        let transport: Arc<dyn Transport> = here.transport.clone();
        here.node.push_head(&transport).await.unwrap()
    };
    done.sort_by_key(|(node, _)| *node);
    done
}

async fn codes(here: &TestNode) -> Vec<String> {
    here.node.alarms().await.unwrap().into_iter().map(|alarm| alarm.code).collect()
}

/// The newest checkpoint of a node, as signed.
async fn head(here: &TestNode) -> (u64, Digest, String) {
    here.node.sequence().await.unwrap();
    let mut tx = here.node.databases().node.snapshot().await.unwrap();
    let signed = here.node.checkpoint(&mut tx).await.unwrap().unwrap();
    (signed.size, signed.root, signed.note)
}

async fn ask(nodes: &Nodes, witness: NodeId, log: NodeId, body: &str) -> Result<String, Declined> {
    let connection = PeerCertificate { node: log, pin: pin(log) };
    nodes.node(witness).node.add_checkpoint(&connection, body.as_bytes()).await.unwrap()
}

/// Another head that the node's own key signs.
fn signed(here: &TestNode, size: u64, root: Digest) -> String {
    here.node.sign_head(size, root).unwrap().note
}

fn request(old: u64, proof: Vec<Digest>, checkpoint: String) -> String {
    AddCheckpoint { old, proof, checkpoint }.to_string()
}

on_both_engines! {
    async fn heads_reach_every_witness_once_and_rest_when_nothing_happens(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let mut rounds = 0;
        loop {
            let mut moved = false;
            for id in [LINCANG, CHONGQING, SHUOZHOU] {
                moved |= push(nodes.node(id)).await.iter().any(|(_, pushed)| *pushed != Pushed::Nothing);
            }
            rounds += 1;
            if !moved {
                break;
            }
            assert!(rounds < 4, "nodes that witness each other come to rest");
        }
        let here = nodes.node(LINCANG);
        here.node.add_user("someone", "a long enough password", &[Duty::Auditor], UnitType::Police).await.unwrap();
        let (size, ..) = head(here).await;
        assert_eq!(push(here).await, [(SHUOZHOU, Pushed::Cosigned), (CHONGQING, Pushed::Cosigned)]);
        assert_eq!(push(here).await, [(SHUOZHOU, Pushed::Nothing), (CHONGQING, Pushed::Nothing)]);
        let report = nodes.audited(LINCANG).await;
        assert!(report.holds(), "{:?}", report.findings);
        let witnessing = report.witnessing.unwrap();
        assert_eq!(witnessing.size, size);
        assert_eq!(witnessing.witnesses.into_values().collect::<Vec<_>>(), [size, size]);
    }

    async fn a_witness_declines_with_the_status_of_the_standard(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(CHONGQING));
        let (size, root, note) = head(here).await;
        for wrong in ["", "old 1", "old x\n\n", "old 0\nAAAA\n\nx\n", &format!("old 01\n\n{note}"), "\u{0}"] {
            assert_eq!(ask(&nodes, CHONGQING, LINCANG, wrong).await, Err(Declined::Malformed), "{wrong:?}");
        }
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(size + 1, vec![], note.clone())).await, Err(Declined::Malformed));
        let (.., foreign) = head(there).await;
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], foreign)).await, Err(Declined::UnknownLog));
        let forged = note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], forged)).await, Err(Declined::NotSigned));
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![root], note.clone())).await, Err(Declined::Inconsistent));
        let before = codes(there).await.len();

        let line = ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], note.clone())).await.unwrap();
        let mut cosigned = Note::parse(note.as_bytes()).unwrap();
        cosigned.attach(NoteSignature::parse(&line).unwrap()).unwrap();
        let verified = cosigned.verify(std::slice::from_ref(there.node.keys().cosigner().verifier())).unwrap();
        assert_eq!(verified[0].time, Some(nodes.clock.now().seconds().cast_unsigned()));
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], note.clone())).await, Err(Declined::Stale(size)));
        assert!(ask(&nodes, CHONGQING, LINCANG, &request(size, vec![], note)).await.is_ok(), "again is no error");
        assert_eq!(codes(there).await.len(), before, "none of these is the log's contradiction");
    }

    async fn a_log_that_contradicts_itself_is_not_cosigned_and_alarms(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(CHONGQING));
        let (size, root, note) = head(here).await;
        ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], note)).await.unwrap();
        let other = Digest::of(b"another history");
        let split = request(size, vec![], signed(here, size, other));
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &split).await, Err(Declined::Split(size)));
        let grown = request(size, vec![root], signed(here, size + 1, other));
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &grown).await, Err(Declined::Inconsistent));
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &split).await, Err(Declined::Split(size)), "once a day");
        let raised = codes(there).await;
        assert_eq!(raised, ["split_view"], "a proof that does not hold is no contradiction");
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], signed(here, 1, other))).await, Err(Declined::Stale(size)));
        nodes.assert_log_holds(CHONGQING).await;
    }

    async fn sizes_that_cannot_be_counted_are_not_witnessed(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let here = nodes.node(LINCANG);
        let root = Digest::of(b"anything");
        for size in [0, 1 << 53, 1 << 63, u64::MAX] {
            let asked = ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], signed(here, size, root))).await;
            assert_eq!(asked, Err(Declined::Malformed), "{size}");
        }
        let long = format!("{}\n", "x".repeat(5_000));
        let note = signed(here, 1, root).replacen('\n', &long, 1);
        assert_eq!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], note)).await, Err(Declined::Malformed));
        assert!(ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], signed(here, 1, root))).await.is_ok());
        nodes.assert_log_holds(CHONGQING).await;
    }

    async fn two_first_heads_at_once_leave_one_cosigned(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let here = nodes.node(LINCANG);
        let one = request(0, vec![], signed(here, 5, Digest::of(b"one")));
        let other = request(0, vec![], signed(here, 5, Digest::of(b"other")));
        let asked = tokio::join!(ask(&nodes, CHONGQING, LINCANG, &one), ask(&nodes, CHONGQING, LINCANG, &other));
        assert_eq!([asked.0.is_ok(), asked.1.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
        nodes.assert_log_holds(CHONGQING).await;
    }

    async fn a_late_witness_alarms_once_and_stops_nothing(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let here = nodes.node(LINCANG);
        assert!(head(here).await.0 > 0, "there is something to witness");
        *here.transport.weather.lock().unwrap() = Weather::Down;
        assert_eq!(push(here).await, [(CHONGQING, Pushed::Failed)]);
        assert!(codes(here).await.is_empty(), "five minutes are no fault");
        nodes.clock.set(nodes.clock.now().plus(6 * 60 * 1_000));
        for _ in 0..2 {
            assert_eq!(push(here).await, [(CHONGQING, Pushed::Failed)]);
        }
        assert_eq!(codes(here).await, ["witness_late"]);
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        assert_eq!(push(here).await, [(CHONGQING, Pushed::Cosigned)]);
        nodes.clock.set(nodes.clock.now().plus(Timestamp::DAY));
        assert_eq!(push(here).await, [(CHONGQING, Pushed::Nothing)]);
        assert_eq!(codes(here).await, ["witness_late"], "an idle log needs no witness");
    }

    async fn a_restored_log_is_told_that_its_witness_saw_more(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let here = nodes.node(LINCANG);
        let (size, ..) = head(here).await;
        let ahead = signed(here, size + 40, Digest::of(b"what was lost"));
        ask(&nodes, CHONGQING, LINCANG, &request(0, vec![], ahead)).await.unwrap();
        assert_eq!(push(here).await, [(CHONGQING, Pushed::Failed)]);
        assert_eq!(codes(here).await, ["log_behind_witness"]);
        assert!(here.node.waits(), "our own signature proves it: nothing is added to this log any more");
    }
}
