//! What the log says, and how an outsider checks it. Pure.
//!
//! Entries hold no values and no direct identifiers; they are still pseudonymous, so peers and
//! witnesses get checkpoints and proofs, never entries.

pub mod entry;
pub mod receipt;

pub use entry::{Entry, EntryType, Incomplete};
