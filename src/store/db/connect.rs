//! Connection options of the two engines.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _};

use super::{DbError, Pool};

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// A connection that lay idle for shorter than this is used without a test.
const UNTESTED: Duration = Duration::from_secs(1);
const READERS: u32 = 4;

/// How to reach a PostgreSQL database. Holds a password, perhaps: neither printed nor logged.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=…`.
    pub url: String,
    /// The most connections that this node opens.
    pub connections: u32,
    /// A pooler in transaction mode sits in between: prepare no named statements.
    pub pooler: bool,
}

impl PostgresOptions {
    /// Up to eight connections, straight to the server.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 8, pooler: false }
    }

    /// The same server's database `name`, which need not exist.
    ///
    /// [`DbError::Settings`] if the address cannot be read, or names its database in a parameter as well.
    pub fn of_database(&self, name: &str) -> Result<Self, DbError> {
        let (address, parameters) = self.url.split_at(self.url.find('?').unwrap_or(self.url.len()));
        let (scheme, rest) =
            address.split_once("://").ok_or(DbError::Settings("the PostgreSQL address cannot be read"))?;
        let server = rest.split_once('/').map_or(rest, |(server, _)| server);
        let moved = Self { url: format!("{scheme}://{server}/{name}{parameters}"), ..self.clone() };
        if moved.parse()?.get_database() == Some(name) {
            Ok(moved)
        } else {
            Err(DbError::Settings("the PostgreSQL address names its database as a parameter"))
        }
    }

    pub(super) fn parse(&self) -> Result<PgConnectOptions, DbError> {
        let options = PgConnectOptions::from_str(&self.url)
            .map_err(|_| DbError::Settings("the PostgreSQL address cannot be read"))?
            .application_name("guitu")
            .extra_float_digits(None)
            .disable_statement_logging();
        Ok(if self.pooler { options.statement_cache_capacity(0) } else { options })
    }

    /// Whether both name the same database of the same server.
    pub(in crate::store) fn is_same_database(&self, other: &Self) -> Result<bool, DbError> {
        let (a, b) = (self.parse()?, other.parse()?);
        Ok(a.get_host() == b.get_host()
            && a.get_port() == b.get_port()
            && a.get_socket() == b.get_socket()
            && a.get_database() == b.get_database())
    }
}

impl Pool {
    /// Opens the SQLite file at `path`, creating it if there is none: write-ahead log, full synchronisation,
    /// foreign keys, deleted bytes overwritten; one writer and a few readers. The folder must exist.
    pub async fn sqlite(path: &Path) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON")
            .pragma("mmap_size", "16777216")
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("journal_size_limit", "67108864")
            .pragma("cache_size", "-2000");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, _| {
                // When the disk is full SQLite ends a transaction by itself, and the driver takes it to be open
                // for ever: such a connection makes room for another one.
                Box::pin(async move { Ok(!connection.is_in_transaction()) })
            })
            .connect_with(writing)
            .await
            .map_err(|error| DbError::from_driver(&error, "open"))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(IDLE_TIMEOUT)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_lazy_with(options.pragma("cache_size", "-256").pragma("query_only", "ON"));
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to a PostgreSQL database, which must exist.
    pub async fn postgres(options: &PostgresOptions) -> Result<Self, DbError> {
        PgPoolOptions::new()
            .max_connections(options.connections)
            .idle_timeout(IDLE_TIMEOUT)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    // The server may have gone while the connection lay idle; a busy one shows it at once.
                    if meta.idle_for >= UNTESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options.parse()?)
            .await
            .map(|server| Self::Postgres { server, named: !options.pooler })
            .map_err(|error| DbError::from_driver(&error, "open"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_moves_to_another_database_with_all_it_says() {
        let moved = |url: &str| PostgresOptions::new(url).of_database("d").map(|moved| moved.url);
        assert_eq!(
            moved("postgres://u:p@h:1/postgres?host=/s&a=/b").unwrap(),
            "postgres://u:p@h:1/d?host=/s&a=/b"
        );
        assert_eq!(moved("postgresql://h").unwrap(), "postgresql://h/d");
        assert_eq!(moved("postgresql://h?user=u").unwrap(), "postgresql://h/d?user=u");
        assert!(moved("postgres://h/x?dbname=x").is_err_and(|error| error.blames_settings()));
        assert!(moved("h/x").is_err_and(|error| error.blames_settings()));
    }
}
