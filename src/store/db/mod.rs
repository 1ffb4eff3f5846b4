//! Pools and transactions over SQLite or PostgreSQL.
//!
//! Knows everything that differs between the two engines (connecting, beginning, locking, placeholders
//! of bulk inserts), so that no caller asks which one it has. Must not know any table.
//! Invariant: a caller's SQL runs in a transaction; nothing relies on session state, so a pooler in transaction
//! mode may sit in between.

mod bulk;
mod connect;
mod error;
mod list;
mod query;
mod scrub;
mod server;

pub use bulk::Value;
pub use connect::PostgresOptions;
pub use error::DbError;
pub use list::{ListItem, list_of, uuids_of};
pub use query::{Bind, Pending, Query, Record};
pub use server::Server;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, SqlSafeStr as _, Sqlite, SqlitePool, Transaction};

/// The connections to one database. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub enum Pool {
    /// A SQLite file.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that refuse to write.
        readers: SqlitePool,
    },
    /// A PostgreSQL database.
    Postgres {
        /// The connections.
        server: PgPool,
        /// Whether statements are prepared by name, which a pooler in transaction mode does not allow.
        named: bool,
    },
}

/// One transaction. Dropped without [`Tx::commit`], it leaves no trace.
pub enum Tx {
    /// On a SQLite connection.
    Sqlite(Transaction<'static, Sqlite>),
    /// On a PostgreSQL connection.
    Postgres {
        /// The transaction.
        tx: Transaction<'static, Postgres>,
        /// As of its [`Pool`].
        named: bool,
    },
}

impl Pool {
    /// Begins a transaction that may write.
    ///
    /// SQLite: `BEGIN IMMEDIATE` on the one write connection, so writers queue here and never fail half-way.
    /// PostgreSQL: READ COMMITTED; rows that a decision rests on are read with [`Query::for_update`].
    pub fn begin(&self) -> Pending<'_, Tx> {
        Box::pin(async move {
            match self {
                Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
                Self::Postgres { server, named } => {
                    let tx = begin_on(server, "BEGIN ISOLATION LEVEL READ COMMITTED").await;
                    tx.map(|tx| Tx::Postgres { tx, named: *named })
                }
            }
            .map_err(|error| DbError::from_driver(&error, "begin"))
        })
    }

    /// Begins a read-only transaction that sees one state of the database from its first query to its end,
    /// and keeps no writer waiting.
    pub fn snapshot(&self) -> Pending<'_, Tx> {
        Box::pin(async move {
            match self {
                Self::Sqlite { readers, .. } => readers.begin_with("BEGIN").await.map(Tx::Sqlite),
                Self::Postgres { server, named } => {
                    let tx = begin_on(server, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
                    tx.map(|tx| Tx::Postgres { tx, named: *named })
                }
            }
            .map_err(|error| DbError::from_driver(&error, "snapshot"))
        })
    }

    /// Whether other instances of the node may use the database at the same time. A SQLite file has one.
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Whether the database answers now; the error says why not.
    pub async fn check(&self) -> Result<(), DbError> {
        let mut tx = self.snapshot().await?;
        tx.query("/* check */ SELECT CAST(1 AS BIGINT)").one::<(i64,)>().await.map(drop)
    }

    /// Ends all connections once their transactions are over; SQLite folds its write-ahead log in.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { server, .. } => server.close().await,
        }
    }
}

/// Begins on a connection that lives: the server may have gone and come back since the others were used, and each
/// that shows it, before anything was done on it, makes room for another one.
async fn begin_on(server: &PgPool, how: &'static str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut rest = server.options().get_max_connections();
    loop {
        let begun = match server.acquire().await {
            Ok(connection) => begin_whole(connection, how).await,
            Err(error) => Err(error),
        };
        match begun {
            Err(error) if rest > 0 && is_gone(&error) => rest -= 1,
            begun => return begun,
        }
    }
}

fn is_gone(error: &sqlx::Error) -> bool {
    matches!(DbError::from_driver(error, "begin"), DbError::Unavailable(_))
}

/// Begins, and is not stopped half-way by a caller who goes away: the driver (0.9.0) forgets a transaction whose
/// beginning was cancelled, and would give its connection to the next caller in the middle of it.
async fn begin_whole(
    connection: PoolConnection<Postgres>,
    how: &'static str,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let begun = tokio::spawn(Transaction::begin(connection, Some(how.into_sql_str())));
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

impl Tx {
    /// A statement with `$1`, `$2` … for its arguments, the same text on both engines. It opens with a
    /// comment that names its function (`/* lead::load */ SELECT …`): errors and slow-query logs cite it.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        match self {
            Self::Sqlite(tx) => Query::on_sqlite(tx, sql),
            Self::Postgres { tx, named } => Query::on_postgres(tx, sql, *named),
        }
    }

    /// When this returns `Ok`, all that was written is durable and visible to others. On an error of kind
    /// [`DbError::Unavailable`] the outcome is unknown: read before writing again.
    pub fn commit(self) -> Pending<'static, ()> {
        Box::pin(async move {
            match self {
                Self::Sqlite(tx) => tx.commit().await,
                Self::Postgres { tx, .. } => tx.commit().await,
            }
            .map_err(|error| DbError::from_driver(&error, "commit"))
        })
    }

    /// Undoes everything, and returns the connection. PostgreSQL's is told to on its way back into the pool, and nobody
    /// waits for that: half of all transactions only read.
    pub fn rollback(self) -> Pending<'static, ()> {
        Box::pin(async move {
            match self {
                Self::Sqlite(tx) => tx.rollback().await,
                Self::Postgres { tx, .. } => {
                    drop(tx);
                    Ok(())
                }
            }
            .map_err(|error| DbError::from_driver(&error, "rollback"))
        })
    }
}
