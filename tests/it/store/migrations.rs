//! Schemas of several instances and of newer binaries.

use guitu::store::databases::{Databases, Location};
use guitu::store::db::{DbError, Pool, PostgresOptions};
use guitu::store::migrate::{Schema, migrate};
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

on_both_engines! {
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
        assert_eq!(tx.query(applied).all::<(i64,)>().await.unwrap(), [(1,), (2,)]);
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
