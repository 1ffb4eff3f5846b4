//! The one integration-test binary: a module per capability, and the harness they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod dependencies;
mod harness;
mod matrix;
mod store;
