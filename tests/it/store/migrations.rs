//! Schemas of several instances and of newer binaries.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use guitu::domain::digest::Digest;
use guitu::exchange::message::Epoch;
use guitu::store::databases::{Databases, Location};
use guitu::store::db::{DbError, Pool, PostgresOptions};
use guitu::store::migrate::{Schema, migrate, migrate_to};
use guitu::store::{epoch, log, witness};
use tokio::task::JoinSet;

use crate::harness::database::{Engine, on_both_engines, with_database};

/// Runs statements that take no arguments in one transaction.
async fn run(pool: &Pool, statements: &[&'static str]) {
    let mut tx = pool.begin().await.unwrap();
    for statement in statements {
        tx.query(statement).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The numbers of the files in a folder of migrations, in order.
fn numbers(engine: Engine, schema: Schema) -> Vec<(i64,)> {
    let engine = if engine == Engine::Postgres { "postgres" } else { "sqlite" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine).join(schema.name());
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<_> = names.map(|name| (name[..4].parse().unwrap(),)).collect();
    numbers.sort_unstable();
    numbers
}

on_both_engines! {
    async fn every_file_is_applied(db) {
        for (pool, schema, applied) in [
            (&db.open.node, Schema::Node, "/* node */ SELECT version FROM migrations_node ORDER BY version"),
            (&db.open.keystore, Schema::Keystore, "/* keys */ SELECT version FROM migrations_keystore ORDER BY version"),
            (
                &db.open.projections,
                Schema::Projections,
                "/* projections */ SELECT version FROM migrations_projections ORDER BY version",
            ),
        ] {
            let mut tx = pool.snapshot().await.unwrap();
            let applied = tx.query(applied).all::<(i64,)>().await.unwrap();
            assert_eq!(applied, numbers(db.engine, schema), "{}", schema.name());
        }
    }

    async fn instances_that_start_at_once_migrate_once(db) {
        run(&db.open.keystore, &["DROP TABLE data_keys", "DROP TABLE migrations_keystore"]).await;
        if db.engine == Engine::Postgres {
            let functions = ["DROP TABLE migration_lock", "DROP FUNCTION json_each(TEXT)", "DROP FUNCTION unhex(TEXT)"];
            run(&db.open.keystore, &functions).await;
        }
        let mut starts = JoinSet::new();
        for _ in 0..6 {
            let location = db.location.clone();
            starts.spawn(async move { Databases::open(&location).await });
        }
        while let Some(started) = starts.join_next().await {
            let open = started.unwrap().unwrap();
            open.check().await.unwrap();
            open.close().await;
        }
        let mut tx = db.open.keystore.snapshot().await.unwrap();
        let applied = "/* applied */ SELECT version FROM migrations_keystore";
        assert_eq!(tx.query(applied).all::<(i64,)>().await.unwrap(), [(1,), (2,), (3,), (4,)]);
    }

    async fn what_was_kept_before_epochs_is_of_the_first(db) {
        let old = match &db.location {
            Location::Sqlite(folder) => Pool::sqlite(&folder.join("old.db")).await.unwrap(),
            Location::Postgres { main, .. } => {
                run(&db.open.node, &["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]).await;
                Pool::postgres(main).await.unwrap()
            }
        };
        migrate_to(&old, Schema::Node, 14).await.unwrap();
        run(&old, &[
            "INSERT INTO node_state (name, value) VALUES ('epoch', '1-00000000000000aa')",
            "INSERT INTO cosignatures (peer, size, line) VALUES (530900, 3, 'a line')",
            "INSERT INTO receipts (peer, lane, epoch, first, last, header, body) \
             VALUES (530900, 'normal', '1-00000000000000aa', 1, 2, 'a header', 'a body')",
        ]).await;
        let mut tx = old.begin().await.unwrap();
        log::found(&mut tx, b"a frontier").await.unwrap();
        tx.commit().await.unwrap();
        migrate(&old, Schema::Node).await.unwrap();
        migrate(&old, Schema::Node).await.unwrap();
        let mut tx = old.begin().await.unwrap();
        let indexes = match db.engine {
            Engine::Sqlite => "/* indexes */ SELECT count(*) FROM sqlite_master WHERE name = 'cosignatures_size'",
            Engine::Postgres => "/* indexes */ SELECT count(*) FROM pg_indexes WHERE indexname = 'cosignatures_size'",
        };
        assert_eq!(tx.query(indexes).one::<(i64,)>().await.unwrap(), (1,), "auditors look by size");
        let first = Epoch { counter: 1, nonce: 0xaa };
        assert_eq!(epoch::all(&mut tx).await.unwrap(), [(first, 0)]);
        assert_eq!(witness::cosigned_size(&mut tx, 530_900, 1).await.unwrap(), Some(3));
        assert_eq!(witness::receipts(&mut tx, None, 9).await.unwrap()[0].counter, 1);
        let head = log::take_turn(&mut tx).await.unwrap();
        assert_eq!((head.epoch, head.size, &*head.frontier), (1, 0, &b"a frontier"[..]));
        tx.rollback().await.unwrap();
        old.close().await;
    }

    async fn a_newer_schema_is_refused(db) {
        let mut tx = db.open.node.begin().await.unwrap();
        tx.query(
            "/* newer */ INSERT INTO migrations_node (version, description, success, checksum, execution_time)
             SELECT 9999, description, success, checksum, execution_time FROM migrations_node WHERE version = 1",
        ).execute().await.unwrap();
        tx.commit().await.unwrap();
        let refused = Databases::open(&db.location).await.map(drop);
        assert!(matches!(refused, Err(DbError::SchemaNewer { database: "node", version: 9999 })));
    }

    async fn an_edited_migration_is_refused(db) {
        let mut tx = db.open.keystore.begin().await.unwrap();
        let edit = tx.query("/* edit */ UPDATE migrations_keystore SET checksum = $1").bind(vec![0_u8; 48]);
        edit.execute().await.unwrap();
        tx.commit().await.unwrap();
        let refused = Databases::open(&db.location).await.map(drop);
        assert!(matches!(refused, Err(DbError::SchemaAltered { database: "keystore", version: 1 })));
    }
}

/// A node of the release that had it would refuse to open. The list is `sha256sum` of every file, sorted by path.
#[test]
fn a_landed_migration_is_as_it_landed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let list = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let listed: BTreeMap<&str, &str> =
        list.lines().map(|line| line.split_once("  ").unwrap()).map(|(sum, path)| (path, sum)).collect();
    let mut found = 0;
    for schema in
        ["postgres", "sqlite"].into_iter().flat_map(|engine| fs::read_dir(folder.join(engine)).unwrap())
    {
        for file in fs::read_dir(schema.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let path = file.strip_prefix(&folder).unwrap().to_str().unwrap();
            let sum = hex::encode(Digest::of(&fs::read(&file).unwrap()).bytes());
            assert_eq!(
                listed.get(path),
                Some(&&*sum),
                "{path}: add a file with the next number, and its line"
            );
            found += 1;
        }
    }
    assert_eq!(found, listed.len(), "a file is gone");
}

#[tokio::test]
async fn the_key_store_is_not_the_main_database() {
    let same = PostgresOptions::new("postgres://guitu@localhost/guitu");
    let refused = Databases::open(&Location::Postgres { main: same.clone(), keystore: same }).await.map(drop);
    assert!(matches!(refused, Err(DbError::Settings(_))));
}

#[tokio::test]
async fn behind_a_pooler_no_statement_is_prepared_by_name() {
    with_database(Engine::Postgres, |db| async move {
        let Location::Postgres { mut main, .. } = db.location.clone() else { return };
        (main.pooler, main.connections) = (true, 1);
        let pool = Pool::postgres(&main).await.unwrap();
        migrate(&pool, Schema::Node).await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        for id in 0..3_i64 {
            tx.query("/* echo */ SELECT CAST($1 AS BIGINT)").bind(id).one::<(i64,)>().await.unwrap();
        }
        let named = tx.query("/* named */ SELECT count(*) FROM pg_prepared_statements").one::<(i64,)>().await;
        assert_eq!(named.unwrap(), (0,));
        drop(tx);
        pool.close().await;
    })
    .await;
}
