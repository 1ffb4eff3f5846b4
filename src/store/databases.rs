//! The three databases of a node, opened and migrated together.
//!
//! Invariant: the key store is never in the same database (and so never in the same backup) as the records
//! whose keys it holds.

use std::path::PathBuf;

use super::db::{DbError, Pool, PostgresOptions};
use super::migrate::{Schema, migrate, version_of};

/// Where the databases are. May hold a password: neither printed nor logged.
#[derive(Clone)]
pub enum Location {
    /// A folder that has, or will have, `node.db`, `keystore.db` and `projections.db`.
    Sqlite(PathBuf),
    /// Two PostgreSQL databases; the projections are unlogged tables of the main one.
    Postgres {
        /// Records, log and projections.
        main: PostgresOptions,
        /// Wrapped data keys: another database, with backups of its own.
        keystore: PostgresOptions,
    },
}

/// The open databases.
#[derive(Clone)]
pub struct Databases {
    /// Records, outbox, inbox, log: what a backup holds.
    pub node: Pool,
    /// Wrapped data keys: what a data backup must not hold.
    pub keystore: Pool,
    /// What is searchable: rebuilt from the records, in no backup. On PostgreSQL the connections of `node`.
    pub projections: Pool,
}

impl Databases {
    /// Opens all three and brings their schemas up to this binary's. Safe if several instances start at once.
    pub async fn open(at: &Location) -> Result<Self, DbError> {
        let open = Self::connect(at).await?;
        migrate(&open.node, Schema::Node).await?;
        migrate(&open.keystore, Schema::Keystore).await?;
        migrate(&open.projections, Schema::Projections).await?;
        Ok(open)
    }

    /// Opens all three as they are.
    pub async fn connect(at: &Location) -> Result<Self, DbError> {
        match at {
            Location::Sqlite(folder) => Ok(Self {
                node: Pool::sqlite(&folder.join("node.db")).await?,
                keystore: Pool::sqlite(&folder.join("keystore.db")).await?,
                projections: Pool::sqlite(&folder.join("projections.db")).await?,
            }),
            Location::Postgres { main, keystore } => {
                if main.is_same_database(keystore)? {
                    return Err(DbError::Settings("the key store needs a database of its own"));
                }
                let node = Pool::postgres(main).await?;
                let keystore = Pool::postgres(keystore).await?;
                Ok(Self { projections: node.clone(), node, keystore })
            }
        }
    }

    /// Whether all three answer now.
    pub async fn check(&self) -> Result<(), DbError> {
        self.node.check().await?;
        self.keystore.check().await?;
        self.projections.check().await
    }

    /// Whether all three schemas are still this binary's.
    ///
    /// [`DbError::SchemaNewer`] once an instance of a newer program has migrated one of them.
    pub async fn check_schemas(&self) -> Result<(), DbError> {
        let all = [
            (&self.node, Schema::Node),
            (&self.keystore, Schema::Keystore),
            (&self.projections, Schema::Projections),
        ];
        for (pool, schema) in all {
            let mut tx = pool.snapshot().await?;
            let version = version_of(&mut tx, schema).await?;
            tx.rollback().await?;
            if version > schema.newest() {
                return Err(DbError::SchemaNewer { database: schema.name(), version });
            }
        }
        Ok(())
    }

    /// Ends all connections once their transactions are over.
    pub async fn close(&self) {
        self.projections.close().await;
        self.node.close().await;
        self.keystore.close().await;
    }
}
