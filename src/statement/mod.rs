//! Signed formats: canonical JSON, keys with their validity, JWS and SD-JWT.
//!
//! Knows the standards (RFC 7515, 7517, 7638, 8037, 8785, 9901) and whose key signed what; must not
//! know what a lead, an agreement or a recipient is. Invariant: whatever [`jws::sign`] and
//! [`sd_jwt::issue`] return is accepted by the matching `verify`, and nothing has two readings.

pub mod canonical;
pub mod error;
pub mod jws;
pub mod keys;
pub mod report;
pub mod sd_jwt;
mod sd_jwt_parser;

pub use error::StatementError;
pub use report::{Report, report};

#[cfg(test)]
mod refusals;
#[cfg(test)]
mod samples;
