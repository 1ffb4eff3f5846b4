//! After a purge: no byte of it in the files of either engine, and nothing that a backup brings back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::lead::status::WithdrawReason;
use guitu::exchange::batch::Batch;
use guitu::exchange::standing::Order;
use guitu::node::Error;
use guitu::node::backup::{BackupError, Part, Restore, restore};
use guitu::node::standing::{Ordered, Start};
use guitu::peer::transport::Transport;
use guitu::store::databases::Location;
use guitu::store::db::Pool;
use uuid::Uuid;

use super::{Shared, share};
use crate::harness::database::{Engine, TestDatabase, on_both_engines};
use crate::harness::nodes::TestNode;

/// The files that hold the databases of a node.
async fn files(at: &TestNode, database: &TestDatabase) -> Vec<PathBuf> {
    let mut folders = vec![database.folder().to_owned()];
    if database.engine == Engine::Postgres {
        folders.clear();
        for pool in [&at.node.databases().node, &at.node.databases().keystore] {
            folders.push(folder_of(pool).await);
        }
    }
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

/// The folder of a PostgreSQL database, with everything written to it.
async fn folder_of(pool: &Pool) -> PathBuf {
    let Pool::Postgres { server, .. } = pool else { panic!("not a server") };
    sqlx::raw_sql("CHECKPOINT").execute(server).await.unwrap();
    let mut tx = server.begin().await.unwrap();
    let (at,): (String,) = sqlx::query_as(
        "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = current_database()",
    )
    .persistent(false)
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    at.into()
}

/// Which of these are in a file.
pub(super) async fn found(at: &TestNode, database: &TestDatabase, wanted: &[Vec<u8>]) -> Vec<usize> {
    let mut found = Vec::new();
    for file in files(at, database).await {
        // A file may go while the folder is read; then it holds nothing.
        let bytes = std::fs::read(&file).unwrap_or_default();
        let has = |probe: &Vec<u8>| bytes.windows(probe.len()).any(|window| window == probe);
        found.extend(wanted.iter().enumerate().filter(|(_, probe)| has(probe)).map(|(at, _)| at));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Pieces of `bytes`, each short enough to lie within one page.
pub(super) fn pieces(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.chunks(700).filter(|chunk| chunk.len() >= 32).map(|chunk| chunk[..32].to_vec()).collect()
}

/// What the node stores of a received lead: pieces of the sealed presentation, and its wrapped key.
async fn stored(at: &TestNode, sub: Uuid) -> Vec<Vec<u8>> {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    let sealed =
        tx.query("/* sealed */ SELECT presentation, data_key FROM received WHERE sub = $1").bind(sub);
    let (sealed, key) = sealed.one::<(Vec<u8>, Uuid)>().await.unwrap();
    let mut tx = at.node.databases().keystore.snapshot().await.unwrap();
    let wrapped = tx.query("/* wrapped */ SELECT wrapped FROM data_keys WHERE id = $1").bind(key);
    let (wrapped,) = wrapped.one::<(Vec<u8>,)>().await.unwrap();
    let mut all = pieces(&sealed);
    all.push(wrapped);
    all
}

/// What came in plain: pieces of the statement with its disclosures, and the person references.
fn posted(by: &TestNode) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for body in by.transport.posted.lock().unwrap().iter() {
        let batch: Batch = serde_json::from_slice(body).unwrap();
        for item in batch.items.into_iter().filter(|item| !item.person_refs.is_empty()) {
            // Every statement of the node has the same header.
            let statement = item.statement.unwrap();
            all.extend(pieces(statement.split_once('.').unwrap().1.as_bytes()));
            all.extend(item.person_refs.into_iter().map(String::into_bytes));
        }
    }
    all
}

/// An empty place for the databases of a node, and what keeps it there.
async fn place(engine: Engine, folder: &Path) -> (Location, Option<TestDatabase>) {
    match engine {
        Engine::Sqlite => (Location::Sqlite(folder.to_owned()), None),
        Engine::Postgres => {
            let database = TestDatabase::new(engine).await;
            (database.location.clone(), Some(database))
        }
    }
}

on_both_engines! {
    async fn nothing_of_a_purged_lead_stays_or_comes_back(db) {
        let shared = Shared::new(db.engine).await;
        let (here, there, at) = (shared.here(), shared.there(), shared.nodes.database(SHUOZHOU));
        let plain = posted(here);
        let sealed = stored(there, shared.sub).await;
        assert!(plain.len() > 3 && sealed.len() > 3);
        assert_eq!(found(there, at, &sealed).await.len(), sealed.len(), "the probes find what is there");
        let kept = share(&shared.nodes, shared.agreement, 1).await;
        shared.nodes.settle().await;
        let scratch = tempfile::tempdir().unwrap();
        let before = scratch.path().join("before");
        there.node.backup(Part::Data, &before).await.unwrap();
        here.node.withdraw(&here.approver, shared.id, WithdrawReason::Found).await.unwrap();
        assert_eq!(shared.purge().await, 1);
        assert_eq!(found(there, at, &sealed).await, [0_usize; 0], "sealed bytes and key");
        assert_eq!(found(there, at, &plain).await, [0_usize; 0], "plain bytes");
        let keys = scratch.path().join("keys");
        there.node.backup(Part::Keystore, &keys).await.unwrap();
        let (location, _database) = place(db.engine, scratch.path()).await;
        let now = shared.nodes.clock.now();
        let order = |location, keystore| Restore { node: SHUOZHOU, location, data: &before, keystore, now };
        let occupied = restore(order(&at.location, None)).await;
        assert!(matches!(occupied, Err(BackupError::NotEmpty)));
        restore(order(&location, Some(keys.as_path()))).await.unwrap();
        let restored = shared.nodes.elsewhere(SHUOZHOU, location.clone()).await;
        assert!(restored.restored().await.unwrap().is_some(), "it says so");
        let early = restored.list_received(&there.drafter, -1, 10).await;
        assert!(matches!(early, Err(Error::Waits)), "it serves nobody before it knows what came later");
        let transport: Arc<dyn Transport> = there.transport.clone();
        let ordered = Ordered { order: Order::OpenAnyway, without: vec![LINCANG] };
        let started = loop {
            match restored.start(&transport, &ordered).await {
                // On a busy server older transactions may hold up the scrubbing.
                Err(error) if error.code() == "busy" => {}
                started => break started.unwrap(),
            }
        };
        assert!(matches!(started, Start::Opened(_)));
        let restored = shared.nodes.elsewhere(SHUOZHOU, location).await;
        restored.begin().await.unwrap();
        let listed = restored.list_received(&there.drafter, -1, 10).await.unwrap().items;
        let kept = here.node.read(&here.drafter, kept).await.unwrap().sub;
        assert_eq!(listed.iter().map(|lead| lead.sub).collect::<Vec<_>>(), [kept]);
        let gone = restored.read_received(&there.drafter, shared.sub).await;
        assert_eq!(gone.err().map(|error| error.code()), Some("record_erased"));
    }

    async fn a_backup_of_the_records_holds_no_key(db) {
        let shared = Shared::new(db.engine).await;
        let there = shared.there();
        let wrapped = stored(there, shared.sub).await.pop().unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let digits = hex::encode(&wrapped).into_bytes();
        for (part, holds) in [(Part::Data, false), (Part::Keystore, true)] {
            let folder = scratch.path().join(part.code());
            there.node.backup(part, &folder).await.unwrap();
            let bytes = std::fs::read(folder.join(format!("{}.copy", part.code()))).unwrap();
            let has = |probe: &[u8]| bytes.windows(probe.len()).any(|window| window == probe);
            assert_eq!(has(&wrapped) || has(&digits), holds, "{part}");
            assert!(matches!(there.node.backup(part, &folder).await, Err(BackupError::Exists)));
        }
        assert_eq!(LINCANG, shared.here().node.id());
    }
}
