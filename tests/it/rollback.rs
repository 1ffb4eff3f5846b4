//! Rollback and split view between whole nodes: detected before the node says anything, and mended by a new epoch
//! in which nothing is lost silently, doubled, or brought back.

mod both;
mod erasures;
mod instances;
mod lies;
mod proofs;
mod receipts;
mod receivers;
mod senders;
mod standing;

use guitu::audit::reconcile::Reconciliation;
use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::exchange::standing::Order;
use guitu::node::standing::Start;
use uuid::Uuid;

use crate::harness::database::Engine;
use crate::harness::nodes::{Nodes, TestNode, leads_for};
use crate::harness::restores::Back;

/// 临沧 has shared a lead with 朔州, which has it; then one of them was backed up.
struct Scene {
    nodes: Nodes,
    agreement: Uuid,
    id: Uuid,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new(engine: Engine) -> Self {
        let mut scene = Self::empty(engine).await;
        scene.id = scene.share(0).await;
        scene.nodes.settle().await;
        scene
    }

    /// Before the lead.
    async fn empty(engine: Engine) -> Self {
        let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let folder = tempfile::tempdir().unwrap();
        Self { nodes, agreement, id: Uuid::nil(), folder }
    }

    fn here(&self) -> &TestNode {
        self.nodes.node(LINCANG)
    }

    fn there(&self) -> &TestNode {
        self.nodes.node(SHUOZHOU)
    }

    /// Queues the demo's lead of that number for 朔州; its id.
    async fn share(&self, number: usize) -> Uuid {
        let here = self.here();
        let today = CivilDate::of(self.nodes.clock.now());
        let mut leads = leads_for(LINCANG, SHUOZHOU, today);
        let id = here.approved(leads.swap_remove(number % leads.len())).await;
        here.node.share(&here.drafter, id, self.agreement, Some(vec![SHUOZHOU])).await.unwrap();
        id
    }

    /// The public id of an own lead.
    async fn sub(&self, id: Uuid) -> Uuid {
        let here = self.here();
        here.node.read(&here.drafter, id).await.unwrap().sub
    }

    /// The leads that 朔州 has, with their versions.
    async fn arrived(&self) -> Vec<(Uuid, i64)> {
        let mut tx = self.there().node.databases().node.snapshot().await.unwrap();
        let rows = tx.query("/* arrived */ SELECT sub, ver FROM received ORDER BY sub, ver, x");
        rows.all::<(Uuid, i64)>().await.unwrap()
    }

    async fn back_up(&self, id: guitu::domain::node::NodeId) {
        self.nodes.back_up(id, self.folder.path()).await;
    }

    async fn go_back(&mut self, id: guitu::domain::node::NodeId, how: Back) {
        let folder = self.folder.path().to_owned();
        self.nodes.go_back(id, &folder, how, None).await;
    }

    async fn start(&mut self, id: guitu::domain::node::NodeId, order: Order) -> Start {
        self.nodes.start(id, order, &[], None).await
    }

    /// All three logs hold, and so do the two that exchanged, side by side.
    async fn assert_all_hold(&self) -> Reconciliation {
        for id in [LINCANG, CHONGQING, SHUOZHOU] {
            self.nodes.assert_log_holds(id).await;
        }
        let joint = self.nodes.reconciled(LINCANG, SHUOZHOU).await;
        assert!(joint.holds(), "{:?}", joint.findings);
        joint
    }
}

/// Why a node waits.
fn waits(start: Start) -> guitu::node::standing::Waiting {
    match start {
        Start::Waits(waiting) => waiting,
        other => panic!("{other:?}"),
    }
}
