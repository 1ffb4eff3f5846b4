//! The migrated databases of the test cluster from which each test's own are copied: migrating takes longer.
//!
//! Invariant: a template has its name only once it is whole, and nobody is connected to it from then on.

use std::time::Duration;

use guitu::clock::{OsEntropy, uuid_v4};
use guitu::store::databases::{Databases, Location};
use guitu::store::db::PostgresOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;
use tokio::time::interval;

/// Of the records and of the key store.
const NAMES: [&str; 2] = ["template_records", "template_keys"];
/// PostgreSQL's code for a database to which somebody is connected.
const IN_USE: &str = "55006";
/// How often it is tried again.
const TICK: Duration = Duration::from_millis(50);

/// Makes databases of these names on the cluster of that administrator, migrated and empty.
pub(super) async fn copy(administrator: &str, names: &[String; 2]) {
    static MADE: OnceCell<()> = OnceCell::const_new();
    let mut connection = PgConnection::connect(administrator).await.unwrap();
    MADE.get_or_init(|| make(administrator, &mut connection)).await;
    for (name, template) in names.iter().zip(NAMES) {
        until_free(&mut connection, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Makes the templates, unless another process was faster.
async fn make(administrator: &str, connection: &mut PgConnection) {
    const THERE: &str = "SELECT count(*) FROM pg_database WHERE datname IN ($1, $2)";
    let there = sqlx::query_scalar::<_, i64>(THERE).bind(NAMES[0]).bind(NAMES[1]);
    if there.fetch_one(&mut *connection).await.unwrap() == 2 {
        return;
    }
    let own = NAMES.map(|_| format!("t{}", uuid_v4(&OsEntropy).simple()));
    for name in &own {
        run(connection, &format!("CREATE DATABASE {name}")).await.unwrap();
    }
    let options = |name: &String| PostgresOptions::new(administrator).of_database(name).unwrap();
    let location = Location::Postgres { main: options(&own[0]), keystore: options(&own[1]) };
    Databases::open(&location).await.unwrap().close().await;
    for (name, template) in own.iter().zip(NAMES) {
        let renamed = until_free(connection, &format!("ALTER DATABASE {name} RENAME TO {template}")).await;
        if renamed.is_err() {
            run(connection, &format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// Runs it once nobody is connected to the database that it needs for itself: a pooler keeps connections for a while.
async fn until_free(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    let mut ticks = interval(TICK);
    loop {
        ticks.tick().await;
        match run(connection, sql).await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(IN_USE) => {}
            done => return done,
        }
    }
}
