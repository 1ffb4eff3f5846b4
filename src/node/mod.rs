//! Use cases, one transaction each. The only room that uses both `store` and `peer`.
//!
//! One way out: `publish` → redaction + statement → store (record, draft in one transaction) →
//! `sequence` → `deliver` → peer. One way in: `receive` → exchange::inbox, judge → store → `sequence`
//! → receipt.

pub mod agree;
pub mod answer;
pub mod deliver;
pub mod dispatch;
pub mod draft;
pub mod error;
pub mod keys;
pub mod lead_seal;
pub mod officer;
pub mod open;
pub mod publish;
pub mod receive;
pub mod receipt_in;
pub mod received;
pub mod register;
pub mod sequence;
pub mod share;
pub mod views;

use std::sync::Arc;

use tokio::sync::{Mutex, Notify};

use crate::clock::{Clock, Entropy, Timestamp};
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, log_origin};
use crate::node::keys::NodeKeys;
use crate::store::databases::Databases;
use crate::store::keystore::Keystore;

pub use error::Error;
pub use officer::Officer;

/// One node: its databases, its keys, its time. Every use case is a method.
pub struct Node {
    id: NodeId,
    epoch: Epoch,
    db: Databases,
    keystore: Keystore,
    keys: NodeKeys,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Names this instance in leases.
    instance: String,
    /// One sequencing at a time in this process; others find their drafts done.
    turn: Mutex<()>,
    /// Rung when something may be ready to go out.
    bell: Notify,
}

impl Node {
    /// The node's name.
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// The epoch of its log and chains.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The origin of its log.
    pub fn log_origin(&self) -> String {
        log_origin(self.id, self.epoch)
    }

    /// The node's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The node's databases.
    pub const fn databases(&self) -> &Databases {
        &self.db
    }

    /// The node's keys.
    pub const fn keys(&self) -> &NodeKeys {
        &self.keys
    }

    /// Waits until something may be ready to go out.
    pub async fn listen(&self) {
        self.bell.notified().await;
    }
}
