//! The one integration-test binary: a harness, and a module for each capability.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on, fails")]

mod harness;
mod store;
