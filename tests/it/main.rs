//! The one integration-test binary: a module per capability, and the harness they share.
#![cfg(test)]

mod agreement_commands;
mod agreement_drafts;
mod agreement_model;
mod agreements;
mod architecture;
mod cli;
mod dates;
mod dependencies;
mod exchange;
mod federation;
mod filing;
mod filing_upper;
mod foreign;
mod forms;
mod harness;
mod kill;
mod matrix;
mod mtls;
mod offers;
mod office_app;
mod openapi;
mod parsers;
mod path;
mod peer_rules;
mod purge;
mod reconcile;
mod redaction;
mod redirects;
mod rollback;
mod store;
mod tlog_oracles;
mod vectors;
mod witness;
mod wrong_agreements;
