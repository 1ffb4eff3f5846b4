//! Databases made and removed on a PostgreSQL server: for demos and tests, never for a node at work.
//!
//! Invariant: a name is of small letters, digits and underscores, so that it stands in SQL as it is.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::connect::ACQUIRE_TIMEOUT;
use super::{DbError, PostgresOptions};

/// Longer names PostgreSQL would cut.
const LONGEST_NAME: usize = 63;

/// One connection of a role that may create databases.
pub struct Server(PgConnection);

impl Server {
    /// Connects, within 15 seconds.
    ///
    /// [`DbError::Settings`] if the address cannot be used, [`DbError::Unavailable`] if nobody answers there,
    /// [`DbError::NotAllowed`] if the role may not log in.
    pub async fn connect(options: &PostgresOptions) -> Result<Self, DbError> {
        let options = options.parse()?;
        match tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect()).await {
            Ok(connected) => connected.map(Self).map_err(|error| DbError::from_driver(&error, "connect")),
            Err(_) => Err(DbError::Unavailable("connect")),
        }
    }

    /// Makes an empty database. [`DbError::NotAllowed`] if the role has no right to.
    pub async fn create(&mut self, name: &str) -> Result<(), DbError> {
        self.run(format!("CREATE DATABASE {}", plain(name)?), "create database").await
    }

    /// Removes a database, if there is one, and ends the connections to it.
    pub async fn remove(&mut self, name: &str) -> Result<(), DbError> {
        self.run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", plain(name)?), "drop database").await
    }

    /// Ends the connection.
    pub async fn close(self) {
        // Whoever has nothing more to say need not hear that the line broke.
        let _ = self.0.close().await;
    }

    async fn run(&mut self, sql: String, at: &'static str) -> Result<(), DbError> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.0).await;
        done.map(drop).map_err(|error| DbError::from_driver(&error, at))
    }
}

/// A name that needs no quotes.
fn plain(name: &str) -> Result<&str, DbError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && name.len() <= LONGEST_NAME && name.chars().all(fits) {
        Ok(name)
    } else {
        Err(DbError::Settings("a database name is of small letters, digits and underscores"))
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_cannot_say_more_than_a_name() {
        assert!(plain("guitu_demo_0af3_530900_keys").is_ok());
        for name in ["", "1a", "a b", "a\"; DROP", "A", "a-b", &"a".repeat(64)] {
            assert!(plain(name).is_err(), "{name}");
        }
    }
}
