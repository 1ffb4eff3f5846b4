//! One connection to a peer listener under a node's own certificate, kept open between requests: it says what a
//! good client says, or whatever else the test wants.

use std::sync::Arc;
use std::time::Duration;

use guitu::peer::identity::provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::federation::Site;

/// An open connection.
pub(crate) struct Line(TlsStream<TcpStream>);

/// What a request was answered with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Line {
    /// Connects to the peer listener of `to` at `url` as the node of `from`; none if it is refused.
    pub(crate) async fn open(from: &Site, to: &Site, url: &str) -> Option<Self> {
        let tcp = TcpStream::connect(url.strip_prefix("https://").unwrap()).await.ok()?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config(from, to))).connect(name, tcp).await.ok().map(Self)
    }

    /// Asks for `path`; none if the other side has closed.
    pub(crate) async fn ask(&mut self, path: &str) -> Option<Answer> {
        self.say(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await?;
        self.hear().await
    }

    /// Writes these bytes; none if the other side has closed.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> Option<()> {
        self.0.write_all(bytes).await.ok()?;
        self.0.flush().await.ok()
    }

    /// Reads one answer; none if the other side has closed.
    pub(crate) async fn hear(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        assert!(length.is_some() || status == 204, "{head}");
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Answer { status, head, body: String::from_utf8(body).unwrap() })
    }

    /// Writes one byte after the other, slowly and for ever, until the other side closes; what it said before.
    pub(crate) async fn trickle(mut self, byte: u8) -> String {
        let mut heard = Vec::new();
        let mut buffer = [0; 4_096];
        loop {
            // A write may still succeed into a closed connection: reading tells.
            _ = self.say(&[byte]).await;
            match timeout(Duration::from_millis(50), self.0.read(&mut buffer)).await {
                Err(_) => {}
                Ok(Ok(count)) if count > 0 => heard.extend_from_slice(&buffer[..count]),
                Ok(_) => return String::from_utf8_lossy(&heard).into_owned(),
            }
        }
    }

    /// Says no more; what the other side says until it closes.
    pub(crate) async fn last_words(mut self) -> String {
        let mut heard = Vec::new();
        // How it closes is all the same.
        _ = self.0.read_to_end(&mut heard).await;
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// What a new connection gets for `path`; none if there is none to be had.
    pub(crate) async fn once(from: &Site, to: &Site, url: &str, path: &str) -> Option<Answer> {
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
