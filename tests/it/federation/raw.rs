//! One connection to a peer listener under a node's own certificate, kept open between requests.

use std::sync::Arc;

use guitu::peer::identity::provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::harness::federation::Site;

/// An open connection.
pub(super) struct Line(TlsStream<TcpStream>);

/// What a request was answered with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Line {
    /// Connects to the peer listener of `to` at `url` as the node of `from`; none if it is refused.
    pub(super) async fn open(from: &Site, to: &Site, url: &str) -> Option<Self> {
        let tcp = TcpStream::connect(url.strip_prefix("https://").unwrap()).await.ok()?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config(from, to))).connect(name, tcp).await.ok().map(Self)
    }

    /// Asks for `path`; none if the other side has closed.
    pub(super) async fn ask(&mut self, path: &str) -> Option<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.0.write_all(request.as_bytes()).await.ok()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Answer { status, body: String::from_utf8(body).unwrap() })
    }

    /// What a new connection gets for `path`; none if there is none to be had.
    pub(super) async fn once(from: &Site, to: &Site, url: &str, path: &str) -> Option<Answer> {
        Self::open(from, to, url).await?.ask(path).await
    }
}

fn config(from: &Site, to: &Site) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(to.file("ca.pem")).unwrap()).unwrap();
    let chain = CertificateDer::pem_file_iter(from.file("node.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(from.file("node.key")).unwrap();
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap()
}
