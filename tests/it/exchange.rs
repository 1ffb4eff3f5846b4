//! One rule broken at a time: the code with which a receiver refuses each, and what no bytes can bring about.

#![cfg(test)]

mod batches;
mod filings;
mod items;
mod mutations;
mod recalls;
mod sender;
mod steps;
