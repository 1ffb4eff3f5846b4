//! Schemas: embedded migrations, applied in one transaction per database under a lock.
//!
//! Invariants: a landed migration is never edited (its checksum is compared); two instances that start at
//! once apply it once; a schema newer than the binary is refused, not used.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr, SqlitePool};

use super::db::{DbError, Pool};

/// Which of the node's databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Records, outbox, inbox, log.
    Node,
    /// Wrapped data keys.
    Keystore,
    /// Searchable projections.
    Projections,
}

/// One migration: its version, its name, and its text for either engine.
struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Both texts of `migrations/{sqlite,postgres}/<database>/<file>.sql`.
macro_rules! step {
    ($version:literal, $database:literal, $file:literal) => {
        Step {
            version: $version,
            name: $file,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $database, "/", $file, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $database, "/", $file, ".sql")),
        }
    };
}

const NODE: &[Step] = &[
    step!(1, "node", "0001_first"),
    step!(2, "node", "0002_records"),
    step!(3, "node", "0003_inline_lists"),
    step!(5, "node", "0005_purge"),
];
const KEYSTORE: &[Step] = &[step!(1, "keystore", "0001_first"), step!(2, "keystore", "0002_inline_lists")];
const PROJECTIONS: &[Step] =
    &[step!(1, "projections", "0001_first"), step!(2, "projections", "0002_lead_index")];

impl Schema {
    const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Keystore => "keystore",
            Self::Projections => "projections",
        }
    }

    /// A table each, because on PostgreSQL two schemas share a database.
    const fn table(self) -> &'static str {
        match self {
            Self::Node => "migrations_node",
            Self::Keystore => "migrations_keystore",
            Self::Projections => "migrations_projections",
        }
    }

    const fn steps(self) -> &'static [Step] {
        match self {
            Self::Node => NODE,
            Self::Keystore => KEYSTORE,
            Self::Projections => PROJECTIONS,
        }
    }

    fn migrator(self, text: impl Fn(&Step) -> &'static str) -> Migrator {
        let migration = |step: &Step| {
            let sql = text(step).into_sql_str();
            Migration::new(step.version, step.name.into(), MigrationType::Simple, sql, false)
        };
        let mut migrator = Migrator::with_migrations(self.steps().iter().map(migration).collect());
        // sqlx's own lock is a session lock, which a pooler breaks; ours is held by the transaction.
        migrator.set_locking(false);
        migrator.dangerous_set_table_name(self.table());
        migrator
    }

    fn refuse(self, error: &MigrateError) -> DbError {
        let database = self.name();
        match error {
            MigrateError::VersionMissing(version) => DbError::SchemaNewer { database, version: *version },
            MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
                DbError::SchemaAltered { database, version: *version }
            }
            MigrateError::Execute(inner) | MigrateError::ExecuteMigration(inner, _) => {
                DbError::from_driver(inner, "migrate")
            }
            _ => DbError::Refused { at: "migrate", code: "driver".into() },
        }
    }
}

/// Brings a schema up to this binary's: all missing migrations or, on an error, none.
///
/// [`DbError::SchemaNewer`] if the database has a migration that this binary does not know.
pub async fn migrate(pool: &Pool, schema: Schema) -> Result<(), DbError> {
    match pool {
        Pool::Sqlite { writer, .. } => on_sqlite(writer, schema).await,
        Pool::Postgres { server, named } => on_postgres(server, *named, schema).await,
    }
}

async fn on_sqlite(pool: &SqlitePool, schema: Schema) -> Result<(), DbError> {
    let driver = |error: sqlx::Error| DbError::from_driver(&error, "migrate");
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.map_err(driver)?;
    let migrator = schema.migrator(|step| step.sqlite);
    migrator.run_direct(None, &mut *tx, false).await.map_err(|error| schema.refuse(&error))?;
    tx.commit().await.map_err(driver)
}

async fn on_postgres(pool: &PgPool, named: bool, schema: Schema) -> Result<(), DbError> {
    let driver = |error: sqlx::Error| DbError::from_driver(&error, "migrate");
    make_lock(pool).await?;
    let mut tx = pool.begin().await.map_err(driver)?;
    sqlx::raw_sql("SELECT id FROM migration_lock FOR UPDATE").execute(&mut *tx).await.map_err(driver)?;
    // The migrator names its statements; the server connection behind a pooler must keep none of them.
    let tidy = if named { "" } else { "DEALLOCATE ALL" };
    sqlx::raw_sql(tidy).execute(&mut *tx).await.map_err(driver)?;
    let migrator = schema.migrator(|step| step.postgres);
    migrator.run_direct(None, &mut *tx, false).await.map_err(|error| schema.refuse(&error))?;
    sqlx::raw_sql(tidy).execute(&mut *tx).await.map_err(driver)?;
    tx.commit().await.map_err(driver)
}

/// Makes the row that migrating instances lock. `IF NOT EXISTS` does not keep two sessions from creating the
/// same table at once: one of them then gets a conflict in the catalogue, and finds the table on its next try.
async fn make_lock(pool: &PgPool) -> Result<(), DbError> {
    const MAKE: &str = "CREATE TABLE IF NOT EXISTS migration_lock (id BIGINT PRIMARY KEY); \
                        INSERT INTO migration_lock VALUES (1) ON CONFLICT DO NOTHING;";
    let mut outcome = Ok(());
    for _ in 0..8 {
        outcome = sqlx::raw_sql(MAKE).execute(pool).await.map(drop);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map_err(|error| DbError::from_driver(&error, "migrate"))
}
