//! Readers who follow a list by its cursor while many officers share: each sees every record, and each once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use guitu::cli::demo::agreements::{A1, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::node::Node;
use guitu::peer::transport::Transport;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, leads_for};

/// How many officers share at a time, half of them at either node.
const WRITERS: usize = 16;

/// Rows of a page.
const PAGE: i64 = 5;

/// How long a reader waits for the next record.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many leads each officer shares: a few in CI, all together 100,000 with `--long`.
fn each() -> usize {
    if std::env::var_os("GUITU_LONG").is_some() { 100_000 / WRITERS } else { 4 }
}

/// One officer shares leads with the other node, one after the other.
async fn share(nodes: &Nodes, (from, to): (NodeId, NodeId), agreement: Uuid) {
    let (here, today) = (nodes.node(from), CivilDate::of(nodes.clock.now()));
    let leads = leads_for(from, to, today);
    for lead in leads.iter().cycle().take(each()) {
        // The engine need not read a story each time.
        let id = here.approved(Lead { narrative: None, ..lead.clone() }).await;
        here.node.share(&here.drafter, id, agreement, Some(vec![to])).await.unwrap();
    }
}

/// Where the last message that a node took in stands in its log.
async fn newest(node: &Node) -> i64 {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let sql = "/* test */ SELECT CAST(coalesce(max(leaf), -1) AS BIGINT) FROM inbox";
    tx.query(sql).one::<(i64,)>().await.unwrap().0
}

/// Follows what a node receives after `begin`, page by page, until as many were seen as are shared with it; where they
/// end.
async fn follow(here: &TestNode, begin: i64) -> (Vec<Uuid>, i64) {
    let (mut seen, mut cursor, mut looked) = (Vec::new(), begin, begin);
    let mut bell = here.node.listen();
    while seen.len() < each() * WRITERS / 2 {
        bell.mark_unchanged();
        // To look at the list is an entry of the log: only when something came.
        let newest = newest(&here.node).await;
        if newest <= looked {
            timeout(PATIENCE, bell.changed()).await.expect("the next record").unwrap();
            continue;
        }
        let page = here.node.list_received(&here.drafter, cursor, PAGE).await.unwrap();
        if page.next.is_none() {
            looked = newest;
        }
        for lead in page.items {
            seen.push(lead.sub);
            cursor = lead.leaf;
        }
    }
    (seen, cursor)
}

on_both_engines! {
    async fn who_follows_a_list_sees_each_record_once(db) {
        let ways = [(LINCANG, SHUOZHOU), (SHUOZHOU, LINCANG)];
        let nodes = Arc::new(Nodes::open(db.engine, &[LINCANG, SHUOZHOU, A1.parties[1].node]).await);
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let begin = [newest(&here.node).await, newest(&there.node).await];
        let (stop, stopping) = watch::channel(false);
        let mut couriers = JoinSet::new();
        let mut writers = JoinSet::new();
        for (from, to) in ways {
            let here = nodes.node(from);
            let transport: Arc<dyn Transport> = here.transport.clone();
            couriers.spawn(Arc::clone(&here.node).deliver(transport, Duration::from_millis(50), stopping.clone()));
            for _ in 0..WRITERS / 2 {
                let nodes = Arc::clone(&nodes);
                writers.spawn(async move { share(&nodes, (from, to), agreement).await });
            }
        }
        let readers = tokio::join!(follow(here, begin[0]), follow(there, begin[1]));
        assert_eq!(writers.join_all().await.len(), WRITERS);
        stop.send(true).unwrap();
        couriers.join_all().await;
        for ((seen, cursor), reader) in [(readers.0, here), (readers.1, there)] {
            assert_eq!(seen.len(), each() * WRITERS / 2);
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "each once");
            let rest = reader.node.list_received(&reader.drafter, cursor, PAGE).await.unwrap();
            assert!(rest.items.is_empty(), "nothing else came");
        }
    }
}
