//! Use cases, one transaction each. The only room that uses both `store` and `peer`.
//!
//! One way out: `publish` → redaction + statement → store (record, draft in one transaction) →
//! `sequence` → `deliver` → peer. One way in: `receive` → `exchange::inbox`, `judge` → store → `sequence`
//! → receipt.

mod again;
pub mod agree;
pub mod agreed;
pub mod answer;
mod arrival;
mod backfill;
pub mod backup;
mod breach;
mod brought;
pub mod concerns;
mod contradiction;
mod courier;
pub mod coverage;
pub mod deliver;
pub mod dispatch;
mod disputed;
pub mod dossiers;
pub mod draft;
pub mod drafting;
mod epoch;
pub mod erase;
mod error;
pub mod export;
pub mod export_tiles;
mod fence;
pub mod fetch;
mod fetcher;
pub mod filing;
pub mod filings;
mod flight;
pub mod follow_up;
mod handed;
pub mod heads;
mod hearing;
mod instances;
pub mod journal;
pub mod keys;
pub mod lag;
mod last_head;
pub mod lead_seal;
mod lease;
mod log_index;
pub mod log_proofs;
pub mod losses;
pub mod masks;
mod named;
pub mod offer;
pub mod offers;
pub mod officer;
pub mod open;
mod outward;
mod password;
pub mod position;
pub mod preview;
pub mod proofs;
pub mod publish;
pub mod purge;
pub mod purges;
mod recall;
pub mod receipt_in;
pub mod receipt_out;
pub mod receive;
pub mod received;
mod record;
pub mod refused_log_ins;
pub mod register;
mod rejoin;
pub mod renew;
mod replay;
pub mod risk;
pub mod rotation;
pub mod search;
pub mod sequence;
pub mod share;
pub mod standing;
pub mod statistics;
mod taken_back;
mod texts;
mod told;
mod tombstones;
pub mod traffic;
mod unheard;
mod unreadable;
mod untold;
mod upper;
pub mod users;
pub mod views;
pub mod withdraw;
pub mod witness;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::clock::{Clock, Entropy, Timestamp};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::region::RegionCode;
use crate::exchange::message::{Epoch, log_origin};
use crate::node::hearing::Calls;
use crate::node::keys::NodeKeys;
use crate::store::databases::Databases;
use crate::store::db::DbError;
use crate::store::keystore::Keystore;

pub use error::Error;
pub use officer::Officer;

/// One node: its databases, its keys, its time. Every use case is a method.
pub struct Node {
    id: NodeId,
    /// The upper node that its descriptor names.
    upper: Option<NodeId>,
    epoch: Epoch,
    /// The epochs of its log, each with the index of its first entry, oldest first.
    epochs: Vec<(Epoch, u64)>,
    /// Nothing is sequenced, so nothing is said, before the log is known to be whole.
    waits: watch::Sender<bool>,
    /// The folder of what outlives the database: the last head, the tombstones.
    outside: Option<PathBuf>,
    db: Databases,
    keystore: Keystore,
    keys: NodeKeys,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Within how many days a withdrawal is answered.
    withdrawal_days: u32,
    /// The peers that witness its log; none: the first active ones.
    witnesses: Vec<NodeId>,
    /// The witnesses that are late, as far as this process knows.
    late: Mutex<HashSet<NodeId>>,
    /// Names this instance in leases.
    instance: String,
    /// Who stands in the log for what is done at the node itself.
    operator: OnceLock<String>,
    /// One sequencing at a time in this process; others find their drafts done.
    turn: sequence::Turn,
    /// Takes in what was read.
    recorder: mpsc::Sender<record::Asked>,
    /// Rung when something may be ready to go out.
    bell: watch::Sender<u64>,
    /// Whether this process ends: whoever waits here for messages is let go.
    closing: watch::Sender<bool>,
    /// What is told about each peer.
    couriers: Mutex<HashMap<NodeId, Calls>>,
    /// What this process has under way.
    traffic: traffic::Traffic,
    /// What it handed over and has no receipt for.
    handed: handed::Handed,
    /// The newest checkpoint that was signed in this process.
    checkpoint: Mutex<Option<Signed>>,
}

/// A signed checkpoint of the own log.
#[derive(Clone)]
pub struct Signed {
    /// How many entries it covers.
    pub size: u64,
    /// The root.
    pub root: Digest,
    /// The signed note.
    pub note: String,
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

    /// Whether it waits until its log is known to be whole: nothing is sequenced before.
    pub fn waits(&self) -> bool {
        *self.waits.borrow()
    }

    /// Ends once the node waits: it must be opened again, as it does when it starts.
    pub async fn stands_still(&self) {
        // The sender lives as long as the node.
        let _ = self.waits.subscribe().wait_for(|waits| *waits).await;
    }

    /// Whether a newer program has migrated the databases: this one must end.
    pub async fn is_outdated(&self) -> bool {
        matches!(self.db.check_schemas().await, Err(DbError::SchemaNewer { .. }))
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

    /// The node's signed descriptor, once there is one.
    pub fn descriptor(&self) -> Option<&str> {
        self.keys.descriptor()
    }

    /// Something may be ready to go out.
    pub fn ring(&self) {
        self.bell.send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    /// Hears every ring from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    fn calls<T>(&self, peer: NodeId, with: impl FnOnce(&Calls) -> T) -> T {
        let mut couriers = self.couriers.lock().unwrap_or_else(PoisonError::into_inner);
        with(couriers.entry(peer).or_default())
    }

    fn peers_called(&self, which: impl Fn(&Calls) -> bool) -> Vec<NodeId> {
        let couriers = self.couriers.lock().unwrap_or_else(PoisonError::into_inner);
        couriers.iter().filter(|(_, calls)| which(calls)).map(|(peer, _)| *peer).collect()
    }

    fn every_call(&self, with: impl Fn(&Calls)) {
        let couriers = self.couriers.lock().unwrap_or_else(PoisonError::into_inner);
        couriers.values().for_each(with);
    }
}

/// A node id as the databases keep it.
pub(crate) fn key(node: NodeId) -> i64 {
    i64::from(node.region().number())
}

/// A node id from a database key.
pub(crate) fn node_of(key: i64) -> Result<NodeId, Error> {
    let number = u32::try_from(key).map_err(|_| Error::Corrupt("node id"))?;
    RegionCode::new(number).map(NodeId).map_err(|_| Error::Corrupt("node id"))
}
