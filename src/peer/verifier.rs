//! Who may connect: the peer register as TLS sees it, and every decision on a certificate.
//!
//! Knows certificates, authorities, pins and a peer's standing; must not know HTTP or the database.
//! Invariant: a certificate is accepted only if the register's own CA for the node it names issued
//! it, the node is active, and its key is among the node's pins (where there are pins). The register
//! is swapped as a whole; a handshake sees one version of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error as TlsError, RootCertStore,
    SignatureScheme,
};

/// Whom the verifier let in, and until when.
pub use super::identity::{PeerCertificate, Until};
/// Whom it did not, and why.
pub use super::refusal::{Reason, Refusal};

use super::{identity, pki};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// Whether a peer may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Active,
    /// Not now; both ways are closed until it is resumed.
    Suspended,
    /// Never again with these keys.
    Revoked,
}

/// One peer of the register.
#[derive(Clone, Debug)]
pub struct TrustedPeer {
    /// Its name.
    pub node: NodeId,
    /// Whether it may connect.
    pub standing: Standing,
    /// The CAs whose certificates name this node: one, or two while its region changes its CA.
    pub authorities: Vec<CertificateDer<'static>>,
    /// The keys it may use; none: any key that its CA certified.
    pub pins: Vec<Digest>,
}

/// The register at one moment. Of two entries for one node the later counts.
#[derive(Clone, Debug, Default)]
pub struct PeerTrust {
    /// All peers, also those that may not connect: the log tells them apart from strangers.
    pub peers: Vec<TrustedPeer>,
}

/// The decision on certificates, both as server and (see [`PeerVerifier::expecting`]) as client.
pub struct PeerVerifier {
    register: ArcSwap<Register>,
    replaced: AtomicU64,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for PeerVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerVerifier")
    }
}

impl PeerVerifier {
    /// A verifier that trusts nobody yet.
    pub fn new() -> Arc<Self> {
        let register = ArcSwap::from_pointee(Register::default());
        Arc::new(Self { register, replaced: AtomicU64::new(0), provider: identity::provider() })
    }

    /// Replaces the register; the next handshake, and the next [`Self::admit`], sees the new one.
    ///
    /// Returns the nodes whose authorities cannot be read: the operator must import them again, and
    /// until then they are refused. The others are not affected.
    pub fn replace(&self, trust: PeerTrust) -> Vec<NodeId> {
        let number = self.replaced.fetch_add(1, Ordering::Relaxed) + 1;
        let (register, unreadable) = Register::new(number, trust, &self.provider);
        self.register.store(Arc::new(register));
        unreadable
    }

    /// Whether an open connection may go on, under the register as it is now. To be asked for every
    /// request: a handshake's decision may be hours old.
    pub fn admit(&self, peer: &PeerCertificate) -> Result<(), Reason> {
        self.register.load().peers.get(&peer.node).ok_or(Reason::UnknownNode)?.admit(&peer.pin)
    }

    /// The decision for a call to `node`: the server's certificate must be that node's. Host names
    /// play no part. `until` falls to the end, in milliseconds, of every certificate that is accepted.
    pub fn expecting(self: &Arc<Self>, node: NodeId, until: Arc<AtomicI64>) -> Arc<dyn ServerCertVerifier> {
        Arc::new(Expected { verifier: Arc::clone(self), node, until })
    }

    /// Whether `node` may be called at all, under the register as it is now; and the register's
    /// number: connections made under an earlier one are stale.
    pub(super) fn may_call(&self, node: NodeId) -> Result<u64, Reason> {
        let register = self.register.load();
        register.peers.get(&node).ok_or(Reason::UnknownNode)?.may_connect()?;
        Ok(register.number)
    }

    fn decide(&self, side: Side, shown: &Shown<'_>) -> Result<PeerCertificate, Refusal> {
        let (node, pin) = (pki::node_of(shown.cert), pki::spki_pin(shown.cert));
        let refuse = |reason| Refusal { reason, node, pin };
        let register = self.register.load();
        let peer = node.and_then(|node| register.peers.get(&node));
        let roots = peer.map_or(register.everyone.as_ref(), |peer| peer.roots.as_ref());
        roots
            .ok_or(refuse(Reason::NotIssuedByAKnownCa))?
            .check(side, shown, &self.provider)
            .map_err(|error| refuse(Reason::of_certificate(&error)))?;
        let (Some(node), Some(pin), Some(peer)) = (node, pin, peer) else {
            return Err(refuse(Reason::UnknownNode));
        };
        peer.admit(&pin).map_err(refuse)?;
        Ok(PeerCertificate { node, pin })
    }

    fn key_is_proved(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms).map_err(
            |_| {
                let (node, pin) = (pki::node_of(cert), pki::spki_pin(cert));
                Refusal { reason: Reason::KeyNotProved, node, pin }.into()
            },
        )
    }
}

/// Which side showed the certificate.
#[derive(Clone, Copy)]
enum Side {
    Client,
    Server,
}

struct Shown<'a> {
    cert: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    now: UnixTime,
}

#[derive(Default)]
struct Register {
    number: u64,
    peers: BTreeMap<NodeId, Peer>,
    everyone: Option<Roots>,
}

impl Register {
    fn new(number: u64, trust: PeerTrust, provider: &Arc<CryptoProvider>) -> (Self, Vec<NodeId>) {
        let everyone = trust.peers.iter().flat_map(|peer| &peer.authorities);
        let everyone = Roots::new(everyone, provider);
        let mut unreadable = Vec::new();
        let mut peers = BTreeMap::new();
        for TrustedPeer { node, standing, authorities, pins } in trust.peers {
            let roots = Roots::new(&authorities, provider);
            if roots.as_ref().is_none_or(|roots| roots.store.len() < authorities.len()) {
                unreadable.push(node);
            }
            peers.insert(node, Peer { standing, pins, roots });
        }
        (Self { number, peers, everyone }, unreadable)
    }
}

struct Peer {
    standing: Standing,
    pins: Vec<Digest>,
    roots: Option<Roots>,
}

impl Peer {
    fn may_connect(&self) -> Result<(), Reason> {
        match self.standing {
            Standing::Active => Ok(()),
            Standing::Suspended => Err(Reason::PeerSuspended),
            Standing::Revoked => Err(Reason::PeerRevoked),
        }
    }

    fn admit(&self, pin: &Digest) -> Result<(), Reason> {
        self.may_connect()?;
        if self.pins.is_empty() || self.pins.contains(pin) { Ok(()) } else { Err(Reason::WrongPin) }
    }
}

struct Roots {
    store: Arc<RootCertStore>,
    clients: Arc<dyn ClientCertVerifier>,
}

impl Roots {
    /// `None` if no authority can be read.
    fn new<'a>(
        authorities: impl IntoIterator<Item = &'a CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Option<Self> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(authorities.into_iter().cloned());
        let store = Arc::new(store);
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::clone(&store), Arc::clone(provider)).build();
        Some(Self { store, clients: clients.ok()? })
    }

    fn check(&self, side: Side, shown: &Shown<'_>, provider: &CryptoProvider) -> Result<(), TlsError> {
        match side {
            Side::Client => {
                self.clients.verify_client_cert(shown.cert, shown.intermediates, shown.now).map(|_| ())
            }
            Side::Server => verify_server_cert_signed_by_trust_anchor(
                &ParsedCertificate::try_from(shown.cert)?,
                &self.store,
                shown.intermediates,
                shown.now,
                provider.signature_verification_algorithms.all,
            ),
        }
    }
}

impl ClientCertVerifier for PeerVerifier {
    /// None: a stranger learns nothing about our peers from the handshake.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        cert: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        self.decide(Side::Client, &Shown { cert, intermediates, now })?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(Refusal::from(Reason::TlsVersion).into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.key_is_proved(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[derive(Debug)]
struct Expected {
    verifier: Arc<PeerVerifier>,
    node: NodeId,
    until: Arc<AtomicI64>,
}

impl ServerCertVerifier for Expected {
    fn verify_server_cert(
        &self,
        cert: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let shown = self.verifier.decide(Side::Server, &Shown { cert, intermediates, now })?;
        if shown.node != self.node {
            let refusal = Refusal { reason: Reason::WrongNode, node: Some(shown.node), pin: Some(shown.pin) };
            return Err(refusal.into());
        }
        let ends = pki::not_after(cert).ok_or(TlsError::InvalidCertificate(CertificateError::BadEncoding))?;
        self.until.fetch_min(ends.0, Ordering::Relaxed);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(Refusal::from(Reason::TlsVersion).into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier.key_is_proved(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ClientCertVerifier::supported_verify_schemes(&*self.verifier)
    }
}
