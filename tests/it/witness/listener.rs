//! `add-checkpoint` as any log's client sees it: the real peer listener, mutual TLS, every status of C2SP tlog-witness.

use std::sync::Arc;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG};
use guitu::cli::folder::NodeFolder;
use guitu::clock::SystemClock;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::node::Node;
use guitu::peer::identity::{Identity, client_config};
use guitu::peer::pki::certificate_der;
use guitu::peer::verifier::{PeerVerifier, Standing, TrustedPeer};
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::key::{KeyUse, Signer, VerifierKey};
use guitu::tlog::note::Note;
use guitu::tlog::tree::{leaf_hash, node_hash};
use guitu::tlog::witness::cosigned_line;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::request;
use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Site};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::pki::trust;
use crate::harness::process::Signal;

/// What came back: status, media type, body.
type Said = (u16, String, String);

/// A client with a node's own certificate that expects the witness at the other end.
struct Client {
    tls: TlsConnector,
    addr: String,
}

impl Client {
    fn new(own: &Site, witness: &Site, url: &str) -> Self {
        let path = |name: &str| own.dir.join(name);
        let shown = Identity::load(&path("node.pem"), &path("node.key")).unwrap();
        let ca = std::fs::read_to_string(witness.dir.join("ca.pem")).unwrap();
        let verifier = PeerVerifier::new();
        let authorities = vec![certificate_der(&ca).unwrap()];
        let expected =
            TrustedPeer { node: witness.node, standing: Standing::Active, authorities, pins: Vec::new() };
        assert_eq!(verifier.replace(trust([expected])), []);
        let config =
            client_config(&shown, verifier.expecting(witness.node, Arc::default()), Arc::new(SystemClock))
                .unwrap();
        let addr = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
        Self { tls: TlsConnector::from(Arc::new(config)), addr }
    }

    async fn post(&self, body: &str) -> Said {
        let tcp = TcpStream::connect(&self.addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut tls = self.tls.connect(name, tcp).await.unwrap();
        let head = format!(
            "POST /peer/v1/add-checkpoint HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.addr,
            body.len()
        );
        tls.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tls.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let media = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
        (head[9..12].parse().unwrap(), media.to_owned(), body.to_owned())
    }

    /// Just the status, and the code of the problem.
    async fn refused(&self, body: &str) -> (u16, String) {
        let (status, media, body) = self.post(body).await;
        assert_eq!(media, "application/problem+json", "{body}");
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        (status, problem["code"].as_str().unwrap().to_owned())
    }
}

/// A tree of three leaves, signed as the log of a node.
struct Log {
    node: Arc<Node>,
    leaves: [Digest; 3],
}

impl Log {
    async fn of(site: &Site) -> Self {
        let node = NodeFolder::read(&site.dir).unwrap().open_node().await.unwrap();
        Self { node, leaves: [b"a", b"b", b"c"].map(|entry| leaf_hash(entry)) }
    }

    fn root(&self, size: u64) -> Digest {
        let [a, b, c] = &self.leaves;
        match size {
            1 => *a,
            2 => node_hash(a, b),
            _ => node_hash(&node_hash(a, b), c),
        }
    }

    fn signed(&self, size: u64) -> String {
        self.node.sign_head(size, self.root(size)).unwrap().note
    }
}

/// The key of the witness's cosignatures, as the log's node holds it.
async fn witness_key(log: &Log, witness: NodeId) -> VerifierKey {
    let text = log.node.descriptor_of(witness).await.unwrap();
    let said = log.node.examine(&text).unwrap();
    let key = guitu::statement::keys::VerifyingKey::try_from(said.cosigner_key).unwrap();
    VerifierKey::new(&guitu::exchange::message::cosigner_name(witness), KeyUse::Cosigner, key.0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_status_of_the_standard_comes_over_mutual_tls() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_status_of_the_standard_comes_over_mutual_tls_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let sites = enrolled(root.path(), &[LINCANG, CHONGQING], &places);
    let (own, witness) = (&sites[0], &sites[1]);
    let serving = witness.serve();
    let client = Client::new(own, witness, &serving.url("peer"));
    let log = Log::of(own).await;
    let key = witness_key(&log, CHONGQING).await;

    refusals(&client, &log).await;
    let (first, second) = (log.signed(1), log.signed(2));
    cosigned(&client, &key, &request(0, vec![], first.clone()), &first).await;
    cosigned(&client, &key, &request(1, vec![], first.clone()), &first).await;
    stands_at(&client, 1, &request(0, vec![], first.clone())).await;
    stands_at(&client, 1, &request(2, vec![], second.clone())).await;
    let split = log.node.sign_head(1, log.leaves[1]).unwrap().note;
    stands_at(&client, 1, &request(1, vec![], split)).await;
    for proof in [vec![], vec![log.leaves[0]], vec![log.leaves[1], log.leaves[1]]] {
        let asked = request(1, proof, second.clone());
        assert_eq!(client.refused(&asked).await, (422, "proof_invalid".to_owned()));
    }
    cosigned(&client, &key, &request(1, vec![log.leaves[1]], second.clone()), &second).await;
    stands_at(&client, 2, &request(1, vec![log.leaves[1]], second.clone())).await;

    // What it answered it still knows after it was killed.
    serving.process.stop(Signal::Kill, LIMIT);
    let serving = witness.serve();
    let client = Client::new(own, witness, &serving.url("peer"));
    stands_at(&client, 2, &request(0, vec![], first)).await;
    let third = log.signed(3);
    cosigned(&client, &key, &request(2, vec![log.leaves[2]], third.clone()), &third).await;
    log.node.databases().close().await;
}

/// 400, 404, 403, and 422 for a proof where there is nothing to prove.
async fn refusals(client: &Client, log: &Log) {
    let first = log.signed(1);
    for wrong in ["", "old 0\n", "old x\n\n", "old 00\n\n", &request(2, vec![], first.clone()), &first] {
        assert_eq!(client.refused(wrong).await, (400, "malformed".to_owned()), "{wrong:?}");
    }
    let many = vec![log.leaves[0]; 64];
    assert_eq!(client.refused(&request(0, many, first.clone())).await.0, 400, "more than 63 hashes");
    let stranger = Signer::from_seed("log.example/of/another", KeyUse::Log, &[9; 32]).unwrap();
    let origin = stranger.verifier().name().to_owned();
    let head = Checkpoint { origin, size: 1, root: log.root(1), extensions: Vec::new() };
    let unknown = request(0, vec![], head.sign(&stranger).unwrap().to_string());
    assert_eq!(client.refused(&unknown).await, (404, "unknown_log".to_owned()));
    let forged = request(0, vec![], first.replacen("\n1\n", "\n2\n", 1));
    assert_eq!(client.refused(&forged).await, (403, "checkpoint_not_signed".to_owned()));
    let proved = request(0, vec![log.leaves[0]], first);
    assert_eq!(client.refused(&proved).await, (422, "proof_invalid".to_owned()));
}

/// 200, with the witness's line, which is good for this checkpoint and no other.
async fn cosigned(client: &Client, key: &VerifierKey, asked: &str, checkpoint: &str) {
    let (status, media, body) = client.post(asked).await;
    assert_eq!(status, 200, "{body}");
    assert!(media.starts_with("text/plain"), "{media}");
    assert!(body.starts_with("— ") && body.ends_with('\n'));
    assert!(cosigned_line(checkpoint, &body, key).is_some());
    let other = Note::parse(checkpoint.as_bytes()).unwrap().to_string().replacen('\n', "x\n", 1);
    assert!(cosigned_line(&other, &body, key).is_none());
}

/// 409, with the size that the witness saw last and the media type of the standard.
async fn stands_at(client: &Client, size: u64, asked: &str) {
    assert_eq!(client.post(asked).await, (409, "text/x.tlog.size".to_owned(), format!("{size}\n")));
}
