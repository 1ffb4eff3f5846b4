//! Nouns and rules of the field. Pure: no async, no database, no HTTP, no clock of its own.
//!
//! Wire values are the codes of `records`; the Chinese terms are labels for people.

#[macro_use]
mod code;

pub mod access;
pub mod agreement;
pub mod claim;
pub mod date;
pub mod digest;
pub mod dna;
pub mod lead;
pub mod node;
pub mod profile;
pub mod purge;
pub mod region;
pub mod spelling;
pub mod unit;

pub use code::UnknownCode;
