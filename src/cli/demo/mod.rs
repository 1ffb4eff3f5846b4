//! The demo federation: three regions, two agreements and leads about invented people; two upper nodes if asked for.
//!
//! The data (leads, agreements, persons, places) know nothing of a running node; [`command`] starts nodes
//! and brings the data to them through their offices. Invariant: the same seed and day give the same
//! leads, and nobody in them exists.

pub mod agreements;
mod check;
pub mod command;
mod databases;
mod draw;
mod federation;
mod filings;
mod instance;
pub mod leads;
mod life;
mod names;
mod narratives;
mod office;
mod persons;
mod places;
mod process;
mod report;
mod scenario;
