//! What the log says, and how an outsider checks it. Pure.
//!
//! Entries hold no values and no direct identifiers; they are still pseudonymous, so peers and
//! witnesses get checkpoints and proofs, never entries.

pub mod bundle;
pub mod coverage;
mod cursor;
pub mod entry;
pub mod glance;
pub mod paper;
pub mod receipt;
pub mod reconcile;
pub mod terms;
pub mod trust;
pub mod verify;
pub mod words;

pub use entry::{Entry, EntryType, Incomplete};

#[cfg(test)]
mod samples;
