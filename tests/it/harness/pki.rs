//! Certificate authorities, certificates and registers for tests, right and wrong ones.

use guitu::clock::{Clock as _, SystemClock, Timestamp};
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::peer::identity::Identity;
use guitu::peer::pki::{self, Authority, Issued};
use guitu::peer::verifier::{PeerTrust, Standing, TrustedPeer};
use rustls::pki_types::CertificateDer;

/// The node with that code.
pub(crate) fn node(code: &str) -> NodeId {
    code.parse().unwrap()
}

/// A region's CA with what the tests need of it.
pub(crate) struct Region {
    pub(crate) node: NodeId,
    pub(crate) ca: Authority,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) born: Timestamp,
}

impl Region {
    /// A region whose CA was made 100 days ago.
    pub(crate) fn new(code: &str) -> Self {
        let born = SystemClock.now().plus(-100 * Timestamp::DAY);
        let Issued { cert_pem, key_pem } = pki::make_ca(node(code), "Guitu CA", born, 3650).unwrap();
        let ca = Authority::from_pem(&cert_pem, &key_pem).unwrap();
        Self { node: node(code), ca, der: pki::certificate_der(&cert_pem).unwrap(), born }
    }

    /// A certificate, valid today, that names node `code`, rightly or not.
    pub(crate) fn certify(&self, code: &str) -> Issued {
        pki::make_node_certificate(&self.ca, node(code), &[], self.born, 3650).unwrap()
    }

    /// This region's node as a register holds it.
    pub(crate) fn trusted(&self, standing: Standing, pins: Vec<Digest>) -> TrustedPeer {
        TrustedPeer { node: self.node, standing, authorities: vec![self.der.clone()], pins }
    }
}

/// The identity in a certificate and its key.
pub(crate) fn identity(issued: &Issued) -> Identity {
    Identity::from_pem(&issued.cert_pem, &issued.key_pem).unwrap()
}

/// A register of these peers.
pub(crate) fn trust(peers: impl IntoIterator<Item = TrustedPeer>) -> PeerTrust {
    PeerTrust { peers: peers.into_iter().collect() }
}

/// A certificate that claims to be a node's and that no CA issued.
pub(crate) fn self_signed(code: &str) -> Issued {
    let mut params = rcgen::CertificateParams::default();
    let uri = format!("guitu:node:{code}").try_into().unwrap();
    params.subject_alt_names.push(rcgen::SanType::URI(uri));
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap();
    Issued { cert_pem: cert.pem(), key_pem: key.serialize_pem().into() }
}
