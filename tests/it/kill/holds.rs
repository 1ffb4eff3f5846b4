//! A node held still between two of its transactions, so that its messages stay in their stage until the kill.
//!
//! On PostgreSQL the test's own connection locks the table of the chains: transactions run up to their step in a chain
//! and wait there, and it is seen that one does. SQLite has one writer at a time, and the test is it: nothing begins to
//! write. So on SQLite no transaction can be held half-way, nor seen to wait.

use std::time::Duration;

use guitu::store::databases::Location;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, SqliteConnection, raw_sql};

use crate::harness::federation::{LIMIT, Site};
use crate::harness::wait;

/// The databases of a node, in which no message takes a step until it is let go.
pub(super) enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Hold {
    /// Holds a node as soon as one of its transactions is over.
    pub(super) async fn on(site: &Site) -> Self {
        match site.location() {
            Location::Sqlite(folder) => {
                let file = SqliteConnectOptions::new().filename(folder.join("node.db"));
                let mut own = file.busy_timeout(Duration::ZERO).connect().await.unwrap();
                // Without a pause between the attempts: the node leaves gaps of less than a millisecond.
                let begun = async { while raw_sql("BEGIN IMMEDIATE").execute(&mut own).await.is_err() {} };
                tokio::time::timeout(LIMIT, begun).await.expect("the node lets others write");
                Self::Sqlite(own)
            }
            Location::Postgres { main, .. } => {
                let mut own = PgConnection::connect(&main.url).await.unwrap();
                let lock = "BEGIN; LOCK TABLE chains IN EXCLUSIVE MODE";
                raw_sql(lock).execute(&mut own).await.unwrap();
                Self::Postgres(own)
            }
        }
    }

    /// Waits until a transaction of the node waits for this; on SQLite that is not to be seen.
    pub(super) async fn is_met(&mut self) {
        const WAITING: &str =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST('chains' AS regclass)";
        let Self::Postgres(own) = self else { return };
        wait::until_async("a transaction that waits", LIMIT, async || {
            sqlx::query_scalar::<_, i64>(WAITING).fetch_one(&mut *own).await.unwrap() > 0
        })
        .await;
    }

    /// Lets it go on.
    pub(super) async fn release(self) {
        match self {
            Self::Sqlite(mut own) => {
                raw_sql("ROLLBACK").execute(&mut own).await.unwrap();
                own.close().await.unwrap();
            }
            Self::Postgres(mut own) => {
                raw_sql("ROLLBACK").execute(&mut own).await.unwrap();
                own.close().await.unwrap();
            }
        }
    }
}
