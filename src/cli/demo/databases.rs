//! The demo's databases on a PostgreSQL server: two for each node, under names of this demo alone.
//!
//! Knows names and addresses; must not know what stands in the databases. Invariant: all are made or none.

use serde::{Deserialize, Serialize};

use crate::cli::failure::Failure;
use crate::clock::{Entropy, random};
use crate::config::is_postgres_url;
use crate::domain::node::NodeId;
use crate::node;
use crate::node::open::{PostgresOptions, Server};

/// What stands above every node's own settings, and would give all nodes the same databases.
const OVERRIDES: [&str; 2] = ["GUITU_DATABASE_URL", "GUITU_KEYSTORE_URL"];

/// The databases of one demo. Holds an address, perhaps with a password: neither printed nor logged.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Databases {
    /// The address of a role that may create databases.
    server: String,
    /// What sets this demo's names apart.
    tag: String,
}

impl Databases {
    /// Makes two databases for each of `nodes` on the server at `address`.
    ///
    /// Exit code 2 if the address cannot be used, 3 if nobody answers there or the role may not create databases.
    pub(super) async fn make(
        address: &str,
        nodes: &[NodeId],
        entropy: &dyn Entropy,
    ) -> Result<Self, Failure> {
        if !is_postgres_url(address) {
            return Err(Failure::wrong(
                "--postgres is no PostgreSQL address; give postgres://user@host/database",
            ));
        }
        if let Some(name) = OVERRIDES.into_iter().find(|name| std::env::var_os(name).is_some()) {
            return Err(Failure::wrong(format!(
                "{name} stands above every node's own database; unset it for the demo"
            )));
        }
        let made = Self { server: address.to_owned(), tag: hex::encode(random::<4>(entropy)) };
        for node in nodes {
            made.addresses(*node)?;
        }
        let mut server = made.connect().await?;
        for name in made.names(nodes) {
            if let Err(error) = server.create(&name).await {
                server.close().await;
                // What this demo made so far; if even that fails, the first failure says more.
                let _ = made.remove(nodes).await;
                return Err(failed("the demo's databases cannot be made", error));
            }
        }
        server.close().await;
        Ok(made)
    }

    /// Whether they are on the server at `address`.
    pub(super) fn are_at(&self, address: &str) -> bool {
        self.server == address
    }

    /// The addresses of a node's records and of its key store.
    pub(super) fn addresses(&self, node: NodeId) -> Result<[String; 2], Failure> {
        let server = PostgresOptions::new(&self.server);
        let [main, keys] = self.names_of(node).map(|name| {
            let moved = server.of_database(&name).map(|options| options.url);
            moved.map_err(|error| failed(UNUSABLE, error))
        });
        Ok([main?, keys?])
    }

    /// Removes them, and ends whatever connection is left to one of them.
    pub(super) async fn remove(&self, nodes: &[NodeId]) -> Result<(), Failure> {
        let mut server = self.connect().await?;
        for name in self.names(nodes) {
            let removed = server.remove(&name).await;
            removed.map_err(|error| failed("the demo's databases cannot be removed", error))?;
        }
        server.close().await;
        Ok(())
    }

    async fn connect(&self) -> Result<Server, Failure> {
        let options = PostgresOptions::new(&self.server);
        Server::connect(&options).await.map_err(|error| failed(UNUSABLE, error))
    }

    fn names(&self, nodes: &[NodeId]) -> Vec<String> {
        nodes.iter().flat_map(|node| self.names_of(*node)).collect()
    }

    fn names_of(&self, node: NodeId) -> [String; 2] {
        let main = format!("guitu_demo_{}_{node}", self.tag);
        let keys = format!("{main}_keys");
        [main, keys]
    }
}

const UNUSABLE: &str = "the PostgreSQL server of --postgres cannot be used";

fn failed(what: &str, error: impl Into<node::Error>) -> Failure {
    Failure::from(error.into()).during(what)
}
