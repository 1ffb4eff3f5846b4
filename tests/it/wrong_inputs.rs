//! Every field of what comes in has its wrong inputs: refused by a code, at its place, and nothing is kept.

mod batches;
mod fields;
mod genotypes;
mod headers;
mod listeners;
mod operations;
mod proposals;
mod requests;
mod terms;
