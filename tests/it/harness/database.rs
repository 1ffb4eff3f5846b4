//! A fresh set of databases for each test, on either engine.
//!
//! `tests/run` starts one PostgreSQL cluster for all test processes and names it in `GUITU_TEST_PG`; without it,
//! each test process starts its own, which ends with the process. Without PostgreSQL a test fails: it is not skipped.
//! With `GUITU_TEST_POOLER`, a pooler in transaction mode before the same cluster, the nodes reach it through that.

use std::future::Future;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use guitu::clock::{OsEntropy, uuid_v4};
use guitu::store::databases::{Databases, Location};
use guitu::store::db::{PostgresOptions, Server};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

// Where it lies is said because benches take this module from there.
#[path = "templates.rs"]
mod templates;

/// What a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Three migrated databases that nobody else uses.
pub(crate) struct TestDatabase {
    pub(crate) engine: Engine,
    pub(crate) open: Databases,
    pub(crate) location: Location,
    folder: TempDir,
    names: Vec<String>,
}

impl TestDatabase {
    /// Makes, opens and migrates them.
    pub(crate) async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        let location = match engine {
            Engine::Sqlite => Location::Sqlite(folder.path().to_owned()),
            Engine::Postgres => {
                let name = format!("t{}", uuid_v4(&OsEntropy).simple());
                let both = [name.clone(), format!("{name}_keys")];
                templates::copy(administrator(), &both).await;
                names = both.to_vec();
                Location::Postgres { main: options(&names[0]), keystore: options(&names[1]) }
            }
        };
        let open = Databases::open(&location).await.unwrap();
        Self { engine, open, location, folder, names }
    }

    /// A place without a database, to restore to.
    pub(crate) async fn vacant(engine: Engine) -> Self {
        let place = Self::new(engine).await;
        if engine == Engine::Sqlite {
            place.open.close().await;
            for file in std::fs::read_dir(place.folder()).unwrap() {
                std::fs::remove_file(file.unwrap().path()).unwrap();
            }
        }
        place
    }

    /// The folder of the SQLite files; an empty one on PostgreSQL.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// On PostgreSQL: the addresses of the records and of the key store, with no pooler in between.
    pub(crate) fn urls(&self) -> [String; 2] {
        let [main, keystore] = &self.names[..] else { panic!("SQLite databases have no address") };
        [main, keystore].map(|name| PostgresOptions::new(administrator()).of_database(name).unwrap().url)
    }

    /// Closes and removes them.
    pub(crate) async fn remove(&self) {
        self.open.close().await;
        remove(&self.names).await;
    }
}

/// Runs `test` on fresh databases of `engine`, and removes them however it ends.
pub(crate) async fn with_database<F>(engine: Engine, test: impl FnOnce(Arc<TestDatabase>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let database = Arc::new(TestDatabase::new(engine).await);
    let outcome = tokio::spawn(test(Arc::clone(&database))).await;
    database.remove().await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

/// Each test once on SQLite and once on PostgreSQL: `async fn name(db) { … }`, where `db` is an `Arc<TestDatabase>`.
macro_rules! on_both_engines {
    ($($(#[$note:meta])* async fn $name:ident($db:ident) $body:block)*) => { $(
        $(#[$note])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs what its module imports")]
            use super::*;

            async fn test($db: std::sync::Arc<$crate::harness::database::TestDatabase>) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::harness::database::with_database($crate::harness::database::Engine::Sqlite, test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::harness::database::with_database($crate::harness::database::Engine::Postgres, test).await;
            }
        }
    )* };
}
pub(crate) use on_both_engines;

/// Options for the database `name` of the test cluster. Few connections: many tests share the server.
fn options(name: &str) -> PostgresOptions {
    let pooled = std::env::var("GUITU_TEST_POOLER");
    let address = pooled.as_deref().unwrap_or_else(|_| administrator());
    let options = PostgresOptions::new(address).of_database(name).unwrap();
    PostgresOptions { connections: 4, pooler: pooled.is_ok(), ..options }
}

async fn server() -> Server {
    Server::connect(&PostgresOptions::new(administrator())).await.unwrap()
}

async fn remove(names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut server = server().await;
    for name in names {
        server.remove(name).await.unwrap();
    }
    server.close().await;
}

/// A role of the test cluster that owns what it creates; removed with all of it.
pub(crate) struct Role {
    name: String,
}

impl Role {
    /// A role that may log in, and has the rights that `rights` names: `CREATEDB`, or nothing.
    pub(crate) async fn new(rights: &str) -> Self {
        let name = format!("r{}", uuid_v4(&OsEntropy).simple());
        administer(format!("CREATE ROLE {name} LOGIN {rights}")).await;
        Self { name }
    }

    /// The address of the test cluster for this role.
    pub(crate) fn url(&self) -> String {
        let (_, server) = administrator().split_once('@').unwrap();
        format!("postgres://{}@{server}", self.name)
    }

    /// The databases that the role owns.
    pub(crate) async fn databases(&self) -> Vec<String> {
        const OWNED: &str = "SELECT CAST(d.datname AS TEXT) FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = $1";
        let mut connection = PgConnection::connect(administrator()).await.unwrap();
        let owned = sqlx::query_scalar(OWNED).bind(&self.name).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        owned
    }

    /// Removes it and what it owns.
    pub(crate) async fn remove(self) {
        remove(&self.databases().await).await;
        administer(format!("DROP ROLE {}", self.name)).await;
    }
}

async fn administer(sql: String) {
    let mut connection = PgConnection::connect(administrator()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The address of an administrator's connection to the test cluster.
fn administrator() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| std::env::var("GUITU_TEST_PG").unwrap_or_else(|_| start_cluster()))
}

fn start_cluster() -> String {
    let folder = std::env::temp_dir().join(format!("guitu-pg-{}", std::process::id()));
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh"))
        .arg("start")
        .arg(&folder)
        .arg(std::process::id().to_string())
        .stdin(Stdio::null())
        .output()
        .expect("tests/postgres.sh runs");
    assert!(
        output.status.success(),
        "these tests need PostgreSQL, which did not start:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
