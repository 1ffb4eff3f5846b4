//! Overwriting what deleted rows left in the database's own files.
//!
//! Knows how each engine keeps old bytes: SQLite in free pages, in the gaps of pages that it balanced and in its
//! write-ahead log; PostgreSQL in dead tuples, in TOAST tables and in indexes, as long as any snapshot may see
//! them. Not covered: PostgreSQL's write-ahead log, and what the file system keeps of truncated files.

use std::time::Duration;

use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, PgPool, Postgres, SqlitePool};

use super::{DbError, Pool};

/// How often it is tried, first after a moment, then after longer ones, up to the longest: ten seconds in all.
const LOOKS: u32 = 28;
const FIRST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(500);

/// A table of one row in every database, which nothing but migrations reads. It is rewritten first: that shows whether
/// a rewrite would keep rows (for a standby, a slot, a session that starts), and costs nobody anything.
const PROBE: &[&str] = &["migration_lock"];

/// Rewrites the file without the gaps. Its copy on the way lies in a file, not in memory.
const REWRITE: &str = "PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY";

/// The first transaction that has not begun yet.
const NEXT: &str =
    "/* scrub::next */ SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)";

/// How many processes have a snapshot or a transaction from before transaction `$1` began: what they might still
/// see is kept, also for an automatic analysis. As long as any older transaction runs, in whatever database of the
/// server, even a snapshot that is taken later is an old one.
const OLDER: &str = "/* scrub::older */ SELECT count(*) FROM pg_stat_activity \
    WHERE CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) < $1 \
    OR datname = current_database() AND pid <> pg_backend_pid() \
    AND greatest(age(backend_xmin), age(backend_xid)) > CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) - $1";

/// How many of the tables were rewritten with rows that somebody could still see: a rewrite notes the oldest
/// transaction that it had to keep rows for. That says it for certain, where a session that is being started (and
/// holds a snapshot already) stands in no list.
const KEPT: &str = "SELECT count(*) FROM pg_class, unnest(ARRAY[TABLES]) AS t WHERE oid = CAST(t AS regclass) \
    AND mod(mod(CAST(CAST(relfrozenxid AS TEXT) AS BIGINT) - $1, 4294967296) + 4294967296, 4294967296) >= 2147483648";

/// The code of a lock that was not had in time (`lock_not_available`).
const LOCKED: &str = "55P03";

impl Pool {
    /// Overwrites what deleted rows of `tables` left behind in the database's own files. On SQLite the whole file
    /// is rewritten and the write-ahead log folded in and cut; writers wait meanwhile. On PostgreSQL each table with
    /// its TOAST table and indexes is rewritten under an exclusive lock, until no snapshot has kept a deleted row.
    /// Run it after erasures, outside of any transaction.
    ///
    /// [`DbError::Busy`] if someone still read what was deleted: try again later.
    pub async fn scrub(&self, tables: &[&'static str]) -> Result<(), DbError> {
        match self {
            Self::Sqlite { writer, .. } => rewrite_file(writer).await,
            Self::Postgres { server, .. } => rewrite_tables(server, tables).await,
        }
        .map_err(|error| error.map_or(DbError::Busy("scrub"), |error| DbError::from_driver(&error, "scrub")))
    }
}

/// What went wrong; none: someone still reads.
type Trouble = Option<sqlx::Error>;

async fn rewrite_file(writer: &SqlitePool) -> Result<(), Trouble> {
    sqlx::raw_sql(REWRITE).execute(writer).await?;
    let (busy, _, _): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await?;
    if busy == 0 { Ok(()) } else { Err(None) }
}

async fn rewrite_tables(server: &PgPool, tables: &[&'static str]) -> Result<(), Trouble> {
    let next = asked(server, sqlx::query_as(NEXT)).await?;
    let mut pause = FIRST;
    for _ in 0..LOOKS {
        let free = asked(server, sqlx::query_as(OLDER).bind(next)).await? == 0;
        if free
            && keeps_nothing(server, PROBE, next).await?
            && is_free(server, tables).await?
            && keeps_nothing(server, tables, next).await?
        {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
    Err(None)
}

/// Whether nobody holds the tables for long: who rewrites them waits for everybody, and everybody for whoever waits.
async fn is_free(server: &PgPool, tables: &[&'static str]) -> Result<bool, sqlx::Error> {
    let mut tx = server.begin().await?;
    sqlx::raw_sql("SET LOCAL lock_timeout = '200ms'").execute(&mut *tx).await?;
    let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "));
    let locked = sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *tx).await;
    tx.rollback().await?;
    match locked {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(LOCKED) => Ok(false),
        locked => locked.map(|_| true),
    }
}

/// Rewrites the tables; whether no row was kept that was deleted before transaction `next` began.
async fn keeps_nothing(server: &PgPool, tables: &[&'static str], next: i64) -> Result<bool, sqlx::Error> {
    let rewrite = format!("VACUUM FULL {}", tables.join(", "));
    sqlx::raw_sql(AssertSqlSafe(rewrite)).execute(server).await?;
    let kept = KEPT.replace("TABLES", &format!("'{}'", tables.join("', '")));
    Ok(asked(server, sqlx::query_as(AssertSqlSafe(kept)).bind(next)).await? == 0)
}

/// The number that a query gives, in a transaction: else a pooler may run it where it was not prepared.
async fn asked(
    server: &PgPool,
    query: QueryAs<'static, Postgres, (i64,), PgArguments>,
) -> Result<i64, sqlx::Error> {
    let mut tx = server.begin().await?;
    let (number,) = query.persistent(false).fetch_one(&mut *tx).await?;
    tx.rollback().await?;
    Ok(number)
}
