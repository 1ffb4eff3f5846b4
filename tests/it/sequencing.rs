//! Who writes the log: a transaction on an idle node by itself, several instances in turn.

use std::collections::BTreeSet;
use std::sync::Arc;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::node::Node;
use guitu::store::log;
use tokio::task::JoinSet;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for};

/// How many instances a node has.
const INSTANCES: usize = 3;
/// How many leads officers write at each.
const EACH: usize = 8;

async fn size(node: &Node) -> i64 {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    log::head(&mut tx).await.unwrap().size
}

on_both_engines! {
    /// Nothing runs here that would sequence later: no delivery, no round, no tick.
    async fn what_an_idle_node_does_is_in_its_log_when_it_returns(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let here = nodes.node(LINCANG);
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        here.node.sequence().await.unwrap();
        let before = size(&here.node).await;
        let made = here.node.create(&here.drafter, lead, None).await.unwrap();
        assert_eq!(size(&here.node).await, before + 1, "one draft, sequenced by who left it");
        here.node.submit(&here.drafter, made.id).await.unwrap();
        here.node.approve(&here.approver, made.id).await.unwrap();
        let shared = size(&here.node).await;
        let mut bell = here.node.listen();
        bell.mark_unchanged();
        here.node.share(&here.drafter, made.id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
        assert!(size(&here.node).await > shared && !here.node.has_drafts().await.unwrap());
        assert!(bell.has_changed().unwrap(), "who delivers hears of it at once");
        assert!(here.push(SHUOZHOU).await, "the message may leave");
    }

    async fn several_instances_write_one_log(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        here.node.sequence().await.unwrap();
        let before = size(&here.node).await;
        let mut instances = vec![Arc::clone(&here.node)];
        while instances.len() < INSTANCES {
            instances.push(nodes.another(LINCANG).await);
        }
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let mut writers = JoinSet::new();
        for node in &instances {
            for _ in 0..EACH {
                let (node, drafter) = (Arc::clone(node), here.drafter.clone());
                let lead = Lead { narrative: None, ..lead.clone() };
                writers.spawn(async move { node.create(&drafter, lead, None).await.unwrap().id });
            }
        }
        let mut made = BTreeSet::new();
        while let Some(id) = writers.join_next().await {
            made.insert(id.unwrap());
        }
        assert_eq!(made.len(), INSTANCES * EACH);
        for node in &instances {
            assert_eq!(size(node).await, before + i64::try_from(made.len()).unwrap(), "each once, and all of them");
            assert!(!node.has_drafts().await.unwrap());
        }
        let mut tx = here.node.databases().node.snapshot().await.unwrap();
        let edits = "/* edits */ SELECT lead FROM edits";
        let edits: BTreeSet<uuid::Uuid> =
            tx.query(edits).all::<(uuid::Uuid,)>().await.unwrap().into_iter().map(|(lead,)| lead).collect();
        drop(tx);
        assert!(made.is_subset(&edits));
        nodes.assert_log_holds(LINCANG).await;
    }
}
