//! One statement with its arguments. Looks like sqlx's builder; the arguments and rows are those that both
//! drivers can carry.

use std::future::Future;
use std::pin::Pin;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type};

use super::DbError;

/// A value that both drivers can send: `i64`, `&str`, `String`, `&[u8]`, `Vec<u8>`, `Uuid`, and `Option` of them.
pub trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>
{
}

impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>
{
}

/// A row that both drivers can read: tuples of up to 16 values, or a struct with a `FromRow` generic over the row.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement being built; run it with [`Query::execute`], [`Query::one`], [`Query::optional`] or [`Query::all`].
#[must_use = "a query does nothing until it is run"]
pub struct Query<'t> {
    on: On<'t>,
    sql: SqlStr,
    at: &'static str,
    cached: bool,
    unsendable: bool,
}

enum On<'t> {
    Sqlite(&'t mut SqliteConnection, SqliteArguments),
    Postgres(&'t mut PgConnection, PgArguments),
}

/// What a database operation gives once it is done. Boxed, so that the drivers' large futures do not become
/// part of every caller's: the compiler would prove each of them anew.
pub type Pending<'t, T> = Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 't>>;

/// Runs one fetch on whichever engine the query is for.
macro_rules! fetch {
    ($query:expr, $fetch:ident) => {{
        let Self { on, sql, at, cached, unsendable } = $query;
        Box::pin(async move {
            if unsendable {
                return Err(DbError::Refused { at, code: "argument".into() });
            }
            match on {
                On::Sqlite(to, with) => sqlx::query_as_with(sql, with).persistent(cached).$fetch(to).await,
                On::Postgres(to, with) => sqlx::query_as_with(sql, with).persistent(cached).$fetch(to).await,
            }
            .map_err(|error| DbError::from_driver(&error, at))
        })
    }};
}

impl<'t> Query<'t> {
    pub(super) fn on_sqlite(to: &'t mut SqliteConnection, sql: &'static str) -> Self {
        Self::new(On::Sqlite(to, SqliteArguments::default()), sql)
    }

    pub(super) fn on_postgres(to: &'t mut PgConnection, sql: &'static str, named: bool) -> Self {
        // sqlx names persistent statements even when its cache has no room for them.
        Self { cached: named, ..Self::new(On::Postgres(to, PgArguments::default()), sql) }
    }

    fn new(on: On<'t>, sql: &'static str) -> Self {
        Self { on, sql: sql.into_sql_str(), at: name_of(sql), cached: true, unsendable: false }
    }

    /// The next argument: the first is `$1`.
    pub fn bind(mut self, value: impl Bind) -> Self {
        let added = match &mut self.on {
            On::Sqlite(_, with) => Arguments::add(with, value),
            On::Postgres(_, with) => with.add(value),
        };
        self.unsendable |= added.is_err();
        self
    }

    /// Locks the selected rows until the end of the transaction, waiting for others to let go. SQLite needs
    /// no such lock, as writers run one after another.
    pub fn for_update(self) -> Self {
        self.followed_by(" FOR UPDATE")
    }

    /// Locks the selected rows and leaves out those that another transaction holds: for work queues.
    pub fn skip_locked(self) -> Self {
        self.followed_by(" FOR UPDATE SKIP LOCKED")
    }

    fn followed_by(mut self, clause: &'static str) -> Self {
        if matches!(self.on, On::Postgres(..)) {
            self.sql = AssertSqlSafe(format!("{}{clause}", self.sql.as_str())).into_sql_str();
        }
        self
    }

    /// Replaces the text by one with generated placeholders; `kept`: it is worth a place in the cache.
    pub(super) fn with_generated(mut self, sql: String, kept: bool) -> Self {
        self.sql = AssertSqlSafe(sql).into_sql_str();
        self.cached &= kept;
        self
    }

    /// Runs the statement; returns how many rows it inserted, changed or deleted.
    pub fn execute(self) -> Pending<'t, u64> {
        let Self { on, sql, at, cached, unsendable } = self;
        Box::pin(async move {
            if unsendable {
                return Err(DbError::Refused { at, code: "argument".into() });
            }
            match on {
                On::Sqlite(to, with) => sqlx::query_with(sql, with)
                    .persistent(cached)
                    .execute(to)
                    .await
                    .map(|done| done.rows_affected()),
                On::Postgres(to, with) => sqlx::query_with(sql, with)
                    .persistent(cached)
                    .execute(to)
                    .await
                    .map(|done| done.rows_affected()),
            }
            .map_err(|error| DbError::from_driver(&error, at))
        })
    }

    /// The one row; [`DbError::Missing`] if there is none.
    pub fn one<T: Record + 't>(self) -> Pending<'t, T> {
        fetch!(self, fetch_one)
    }

    /// The first row, if there is one.
    pub fn optional<T: Record + 't>(self) -> Pending<'t, Option<T>> {
        fetch!(self, fetch_optional)
    }

    /// All rows, in memory: the statement has a LIMIT or a key that bounds them.
    pub fn all<T: Record + 't>(self) -> Pending<'t, Vec<T>> {
        fetch!(self, fetch_all)
    }
}

/// The name in the comment that opens a statement.
pub(super) fn name_of(sql: &'static str) -> &'static str {
    sql.trim_start()
        .strip_prefix("/*")
        .and_then(|rest| rest.split_once("*/"))
        .map_or("a statement", |(name, _)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_statement_is_known_by_its_comment() {
        assert_eq!(name_of("/* lead::load */ SELECT 1"), "lead::load");
        assert_eq!(name_of("SELECT 1"), "a statement");
    }
}
