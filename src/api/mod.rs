//! Inbound HTTP: three listeners, each with its routes on one page and its OpenAPI document.
//!
//! Knows callers, bodies, statuses; decides nothing: a handler reads a request, calls one use case of
//! `node`, and writes the answer. Invariants: no input makes a 5xx or a panic; a refusal is a problem
//! document with a code; no case value stands in a log line, an error or a metric.

pub mod body;
pub mod callers;
pub mod frame;
mod gate;
pub mod listener;
pub mod office;
pub mod ops;
mod patience;
pub mod peer;
pub mod problem;
mod schema;
mod serve;
mod served;
mod shape;
mod slots;
pub mod token;
mod tries;

pub use serve::{serve_office, serve_ops, serve_peer};
