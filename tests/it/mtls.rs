//! Mutual TLS between real sockets: who gets in, who does not, and what the log says about it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, web};
use arc_swap::ArcSwap;
use guitu::api::listener::{Serving, serve_plain, serve_tls};
use guitu::clock::{Clock as _, SystemClock, Timestamp};
use guitu::peer::identity::{Identity, PeerCertificate, office_server_config, peer_server_config, provider};
use guitu::peer::pki::{self, Issued};
use guitu::peer::refusal::Reason;
use guitu::peer::transport::{
    HttpsTransport, LARGEST_ANSWER, PeerAddress, SHORT_ANSWER, Transport as _, TransportError,
};
use guitu::peer::verifier::{PeerTrust, PeerVerifier, Standing};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::harness::logs;
use crate::harness::pki::{Region, identity, node, self_signed, trust};

const HOME: &str = "520000";
const PEER: &str = "530900";
const STRANGER: &str = "410000";

/// A node of [`HOME`] that says who is calling.
struct Server {
    addr: SocketAddr,
    home: Region,
    tls: Arc<ArcSwap<rustls::ServerConfig>>,
    verifier: Arc<PeerVerifier>,
    handle: actix_server::ServerHandle,
}

impl Server {
    fn start(home: Region, peers: PeerTrust) -> Self {
        logs::capture();
        let verifier = PeerVerifier::new();
        assert_eq!(verifier.replace(peers), []);
        let certificate = identity(&home.certify(HOME));
        let config = peer_server_config(&certificate, Arc::clone(&verifier), Arc::new(SystemClock)).unwrap();
        let tls = Arc::new(ArcSwap::from_pointee(config));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = Serving { workers: 1, shutdown_seconds: 1, ..Serving::default() };
        let live = web::Data::from(Arc::clone(&verifier));
        let app = move || App::new().app_data(live.clone()).configure(routes);
        let server = serve_tls(listener, Arc::clone(&tls), serving, app).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Self { addr, home, tls, verifier, handle }
    }

    fn address(&self) -> PeerAddress {
        PeerAddress { node: self.home.node, base_url: format!("https://{}", self.addr) }
    }

    /// A client that checks the server like a browser would, to test our side alone.
    fn client(&self, shown: Option<&Issued>, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.home.der.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let Some(Issued { cert_pem, key_pem }) = shown else { return builder.with_no_client_auth() };
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).unwrap();
        let key = provider().key_provider.load_private_key(key).unwrap();
        // Unlike `with_client_auth_cert` this lets a liar show a certificate without its key.
        let shown = CertifiedKey::new(vec![pki::certificate_der(cert_pem).unwrap()], key);
        builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))
    }

    async fn call(&self, shown: Option<&Issued>) -> Call {
        call(self.addr, self.client(shown, &[&version::TLS13])).await
    }

    /// One refused call leaves a closed connection and one line that names `reason`.
    async fn refuses(&self, shown: Option<&Issued>, reason: Reason, claimed: &str) {
        let call = self.call(shown).await;
        assert_eq!(call.answer, "", "{reason:?}");
        let line = self.only_line(call.local, reason).await;
        assert_eq!(line.field("node"), claimed);
        let pin = shown.map(|shown| pki::spki_pin(&pki::certificate_der(&shown.cert_pem).unwrap()).unwrap());
        assert_eq!(line.field("pin"), pin.map(|pin| pin.to_string()[..8].to_owned()).unwrap_or_default());
    }

    async fn only_line(&self, remote: SocketAddr, reason: Reason) -> logs::Line {
        let logs = logs::capture();
        let ours = |line: &logs::Line| line.field("remote") == remote.to_string();
        let line = logs.wait_for(ours).await;
        assert_eq!(line.field("reason"), reason.code());
        assert_eq!(line.level, tracing::Level::WARN);
        let known = ["message", "node", "pin", "reason", "remote"];
        assert!(line.fields.keys().all(|name| known.contains(name)), "{line:?}");
        assert_eq!(logs.matching(ours).len(), 1);
        line
    }

    async fn stop(self) {
        self.handle.stop(true).await;
    }
}

fn routes(app: &mut web::ServiceConfig) {
    app.route("/whoami", web::get().to(who_am_i)).route("/echo", web::post().to(echo)).route(
        "/endless",
        web::get().to(|| async { HttpResponse::Ok().body(vec![b'x'; LARGEST_ANSWER + 1]) }),
    );
}

async fn who_am_i(request: HttpRequest, verifier: web::Data<PeerVerifier>) -> HttpResponse {
    let Some(peer) = request.conn_data::<PeerCertificate>() else {
        return HttpResponse::Ok().body("nobody");
    };
    match verifier.admit(peer) {
        Ok(()) => HttpResponse::Ok().body(peer.node.to_string()),
        Err(reason) => HttpResponse::Forbidden().body(reason.code()),
    }
}

async fn echo(body: web::Bytes) -> HttpResponse {
    HttpResponse::TooManyRequests().insert_header(("retry-after", "7")).body(body)
}

struct Call {
    local: SocketAddr,
    answer: String,
    kind: Option<HandshakeKind>,
}

async fn call(addr: SocketAddr, config: ClientConfig) -> Call {
    let tcp = TcpStream::connect(addr).await.unwrap();
    let local = tcp.local_addr().unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let Ok(mut tls) = TlsConnector::from(Arc::new(config)).connect(name, tcp).await else {
        return Call { local, answer: String::new(), kind: None };
    };
    let mut answer = Vec::new();
    // A refusal reaches a TLS 1.3 client only after its side of the handshake is done.
    let _ = tls.write_all(b"GET /whoami HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    let _ = tls.read_to_end(&mut answer).await;
    let kind = tls.get_ref().1.handshake_kind();
    Call { local, answer: String::from_utf8(answer).unwrap(), kind }
}

#[tokio::test]
async fn a_known_active_peer_gets_in_and_is_named() {
    let peer = Region::new(PEER);
    let server = Server::start(Region::new(HOME), trust([peer.trusted(Standing::Active, vec![])]));
    let shown = peer.certify(PEER);
    let call = server.call(Some(&shown)).await;
    assert!(call.answer.starts_with("HTTP/1.1 200"), "{}", call.answer);
    assert!(call.answer.ends_with(PEER));
    server.stop().await;
}

#[tokio::test]
async fn strangers_are_refused_with_a_reason() {
    let (peer, other) = (Region::new(PEER), Region::new(STRANGER));
    let impostor = Region::new(PEER);
    let server = Server::start(
        Region::new(HOME),
        trust([peer.trusted(Standing::Active, vec![]), other.trusted(Standing::Active, vec![])]),
    );
    server.refuses(None, Reason::NoCertificate, "").await;
    server.refuses(Some(&self_signed(PEER)), Reason::NotIssuedByAKnownCa, PEER).await;
    server.refuses(Some(&impostor.certify(PEER)), Reason::NotIssuedByAKnownCa, PEER).await;
    // A CA of the register speaks for its own node only.
    server.refuses(Some(&other.certify(PEER)), Reason::NotIssuedByAKnownCa, PEER).await;
    server.refuses(Some(&peer.certify("110000")), Reason::UnknownNode, "110000").await;
    let expired = pki::make_node_certificate(&peer.ca, peer.node, &[], peer.born, 10).unwrap();
    server.refuses(Some(&expired), Reason::CertificateExpired, PEER).await;
    let later = SystemClock.now().plus(Timestamp::DAY);
    let early = pki::make_node_certificate(&peer.ca, peer.node, &[], later, 10).unwrap();
    server.refuses(Some(&early), Reason::CertificateNotYetValid, PEER).await;
    let office = pki::make_office_certificate(&peer.ca, &[], peer.born, 3650).unwrap();
    server.refuses(Some(&office), Reason::CertificateUnfit, "").await;
    let stolen = Issued { key_pem: other.certify(STRANGER).key_pem, ..peer.certify(PEER) };
    server.refuses(Some(&stolen), Reason::KeyNotProved, PEER).await;
    server.stop().await;
}

#[tokio::test]
async fn the_register_decides_at_the_next_connection() {
    let peer = Region::new(PEER);
    let shown = peer.certify(PEER);
    let pin = identity(&shown).pin().unwrap();
    let active = || trust([peer.trusted(Standing::Active, vec![pin])]);
    let server = Server::start(Region::new(HOME), active());
    assert!(server.call(Some(&shown)).await.answer.ends_with(PEER));
    server.refuses(Some(&peer.certify(PEER)), Reason::WrongPin, PEER).await;
    for (standing, reason) in
        [(Standing::Suspended, Reason::PeerSuspended), (Standing::Revoked, Reason::PeerRevoked)]
    {
        server.verifier.replace(trust([peer.trusted(standing, vec![pin])]));
        server.refuses(Some(&shown), reason, PEER).await;
    }
    server.verifier.replace(PeerTrust::default());
    server.refuses(Some(&shown), Reason::NotIssuedByAKnownCa, PEER).await;
    server.verifier.replace(active());
    assert!(server.call(Some(&shown)).await.answer.ends_with(PEER));
    server.stop().await;
}

#[tokio::test]
async fn an_unreadable_authority_shuts_out_its_own_node_only() {
    let (peer, other) = (Region::new(PEER), Region::new(STRANGER));
    let server = Server::start(Region::new(HOME), PeerTrust::default());
    let mut broken = other.trusted(Standing::Active, vec![]);
    broken.authorities = vec![CertificateDer::from(vec![1, 2, 3])];
    let unreadable = server.verifier.replace(trust([broken, peer.trusted(Standing::Active, vec![])]));
    assert_eq!(unreadable, [node(STRANGER)]);
    assert!(server.call(Some(&peer.certify(PEER))).await.answer.ends_with(PEER));
    server.refuses(Some(&other.certify(STRANGER)), Reason::NotIssuedByAKnownCa, STRANGER).await;
    server.stop().await;
}

#[tokio::test]
async fn other_protocols_are_refused() {
    let peer = Region::new(PEER);
    let server = Server::start(Region::new(HOME), trust([peer.trusted(Standing::Active, vec![])]));
    let shown = peer.certify(PEER);

    let old = call(server.addr, server.client(Some(&shown), &[&version::TLS12])).await;
    assert_eq!(old.answer, "");
    server.only_line(old.local, Reason::TlsVersion).await;

    let mut http2 = server.client(Some(&shown), &[&version::TLS13]);
    http2.alpn_protocols = vec![b"h2".to_vec()];
    let http2 = call(server.addr, http2).await;
    assert_eq!(http2.answer, "");
    server.only_line(http2.local, Reason::HttpVersion).await;

    let mut plain = TcpStream::connect(server.addr).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    let local = plain.local_addr().unwrap();
    drop(plain);
    server.only_line(local, Reason::NotTls).await;
    server.stop().await;
}

#[tokio::test]
async fn who_says_nothing_is_hung_up_on() {
    logs::capture();
    let home = Region::new(HOME);
    let config = office_server_config(&identity(&home.certify(HOME)), Arc::new(SystemClock)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let serving = Serving { handshake_timeout: Duration::from_millis(10), ..Serving::default() };
    let server = serve_tls(listener, Arc::new(ArcSwap::from_pointee(config)), serving, App::new).unwrap();
    let handle = server.handle();
    tokio::spawn(server);
    let mut silent = TcpStream::connect(addr).await.unwrap();
    let local = silent.local_addr().unwrap().to_string();
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap_or(0), 0);
    let line = logs::capture().wait_for(|line| line.field("remote") == local).await;
    assert_eq!(line.field("reason"), "handshake_timeout");
    handle.stop(false).await;
}

#[tokio::test]
async fn an_office_needs_no_certificate_and_ops_no_tls() {
    let server = Server::start(Region::new(HOME), PeerTrust::default());
    let office = pki::make_office_certificate(&server.home.ca, &[], server.home.born, 3650).unwrap();
    let config = office_server_config(&identity(&office), Arc::new(SystemClock)).unwrap();
    server.tls.store(Arc::new(config));
    assert!(server.call(None).await.answer.ends_with("nobody"));
    server.stop().await;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let health = || App::new().route("/health", web::get().to(|| async { "well" }));
    let ops = serve_plain(listener, Serving::default(), health).unwrap();
    let handle = ops.handle();
    tokio::spawn(ops);
    let mut client = TcpStream::connect(addr).await.unwrap();
    client.write_all(b"GET /health HTTP/1.1\r\nhost: ops\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("well"), "{answer}");
    handle.stop(true).await;
}

#[tokio::test]
async fn a_second_connection_does_not_resume_the_first() {
    let peer = Region::new(PEER);
    let server = Server::start(Region::new(HOME), trust([peer.trusted(Standing::Active, vec![])]));
    // Its default resumption store remembers tickets, if there are any.
    let config = server.client(Some(&peer.certify(PEER)), &[&version::TLS13]);
    for _ in 0..2 {
        let call = call(server.addr, config.clone()).await;
        assert!(call.answer.ends_with(PEER));
        assert_eq!(call.kind, Some(HandshakeKind::Full));
    }
    server.stop().await;
}

#[tokio::test]
async fn certificates_reload_without_a_restart() {
    let peer = Region::new(PEER);
    let server = Server::start(Region::new(HOME), trust([peer.trusted(Standing::Active, vec![])]));
    let caller = caller(&peer, &server);
    let renewed = identity(&server.home.certify(HOME));
    let pinned = |identity: &Identity| {
        let pins = vec![identity.pin().unwrap()];
        trust([server.home.trusted(Standing::Active, pins)])
    };
    caller.verifier.replace(pinned(&renewed));
    assert!(matches!(caller.who_am_i(&server).await, Err(TransportError::Tls(Reason::WrongPin))));
    let config = peer_server_config(&renewed, Arc::clone(&server.verifier), Arc::new(SystemClock)).unwrap();
    server.tls.store(Arc::new(config));
    assert_eq!(caller.who_am_i(&server).await.unwrap(), PEER);
    caller.transport.replace_identity(identity(&peer.certify(PEER)));
    assert_eq!(caller.who_am_i(&server).await.unwrap(), PEER);
    server.stop().await;
}

#[tokio::test]
async fn a_call_reaches_the_expected_node_only() {
    let (peer, other) = (Region::new(PEER), Region::new(STRANGER));
    let server = Server::start(Region::new(HOME), trust([peer.trusted(Standing::Active, vec![])]));
    let caller = caller(&peer, &server);
    assert_eq!(caller.who_am_i(&server).await.unwrap(), PEER);

    let echoed =
        caller.transport.post(&server.address(), "/echo", b"{}".to_vec(), SHORT_ANSWER).await.unwrap();
    assert_eq!((echoed.status, echoed.retry_after, echoed.body), (429, Some(7), b"{}".to_vec()));

    let endless = caller.transport.get(&server.address(), "/endless").await;
    assert!(matches!(endless, Err(TransportError::TooLarge)));

    let home = server.home.trusted(Standing::Active, vec![]);
    caller.verifier.replace(trust([home, other.trusted(Standing::Active, vec![])]));
    let wrong = PeerAddress { node: other.node, ..server.address() };
    let answer = caller.transport.get(&wrong, "/whoami").await;
    assert!(matches!(answer, Err(TransportError::Tls(Reason::WrongNode))));

    let plain = PeerAddress { base_url: format!("http://{}", server.addr), ..server.address() };
    let answer = caller.transport.get(&plain, "/whoami").await;
    assert!(matches!(answer, Err(TransportError::Misconfigured)), "{:?}", answer.err());

    let address = server.address();
    server.stop().await;
    let answer = caller.transport.get(&address, "/whoami").await;
    assert!(matches!(answer, Err(TransportError::Connect)), "{:?}", answer.err());
}

#[tokio::test]
async fn a_suspension_ends_open_connections_on_both_sides() {
    let peer = Region::new(PEER);
    let server = Server::start(Region::new(HOME), trust([peer.trusted(Standing::Active, vec![])]));
    let caller = caller(&peer, &server);
    assert_eq!(caller.who_am_i(&server).await.unwrap(), PEER);

    server.verifier.replace(trust([peer.trusted(Standing::Suspended, vec![])]));
    assert_eq!(caller.who_am_i(&server).await.unwrap(), Reason::PeerSuspended.code());

    caller.verifier.replace(trust([server.home.trusted(Standing::Active, vec![])]));
    let answer = caller.who_am_i(&server).await;
    assert!(matches!(answer, Err(TransportError::Tls(Reason::RefusedByPeer))), "{:?}", answer.err());

    caller.verifier.replace(trust([server.home.trusted(Standing::Suspended, vec![])]));
    let answer = caller.who_am_i(&server).await;
    assert!(matches!(answer, Err(TransportError::Tls(Reason::PeerSuspended))));
    server.stop().await;
}

struct Caller {
    transport: HttpsTransport,
    verifier: Arc<PeerVerifier>,
}

impl Caller {
    async fn who_am_i(&self, server: &Server) -> Result<String, TransportError> {
        let response = self.transport.get(&server.address(), "/whoami").await?;
        Ok(String::from_utf8(response.body).unwrap())
    }
}

fn caller(peer: &Region, server: &Server) -> Caller {
    let verifier = PeerVerifier::new();
    verifier.replace(trust([server.home.trusted(Standing::Active, vec![])]));
    let shown = identity(&peer.certify(PEER));
    let transport = HttpsTransport::new(shown, Arc::clone(&verifier), Arc::new(SystemClock));
    Caller { transport, verifier }
}
