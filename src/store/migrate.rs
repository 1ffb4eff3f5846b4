//! Schemas: embedded migrations, applied in one transaction per database under a lock.
//!
//! Invariants: a landed migration is never edited (its checksum is compared); two instances that start at
//! once apply it once; a schema newer than the binary is refused, not used. A migration leaves what the release before
//! reads and writes as it is: instances of both run for the moment between its commit and the end of the older ones.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr, SqlitePool};

use super::db::{DbError, Pool, Tx};

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
    step!(4, "node", "0004_statement"),
    step!(5, "node", "0005_refusals"),
    step!(6, "node", "0006_dossiers"),
    step!(7, "node", "0007_purge"),
    step!(8, "node", "0008_filing"),
    step!(9, "node", "0009_owners"),
    step!(11, "node", "0011_auditor"),
    step!(12, "node", "0012_held_texts"),
    step!(14, "node", "0014_refusals_again"),
    step!(15, "node", "0015_epochs"),
    step!(16, "node", "0016_lease_tokens"),
    step!(17, "node", "0017_short_lists"),
    step!(18, "node", "0018_ready_drafts"),
    step!(19, "node", "0019_own_erasures"),
    step!(20, "node", "0020_contacts"),
    step!(21, "node", "0021_no_samples"),
    step!(22, "node", "0022_lead_writers"),
    step!(23, "node", "0023_outbox_due"),
    step!(24, "node", "0024_held_drafts"),
];
const KEYSTORE: &[Step] = &[
    step!(1, "keystore", "0001_first"),
    step!(2, "keystore", "0002_inline_lists"),
    step!(3, "keystore", "0003_short_lists"),
    step!(4, "keystore", "0004_no_samples"),
];
const PROJECTIONS: &[Step] = &[
    step!(1, "projections", "0001_first"),
    step!(2, "projections", "0002_lead_index"),
    step!(3, "projections", "0003_log_terms"),
    step!(4, "projections", "0004_named_agreements"),
];

impl Schema {
    /// The name of the database, and of its file on SQLite.
    pub const fn name(self) -> &'static str {
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

    /// The last migration that this binary knows.
    pub fn newest(self) -> i64 {
        self.steps().last().map_or(0, |step| step.version)
    }

    const fn steps(self) -> &'static [Step] {
        match self {
            Self::Node => NODE,
            Self::Keystore => KEYSTORE,
            Self::Projections => PROJECTIONS,
        }
    }

    fn migrator(self, upto: i64, text: impl Fn(&Step) -> &'static str) -> Migrator {
        let migration = |step: &Step| {
            let sql = text(step).into_sql_str();
            Migration::new(step.version, step.name.into(), MigrationType::Simple, sql, false)
        };
        let mut migrator = Migrator::with_migrations(
            self.steps().iter().filter(|step| step.version <= upto).map(migration).collect(),
        );
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
    migrate_to(pool, schema, schema.newest()).await
}

/// The same up to migration `upto`, for rows that were written under it.
pub async fn migrate_to(pool: &Pool, schema: Schema, upto: i64) -> Result<(), DbError> {
    match pool {
        Pool::Sqlite { writer, .. } => on_sqlite(writer, schema, upto).await,
        Pool::Postgres { server, named } => on_postgres(server, *named, schema, upto).await,
    }
}

/// The last migration that the database has.
pub async fn version_of(tx: &mut Tx, schema: Schema) -> Result<i64, DbError> {
    let query = match schema {
        Schema::Node => tx.query("/* migrate::node */ SELECT max(version) FROM migrations_node"),
        Schema::Keystore => tx.query("/* migrate::keystore */ SELECT max(version) FROM migrations_keystore"),
        Schema::Projections => {
            tx.query("/* migrate::projections */ SELECT max(version) FROM migrations_projections")
        }
    };
    Ok(query.one::<(i64,)>().await?.0)
}

async fn on_sqlite(pool: &SqlitePool, schema: Schema, upto: i64) -> Result<(), DbError> {
    let driver = |error: sqlx::Error| DbError::from_driver(&error, "migrate");
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.map_err(driver)?;
    let migrator = schema.migrator(upto, |step| step.sqlite);
    migrator.run_direct(None, &mut *tx, false).await.map_err(|error| schema.refuse(&error))?;
    tx.commit().await.map_err(driver)
}

async fn on_postgres(pool: &PgPool, named: bool, schema: Schema, upto: i64) -> Result<(), DbError> {
    let driver = |error: sqlx::Error| DbError::from_driver(&error, "migrate");
    make_lock(pool).await?;
    let mut tx = pool.begin().await.map_err(driver)?;
    sqlx::raw_sql("SELECT id FROM migration_lock FOR UPDATE").execute(&mut *tx).await.map_err(driver)?;
    // The migrator names its statements; the server connection behind a pooler must keep none of them.
    let tidy = if named { "" } else { "DEALLOCATE ALL" };
    sqlx::raw_sql(tidy).execute(&mut *tx).await.map_err(driver)?;
    let migrator = schema.migrator(upto, |step| step.postgres);
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
