//! Inbound HTTP.

pub mod listener;
