//! Makes and reads certificates (RFC 5280): one CA per region, node and office certificates below it.
//!
//! Knows X.509 and the SAN URI `guitu:node:<code>` that names a node; does no I/O and reads no clock.
//! Key pairs are drawn by the certificate library from the operating system's generator, the one
//! exception to [`crate::clock::Entropy`]. Invariant: no certificate outlives its CA.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use thiserror::Error;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// Certificates are valid from this long before they are made: the clocks of two nodes may differ by it.
const BACKDATE: i64 = 300 * Timestamp::SECOND;
const NODE_SAN: &str = "guitu:node:";

/// Why no certificate was made or read.
#[derive(Debug, Error)]
pub enum PkiError {
    /// The caller gave a file that is no PEM certificate.
    #[error("not a PEM certificate")]
    NotACertificate,
    /// The CA's certificate and key were not made by [`make_ca`], or do not belong together.
    #[error("the certificate and key are not a CA made by this program")]
    NotOurAuthority,
    /// The caller gave a host that is neither a DNS name nor an IP address.
    #[error("not a host name or IP address: {0}")]
    BadHost(String),
    /// The caller gave a validity outside the calendar, or the CA is no longer valid.
    #[error("the validity is empty or outside the calendar")]
    BadValidity,
    /// The library failed to draw a key or to sign.
    #[error("the certificate could not be made")]
    Library(#[from] rcgen::Error),
}

/// A certificate with its private key. The key is erased from memory on drop.
pub struct Issued {
    /// The certificate, PEM.
    pub cert_pem: String,
    /// The private key, PKCS#8 PEM.
    pub key_pem: Zeroizing<String>,
}

/// A region's CA, ready to sign.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    not_after: Timestamp,
}

impl Authority {
    /// The CA that [`make_ca`] made.
    pub fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        let der = certificate_der(cert_pem)?;
        let (_, cert) = X509Certificate::from_der(&der).map_err(|_| PkiError::NotACertificate)?;
        let key = KeyPair::from_pem(key_pem).map_err(|_| PkiError::NotOurAuthority)?;
        if cert.public_key().subject_public_key.data.as_ref() != key.public_key_raw() || !cert.is_ca() {
            return Err(PkiError::NotOurAuthority);
        }
        let name = sole_common_name(&cert).ok_or(PkiError::NotOurAuthority)?;
        let not_after = Timestamp(cert.validity().not_after.timestamp().saturating_mul(1_000));
        Ok(Self { issuer: Issuer::new(ca_params(name), key), not_after })
    }
}

/// Makes the self-signed CA of a region: ECDSA P-256, path length 0, valid `days` days from `from`.
///
/// `name` is the subject's common name, followed by the region's code.
pub fn make_ca(region: NodeId, name: &str, from: Timestamp, days: u32) -> Result<Issued, PkiError> {
    let mut params = ca_params(&format!("{name} {region}"));
    set_validity(&mut params, from, end_of(from, days))?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let cert = params.self_signed(&key)?;
    Ok(Issued { cert_pem: cert.pem(), key_pem: Zeroizing::new(key.serialize_pem()) })
}

/// Makes the certificate that `node` shows its peers, as server and as client.
///
/// It names `127.0.0.1`, `localhost` and `hosts`, and the node in the SAN URI `guitu:node:<code>`.
/// It ends after `days` days, or with its CA if that is earlier.
pub fn make_node_certificate(
    ca: &Authority,
    node: NodeId,
    hosts: &[String],
    from: Timestamp,
    days: u32,
) -> Result<Issued, PkiError> {
    let mut params = leaf_params(&format!("node {node}"), hosts)?;
    let uri = format!("{NODE_SAN}{node}");
    params.subject_alt_names.push(SanType::URI(uri.clone().try_into().map_err(|_| PkiError::BadHost(uri))?));
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    issue(ca, params, from, days)
}

/// Makes the certificate of the office listener: server only, and it names no node.
pub fn make_office_certificate(
    ca: &Authority,
    hosts: &[String],
    from: Timestamp,
    days: u32,
) -> Result<Issued, PkiError> {
    let mut params = leaf_params("office", hosts)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    issue(ca, params, from, days)
}

/// The DER of the first certificate in a PEM text.
pub fn certificate_der(pem: &str) -> Result<CertificateDer<'static>, PkiError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| PkiError::NotACertificate)
}

/// SHA-256 of the certificate's `SubjectPublicKeyInfo` (RFC 7469 §2.4): survives renewal with the same key.
pub fn spki_pin(cert: &[u8]) -> Option<Digest> {
    let (_, cert) = X509Certificate::from_der(cert).ok()?;
    Some(Digest::of(cert.public_key().raw))
}

/// The node that a certificate names, if it names exactly one.
pub fn node_of(cert: &[u8]) -> Option<NodeId> {
    let (_, cert) = X509Certificate::from_der(cert).ok()?;
    let names = &cert.subject_alternative_name().ok()??.value.general_names;
    let mut nodes = names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => uri.strip_prefix(NODE_SAN),
        _ => None,
    });
    let first = nodes.next()?;
    if nodes.next().is_some() { None } else { first.parse().ok() }
}

/// The end of a certificate's validity, to the second.
pub fn not_after(cert: &[u8]) -> Option<Timestamp> {
    let (_, cert) = X509Certificate::from_der(cert).ok()?;
    Some(Timestamp(cert.validity().not_after.timestamp().saturating_mul(1_000)))
}

fn issue(
    ca: &Authority,
    mut params: CertificateParams,
    from: Timestamp,
    days: u32,
) -> Result<Issued, PkiError> {
    set_validity(&mut params, from, end_of(from, days).min(ca.not_after))?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let cert = params.signed_by(&key, &ca.issuer)?;
    Ok(Issued { cert_pem: cert.pem(), key_pem: Zeroizing::new(key.serialize_pem()) })
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(name: &str, hosts: &[String]) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let mut names: Vec<&str> = vec!["127.0.0.1", "localhost"];
    names.extend(hosts.iter().map(String::as_str).filter(|host| !["127.0.0.1", "localhost"].contains(host)));
    params.subject_alt_names = names.into_iter().map(host_name).collect::<Result<_, _>>()?;
    Ok(params)
}

fn host_name(host: &str) -> Result<SanType, PkiError> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(ip));
    }
    let fits = rustls::pki_types::DnsName::try_from(host).is_ok();
    match host.to_owned().try_into() {
        Ok(name) if fits => Ok(SanType::DnsName(name)),
        _ => Err(PkiError::BadHost(host.to_owned())),
    }
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn sole_common_name<'a>(cert: &'a X509Certificate<'_>) -> Option<&'a str> {
    let mut attributes = cert.subject().iter_attributes();
    let (first, rest) = (attributes.next()?, attributes.next());
    let is_name = *first.attr_type() == x509_parser::oid_registry::OID_X509_COMMON_NAME;
    if is_name && rest.is_none() { first.as_str().ok() } else { None }
}

fn end_of(from: Timestamp, days: u32) -> Timestamp {
    from.plus(Timestamp::DAY.saturating_mul(i64::from(days)))
}

fn set_validity(params: &mut CertificateParams, from: Timestamp, until: Timestamp) -> Result<(), PkiError> {
    if until <= from {
        return Err(PkiError::BadValidity);
    }
    let at =
        |at: Timestamp| OffsetDateTime::from_unix_timestamp(at.seconds()).map_err(|_| PkiError::BadValidity);
    params.not_before = at(from.plus(-BACKDATE))?;
    params.not_after = at(until)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn authority(days: u32) -> (Issued, Authority) {
        let ca = make_ca("530000".parse().unwrap(), "Guitu CA", NOW, days).unwrap();
        let authority = Authority::from_pem(&ca.cert_pem, &ca.key_pem).unwrap();
        (ca, authority)
    }

    #[test]
    fn a_node_certificate_names_its_node_and_ends_with_its_ca() {
        let (_, ca) = authority(10);
        let node: NodeId = "530900".parse().unwrap();
        let issued = make_node_certificate(&ca, node, &["node.example".into()], NOW, 365).unwrap();
        let der = certificate_der(&issued.cert_pem).unwrap();
        assert_eq!(node_of(&der), Some(node));
        assert_eq!(not_after(&der), Some(NOW.plus(10 * Timestamp::DAY)));
    }

    #[test]
    fn the_issuer_is_the_subject_of_the_ca() {
        let (ca_pem, ca) = authority(10);
        let issued = make_office_certificate(&ca, &["10.0.0.1".into()], NOW, 5).unwrap();
        let (leaf, root) =
            (certificate_der(&issued.cert_pem).unwrap(), certificate_der(&ca_pem.cert_pem).unwrap());
        let leaf = X509Certificate::from_der(&leaf).unwrap().1;
        let root = X509Certificate::from_der(&root).unwrap().1;
        assert_eq!(leaf.issuer().as_raw(), root.subject().as_raw());
        assert_eq!(node_of(issued.cert_pem.as_bytes()), None);
    }

    #[test]
    fn a_pin_belongs_to_the_key() {
        let (_, ca) = authority(10);
        let node = "530900".parse().unwrap();
        let pin = || {
            let issued = make_node_certificate(&ca, node, &[], NOW, 5).unwrap();
            spki_pin(&certificate_der(&issued.cert_pem).unwrap()).unwrap()
        };
        assert_ne!(pin(), pin());
    }

    proptest::proptest! {
        #[test]
        fn a_damaged_certificate_never_panics(at in 0_usize..400, byte: u8) {
            let (ca, _) = authority(10);
            let mut der = certificate_der(&ca.cert_pem).unwrap().to_vec();
            if let Some(hit) = der.get_mut(at) {
                *hit = byte;
            }
            proptest::prop_assert_eq!(node_of(&der), None);
            let _ = (spki_pin(&der), not_after(&der));
            let _ = (spki_pin(&der[..at.min(der.len())]), not_after(&der[at.min(der.len())..]));
        }
    }

    #[test]
    fn what_cannot_be_signed_is_refused() {
        let (ca, authority) = authority(10);
        let (other, _) = self::authority(10);
        assert!(matches!(Authority::from_pem(&ca.cert_pem, &other.key_pem), Err(PkiError::NotOurAuthority)));
        let late = NOW.plus(11 * Timestamp::DAY);
        assert!(matches!(make_office_certificate(&authority, &[], late, 1), Err(PkiError::BadValidity)));
        let bad = ["no host".to_owned()];
        assert!(matches!(make_office_certificate(&authority, &bad, NOW, 1), Err(PkiError::BadHost(_))));
    }
}
