//! A full disk: every write is refused with its reason, nothing is lost, and everything goes on once there is room.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::node::deliver::Step;
use guitu::node::search::Filter;

use reqwest::Method;
use serde_json::{Value, to_value};

use crate::harness::cluster::Cluster;
use crate::harness::database::Engine;
use crate::harness::nodes::{Nodes, TestNode, leads_for};
use crate::harness::pair::{Duo, cases};

/// No page more than there are; or as many as the engine allows. It holds for a connection: whoever met the end
/// gets another one.
async fn limit(here: &TestNode, full: bool) {
    let databases = here.node.databases();
    for pool in [&databases.node, &databases.keystore, &databases.projections] {
        let mut tx = pool.begin().await.unwrap();
        let sql = if full {
            "/* full */ PRAGMA max_page_count = 1"
        } else {
            "/* room */ PRAGMA max_page_count = 4294967294"
        };
        tx.query(sql).one::<(i64,)>().await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Drafts leads until there is no room for another; how many there was room for.
async fn fill(here: &TestNode, leads: &[Lead]) -> usize {
    let (mut made, mut refused) = (0, 0);
    while refused < 3 {
        limit(here, true).await;
        match here.node.create(&here.drafter, leads[made % leads.len()].clone(), None).await {
            Ok(_) => made += 1,
            Err(error) => {
                assert_eq!(error.code(), "storage_full", "{error}");
                refused += 1;
            }
        }
        assert!(made < 1_000, "the disk is not full");
    }
    made
}

#[tokio::test]
async fn a_full_disk_refuses_clearly_and_loses_nothing() {
    let nodes = Nodes::open(Engine::Sqlite, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let agreement = nodes.agree(&A1, LINCANG).await;
    let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
    let leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
    let lead = here.approved(leads[0].clone()).await;
    here.node.share(&here.drafter, lead, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
    here.node.sequence().await.unwrap();

    // The receiver has no room: the sender keeps the message.
    fill(there, &leads).await;
    for _ in 0..3 {
        limit(there, true).await;
        assert_eq!(here.round(SHUOZHOU).await, Step::Failed);
    }
    assert!(here.node.figures().await.unwrap().outbox_waiting > 0);
    limit(there, false).await;
    nodes.settle().await;
    assert_eq!(there.node.list_received(&there.drafter, -1, 10).await.unwrap().items.len(), 1);

    // The officer's own node: a lead is there as a whole, or not at all.
    let made = fill(here, &leads).await;
    limit(here, false).await;
    let listed = here.node.list(&here.drafter, Filter::default(), -1, 200).await.unwrap().items;
    assert!(listed.len() > made, "{} of {made}", listed.len());
    for row in listed {
        here.node.read(&here.drafter, row.id).await.unwrap();
    }
    here.approved(leads[0].clone()).await;
    nodes.assert_log_holds(LINCANG).await;
    nodes.assert_log_holds(SHUOZHOU).await;
}

/// The tables of both nodes, with room for little more than they start with.
const ROOM: &str = "32m";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_nodes_go_on_once_postgres_has_room_again() {
    let root = tempfile::tempdir().unwrap();
    let cluster = Cluster::with_room(ROOM);
    let places = [cluster.place("a").await, cluster.place("b").await];
    let mut duo = Duo::start(Duo::init(root.path(), &places, [&[], &[]]), |_| ()).await;
    duo.share(2).await;
    let mut waiting = duo.approve(12).await;

    cluster.fill();
    let (drafter, mut case) = (duo.offices[0].drafter.clone(), cases());
    let mut refused = 0;
    for _ in 0..1_000 {
        let lead = to_value(case.next().unwrap()).unwrap();
        let (status, answer) = drafter.call(Method::POST, "/office/v1/leads", Some(&lead)).await.unwrap();
        if status != 201 {
            assert_full(&answer);
            refused += 1;
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "the disk is not full");
    let mut kept = Vec::new();
    for lead in waiting.drain(..) {
        if let Err((lead, answer)) = duo.share_if_taken(lead).await {
            assert_full(&answer);
            kept.push(lead);
        }
    }

    cluster.make_room();
    duo.both_answer().await;
    for lead in kept {
        duo.share_if_taken(lead).await.unwrap();
    }
    duo.share(2).await;
    duo.all_arrived().await;
    assert_eq!(duo.shared.len(), 16);
}

#[track_caller]
fn assert_full(answer: &Value) {
    assert_eq!(answer["code"], "storage_full", "{answer}");
}
