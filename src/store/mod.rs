//! Where records live: SQL for SQLite and PostgreSQL, one text for both.
//!
//! Knows tables, transactions and encryption at rest; knows no use case and decides nothing. A use case
//! in `node` opens one transaction, calls the functions here with it, and commits.

pub mod agreement;
pub mod agreement_draft;
pub mod backfill;
pub mod chain;
pub mod contact;
pub mod copy;
pub mod databases;
pub mod db;
pub mod draft;
pub mod epoch;
pub mod erasure;
pub mod filing;
pub mod keystore;
pub mod lag;
pub mod lead;
pub mod lease;
pub mod log;
pub mod log_index;
pub mod login;
pub mod loss;
pub mod migrate;
pub mod outbox;
pub mod peer;
pub mod projection;
pub mod purge;
pub mod received;
pub mod refusal;
pub mod renewal;
pub mod seal;
pub mod state;
pub mod statistics;
pub mod user;
pub mod withdrawal;
pub mod witness;
