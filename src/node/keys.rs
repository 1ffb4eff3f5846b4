//! The keys of a node, each for one use (certs/README.md says which file is which).

use std::sync::OnceLock;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, cosigner_name, log_origin};
use crate::statement::keys::SigningKey;
use crate::tlog::key::{KeyUse, Signer};

/// A 32-byte seed, wiped when dropped.
pub type Seed = Zeroizing<[u8; 32]>;

/// The seeds of a node, as its key files hold them.
pub struct Seeds {
    /// Statements, batches, receipts.
    pub signing: Seed,
    /// Checkpoints of the node's own log.
    pub log: Seed,
    /// Cosignatures on other nodes' checkpoints.
    pub cosigning: Seed,
    /// Wraps the data keys of records.
    pub storage: Seed,
    /// Tokens of the office API.
    pub office: Seed,
}

/// A seed that makes no key. The operator is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the {0} seed makes no key")]
pub struct KeyRefused(pub &'static str);

/// A signing key, what the node tells of itself while it signs, and what came after.
struct Reign {
    key: SigningKey,
    descriptor: Option<String>,
    next: OnceLock<Box<Reign>>,
}

impl Reign {
    const fn new(key: SigningKey, descriptor: Option<String>) -> Self {
        Self { key, descriptor, next: OnceLock::new() }
    }

    fn newest(&self) -> &Self {
        let mut newest = self;
        while let Some(next) = newest.next.get() {
            newest = next;
        }
        newest
    }
}

/// The keys that a running node uses.
pub struct NodeKeys {
    /// The first signing key of this process, and those that followed it.
    signing: Reign,
    node: NodeId,
    log: Signer,
    log_seed: Seed,
    cosigner: Signer,
    office: Seed,
    pseudonym: Seed,
}

impl NodeKeys {
    /// The keys that grow from `seeds`, for a node in an epoch that tells `descriptor` of itself.
    pub fn new(
        node: NodeId,
        epoch: Epoch,
        seeds: &Seeds,
        descriptor: Option<String>,
    ) -> Result<Self, KeyRefused> {
        let log = Signer::from_seed(&log_origin(node, epoch), KeyUse::Log, &seeds.log);
        let cosigner = Signer::from_seed(&cosigner_name(node), KeyUse::Cosigner, &seeds.cosigning);
        let mut labelled = Zeroizing::new(b"guitu pseudonyms v1".to_vec());
        labelled.extend_from_slice(seeds.office.as_slice());
        let signing = SigningKey::from_seed(node, &seeds.signing).map_err(|_| KeyRefused("signing"))?;
        Ok(Self {
            signing: Reign::new(signing, descriptor),
            node,
            log: log.map_err(|_| KeyRefused("log"))?,
            log_seed: seeds.log.clone(),
            cosigner: cosigner.map_err(|_| KeyRefused("cosigning"))?,
            office: seeds.office.clone(),
            pseudonym: Zeroizing::new(*Digest::of(&labelled).bytes()),
        })
    }

    /// Signs statements, batches and receipts.
    pub fn signing(&self) -> &SigningKey {
        &self.signing.newest().key
    }

    /// What the node tells of itself, once it has a descriptor.
    pub fn descriptor(&self) -> Option<&str> {
        self.signing.newest().descriptor.as_deref()
    }

    /// Signs with `key` from now on, which `descriptor` names.
    pub fn succeed(&self, key: SigningKey, descriptor: String) {
        let mut next = Box::new(Reign::new(key, Some(descriptor)));
        while let Err(other) = self.signing.newest().next.set(next) {
            next = other;
        }
    }

    /// How often the signing key or the descriptor has changed in this process.
    pub fn reigns(&self) -> usize {
        std::iter::successors(Some(&self.signing), |reign| reign.next.get().map(Box::as_ref)).count()
    }

    /// Signs checkpoints of the own log.
    pub const fn log(&self) -> &Signer {
        &self.log
    }

    /// Signs checkpoints of the own log as it was in another epoch.
    pub fn log_in(&self, epoch: Epoch) -> Result<Signer, KeyRefused> {
        let origin = log_origin(self.node, epoch);
        Signer::from_seed(&origin, KeyUse::Log, &self.log_seed).map_err(|_| KeyRefused("log"))
    }

    /// Cosigns other nodes' checkpoints.
    pub const fn cosigner(&self) -> &Signer {
        &self.cosigner
    }

    /// The seed of the office tokens' key.
    pub fn office_seed(&self) -> &[u8; 32] {
        &self.office
    }

    /// Keys the officers' pseudonyms.
    pub fn pseudonym_key(&self) -> &[u8; 32] {
        &self.pseudonym
    }
}
