//! Where records live: SQL for SQLite and PostgreSQL, one text for both.
//!
//! Knows tables, transactions and encryption at rest; knows no use case and decides nothing. A use case
//! in `node` opens one transaction, calls the functions here with it, and commits.

pub mod databases;
pub mod db;
pub mod keystore;
pub mod migrate;
pub mod seal;
