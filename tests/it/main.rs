//! The one integration-test binary: a module per capability, and the harness they share.
#![cfg(test)]

mod agreement_model;
mod agreements;
mod architecture;
mod cli;
mod dependencies;
mod exchange;
mod federation;
mod foreign;
mod forms;
mod harness;
mod kill;
mod matrix;
mod mtls;
mod office_app;
mod openapi;
mod path;
mod peer_rules;
mod purge;
mod redaction;
mod store;
mod tlog_oracles;
