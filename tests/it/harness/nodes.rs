//! Whole nodes in this process: real databases, real keys, a clock of the test's own, and a transport
//! that hands batches over directly.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use guitu::cli::demo::agreements::DemoAgreement;
use guitu::clock::{Clock, Entropy, ManualClock, OsEntropy, Timestamp, random};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::agree::Proposal;
use guitu::node::deliver::Step;
use guitu::node::keys::{Seed, Seeds};
use guitu::node::open::{Presence, Settings};
use guitu::node::views::AgreementView;
use guitu::node::{Error, Node, Officer};
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::{Answer, PeerAddress, Response, Transport, TransportError};
use guitu::store::databases::Location;

use super::answers::{introduced, position, told, witnessed};
use super::database::{Engine, TestDatabase};
use super::uppers::described;

pub(crate) use super::cases::{leads_for, proposal};

/// Today, for every test that does not move it.
pub(crate) const NOON: Timestamp = Timestamp(1_795_233_600_000);

/// What happens to a call on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// It arrives, and so does the answer.
    Fair,
    /// It does not arrive.
    Down,
    /// It arrives; the answer is lost.
    AnswerLost,
}

/// Hands calls from one node to the others.
pub(crate) struct Direct {
    from: PeerCertificate,
    nodes: Arc<Mutex<HashMap<NodeId, Arc<Node>>>>,
    pub(crate) weather: Mutex<Weather>,
    /// Whom no call reaches.
    pub(crate) away: Mutex<HashSet<NodeId>>,
    /// Every body that was posted, as sent.
    pub(crate) posted: Mutex<Vec<Vec<u8>>>,
    /// Every receipt that the receiver gave, lost ones too.
    pub(crate) receipts: Mutex<Vec<String>>,
}

impl Direct {
    fn target(&self, peer: &PeerAddress) -> Result<Arc<Node>, TransportError> {
        match *self.weather.lock().unwrap() {
            Weather::Down => Err(TransportError::Timeout),
            _ if self.away.lock().unwrap().contains(&peer.node) => Err(TransportError::Connect),
            _ => Ok(Arc::clone(&self.nodes.lock().unwrap()[&peer.node])),
        }
    }
}

impl Transport for Direct {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, _most: usize) -> Answer<'a> {
        Box::pin(async move {
            let node = self.target(peer)?;
            if path == "/peer/v1/add-checkpoint" {
                return Ok(witnessed(node.add_checkpoint(&self.from, &body).await));
            }
            if path == "/peer/v1/hello" {
                let hello = serde_json::from_slice(&body).unwrap();
                return Ok(told(200, node.hello(&self.from, Some(hello)).await));
            }
            if path == "/peer/v1/keys" {
                return Ok(introduced(node.introduced(&self.from, &body).await));
            }
            self.posted.lock().unwrap().push(body.clone());
            let answer = node.receive(&self.from, &body).await;
            self.receipts.lock().unwrap().extend(answer.as_ref().ok().cloned());
            if *self.weather.lock().unwrap() == Weather::AnswerLost {
                return Err(TransportError::Timeout);
            }
            let (status, body) = match answer {
                Ok(receipt) => (200, receipt),
                Err(Error::Batch(refusal)) => {
                    (409, serde_json::json!({"code": refusal.code, "expected": refusal.expected}).to_string())
                }
                Err(error) => (503, format!("{{\"code\":\"{}\"}}", error.code())),
            };
            Ok(Response { status, retry_after: None, body: body.into_bytes() })
        })
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        Box::pin(async move { Ok(position(self.target(peer)?.as_ref(), &self.from, path).await) })
    }
}

/// One node with its officers.
pub(crate) struct TestNode {
    pub(crate) node: Arc<Node>,
    pub(crate) transport: Arc<Direct>,
    pub(crate) drafter: Officer,
    pub(crate) approver: Officer,
    pub(crate) auditor: Officer,
}

/// Nodes that have enrolled one another.
pub(crate) struct Nodes {
    /// Their databases; they go with the test's cluster and folders.
    pub(super) databases: HashMap<NodeId, TestDatabase>,
    pub(super) directory: Arc<Mutex<HashMap<NodeId, Arc<Node>>>>,
    /// The descriptors of those that have an upper node among them.
    pub(super) own: HashMap<NodeId, String>,
    /// The witnesses of those that name some.
    pub(super) named: HashMap<NodeId, Vec<NodeId>>,
    pub(crate) all: HashMap<NodeId, TestNode>,
    pub(crate) clock: Arc<ManualClock>,
}

fn seed() -> Seed {
    Seed::new(random(&OsEntropy))
}

/// Fresh seeds.
pub(crate) fn seeds() -> Seeds {
    Seeds { signing: seed(), log: seed(), cosigning: seed(), storage: seed(), office: seed() }
}

/// The seeds of a node of these tests, the same whenever it opens.
pub(crate) fn seeds_of(id: NodeId) -> Seeds {
    let seed = |label: &str| Seed::new(*Digest::of(format!("{label} {id}").as_bytes()).bytes());
    Seeds {
        signing: seed("signing"),
        log: seed("log"),
        cosigning: seed("cosigning"),
        storage: seed("storage"),
        office: seed("office"),
    }
}

pub(super) fn presence(id: NodeId) -> Presence {
    let ca = guitu::peer::pki::make_ca(id, "test", NOON.plus(-Timestamp::DAY), 30).unwrap();
    Presence {
        name: format!("test {id}"),
        peer_url: format!("https://127.0.0.1/{id}"),
        tls_ca: ca.cert_pem,
        tls_pins: vec![pin(id)],
        upper: None,
    }
}

/// The pin of the certificate that a node shows here.
pub(crate) fn pin(id: NodeId) -> Digest {
    Digest::of(format!("the public key of {id}").as_bytes())
}

impl Nodes {
    /// Opens a node for each id on fresh databases of `engine`, and enrols each with all others.
    pub(crate) async fn open(engine: Engine, ids: &[NodeId]) -> Self {
        let mut databases = Vec::new();
        for _ in ids {
            databases.push(TestDatabase::new(engine).await);
        }
        let clock = Arc::new(ManualClock::at(NOON));
        let directory = Arc::new(Mutex::new(HashMap::new()));
        let mut all = HashMap::new();
        let (mut descriptors, mut own) = (Vec::new(), HashMap::new());
        for (id, database) in ids.iter().copied().zip(&databases) {
            let mut node = open(id, database.location.clone(), seeds_of(id), Arc::clone(&clock)).await;
            let upper = id.upper_among(ids.iter().copied());
            let (said, signed) = described(&node, upper);
            if upper.is_some() {
                let (location, clock) = (database.location.clone(), Arc::clone(&clock));
                node = open_as(id, location, seeds_of(id), clock, Some(signed.clone())).await;
                own.insert(id, signed.clone());
            }
            descriptors.push((id, said.fingerprint(), signed));
            directory.lock().unwrap().insert(id, Arc::clone(&node));
            let from = PeerCertificate { node: id, pin: pin(id) };
            let nodes = Arc::clone(&directory);
            let weather = Mutex::new(Weather::Fair);
            let (away, posted, receipts) = (Mutex::default(), Mutex::default(), Mutex::default());
            let transport = Direct { from, nodes, weather, away, posted, receipts };
            all.insert(id, with_officers(node, Arc::new(transport)));
        }
        for (id, here) in &all {
            for (_, fingerprint, descriptor) in descriptors.iter().filter(|(other, _, _)| other != id) {
                here.node.enrol(descriptor, fingerprint).await.unwrap();
            }
        }
        let databases = ids.iter().copied().zip(databases).collect();
        Self { databases, directory, own, named: HashMap::new(), all, clock }
    }

    pub(crate) fn node(&self, id: NodeId) -> &TestNode {
        &self.all[&id]
    }

    /// Another instance of a node on the same databases.
    pub(crate) async fn another(&self, id: NodeId) -> Arc<Node> {
        self.elsewhere(id, self.databases[&id].location.clone()).await
    }

    /// The same node on other databases.
    pub(crate) async fn elsewhere(&self, id: NodeId, location: Location) -> Arc<Node> {
        open_as(id, location, seeds_of(id), Arc::clone(&self.clock), self.own.get(&id).cloned()).await
    }

    /// The node starts again; whatever it had in memory is gone.
    pub(crate) async fn restart(&mut self, id: NodeId) {
        let node = self.another(id).await;
        let_leases_run_out(&node).await;
        self.directory.lock().unwrap().insert(id, Arc::clone(&node));
        self.all.get_mut(&id).unwrap().node = node;
    }

    /// The node starts again on a clock of its own.
    pub(crate) async fn on_clock(&mut self, id: NodeId, clock: Arc<ManualClock>) {
        let location = self.databases[&id].location.clone();
        let node = open_as(id, location, seeds_of(id), clock, self.own.get(&id).cloned()).await;
        let_leases_run_out(&node).await;
        self.directory.lock().unwrap().insert(id, Arc::clone(&node));
        self.all.get_mut(&id).unwrap().node = node;
    }

    /// Where a node's databases are.
    pub(crate) fn database(&self, id: NodeId) -> &TestDatabase {
        &self.databases[&id]
    }

    /// Delivers until nothing moves any more.
    pub(crate) async fn settle(&self) {
        let mut moved = true;
        while moved {
            moved = false;
            for (from, here) in &self.all {
                for to in self.all.keys().filter(|to| *to != from) {
                    moved |= here.push(*to).await;
                }
            }
        }
    }

    /// Proposes the demo's agreement and has every party countersign it.
    pub(crate) async fn agree(&self, terms: &DemoAgreement, proposer: NodeId) -> AgreementView {
        self.agree_for(terms, proposer, 365).await
    }

    /// The same, valid for so many days.
    pub(crate) async fn agree_for(
        &self,
        terms: &DemoAgreement,
        proposer: NodeId,
        days: i64,
    ) -> AgreementView {
        let today = CivilDate::of(self.clock.now());
        let proposal = Proposal { valid_until: today.plus_days(days), ..proposal(terms, today) };
        let proposed = self.node(proposer).node.propose(None, proposal).await.unwrap();
        self.settle().await;
        for (id, here) in self.all.iter().filter(|(id, _)| **id != proposer) {
            if terms.parties.iter().any(|party| party.node == *id) {
                here.node.countersign(None, proposed.id, proposed.version, proposed.digest).await.unwrap();
            }
        }
        self.settle().await;
        let known = self.node(proposer).node.agreements().await.unwrap();
        known.into_iter().find(|known| known.id == proposed.id).unwrap()
    }
}

impl TestNode {
    /// Sends everything that waits for one peer; whether anything moved.
    pub(crate) async fn push(&self, to: NodeId) -> bool {
        let mut moved = false;
        self.node.sequence().await.unwrap();
        if !self.node.rejoin(self.transport.as_ref(), to).await.unwrap() {
            return false;
        }
        self.node.send_again(to).await.unwrap();
        while self.round(to).await == Step::Moved {
            moved = true;
        }
        moved
    }

    /// One round of delivery.
    pub(crate) async fn round(&self, to: NodeId) -> Step {
        self.node.deliver_round(Arc::clone(&self.transport) as Arc<dyn Transport>, to).await.unwrap()
    }

    /// Drafts, hands in and approves a lead; its id.
    pub(crate) async fn approved(&self, lead: Lead) -> uuid::Uuid {
        let made = self.node.create(&self.drafter, lead, None).await.unwrap();
        self.node.submit(&self.drafter, made.id).await.unwrap();
        self.node.approve(&self.approver, made.id).await.unwrap();
        made.id
    }
}

/// Whatever instance held a lease is gone for long.
pub(super) async fn let_leases_run_out(node: &Node) {
    let mut tx = node.databases().node.begin().await.unwrap();
    tx.query("/* let_leases_run_out */ UPDATE leases SET expires_at = 0").execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// Opens one node.
pub(crate) async fn open(id: NodeId, location: Location, seeds: Seeds, clock: Arc<ManualClock>) -> Arc<Node> {
    open_as(id, location, seeds, clock, None).await
}

async fn open_as(
    id: NodeId,
    location: Location,
    seeds: Seeds,
    clock: Arc<ManualClock>,
    descriptor: Option<String>,
) -> Arc<Node> {
    let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
    Node::open(Settings {
        id,
        location,
        seeds,
        descriptor,
        withdrawal_days: 3,
        witnesses: Vec::new(),
        outside: None,
        clock,
        entropy,
    })
    .await
    .unwrap()
}

fn with_officers(node: Arc<Node>, transport: Arc<Direct>) -> TestNode {
    let officer = |duty: Duty, n: u128| Officer {
        id: uuid::Uuid::from_u128(n),
        duties: vec![duty],
        unit: UnitType::Police,
        pseudonym: format!("{n:032x}"),
        purpose: None,
    };
    let (drafter, approver) = (officer(Duty::Drafter, 1), officer(Duty::Approver, 2));
    TestNode { node, transport, drafter, approver, auditor: officer(Duty::Auditor, 3) }
}
