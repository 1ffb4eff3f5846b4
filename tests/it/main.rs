//! The one integration-test binary: a harness, and a module for each capability.

mod harness;
mod store;
