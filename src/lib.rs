//! Guitu (归途, "the way home"): a federated exchange node for anti-trafficking case leads.
//!
//! The house has floors, and a room may use lower floors only:
//!
//! | floor | rooms | what they are for |
//! |---|---|---|
//! | 9 | [`cli`] | one command, one file |
//! | 8 | [`console`] | pages for officers and auditors |
//! | 7 | [`api`] | inbound HTTP: peers, offices, operators |
//! | 6 | [`node`] | use cases, one transaction each |
//! | 5 | [`store`], [`peer`] | SQL; outbound TLS |
//! | 4 | [`audit`] | what the log says (pure) |
//! | 3 | [`exchange`] | what nodes say to each other (pure) |
//! | 2 | [`statement`], [`redaction`], [`tlog`] | signed formats; Raw to Claims; the Merkle log (pure) |
//! | 1 | [`domain`] | nouns and rules (pure) |
//! | 0 | [`clock`] | time and randomness |
//!
//! Rooms on one floor do not see each other. Only `node` uses `store` and `peer`, except that `api`
//! takes the TLS verifier and `cli` key files. `tests/it/architecture.rs` reads the imports and
//! fails on a breach.

pub mod clock;
pub mod config;
pub mod telemetry;

#[macro_use]
pub mod domain;

pub mod redaction;
pub mod statement;
pub mod tlog;

pub mod exchange;

pub mod audit;

pub mod peer;
pub mod store;

pub mod node;

pub mod api;

pub mod console;

pub mod cli;
