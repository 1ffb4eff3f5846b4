//! Who is above whom among the nodes of a test.

use std::sync::Arc;

use guitu::domain::node::NodeId;
use guitu::exchange::descriptor::Descriptor;
use guitu::node::Node;
use guitu::node::open::Presence;

use super::nodes::{Nodes, presence};

/// What a node says about itself, below `upper`: the descriptor, and as signed.
pub(super) fn described(node: &Arc<Node>, upper: Option<NodeId>) -> (Descriptor, String) {
    let said = node.describe(Presence { upper, ..presence(node.id()) }).unwrap();
    let signed = said.sign(node.keys().signing()).unwrap();
    (said, signed)
}

impl Nodes {
    /// From now on the register of `at` has `node` below `upper`.
    pub(crate) async fn enrol_below(&self, at: NodeId, node: NodeId, upper: Option<NodeId>) {
        let (said, signed) = described(&self.node(node).node, upper);
        self.node(at).node.enrol(&signed, &said.fingerprint()).await.unwrap();
    }

    /// From now on the node itself says that it is below `upper`; nobody else knows yet.
    pub(crate) async fn move_below(&mut self, node: NodeId, upper: Option<NodeId>) {
        let (_, signed) = described(&self.node(node).node, upper);
        self.own.insert(node, signed);
        self.restart(node).await;
    }
}
