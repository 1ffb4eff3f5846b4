//! The auditor's trust file: whose keys are believed, obtained elsewhere than from the bundle.
//!
//! A JSON object `{"guitu_trust": 1, "nodes": […]}`, perhaps with `"witnesses": […]`, the codes of the nodes whose
//! cosignatures count; each node has the members of [`TrustedNode`]. Keys are base64url without padding; unknown and doubled members are refused. Invariant: a node
//! stands in it once, and its signing keys are its own.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::node::NodeId;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::message::{Epoch, cosigner_name, log_origin};
use crate::statement::canonical;
use crate::statement::keys::{KeyRecord, KeySet, VerifyingKey};
use crate::tlog::key::{KeyUse, VerifierKey};

const VERSION: u32 = 1;

/// Why there is no trust file. Whoever wrote the file or chose the descriptors is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TrustError {
    /// Not a trust file of this format and version.
    #[error("not a trust file of this format")]
    Malformed,
    /// One node, or one epoch of it, stands in it twice.
    #[error("node {0} stands twice in the trust file")]
    Doubled(NodeId),
    /// The signing keys of that node are those of another, or one of its keys is not a key.
    #[error("the keys of node {0} are not its own")]
    WrongKeys(NodeId),
    /// The log of that node never was in that epoch, as far as the trust file knows.
    #[error(
        "the trust file knows no epoch {1} of the log of node {0}: make it from the descriptor of that time too"
    )]
    UnknownEpoch(NodeId, u32),
    /// That node shall witness, and is not among those that are trusted, or stands twice.
    #[error("witness {0} is not one of the nodes, or is named twice")]
    WrongWitness(NodeId),
}

/// An epoch that the log of a node was in before, by a descriptor of that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierEpoch {
    /// The epoch.
    pub epoch: Epoch,
    /// The fingerprint of the descriptor of that time.
    pub fingerprint: String,
}

/// A node that the auditor knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedNode {
    /// The node.
    pub node: NodeId,
    /// The name that people know it by.
    pub name: String,
    /// The fingerprint of the descriptor that this was made from: what people compare.
    pub fingerprint: String,
    /// The epoch of its log.
    pub epoch: Epoch,
    /// Earlier epochs of its log, ascending: bundles that end in one of them are from before the present one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierEpoch>,
    /// Its signing keys.
    pub signing_keys: KeySet,
    /// The public key of its log.
    pub log_key: VerifyingKey,
    /// The public key of its cosignatures.
    pub cosigner_key: VerifyingKey,
    /// The epoch that the auditor asks for, by its counter: nothing that a trust file says. None for the present one.
    #[serde(skip)]
    asked: Option<u32>,
}

/// The nodes that the auditor knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    #[serde(rename = "guitu_trust")]
    version: u32,
    nodes: Vec<TrustedNode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    witnesses: Option<Vec<NodeId>>,
}

impl Trust {
    /// Trusts the nodes of these descriptors, which the caller opened and whose fingerprints people
    /// have compared. Of one node there may be several, of different epochs: the last epoch is its present one.
    pub fn of(descriptors: &[Descriptor]) -> Result<Self, TrustError> {
        let mut descriptors: Vec<&Descriptor> = descriptors.iter().collect();
        descriptors.sort_by_key(|said| (said.iss, Reverse(said.epoch.counter)));
        let of_nodes = descriptors.chunk_by(|one, other| one.iss == other.iss);
        let nodes = of_nodes.map(TrustedNode::of).collect::<Result<_, _>>()?;
        Self { version: VERSION, nodes, witnesses: None }.checked()
    }

    /// The same with a named witness set, all of it among the nodes: only these nodes' cosignatures count, and more
    /// than half of them must have cosigned. Without one, every other node is a witness.
    pub fn witnessed_by(self, witnesses: Vec<NodeId>) -> Result<Self, TrustError> {
        Self { witnesses: Some(witnesses), ..self }.checked()
    }

    /// The same for an auditor who asks for the log of `node` as it ended in the epoch with that counter. Without it a
    /// log that ends before the present epoch does not hold: a node could show what it had before a restore for ever.
    pub fn asking(mut self, node: NodeId, counter: u32) -> Result<Self, TrustError> {
        let known = self.nodes.iter_mut().find(|trusted| trusted.node == node);
        let known = known.filter(|trusted| trusted.epochs().any(|epoch| epoch.counter == counter));
        known.ok_or(TrustError::UnknownEpoch(node, counter))?.asked = Some(counter);
        Ok(self)
    }

    /// Reads a trust file.
    pub fn open(bytes: &[u8]) -> Result<Self, TrustError> {
        let value = canonical::parse_strict(bytes).map_err(|_| TrustError::Malformed)?;
        serde_json::from_value::<Self>(value).map_err(|_| TrustError::Malformed)?.checked()
    }

    /// The bytes of the trust file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TrustError> {
        serde_json::to_vec_pretty(self).map_err(|_| TrustError::Malformed)
    }

    /// All nodes, ascending.
    pub fn nodes(&self) -> &[TrustedNode] {
        &self.nodes
    }

    /// That node, if it is trusted.
    pub fn node(&self, node: NodeId) -> Option<&TrustedNode> {
        self.nodes.iter().find(|trusted| trusted.node == node)
    }

    /// Whether the cosignatures of that node count, on logs other than its own.
    pub fn is_witness(&self, node: NodeId) -> bool {
        self.witnesses.as_ref().is_none_or(|named| named.contains(&node)) && self.node(node).is_some()
    }

    /// Whether the file names the witness set.
    pub const fn names_witnesses(&self) -> bool {
        self.witnesses.is_some()
    }

    fn checked(mut self) -> Result<Self, TrustError> {
        self.nodes.sort_by_key(|trusted| trusted.node);
        if self.version != VERSION || self.nodes.is_empty() {
            return Err(TrustError::Malformed);
        }
        for pair in self.nodes.windows(2) {
            if let [one, other] = pair
                && one.node == other.node
            {
                return Err(TrustError::Doubled(one.node));
            }
        }
        if let Some(wrong) = self.nodes.iter().find(|trusted| trusted.signing_keys.node() != trusted.node) {
            return Err(TrustError::WrongKeys(wrong.node));
        }
        let ascend = |node: &TrustedNode| {
            node.epochs().map(|epoch| epoch.counter).is_sorted_by(|one, next| one < next)
        };
        if let Some(wrong) = self.nodes.iter().find(|trusted| !ascend(trusted)) {
            return Err(TrustError::Doubled(wrong.node));
        }
        if let Some(wrong) = self.wrong_witness() {
            return Err(TrustError::WrongWitness(wrong));
        }
        if self.witnesses.as_ref().is_some_and(Vec::is_empty) {
            return Err(TrustError::Malformed);
        }
        Ok(self)
    }

    /// Puts the witness set in order, and finds who cannot be in it.
    fn wrong_witness(&mut self) -> Option<NodeId> {
        let named = self.witnesses.as_mut()?;
        named.sort_unstable();
        let doubled = named.windows(2).find_map(|pair| {
            if let [a, b] = pair
                && a == b
            {
                Some(*a)
            } else {
                None
            }
        });
        let trusted = |node: &NodeId| self.nodes.iter().any(|trusted| trusted.node == *node);
        doubled.or_else(|| named.iter().copied().find(|node| !trusted(node)))
    }
}

impl TrustedNode {
    /// What the descriptors of one node say, the newest first.
    fn of(descriptors: &[&Descriptor]) -> Result<Self, TrustError> {
        let (newest, older) = descriptors.split_first().ok_or(TrustError::Malformed)?;
        let wrong = TrustError::WrongKeys(newest.iss);
        let key = |text: &str| VerifyingKey::try_from(text.to_owned()).map_err(|_| wrong);
        // The log and its witnesses know the node by these in every epoch.
        let keys_of = |said: &Descriptor| (said.log_key.clone(), said.cosigner_key.clone());
        if older.iter().any(|said| keys_of(said) != keys_of(newest)) {
            return Err(wrong);
        }
        let earlier = older
            .iter()
            .rev()
            .map(|said| EarlierEpoch { epoch: said.epoch, fingerprint: said.fingerprint() });
        Ok(Self {
            node: newest.iss,
            name: newest.name.clone(),
            fingerprint: newest.fingerprint(),
            epoch: newest.epoch,
            earlier: earlier.collect(),
            signing_keys: KeySet::new(newest.iss, signing_keys(descriptors)).map_err(|_| wrong)?,
            log_key: key(&newest.log_key)?,
            cosigner_key: key(&newest.cosigner_key)?,
            asked: None,
        })
    }

    /// The epochs of its log, the present one last.
    fn epochs(&self) -> impl Iterator<Item = Epoch> {
        self.earlier.iter().map(|earlier| earlier.epoch).chain([self.epoch])
    }

    /// Whether the auditor asks for its log as it ended in that epoch.
    pub fn is_asked_for(&self, epoch: Epoch) -> bool {
        self.asked == Some(epoch.counter) && self.epochs().any(|known| known == epoch)
    }

    /// Whether that is an earlier epoch of its log.
    pub fn was_in(&self, epoch: Epoch) -> bool {
        self.earlier.iter().any(|earlier| earlier.epoch == epoch)
    }

    /// Whether that is the fingerprint of a descriptor that this was made from.
    pub fn is_described_by(&self, fingerprint: &str) -> bool {
        self.fingerprint == fingerprint
            || self.earlier.iter().any(|earlier| earlier.fingerprint == fingerprint)
    }

    /// The key that signs the checkpoints of the log `origin`, if that is a log of this node.
    pub fn log_key(&self, origin: &str) -> Option<VerifierKey> {
        epoch_of(self.node, origin)?;
        VerifierKey::new(origin, KeyUse::Log, self.log_key.0).ok()
    }

    /// The key that signs its cosignatures.
    pub fn cosigner(&self) -> Option<VerifierKey> {
        VerifierKey::new(&cosigner_name(self.node), KeyUse::Cosigner, self.cosigner_key.0).ok()
    }
}

/// The signing keys in descriptors of one node, the newest first. The newest descriptor that has a key says its days. A
/// key that a later one has dropped signs no more from the day of that one on; a node never drops a key by itself. Once
/// said, a compromise holds, whatever a later descriptor says or leaves out.
fn signing_keys(descriptors: &[&Descriptor]) -> Vec<KeyRecord> {
    let mut keys: Vec<KeyRecord> = Vec::new();
    let mut later: Option<&Descriptor> = None;
    for said in descriptors {
        for record in &said.signing_keys {
            match keys.iter_mut().find(|known| known.kid() == record.kid()) {
                Some(known) => {
                    if let Some(since) = record.compromised_since() {
                        *known = known.clone().compromised(since);
                    }
                }
                None => keys.push(later.map_or_else(|| record.clone(), |later| dropped(record, later))),
            }
        }
        later = Some(said);
    }
    keys
}

/// A key that `later`, the first descriptor after those with it, has no more.
fn dropped(record: &KeyRecord, later: &Descriptor) -> KeyRecord {
    let day = CivilDate::of(Timestamp(later.iat.saturating_mul(Timestamp::SECOND)));
    record.clone().retired(day)
}

/// The epoch in the log origin `origin`, if it is one of `node`.
pub fn epoch_of(node: NodeId, origin: &str) -> Option<Epoch> {
    let (_, epoch) = origin.rsplit_once('/')?;
    let epoch = epoch.parse().ok()?;
    (log_origin(node, epoch) == origin).then_some(epoch)
}

#[cfg(test)]
mod tests;
