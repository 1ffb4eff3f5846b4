//! The auditor's side of a node: what was asked of the log, what it proves, and that nothing is read without an
//! entry.

mod absent;
mod actors;
mod coverage;
mod desk;
mod downloads;
mod endpoints;
mod files;
mod filters;
mod log_ins;
mod tiles;
mod trust;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use uuid::Uuid;

use crate::harness::database::Engine;
use crate::harness::nodes::{Nodes, TestNode, leads_for};

/// 临沧, below 云南, has shared a lead with 朔州 under A1; both logs are sequenced.
struct Exchanged {
    nodes: Nodes,
    agreement: Uuid,
    lead: Uuid,
    sub: Uuid,
}

fn yunnan() -> NodeId {
    "530000".parse().unwrap()
}

impl Exchanged {
    async fn new(engine: Engine) -> Self {
        let nodes = Nodes::open(engine, &[LINCANG, yunnan(), CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let here = nodes.node(LINCANG);
        let today = CivilDate::of(nodes.clock.now());
        let lead = here.approved(leads_for(LINCANG, SHUOZHOU, today).remove(0)).await;
        here.node.share(&here.drafter, lead, agreement, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        let sub = here.node.read(&here.drafter, lead).await.unwrap().sub;
        let there = nodes.node(SHUOZHOU);
        there.node.read_received(&there.drafter, sub).await.unwrap();
        for one in [here, there] {
            one.node.sequence().await.unwrap();
        }
        Self { nodes, agreement, lead, sub }
    }

    fn here(&self) -> &TestNode {
        self.nodes.node(LINCANG)
    }

    fn there(&self) -> &TestNode {
        self.nodes.node(SHUOZHOU)
    }
}

/// The type of each of these entries.
async fn types(at: &TestNode, leaves: &[i64]) -> Vec<String> {
    let log = at.log().await;
    let of = |leaf: &i64| log.iter().find(|entry| entry.leaf == *leaf).unwrap().entry["t"].clone();
    leaves.iter().map(|leaf| of(leaf).as_str().unwrap().to_owned()).collect()
}
