//! The one integration-test binary: a module per capability, and the harness they share.
#![cfg(test)]

mod architecture;
mod dependencies;
mod foreign;
mod forms;
mod harness;
mod matrix;
mod mtls;
mod path;
mod office_app;
mod openapi;
mod store;
mod tlog_oracles;
