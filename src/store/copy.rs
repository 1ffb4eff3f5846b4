//! Copies of one database, and databases made from them.
//!
//! Knows files and tables, not what is in them. SQLite: the file itself, as `VACUUM INTO` writes it. PostgreSQL:
//! a file of lines, UTF-8, each one JSON object: `{"table":"NAME"}` opens a table, and each line until the next
//! of that kind is one of its rows as `row_to_json` writes it (`BYTEA` as `\x` and hexadecimal digits). Unlogged
//! tables and the tables of migrations are left out. Both are of one instant and hold up nobody.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection, SqlitePool};

use super::databases::Location;
use super::db::{DbError, Pool, Tx};
use super::migrate::{Schema, migrate_to, version_of};
use super::state;
use crate::domain::digest::Digest;

/// Rows that are read or written at a time.
const ROWS: usize = 500;

codes! {
    /// Which engine wrote a copy, and so can read it.
    pub enum Engine {
        Sqlite = "sqlite" "SQLite",
        Postgres = "postgres" "PostgreSQL",
    }
}

/// What went wrong with a copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A file cannot be read or written: the operator's to mend.
    #[error("a file of the copy failed")]
    File(#[from] std::io::Error),
    /// The copy is not of this format.
    #[error("the copy is damaged")]
    Damaged,
}

/// A copy as written.
pub struct Saved {
    /// Which engine reads it.
    pub engine: Engine,
    /// The last migration of its schema.
    pub version: i64,
    /// SHA-256 of the file.
    pub digest: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    table: String,
}

/// Copies the database into `file`, which must not exist. When this returns, the file is durable.
pub async fn save(pool: &Pool, schema: Schema, file: &Path) -> Result<Saved, CopyError> {
    let (engine, version) = match pool {
        Pool::Sqlite { writer, .. } => (Engine::Sqlite, save_file(pool, writer, schema, file).await?),
        Pool::Postgres { .. } => (Engine::Postgres, save_rows(pool, schema, file).await?),
    };
    File::open(file)?.sync_all()?;
    Ok(Saved { engine, version, digest: digest_of(file)? })
}

/// SHA-256 of a file.
pub fn digest_of(file: &Path) -> Result<Digest, CopyError> {
    let (mut reader, mut context) = (File::open(file)?, Context::new(&SHA256));
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Digest::try_from(context.finish().as_ref()).map_err(|_| CopyError::Damaged);
        }
        context.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Which engine a place is for.
pub const fn engine_of(at: &Location) -> Engine {
    match at {
        Location::Sqlite(_) => Engine::Sqlite,
        Location::Postgres { .. } => Engine::Postgres,
    }
}

/// Whether the place holds no such database yet, or one without a row of that schema's.
pub async fn is_empty(at: &Location, schema: Schema) -> Result<bool, CopyError> {
    match at {
        Location::Sqlite(_) => Ok(!path_of(at, schema).exists()),
        Location::Postgres { .. } => {
            let pool = open(at, schema).await?;
            let empty = has_no_rows(&pool, schema).await;
            pool.close().await;
            empty
        }
    }
}

/// Makes the database from a copy of schema `version`, all of it or nothing, and marks it with a fact if one is
/// given. The place must be empty.
pub async fn load(
    at: &Location,
    schema: Schema,
    file: &Path,
    version: i64,
    mark: Option<(&str, &str)>,
) -> Result<(), CopyError> {
    match at {
        Location::Sqlite(_) => load_file(at, schema, file, mark).await,
        Location::Postgres { .. } => {
            let pool = open(at, schema).await?;
            migrate_to(&pool, schema, version).await?;
            let loaded = load_rows(&pool, file, mark).await;
            pool.close().await;
            loaded
        }
    }
}

fn path_of(at: &Location, schema: Schema) -> PathBuf {
    match at {
        Location::Sqlite(folder) => folder.join(format!("{}.db", schema.name())),
        Location::Postgres { .. } => PathBuf::new(),
    }
}

async fn open(at: &Location, schema: Schema) -> Result<Pool, DbError> {
    match (at, schema) {
        (Location::Sqlite(_), _) => Pool::sqlite(&path_of(at, schema)).await,
        (Location::Postgres { keystore, .. }, Schema::Keystore) => Pool::postgres(keystore).await,
        (Location::Postgres { main, .. }, _) => Pool::postgres(main).await,
    }
}

async fn save_file(pool: &Pool, writer: &SqlitePool, schema: Schema, file: &Path) -> Result<i64, CopyError> {
    let target = file.to_str().ok_or(CopyError::Damaged)?;
    let mut tx = pool.snapshot().await?;
    let version = version_of(&mut tx, schema).await?;
    tx.rollback().await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(writer).await;
    copied.map_err(|error| DbError::from_driver(&error, "copy"))?;
    Ok(version)
}

async fn load_file(
    at: &Location,
    schema: Schema,
    file: &Path,
    mark: Option<(&str, &str)>,
) -> Result<(), CopyError> {
    let target = path_of(at, schema);
    let staged = target.with_extension("restoring");
    fs::copy(file, &staged)?;
    let pool = Pool::sqlite(&staged).await?;
    if let Some((name, value)) = mark {
        let mut tx = pool.begin().await?;
        state::settle_fact(&mut tx, name, value).await?;
        tx.commit().await?;
    }
    // Folds the write-ahead log in, so that the file is whole without it.
    pool.close().await;
    File::open(&staged)?.sync_all()?;
    // SQLite would replay the write-ahead log of the database that was here before into this one.
    for suffix in ["-wal", "-shm"] {
        let mut left = target.clone().into_os_string();
        left.push(suffix);
        remove(Path::new(&left))?;
    }
    fs::rename(&staged, &target)?;
    Ok(())
}

/// Removes a file that may not be there.
pub fn remove(file: &Path) -> Result<(), CopyError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

async fn has_no_rows(pool: &Pool, schema: Schema) -> Result<bool, CopyError> {
    let table = match schema {
        Schema::Node => "node_state",
        Schema::Keystore => "data_keys",
        Schema::Projections => "lead_index",
    };
    let mut tx = pool.snapshot().await?;
    let known = tx
        .query("/* copy::known */ SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1")
        .bind(table)
        .one::<(i64,)>()
        .await?;
    if known.0 == 0 {
        return Ok(true);
    }
    let rows = match schema {
        Schema::Node => tx.query("/* copy::facts */ SELECT count(*) FROM node_state").one::<(i64,)>(),
        Schema::Keystore => tx.query("/* copy::keys */ SELECT count(*) FROM data_keys").one(),
        Schema::Projections => tx.query("/* copy::index */ SELECT count(*) FROM lead_index").one(),
    };
    Ok(rows.await?.0 == 0)
}

/// The connection of a PostgreSQL transaction.
fn server(tx: &mut Tx) -> Result<&mut PgConnection, CopyError> {
    match tx {
        Tx::Postgres { tx, .. } => Ok(tx),
        Tx::Sqlite(_) => Err(CopyError::Damaged),
    }
}

async fn save_rows(pool: &Pool, schema: Schema, file: &Path) -> Result<i64, CopyError> {
    let mut out = BufWriter::new(File::create_new(file)?);
    let mut tx = pool.snapshot().await?;
    let version = version_of(&mut tx, schema).await?;
    for table in tables(&mut tx).await? {
        let opening =
            serde_json::to_string(&Opening { table: table.clone() }).map_err(|_| CopyError::Damaged)?;
        writeln!(out, "{opening}")?;
        let to = server(&mut tx)?;
        let declared =
            format!("DECLARE rows NO SCROLL CURSOR FOR SELECT CAST(row_to_json(t) AS TEXT) FROM {table} t");
        run(to, declared).await?;
        loop {
            let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(format!("FETCH {ROWS} FROM rows")))
                .persistent(false)
                .fetch_all(&mut *to)
                .await
                .map_err(|error| DbError::from_driver(&error, "copy"))?;
            if rows.is_empty() {
                break;
            }
            for (row,) in rows {
                writeln!(out, "{row}")?;
            }
        }
        run(to, "CLOSE rows".to_owned()).await?;
    }
    tx.rollback().await?;
    out.flush()?;
    Ok(version)
}

/// The tables of the database whose rows outlive a crash, apart from those of migrations.
async fn tables(tx: &mut Tx) -> Result<Vec<String>, CopyError> {
    let rows = tx
        .query(
            "/* copy::tables */ SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relpersistence = 'p' \
             AND c.relname NOT LIKE 'migration%' ORDER BY c.relname",
        )
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

async fn run(to: &mut PgConnection, sql: String) -> Result<(), DbError> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(to).await;
    done.map(drop).map_err(|error| DbError::from_driver(&error, "copy"))
}

async fn load_rows(pool: &Pool, file: &Path, mark: Option<(&str, &str)>) -> Result<(), CopyError> {
    let mut tx = pool.begin().await?;
    let known = tables(&mut tx).await?;
    let mut table = String::new();
    let mut rows = Vec::with_capacity(ROWS);
    for line in BufReader::new(File::open(file)?).lines() {
        let line = line?;
        // No table of ours has `table` as its only column.
        if let Ok(opening) = serde_json::from_str::<Opening>(&line) {
            insert(&mut tx, &table, &mut rows).await?;
            table = known.iter().find(|name| **name == opening.table).ok_or(CopyError::Damaged)?.clone();
        } else {
            rows.push(line);
        }
        if rows.len() == ROWS {
            insert(&mut tx, &table, &mut rows).await?;
        }
    }
    insert(&mut tx, &table, &mut rows).await?;
    number_on(&mut tx, &known).await?;
    if let Some((name, value)) = mark {
        state::settle_fact(&mut tx, name, value).await?;
    }
    Ok(tx.commit().await?)
}

async fn insert(tx: &mut Tx, table: &str, rows: &mut Vec<String>) -> Result<(), CopyError> {
    if rows.is_empty() {
        return Ok(());
    }
    if table.is_empty() {
        return Err(CopyError::Damaged);
    }
    let list = format!("[{}]", rows.join(","));
    rows.clear();
    let sql = format!(
        "INSERT INTO {table} SELECT * FROM json_populate_recordset(CAST(NULL AS {table}), CAST($1 AS JSON))"
    );
    let inserted = sqlx::query(AssertSqlSafe(sql)).bind(list).persistent(false).execute(server(tx)?).await;
    inserted.map(drop).map_err(|error| DbError::from_driver(&error, "copy").into())
}

/// Numbers that the database gives go on above those of the copy.
async fn number_on(tx: &mut Tx, known: &[String]) -> Result<(), CopyError> {
    for table in ["drafts", "alarms", "refusals"] {
        if known.iter().any(|name| name == table) {
            let next = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), \
                 (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
            );
            run(server(tx)?, next).await?;
        }
    }
    Ok(())
}
