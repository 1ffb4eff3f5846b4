//! The Merkle log's formats: what an outsider needs to check a node, and nothing about leads.
//!
//! RFC 6962 trees and proofs, and the C2SP formats around them (signed-note, tlog-checkpoint,
//! tlog-cosignature, tlog-proof, tlog-tiles). Pure and sans-I/O: nodes of the tree come from a
//! lookup the caller supplies, times are arguments. It must not know what an entry says.
//!
//! Invariant: every parser accepts exactly the bytes its writer makes, so a parsed value written
//! again is the same text; every verifier errs, never panics, whatever it is given.

pub mod checkpoint;
pub mod cosignature;
pub mod key;
pub mod multiproof;
pub mod note;
pub mod proof;
pub mod proof_file;
mod text;
pub mod tile_log;
pub mod tiles;
pub mod tree;
pub mod witness;
