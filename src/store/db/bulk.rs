//! Many rows in one statement. A row at a time costs a thread hop (SQLite) or a round trip (PostgreSQL) each.

use std::fmt::Write;

use uuid::Uuid;

use super::{Pending, Query, Tx};

/// Rows per statement: more gains nothing.
const MOST_ROWS: usize = 500;
/// A statement of at most so many rows is prepared once and kept: most have one.
const KEPT_ROWS: usize = 4;
/// SQLite's limit of arguments per statement; PostgreSQL's is 65,535.
const MOST_ARGUMENTS: usize = 32_766;

/// One value of a bulk insert. A NULL has the type of its column, because PostgreSQL asks for it.
pub enum Value {
    /// BIGINT.
    Int(Option<i64>),
    /// TEXT.
    Text(Option<String>),
    /// BLOB, BYTEA.
    Bytes(Option<Vec<u8>>),
    /// A UUID (16 bytes in SQLite).
    Id(Option<Uuid>),
}

macro_rules! value_from {
    ($($variant:ident: $type:ty),*) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value)
            }
        }
    )* };
}

value_from!(Int: i64, Text: String, Bytes: Vec<u8>, Id: Uuid);

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl Tx {
    /// Inserts `rows`, in order, in as few statements as the engines' limits allow; returns how many rows were
    /// inserted or changed. No rows: nothing happens.
    ///
    /// `insert` ends before the first bracket of values (`/* name */ INSERT INTO t (a, b) VALUES`); `suffix` follows
    /// them (`ON CONFLICT DO NOTHING`, or nothing) and has no placeholders.
    pub fn insert_rows<'t, const COLUMNS: usize>(
        &'t mut self,
        insert: &'static str,
        rows: impl IntoIterator<Item = [Value; COLUMNS]>,
        suffix: &'static str,
    ) -> Pending<'t, u64> {
        self.insert_values(insert, COLUMNS, rows.into_iter().flatten().collect(), suffix)
    }

    fn insert_values<'t>(
        &'t mut self,
        insert: &'static str,
        columns: usize,
        values: Vec<Value>,
        suffix: &'static str,
    ) -> Pending<'t, u64> {
        Box::pin(async move {
            let most = MOST_ROWS.min(MOST_ARGUMENTS / columns.max(1)) * columns;
            let (mut values, mut inserted) = (values.into_iter(), 0);
            while values.len() > 0 {
                let chunk: Vec<Value> = values.by_ref().take(most).collect();
                let rows = chunk.len() / columns.max(1);
                let sql = self.values_sql(insert, suffix, rows, columns);
                let query = self.query(insert).with_generated(sql, rows <= KEPT_ROWS);
                inserted += chunk.into_iter().fold(query, Query::bind_value).execute().await?;
            }
            Ok(inserted)
        })
    }

    /// SQLite gets bare `?`: it looks up named ones, such as `$1`, in a list, which is quadratic.
    fn values_sql(&self, insert: &str, suffix: &str, rows: usize, columns: usize) -> String {
        let numbered = matches!(self, Self::Postgres { .. });
        let mut sql = String::with_capacity(insert.len() + suffix.len() + rows * columns * 7);
        sql.push_str(insert);
        for argument in 0..rows * columns {
            sql.push_str(match (argument % columns, argument) {
                (0, 0) => " (",
                (0, _) => "), (",
                _ => ", ",
            });
            if numbered {
                let _ = write!(sql, "${}", argument + 1);
            } else {
                sql.push('?');
            }
        }
        sql.push_str(") ");
        sql.push_str(suffix);
        sql
    }
}

impl Query<'_> {
    fn bind_value(self, value: Value) -> Self {
        match value {
            Value::Int(it) => self.bind(it),
            Value::Text(it) => self.bind(it),
            Value::Bytes(it) => self.bind(it),
            Value::Id(it) => self.bind(it),
        }
    }
}
