//! Federations of real processes: the demo seen from outside, revocation, and shared databases.

mod demo;
mod demo_on_postgres;
mod fetching;
mod instances;
mod restored;
mod revocation;
pub(crate) mod secrets;
mod secrets_on_postgres;
mod table;
mod upgrade;
mod waiting;
