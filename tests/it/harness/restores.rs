//! Nodes that go back: restored from a backup, or found on an older copy of their databases.

use std::path::Path;
use std::sync::Arc;

use guitu::clock::Clock as _;
use guitu::domain::node::NodeId;
use guitu::exchange::standing::Order;
use guitu::node::Node;
use guitu::node::backup::{Part, Restore, restore};
use guitu::node::open::Settings;
use guitu::node::standing::{Ordered, Start};
use guitu::peer::transport::Transport;

use super::database::TestDatabase;
use super::nodes::{Nodes, let_leases_run_out};

/// How a node came to an older state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// Its operator restored a backup.
    Restored,
    /// Nobody said so: a standby that was behind was promoted, or files were copied back.
    Stale,
}

impl Nodes {
    /// Copies a node's records and its key store into two folders below `folder`.
    pub(crate) async fn back_up(&self, id: NodeId, folder: &Path) {
        let node = &self.node(id).node;
        node.backup(Part::Data, &folder.join("data")).await.unwrap();
        node.backup(Part::Keystore, &folder.join("keys")).await.unwrap();
    }

    /// The node is found in the state of these copies, and waits. `outside` is what outlived its databases.
    pub(crate) async fn go_back(&mut self, id: NodeId, copies: &Path, how: Back, outside: Option<&Path>) {
        let engine = self.databases[&id].engine;
        let place = TestDatabase::vacant(engine).await;
        let (data, keys) = (copies.join("data"), copies.join("keys"));
        let now = self.clock.now();
        let order = Restore { node: id, location: &place.location, data: &data, keystore: Some(&keys), now };
        restore(order).await.unwrap();
        self.databases.insert(id, place);
        self.reopen(id, outside).await;
        if how == Back::Stale {
            let mut tx = self.node(id).node.databases().node.begin().await.unwrap();
            tx.query("/* stale */ DELETE FROM node_state WHERE name = 'restored'").execute().await.unwrap();
            tx.commit().await.unwrap();
            self.reopen(id, outside).await;
        }
    }

    /// Opens the node where it is now; it waits.
    pub(crate) async fn reopen(&mut self, id: NodeId, outside: Option<&Path>) {
        let settings = Settings { outside: outside.map(Path::to_owned), ..self.settings(id) };
        let node = Node::open_waiting(settings).await.unwrap();
        let_leases_run_out(&node).await;
        self.directory.lock().unwrap().insert(id, Arc::clone(&node));
        self.all.get_mut(&id).unwrap().node = node;
    }

    /// What a node that waits comes to. Once it may serve it has begun, and greeted its peers.
    pub(crate) async fn start(
        &mut self,
        id: NodeId,
        order: Order,
        without: &[NodeId],
        outside: Option<&Path>,
    ) -> Start {
        let transport: Arc<dyn Transport> = self.node(id).transport.clone();
        let ordered = Ordered { order, without: without.to_vec() };
        let started = loop {
            match self.node(id).node.start(&transport, &ordered).await {
                // On a busy server older transactions may hold up the scrubbing.
                Err(error) if error.code() == "busy" => {}
                started => break started.unwrap(),
            }
        };
        match started {
            Start::Waits(_) => return started,
            Start::Opened(_) => {
                self.reopen(id, outside).await;
                if without.is_empty() {
                    let again = Ordered { order: Order::Nothing, without: Vec::new() };
                    let then = self.node(id).node.start(&transport, &again).await.unwrap();
                    assert_eq!(then, Start::Serve, "an epoch that was just opened is whole");
                }
            }
            Start::Serve => {}
        }
        self.node(id).node.begin().await.unwrap();
        self.node(id).node.keep_last_head().await.unwrap();
        for peer in self.all.keys().filter(|peer| **peer != id) {
            self.node(id).node.greet(transport.as_ref(), *peer).await.unwrap();
        }
        started
    }
}
