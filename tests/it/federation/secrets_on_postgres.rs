//! What a PostgreSQL server keeps of the demo: every row of every table of every database, and its write-ahead log.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::demo::{self, Demo};
use super::secrets::Search;
use crate::harness::cluster::Cluster;
use crate::harness::federation::LIMIT;
use crate::harness::process::Signal;

/// Stands in every log, which is in clear: whoever does not find this does not look.
const IN_CLEAR: &[u8] = b"\"t\":\"sent\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_personal_data_stands_in_no_table_and_no_write_ahead_log() {
    let cluster = Cluster::start();
    let demo = Demo::start(&["--postgres", cluster.address()]).await;
    let leads = demo.leads().await;
    let search = demo::search_for(&leads);
    demo::recipients_read_no_personal_data(&demo, &search).await;
    demo::raw_personal_data_stands_nowhere(&demo, &search, 3 * 8).await;
    let outcome = demo.process.stop(Signal::Interrupt, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);

    let databases = names(cluster.address(), DATABASES).await;
    let of_nodes: Vec<&String> = databases.iter().filter(|name| *name != "postgres").collect();
    assert_eq!(of_nodes.len(), 6, "two for each node: {databases:?}");
    let (mut tables, mut found) = (0, false);
    for database in of_nodes {
        let url = cluster.address().replacen("/postgres?", &format!("/{database}?"), 1);
        for table in names(&url, TABLES).await {
            let rows = copied(&url, &table).await;
            assert!(!search.finds_in(&rows), "{table} of {database} holds raw personal data");
            found |= holds(&rows, IN_CLEAR);
            tables += 1;
        }
    }
    assert!(found && tables > 3 * 20, "{tables} tables");
    write_ahead_log_is_clean(&cluster, &search);
}

fn write_ahead_log_is_clean(cluster: &Cluster, search: &Search) {
    let mut found = false;
    for entry in std::fs::read_dir(cluster.files().join("pg_wal")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!search.finds_in(&bytes), "{} holds raw personal data", path.display());
            found |= holds(&bytes, IN_CLEAR);
        }
    }
    assert!(found, "the write-ahead log of the demo is there");
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

const DATABASES: &str = "SELECT CAST(datname AS TEXT) FROM pg_database WHERE NOT datistemplate";

const TABLES: &str = "SELECT CAST(quote_ident(schemaname) || '.' || quote_ident(tablename) AS TEXT) FROM pg_tables \
                      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";

async fn names(url: &str, sql: &'static str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let names = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    names
}

/// All rows of a table, each value as its bytes.
async fn copied(url: &str, table: &str) -> Vec<u8> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows = AssertSqlSafe(format!("SELECT record_send(whole) FROM {table} AS whole"));
    let rows: Vec<Vec<u8>> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.concat()
}
