//! What nodes say to each other: messages, batches, receipts, and the rules for taking them in.
//!
//! Pure and sans-I/O: the same code drives the node, the simulation and the model checks. It decides;
//! `node` loads what it needs and stores what it decided.

pub mod agreement;
pub mod batch;
pub mod chain;
pub mod descriptor;
pub mod dispatch;
pub mod forms;
pub mod gate;
pub mod inbox;
pub mod judge;
pub mod message;
pub mod outbox;
pub mod position;
pub mod presentation;
pub mod problem;
pub mod receipt;
pub mod rest;
pub mod schema;
pub mod standing;
pub mod succession;
pub mod window;
pub mod word;
