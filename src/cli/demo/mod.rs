//! The demo federation: three regions, two agreements and leads about invented people.
//!
//! Knows nothing of a running node: it returns plain data. Invariant: the same seed and day give the
//! same leads, and nobody in them exists.

pub mod agreements;
mod draw;
pub mod leads;
mod names;
mod narratives;
mod persons;
mod places;
