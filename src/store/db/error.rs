//! What can go wrong with a database, by who has to act. Never carries a value of a row or an argument.

use sqlx::error::{DatabaseError, ErrorKind};

/// A failed database operation. The `&'static str` is the name in the statement's opening comment.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached or is shutting down: the operator's to mend; retry.
    #[error("the database is not available (at {0})")]
    Unavailable(&'static str),
    /// The disk or the database is full; nothing was written: the operator's to mend; retry.
    #[error("there is no room left for the database (at {0})")]
    Full(&'static str),
    /// Another transaction is in the way: roll back and retry.
    #[error("the database is busy (at {0})")]
    Busy(&'static str),
    /// A unique key exists already: the caller decides what that means.
    #[error("a row with this key exists already (at {0})")]
    Conflict(&'static str),
    /// [`super::Query::one`] found no row.
    #[error("no such row (at {0})")]
    Missing(&'static str),
    /// A stored value is not what this program wrote, or the file is damaged: restore from a backup.
    #[error("the database holds something unreadable (at {0})")]
    Corrupt(&'static str),
    /// The role of the address may not log in, or lacks a right: the operator's to grant.
    #[error("the database role is not allowed to do this (at {0})")]
    NotAllowed(&'static str),
    /// The database refused the statement (a check, a foreign key, a trigger, bad SQL): our fault. The code
    /// is the engine's own (SQLSTATE, or SQLite's extended result code).
    #[error("the database refused a statement (at {at}, code {code})")]
    Refused {
        /// The statement's name.
        at: &'static str,
        /// The engine's error code.
        code: String,
    },
    /// The schema has a migration that this binary does not know: the operator runs an older binary than the
    /// one that migrated.
    #[error("the {database} schema is newer than this program: it has migration {version}")]
    SchemaNewer {
        /// Which of the node's databases.
        database: &'static str,
        /// The unknown migration.
        version: i64,
    },
    /// A migration that was applied differs from the one in this binary: someone edited one of them.
    #[error("migration {version} of the {database} schema is not the one that was applied")]
    SchemaAltered {
        /// Which of the node's databases.
        database: &'static str,
        /// The differing migration.
        version: i64,
    },
    /// The connection settings cannot be used: the operator's to mend.
    #[error("the database settings do not fit: {0}")]
    Settings(&'static str),
}

impl DbError {
    /// Whether the same transaction, run again from its start, may succeed without anyone acting.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_) | Self::Busy(_))
    }

    /// Whether the address or another setting is at fault, and not the database.
    pub const fn blames_settings(&self) -> bool {
        matches!(self, Self::Settings(_))
    }

    /// Sorts a driver's error; its text is dropped, because engines quote values in it.
    pub(in crate::store) fn from_driver(error: &sqlx::Error, at: &'static str) -> Self {
        use sqlx::Error as E;
        match error {
            E::Database(inner) => Self::from_engine(inner.as_ref(), at),
            E::RowNotFound => Self::Missing(at),
            E::PoolTimedOut => Self::Busy(at),
            E::ColumnDecode { .. } | E::Decode(_) => Self::Corrupt(at),
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(at)
            }
            E::Configuration(_) => Self::Settings("the connection options were refused"),
            _ => Self::Refused { at, code: "driver".into() },
        }
    }

    fn from_engine(error: &dyn DatabaseError, at: &'static str) -> Self {
        if error.kind() == ErrorKind::UniqueViolation {
            return Self::Conflict(at);
        }
        let code = error.code().unwrap_or_default();
        match code.parse::<i32>() {
            Ok(number) if code.len() < 5 => Self::from_sqlite(number, at),
            _ => Self::from_sqlstate(&code, at),
        }
    }

    /// SQLite result codes; the low byte is the primary code (<https://sqlite.org/rescode.html>).
    fn from_sqlite(code: i32, at: &'static str) -> Self {
        match code & 0xff {
            5 | 6 => Self::Busy(at),
            8 | 10 | 14 => Self::Unavailable(at),
            13 => Self::Full(at),
            11 | 26 => Self::Corrupt(at),
            _ => Self::Refused { at, code: code.to_string() },
        }
    }

    /// SQLSTATE classes (PostgreSQL documentation, appendix A).
    fn from_sqlstate(code: &str, at: &'static str) -> Self {
        match code {
            "40001" | "40P01" | "55P03" => Self::Busy(at),
            "XX001" | "XX002" => Self::Corrupt(at),
            "53100" => Self::Full(at),
            "25006" => Self::Unavailable(at),
            "42501" | "28000" | "28P01" => Self::NotAllowed(at),
            "3D000" => Self::Settings("there is no database of this name"),
            _ if ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => {
                Self::Unavailable(at)
            }
            _ => Self::Refused { at, code: code.to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_codes_are_sorted_by_who_acts() {
        assert!(matches!(DbError::from_sqlite(517, "q"), DbError::Busy("q")));
        assert!(matches!(DbError::from_sqlite(14, "q"), DbError::Unavailable("q")));
        assert!(matches!(DbError::from_sqlite(13, "q"), DbError::Full("q")));
        assert!(matches!(DbError::from_sqlstate("53100", "q"), DbError::Full("q")));
        assert!(matches!(DbError::from_sqlite(26, "q"), DbError::Corrupt("q")));
        assert!(matches!(DbError::from_sqlite(1811, "q"), DbError::Refused { .. }));
        assert!(matches!(DbError::from_sqlstate("40P01", "q"), DbError::Busy("q")));
        assert!(matches!(DbError::from_sqlstate("57P01", "q"), DbError::Unavailable("q")));
        assert!(matches!(DbError::from_sqlstate("42501", "q"), DbError::NotAllowed("q")));
        assert!(matches!(DbError::from_sqlstate("23514", "q"), DbError::Refused { .. }));
    }

    #[test]
    fn only_passing_troubles_are_retried() {
        assert!(DbError::Busy("q").is_retryable() && DbError::Unavailable("q").is_retryable());
        assert!(!DbError::Conflict("q").is_retryable() && !DbError::Corrupt("q").is_retryable());
    }
}
