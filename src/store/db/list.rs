//! Lists as one argument, so that a statement's text does not depend on their length.

use serde::Serialize;
use uuid::Uuid;

/// A JSON array for `… IN (SELECT value FROM json_each($1))`; for integers,
/// `… IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`.
///
/// SQLite has `json_each`; the PostgreSQL migrations define one for text.
pub fn list_of<T: ListItem>(items: &[T]) -> String {
    // Strings and integers always serialise.
    serde_json::to_string(items).unwrap_or_else(|_| "[]".into())
}

/// A JSON array for `… IN (SELECT unhex(value) FROM json_each($1))` against a column of UUIDs.
///
/// SQLite's `unhex` gives the 16 bytes that it stores; the PostgreSQL migrations define one that gives a UUID.
pub fn uuids_of(ids: &[Uuid]) -> String {
    let hex: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    list_of(&hex)
}

/// What [`list_of`] takes: text or integers.
pub trait ListItem: Serialize + sealed::Sealed {}

impl ListItem for i64 {}
impl ListItem for String {}
impl ListItem for &str {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for i64 {}
    impl Sealed for String {}
    impl Sealed for &str {}
}
