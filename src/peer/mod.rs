//! Between nodes: certificates, the register of peers as TLS sees it, and the outbound side.
//!
//! Knows keys, certificates and HTTP; must not know what a message says. Invariant: a connection
//! exists only with a node that the register calls active, and every decision about that is made
//! in [`verifier`].

pub mod identity;
pub mod key_file;
pub mod pki;
pub mod refusal;
pub mod transport;
pub mod verifier;
