//! Calling data back: withdrawn, narrowed, over their retention; purged, receipted, restored.

mod bytes;
mod commands;
mod ended;
mod older;
mod own;
mod recalls;
mod retention;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::node::purges::{PurgeView, PurgesView};
use serde_json::Value;
use uuid::Uuid;

use crate::harness::database::Engine;
use crate::harness::nodes::{Nodes, TestNode, leads_for};

/// 临沧 has shared a lead with 朔州, which has it.
struct Shared {
    nodes: Nodes,
    agreement: Uuid,
    id: Uuid,
    sub: Uuid,
}

impl Shared {
    /// Under an agreement that is valid for `days`, and retains for 365.
    async fn for_days(engine: Engine, days: i64) -> Self {
        let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree_for(&A1, LINCANG, days).await.id;
        let id = share(&nodes, agreement, 0).await;
        nodes.settle().await;
        let here = nodes.node(LINCANG);
        let sub = here.node.read(&here.drafter, id).await.unwrap().sub;
        Self { nodes, agreement, id, sub }
    }

    async fn new(engine: Engine) -> Self {
        Self::for_days(engine, 365).await
    }

    fn here(&self) -> &TestNode {
        self.nodes.node(LINCANG)
    }

    fn there(&self) -> &TestNode {
        self.nodes.node(SHUOZHOU)
    }

    /// Everything travels, 朔州 purges what is due, and its receipts travel; how many purges it finished.
    async fn purge(&self) -> usize {
        self.nodes.settle().await;
        let done = self.there().node.purge_due().await.unwrap();
        self.nodes.settle().await;
        done
    }
}

/// Queues the demo's lead of that number for 朔州; its id.
async fn share(nodes: &Nodes, agreement: Uuid, number: usize) -> Uuid {
    let here = nodes.node(LINCANG);
    let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(number);
    let id = here.approved(lead).await;
    here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
    id
}

async fn purges(at: &TestNode) -> PurgesView {
    at.node.purges(&at.approver).await.unwrap()
}

/// What one node says was purged at the other, or at itself.
fn done(view: &PurgesView, here: bool) -> Vec<PurgeView> {
    view.done.iter().filter(|purge| purge.here == here).cloned().collect()
}

/// The entries of a node's log of that type.
async fn logged(at: &TestNode, t: &str) -> Vec<Value> {
    at.node.sequence().await.unwrap();
    let entries = at.log().await;
    entries.into_iter().map(|entry| entry.entry).filter(|entry| entry["t"] == t).collect()
}

/// How many received rows a node stores.
async fn rows(at: &TestNode) -> i64 {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    tx.query("/* rows */ SELECT count(*) FROM received").one::<(i64,)>().await.unwrap().0
}
