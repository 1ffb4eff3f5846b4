//! Who a node is in TLS: its own certificate and key, and the certificate that the other side showed.
//!
//! Knows how every TLS configuration of the program is built: one crypto provider (aws-lc), TLS 1.3,
//! HTTP/1.1, no resumption, time from [`Clock`]. Decides nothing about peers; see [`super::verifier`].

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use thiserror::Error;

use super::key_file::{self, KeyFileError};
use super::pki;
use super::verifier::PeerVerifier;
use crate::clock::{Clock, Timestamp};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// Why an identity cannot be used. The operator is at fault.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The private key's file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The certificate's file cannot be read.
    #[error("{0}: {1}")]
    Certificate(std::path::PathBuf, std::io::Error),
    /// The certificate chain or the private key is not PEM.
    #[error("the certificate chain or the private key is not PEM")]
    NotPem,
    /// The certificate and the key do not belong together, or are of an unknown kind.
    #[error("the certificate and the private key do not fit: {0}")]
    Mismatch(#[from] rustls::Error),
}

/// A certificate chain with its private key, ready for handshakes. The key cannot be taken out.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("node", &self.node()).field("pin", &self.pin()).finish()
    }
}

impl Identity {
    /// From PEM texts: the chain, leaf first, and the key.
    pub fn from_pem(chain_pem: &str, key_pem: &str) -> Result<Self, IdentityError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| IdentityError::NotPem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| IdentityError::NotPem)?;
        let certified = CertifiedKey::from_der(chain, key, &provider())?;
        Ok(Self(Arc::new(certified)))
    }

    /// From files of a node folder; the key's file must have mode 0600.
    pub fn load(chain: &Path, key: &Path) -> Result<Self, IdentityError> {
        let chain_pem = std::fs::read_to_string(chain)
            .map_err(|error| IdentityError::Certificate(chain.to_owned(), error))?;
        Self::from_pem(&chain_pem, &key_file::read_secret(key)?)
    }

    /// The pin that peers' registers hold for this key.
    pub fn pin(&self) -> Option<Digest> {
        self.0.cert.first().and_then(|cert| pki::spki_pin(cert))
    }

    /// The node that the certificate names; `None` for an office certificate.
    pub fn node(&self) -> Option<NodeId> {
        self.0.cert.first().and_then(|cert| pki::node_of(cert))
    }

    /// When the certificate ends.
    pub fn not_after(&self) -> Option<Timestamp> {
        self.0.cert.first().and_then(|cert| pki::not_after(cert))
    }
}

/// The certificate of an authenticated connection's other side: in a handler, `conn_data::<PeerCertificate>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The node that it names.
    pub node: NodeId,
    /// SHA-256 of its public key.
    pub pin: Digest,
}

impl PeerCertificate {
    /// Reads a certificate; `None` if it names no node.
    pub fn of(cert: &[u8]) -> Option<Self> {
        Some(Self { node: pki::node_of(cert)?, pin: pki::spki_pin(cert)? })
    }
}

/// When the certificate of an authenticated connection's other side ends: no request that comes on it later is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until(pub Timestamp);

impl Until {
    /// Reads a certificate; `None` if it cannot be read.
    pub fn of(cert: &[u8]) -> Option<Self> {
        pki::not_after(cert).map(Self)
    }
}

/// The peer listener's configuration: mutual TLS 1.3, decided by `verifier`, never resumed.
pub fn peer_server_config(
    identity: &Identity,
    verifier: Arc<PeerVerifier>,
    clock: Arc<dyn Clock>,
) -> Result<ServerConfig, IdentityError> {
    let config = ServerConfig::builder_with_details(provider(), Arc::new(TlsTime(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&identity.0))));
    Ok(without_resumption(config))
}

/// The office listener's configuration: TLS 1.3, callers are authenticated above it.
pub fn office_server_config(
    identity: &Identity,
    clock: Arc<dyn Clock>,
) -> Result<ServerConfig, IdentityError> {
    let config = ServerConfig::builder_with_details(provider(), Arc::new(TlsTime(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&identity.0))));
    Ok(without_resumption(config))
}

/// The configuration for calls to peers: our certificate, the server decided by `verifier`, never resumed.
pub fn client_config(
    identity: &Identity,
    verifier: Arc<dyn ServerCertVerifier>,
    clock: Arc<dyn Clock>,
) -> Result<ClientConfig, IdentityError> {
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(TlsTime(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&identity.0))));
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The one crypto provider of the program.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Makes [`provider`] the process's default, for libraries that look it up (the database client).
/// Repetition is harmless.
pub fn install_provider() {
    // An error says that a default is there already, and only this function sets one.
    let _ = aws_lc_rs::default_provider().install_default();
}

fn without_resumption(mut config: ServerConfig) -> ServerConfig {
    // A resumed session would skip the verifier, and with it a revocation.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

struct TlsTime(Arc<dyn Clock>);

impl fmt::Debug for TlsTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTime")
    }
}

impl TimeProvider for TlsTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
