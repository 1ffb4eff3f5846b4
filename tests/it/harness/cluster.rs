//! A PostgreSQL cluster of one test's own, which may crash.

use std::path::{Path, PathBuf};
use std::process::Command;

use guitu::store::db::{PostgresOptions, Server};
use tempfile::TempDir;

use super::federation::Site;
use super::instances::Place;

/// A running cluster; dropped, it is gone.
pub(crate) struct Cluster {
    folder: TempDir,
    address: String,
}

impl Cluster {
    /// Makes and starts it.
    pub(crate) fn start() -> Self {
        Self::started("")
    }

    /// The same, with so much room for all its tables, as `mount` has it: `64m`.
    pub(crate) fn with_room(room: &str) -> Self {
        Self::started(room)
    }

    fn started(room: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its server runs as another user, who must get there.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let owner = std::process::id().to_string();
        let address = script_with(room, &["start", &data(folder.path()), &owner]);
        Self { folder, address }
    }

    /// Starts a pooler in transaction mode before it, and tells the nodes to use it, each with the databases of its
    /// place.
    pub(crate) fn pool(&self, sites: &[Site; 2], names: [&str; 2]) {
        let pooled = PostgresOptions::new(script(&["pool", &data(self.folder.path())]));
        for (site, name) in sites.iter().zip(names) {
            site.set("database", "url", pooled.of_database(name).unwrap().url);
            site.set("database", "keystore_url", pooled.of_database(&format!("{name}_keys")).unwrap().url);
            site.set("database", "pooler", true);
        }
    }

    /// Starts a standby that has everything before a commit is answered.
    pub(crate) fn stand_by(&self) {
        script(&["standby", &data(self.folder.path())]);
    }

    /// The server dies as it stands and stays dead; the standby takes over, and the pooler leads to it.
    pub(crate) fn fail_over(&self) {
        script(&["fail-over", &data(self.folder.path())]);
    }

    /// Its tables cannot grow any more.
    pub(crate) fn fill(&self) {
        script(&["fill", &data(self.folder.path())]);
    }

    /// They can again.
    pub(crate) fn make_room(&self) {
        script(&["make-room", &data(self.folder.path())]);
    }

    /// The address of an administrator's connection.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where it keeps its files.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.path().join("cluster").join("data")
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
    script_with("", arguments)
}

#[track_caller]
fn script_with(room: &str, arguments: &[&str]) -> String {
    let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh"));
    let output = script.args(arguments).env("PG_ROOM", room).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
