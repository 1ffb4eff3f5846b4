//! Two nodes that have enrolled each other and agreed, with mutual TLS between them.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use guitu::api::listener::Serving;
use guitu::api::ops::metrics::Metrics;
use guitu::api::serve_peer;
use guitu::clock::{Clock, OsEntropy, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::node::Node;
use guitu::node::deliver::Step;
use guitu::node::keys::{Seed, Seeds};
use guitu::node::open::{Presence, Settings};
use guitu::peer::identity::{Identity, peer_server_config};
use guitu::peer::pki::{self, Authority};
use guitu::peer::transport::{Answer, HttpsTransport, PeerAddress, Transport};
use guitu::peer::verifier::PeerVerifier;
use guitu::store::databases::Location;
use guitu::store::db::PostgresOptions;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::alike::{self, A, B};
use crate::database::{Engine, TestDatabase};

/// How many connections a node has to each database by default.
pub(crate) const CONNECTIONS: u32 = 8;

/// The default of `delivery.poll_ms`.
pub(crate) const POLL: Duration = Duration::from_millis(250);

/// The real transport, and the batches that went over it.
pub(crate) struct Recorded {
    https: HttpsTransport,
    bodies: Mutex<Vec<Vec<u8>>>,
}

impl Recorded {
    /// What was posted since the last call.
    pub(crate) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.bodies.lock().unwrap())
    }
}

impl Transport for Recorded {
    fn post<'a>(&'a self, peer: &'a PeerAddress, path: &'a str, body: Vec<u8>, most: usize) -> Answer<'a> {
        if path == "/peer/v1/batches" {
            self.bodies.lock().unwrap().push(body.clone());
        }
        self.https.post(peer, path, body, most)
    }

    fn get<'a>(&'a self, peer: &'a PeerAddress, path: &'a str) -> Answer<'a> {
        self.https.get(peer, path)
    }
}

/// One of the two nodes, serving.
pub(crate) struct Side {
    pub(crate) node: Arc<Node>,
    pub(crate) transport: Arc<Recorded>,
    pub(crate) address: PeerAddress,
    pub(crate) verifier: Arc<PeerVerifier>,
    server: actix_server::ServerHandle,
    database: TestDatabase,
}

/// Both.
pub(crate) struct Pair {
    pub(crate) engine: Engine,
    pub(crate) a: Side,
    pub(crate) b: Side,
    pub(crate) agreement: Uuid,
}

impl Pair {
    /// Opens both on fresh databases.
    pub(crate) async fn open(engine: Engine) -> Self {
        let (a, a_signs) = Side::open(engine, A).await;
        let (b, b_signs) = Side::open(engine, B).await;
        for (side, (descriptor, fingerprint)) in [(&a, &b_signs), (&b, &a_signs)] {
            side.node.enrol(descriptor, fingerprint).await.unwrap();
            assert!(side.verifier.replace(side.node.peer_trust().await.unwrap()).is_empty());
        }
        let proposal = alike::agreement(CivilDate::of(SystemClock.now()));
        let proposed = a.node.propose(None, proposal).await.unwrap();
        let agreement = proposed.id;
        let pair = Self { engine, a, b, agreement };
        pair.settle().await;
        let signed =
            pair.b.node.countersign(None, proposed.id, proposed.version, proposed.digest).await.unwrap();
        pair.settle().await;
        assert_eq!(signed.id, agreement);
        // The first lead carries the agreement's signatures along; the measured ones go alone.
        pair.share(pair.approved().await).await;
        pair.settle().await;
        pair
    }

    /// Delivers until nothing waits on either side.
    async fn settle(&self) {
        let mut moved = true;
        while moved {
            moved = self.a.push(B).await | self.b.push(A).await;
        }
    }

    /// Ends both.
    pub(crate) async fn close(self) {
        self.a.close().await;
        self.b.close().await;
    }
}

impl Side {
    /// Opens it on fresh databases, and serves; with what it says of itself, and the fingerprint of that.
    pub(crate) async fn open(engine: Engine, id: NodeId) -> (Self, (String, String)) {
        Self::open_with(engine, id, CONNECTIONS).await
    }

    /// The same with at most so many connections to each of its databases, where they are a server's.
    pub(crate) async fn open_with(engine: Engine, id: NodeId, connections: u32) -> (Self, (String, String)) {
        let database = TestDatabase::new(engine).await;
        database.open.close().await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let node = instance(id, &database, connections).await;
        let (identity, tls_ca) = identity(id);
        let verifier = PeerVerifier::new();
        let config = peer_server_config(&identity, Arc::clone(&verifier), Arc::clone(&clock)).unwrap();
        let tls = Arc::new(ArcSwap::from_pointee(config));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("https://{}", listener.local_addr().unwrap());
        let metrics = Arc::new(Metrics::default());
        let server = serve_peer(listener, tls, Serving::default(), Arc::clone(&node), metrics).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        let presence = Presence {
            name: id.to_string(),
            peer_url: base_url.clone(),
            tls_ca,
            tls_pins: identity.pin().into_iter().collect(),
            upper: None,
        };
        let descriptor = node.describe(presence).unwrap();
        let signs = (descriptor.sign(node.keys().signing()).unwrap(), descriptor.fingerprint());
        let https = HttpsTransport::new(identity, Arc::clone(&verifier), clock);
        let transport = Arc::new(Recorded { https, bodies: Mutex::default() });
        let address = PeerAddress { node: id, base_url };
        (Self { node, transport, address, verifier, server: handle, database }, signs)
    }

    /// Another instance on its databases.
    pub(crate) async fn twin(&self) -> Arc<Node> {
        instance(self.node.id(), &self.database, CONNECTIONS).await
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.server.stop(true).await;
        self.node.databases().close().await;
    }

    /// Sends what waits for a peer, batch by batch; whether anything did.
    pub(crate) async fn push(&self, to: NodeId) -> bool {
        let mut moved = false;
        self.node.sequence().await.unwrap();
        let transport = || Arc::clone(&self.transport) as Arc<dyn Transport>;
        while self.node.deliver_round(transport(), to).await.unwrap() == Step::Moved {
            moved = true;
        }
        moved
    }

    /// Starts what `guitu serve` runs beside its listeners.
    pub(crate) fn deliver(&self) -> Delivery {
        let (stop, stopped) = watch::channel(false);
        let transport: Arc<dyn Transport> = Arc::clone(&self.transport) as Arc<dyn Transport>;
        Delivery { stop, task: tokio::spawn(Arc::clone(&self.node).deliver(transport, POLL, stopped)) }
    }
}

/// A running delivery.
pub(crate) struct Delivery {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Delivery {
    /// Ends it once what is under way is finished.
    pub(crate) async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }
}

/// A node on these databases; another time, another instance of it.
async fn instance(id: NodeId, database: &TestDatabase, connections: u32) -> Arc<Node> {
    let seed = |what: &str| Seed::new(*Digest::of(format!("{what} {id}").as_bytes()).bytes());
    let settings = Settings {
        id,
        location: wide(&database.location, connections),
        seeds: Seeds {
            signing: seed("signing"),
            log: seed("log"),
            cosigning: seed("cosigning"),
            storage: seed("storage"),
            office: seed("office"),
        },
        descriptor: None,
        withdrawal_days: 3,
        witnesses: Vec::new(),
        outside: None,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
    };
    Node::open(settings).await.unwrap()
}

/// A node's certificate, and its region's CA.
pub(crate) fn identity(id: NodeId) -> (Identity, String) {
    let now = SystemClock.now();
    let ca = pki::make_ca(id, "bench", now, 30).unwrap();
    let authority = Authority::from_pem(&ca.cert_pem, &ca.key_pem).unwrap();
    let issued = pki::make_node_certificate(&authority, id, &[], now, 30).unwrap();
    (Identity::from_pem(&issued.cert_pem, &issued.key_pem).unwrap(), ca.cert_pem)
}

/// The same databases with other pools.
pub(crate) fn wide(location: &Location, connections: u32) -> Location {
    let widen = |options: &PostgresOptions| PostgresOptions {
        connections,
        ..PostgresOptions::new(options.url.clone())
    };
    match location {
        Location::Sqlite(folder) => Location::Sqlite(folder.clone()),
        Location::Postgres { main, keystore } => {
            Location::Postgres { main: widen(main), keystore: widen(keystore) }
        }
    }
}
