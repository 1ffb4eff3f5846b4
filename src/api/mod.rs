//! Inbound HTTP: listeners, routes, callers, problems.
//!
//! Knows requests and answers; must not know SQL or decide what may be disclosed. Invariant: nothing
//! is served to a peer that the TLS verifier did not name.

pub mod listener;
