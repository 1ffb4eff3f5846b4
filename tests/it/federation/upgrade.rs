//! An instance of a newer release joins while one of the release before serves: nothing is lost or doubled.
//!
//! Both are this program. The release before is one whose databases lack the newest migration; the one after is seen by
//! what it leaves: a migration that this program does not know.

use std::path::Path;

use guitu::store::databases::Location;
use sqlx::{Connection as _, PgConnection};

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Site};
use crate::harness::instances::{Place, with_places};
use crate::harness::pair::Duo;
use crate::harness::process::Signal;
use crate::harness::wire::{Network, Wire};

/// With what the newest migration made, which no release needs in order to serve.
const OLDER: &str = "DELETE FROM migrations_node WHERE version = (SELECT max(version) FROM migrations_node); \
    DROP INDEX outbox_turn; DROP INDEX drafts_held";
const NEWER: &str = "INSERT INTO migrations_node (version, description, success, checksum, execution_time) \
    SELECT 9999, description, success, checksum, execution_time FROM migrations_node WHERE version = 1";
const NO_NEWER: &str = "DELETE FROM migrations_node WHERE version = 9999";

/// Runs a statement in the database of records.
async fn run(site: &Site, sql: &'static str) {
    let Location::Postgres { main, .. } = site.location() else { panic!("not on PostgreSQL") };
    let mut connection = PgConnection::connect(&main.url).await.unwrap();
    let done = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    connection.close().await.unwrap();
}

/// 临沧 and 重庆 with a wire between them.
async fn start(root: &Path, places: &[Place]) -> (Duo, Wire) {
    let wire = Wire::open().await;
    let sites = Duo::init(root, places, [&[], &["--peer-url", &wire.url]]);
    let receiver = sites[1].clone();
    let duo = Duo::start(sites, |serving| wire.lead_to(&serving[1].url("peer"), &receiver)).await;
    (duo, wire)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_instance_migrates_while_an_older_one_serves() {
    with_places(Engine::Postgres, 2, async |places| {
        let root = tempfile::tempdir().unwrap();
        let (mut duo, wire) = start(root.path(), &places).await;
        wire.becomes(Network::Cut);
        duo.share(6).await;
        run(&duo.sites[0], OLDER).await;
        let twin = duo.sites[0].twin();
        let newer = twin.clone();
        let (newer, ()) = tokio::join!(tokio::task::spawn_blocking(move || newer.serve()), duo.share(12));
        let newer = newer.unwrap();
        wire.becomes(Network::Fair);
        let older = duo.stop(0);
        duo.offices[0] = duo.offices[0].moved(&newer.url("office"));
        assert_eq!(older.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
        duo.share(6).await;
        duo.all_arrived().await;
        drop(newer);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_ends_once_a_newer_release_has_migrated() {
    with_places(Engine::Postgres, 2, async |places| {
        let root = tempfile::tempdir().unwrap();
        let (mut duo, wire) = start(root.path(), &places).await;
        wire.becomes(Network::Cut);
        duo.share(6).await;
        run(&duo.sites[0], NEWER).await;
        let ended = duo.stop(0).process.finish(LIMIT);
        assert_eq!(ended.code(), Some(3), "{}", ended.stderr);
        let last = ended.stderr.lines().last().unwrap();
        assert!(last.contains("the node schema is newer than this program: it has migration 9999"), "{last}");
        run(&duo.sites[0], NO_NEWER).await;
        duo.start_again(0);
        wire.becomes(Network::Fair);
        duo.all_arrived().await;
    })
    .await;
}
