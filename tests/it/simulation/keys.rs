//! Who the simulated nodes are: real keys from fixed seeds, and what their peers know of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use guitu::audit::trust::Trust;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::message::{Epoch, cosigner_name, log_origin};
use guitu::statement::keys::{KeyRecord, KeySet, SigningKey};
use guitu::tlog::key::{KeyUse, Signer, VerifierKey};

/// How many signing keys a node has in its life here.
pub(crate) const GENERATIONS: usize = 3;

/// The private keys of one node, the same in every history, and what follows from them.
pub(crate) struct Keys {
    pub(crate) id: NodeId,
    pub(crate) signing: Vec<SigningKey>,
    pub(crate) cosigner: Signer,
    logs: Mutex<HashMap<Epoch, Arc<Signer>>>,
    described: Mutex<HashMap<(usize, Epoch), Arc<Described>>>,
}

/// What a node says of itself while it has so many signing keys.
pub(crate) struct Described {
    pub(crate) descriptor: Descriptor,
    pub(crate) signed: String,
    pub(crate) keys: KeySet,
}

/// The keys of a node, made once.
pub(crate) fn keys(id: NodeId) -> Arc<Keys> {
    static MADE: OnceLock<Mutex<HashMap<NodeId, Arc<Keys>>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap();
    let make = || {
        let signing = (0..GENERATIONS).map(|n| SigningKey::from_seed(id, &seed("signing", id, n)).unwrap());
        let name = cosigner_name(id);
        let cosigner = Signer::from_seed(&name, KeyUse::Cosigner, &seed("cosigner", id, 0)).unwrap();
        let (logs, described) = (Mutex::default(), Mutex::default());
        Arc::new(Keys { id, signing: signing.collect(), cosigner, logs, described })
    };
    Arc::clone(made.entry(id).or_insert_with(make))
}

fn seed(what: &str, id: NodeId, generation: usize) -> [u8; 32] {
    *Digest::of(format!("{what} {id} {generation}").as_bytes()).bytes()
}

impl Keys {
    /// The signer of the node's log in an epoch.
    pub(crate) fn log(&self, epoch: Epoch) -> Arc<Signer> {
        let make = || {
            let name = log_origin(self.id, epoch);
            Arc::new(Signer::from_seed(&name, KeyUse::Log, &seed("log", self.id, 0)).unwrap())
        };
        Arc::clone(self.logs.lock().unwrap().entry(epoch).or_insert_with(make))
    }

    /// What the node says of itself with its first `generations` signing keys.
    pub(crate) fn described(&self, generations: usize, epoch: Epoch) -> Arc<Described> {
        let make = || {
            let descriptor = self.descriptor(generations, epoch);
            let signed = descriptor.sign(&self.signing[0]).unwrap();
            let keys = descriptor.key_set().unwrap();
            Arc::new(Described { descriptor, signed, keys })
        };
        Arc::clone(self.described.lock().unwrap().entry((generations, epoch)).or_insert_with(make))
    }

    fn descriptor(&self, generations: usize, epoch: Epoch) -> Descriptor {
        let day = |text: &str| text.parse::<CivilDate>().unwrap();
        let days = [day("2026-01-01"), day("2027-12-31"), day("2028-06-30")];
        let record = |key: &SigningKey| {
            KeyRecord::new(self.id, key.verifying_key(), days[0], days[1], days[2]).unwrap()
        };
        let public = |signer: &Signer| Digest(*signer.verifier().public()).to_string();
        Descriptor {
            iss: self.id,
            iat: day("2026-11-01").start().seconds(),
            name: format!("node {}", self.id),
            peer_url: "https://node.example/".to_owned(),
            signing_keys: self.signing.iter().take(generations).map(record).collect(),
            log_key: public(&self.log(epoch)),
            cosigner_key: public(&self.cosigner),
            epoch,
            tls_ca: "ca".to_owned(),
            tls_pins: vec![Digest::of(b"pin")],
            upper: None,
            protocol: vec![1],
        }
    }
}

/// What a node's register says of another node.
#[derive(Clone)]
pub(crate) struct Registered {
    pub(crate) keys: KeySet,
    pub(crate) log: VerifierKey,
    pub(crate) cosigner: VerifierKey,
}

impl Registered {
    pub(crate) fn of(keys: &Keys, generations: usize, epoch: Epoch) -> Self {
        Self {
            keys: keys.described(generations, epoch).keys.clone(),
            log: keys.log(epoch).verifier().clone(),
            cosigner: keys.cosigner.verifier().clone(),
        }
    }
}

/// An auditor who has seen everyone's newest descriptor.
pub(crate) fn trust(nodes: impl Iterator<Item = (NodeId, Epoch)>) -> Trust {
    let descriptors: Vec<_> =
        nodes.map(|(id, epoch)| keys(id).described(GENERATIONS, epoch).descriptor.clone()).collect();
    Trust::of(&descriptors).unwrap()
}
