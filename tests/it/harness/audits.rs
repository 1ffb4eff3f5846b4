//! Whole nodes' logs before an auditor who trusts what everyone holds of the others.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use guitu::audit::reconcile::{Reconciliation, Side, reconcile};
use guitu::audit::trust::Trust;
use guitu::audit::verify::{Report, gather, verify};
use guitu::clock::OsEntropy;
use guitu::domain::node::NodeId;
use guitu::node::Node;
use guitu::node::open::Settings;

use super::nodes::{Nodes, let_leases_run_out, seeds_of};

impl Nodes {
    /// An auditor who trusts everyone's descriptors finds nothing wrong with the exported log of a node.
    pub(crate) async fn assert_log_holds(&self, id: NodeId) {
        let report = self.audited(id).await;
        assert!(report.holds(), "{id}: {:?}", report.findings);
    }

    /// What an auditor who trusts everyone's descriptors finds in the exported log of a node.
    pub(crate) async fn audited(&self, id: NodeId) -> Report {
        let (bundle, trust) = self.exported(id).await;
        verify(Cursor::new(&bundle), Some(&trust)).unwrap()
    }

    /// What the auditor finds in the logs of two nodes side by side.
    pub(crate) async fn reconciled(&self, a: NodeId, b: NodeId) -> Reconciliation {
        let [a, b] = [self.gathered(a).await, self.gathered(b).await];
        reconcile(&a, &b).unwrap()
    }

    async fn gathered(&self, id: NodeId) -> Side {
        let (bundle, trust) = self.exported(id).await;
        gather(Cursor::new(&bundle), &trust, &mut |_| {}).unwrap()
    }

    /// The exported log of a node, and the trust file of that auditor.
    pub(crate) async fn exported(&self, id: NodeId) -> (Vec<u8>, Trust) {
        let (mut descriptors, mut trusted) = (HashMap::new(), HashMap::new());
        for (holder, here) in &self.all {
            for about in self.all.keys().filter(|about| *about != holder) {
                let text = here.node.descriptor_of(*about).await.unwrap();
                trusted.insert(*about, here.node.examine(&text).unwrap());
                descriptors.insert(*about, text);
            }
        }
        self.node(id).node.sequence().await.unwrap();
        let trusted: Vec<_> = trusted.into_values().collect();
        let settings = Settings { descriptor: descriptors.remove(&id), ..self.settings(id) };
        let mut bundle = Vec::new();
        Node::open(settings).await.unwrap().export(&mut bundle).await.unwrap();
        (bundle, Trust::of(&trusted).unwrap())
    }

    /// The node starts again, and names these witnesses from now on.
    pub(crate) async fn name_witnesses(&mut self, id: NodeId, witnesses: &[NodeId]) {
        self.named.insert(id, witnesses.to_vec());
        let node = Node::open(self.settings(id)).await.unwrap();
        let_leases_run_out(&node).await;
        self.directory.lock().unwrap().insert(id, Arc::clone(&node));
        self.all.get_mut(&id).unwrap().node = node;
    }

    /// What opens a node where it is now.
    pub(super) fn settings(&self, id: NodeId) -> Settings {
        Settings {
            id,
            location: self.databases[&id].location.clone(),
            seeds: seeds_of(id),
            descriptor: self.own.get(&id).cloned(),
            withdrawal_days: 3,
            witnesses: self.named.get(&id).cloned().unwrap_or_default(),
            outside: None,
            clock: self.clock.clone(),
            entropy: Arc::new(OsEntropy),
        }
    }
}
