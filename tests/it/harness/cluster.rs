//! A PostgreSQL cluster of one test's own, which may crash.

use std::path::Path;
use std::process::Command;

use guitu::store::db::{PostgresOptions, Server};
use tempfile::TempDir;

use super::instances::Place;

/// A running cluster; dropped, it is gone.
pub(crate) struct Cluster {
    folder: TempDir,
    address: String,
}

impl Cluster {
    /// Makes and starts it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its server runs as another user, who must get there.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let owner = std::process::id().to_string();
        let address = script(&["start", &data(folder.path()), &owner]);
        Self { folder, address }
    }

    /// Starts a pooler in transaction mode before it; its address.
    pub(crate) fn pooled(&self) -> PostgresOptions {
        let address = script(&["pool", &data(self.folder.path())]);
        PostgresOptions { pooler: true, ..PostgresOptions::new(address) }
    }

    /// The databases of one node, as arguments of `guitu init`.
    pub(crate) async fn place(&self, name: &str) -> Place {
        let options = PostgresOptions::new(self.address.clone());
        let mut server = Server::connect(&options).await.unwrap();
        let mut urls = Vec::new();
        for name in [name.to_owned(), format!("{name}_keys")] {
            server.create(&name).await.unwrap();
            urls.push(options.of_database(&name).unwrap().url);
        }
        server.close().await;
        vec!["--database-url".to_owned(), urls.remove(0), "--keystore-url".to_owned(), urls.remove(0)]
    }

    /// The server dies as it stands, and another one recovers what it had written.
    pub(crate) fn crash(&self) {
        script(&["crash", &data(self.folder.path())]);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        script(&["stop", &data(self.folder.path())]);
    }
}

fn data(folder: &Path) -> String {
    folder.join("cluster").to_str().unwrap().to_owned()
}

#[track_caller]
fn script(arguments: &[&str]) -> String {
    let output =
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh")).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
