//! Why a TLS connection was refused: one code for each reason, one log line for each refusal.
//!
//! Knows TLS errors; decides nothing about peers. Invariant: a refusal says no more than the reason,
//! the node that the certificate claims and the start of its pin.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;

use rustls::{CertificateError, Error as TlsError, OtherError, PeerIncompatible};
use thiserror::Error;

use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// Why a connection was refused. Unless the variant says otherwise the other side is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It showed no certificate.
    NoCertificate,
    /// Its certificate is not from the CA that the register holds for the node it claims, or, if it
    /// claims none, from no CA of the register: self-signed, or another region's.
    NotIssuedByAKnownCa,
    /// Its certificate has ended.
    CertificateExpired,
    /// Its certificate is not valid yet, or a clock is wrong.
    CertificateNotYetValid,
    /// Its certificate cannot be read, or is not for this use.
    CertificateUnfit,
    /// It could not prove that it holds the certificate's key.
    KeyNotProved,
    /// A known CA issued its certificate, for a node that is not in the register or for none.
    UnknownNode,
    /// The server that answered is another node than the one that was called.
    WrongNode,
    /// Its key is not among those that the register holds for it.
    WrongPin,
    /// The register has it as suspended.
    PeerSuspended,
    /// The register has it as revoked.
    PeerRevoked,
    /// It does not speak TLS 1.3.
    TlsVersion,
    /// It does not speak HTTP/1.1.
    HttpVersion,
    /// It does not speak TLS at all.
    NotTls,
    /// It refused us, with a TLS alert: our certificate is at fault, or its register.
    RefusedByPeer,
    /// It did not finish the handshake in time.
    HandshakeTimeout,
    /// It closed the connection during the handshake.
    ClosedEarly,
    /// Its address has too many handshakes under way.
    TooManyHandshakes,
    /// It holds as many connections as one peer may.
    TooManyConnections,
    /// Any other breach of the protocol.
    HandshakeFailed,
}

impl Reason {
    /// The code in logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoCertificate => "no_certificate",
            Self::NotIssuedByAKnownCa => "not_issued_by_a_known_ca",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::CertificateUnfit => "certificate_unfit",
            Self::KeyNotProved => "key_not_proved",
            Self::UnknownNode => "unknown_node",
            Self::WrongNode => "wrong_node",
            Self::WrongPin => "wrong_pin",
            Self::PeerSuspended => "peer_suspended",
            Self::PeerRevoked => "peer_revoked",
            Self::TlsVersion => "tls_version",
            Self::HttpVersion => "http_version",
            Self::NotTls => "not_tls",
            Self::RefusedByPeer => "refused_by_peer",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::ClosedEarly => "closed_early",
            Self::TooManyHandshakes => "too_many_handshakes",
            Self::TooManyConnections => "too_many_connections",
            Self::HandshakeFailed => "handshake_failed",
        }
    }

    pub(crate) fn of_certificate(error: &TlsError) -> Self {
        let TlsError::InvalidCertificate(error) = error else { return Self::CertificateUnfit };
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::NotIssuedByAKnownCa,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::CertificateExpired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::CertificateNotYetValid
            }
            _ => Self::CertificateUnfit,
        }
    }
}

/// A refused connection: what the log may say about it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{}", reason.code())]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The node that the certificate claims, proved or not.
    pub node: Option<NodeId>,
    /// The SPKI pin of the certificate.
    pub pin: Option<Digest>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, node: None, pin: None }
    }
}

impl From<Refusal> for TlsError {
    fn from(refusal: Refusal) -> Self {
        CertificateError::Other(OtherError(std::sync::Arc::new(refusal))).into()
    }
}

impl From<&TlsError> for Refusal {
    fn from(error: &TlsError) -> Self {
        let reason = match error {
            TlsError::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
                return inner.downcast_ref().copied().unwrap_or(Reason::CertificateUnfit.into());
            }
            TlsError::InvalidCertificate(_) => Reason::of_certificate(error),
            TlsError::NoCertificatesPresented => Reason::NoCertificate,
            TlsError::NoApplicationProtocol => Reason::HttpVersion,
            TlsError::InvalidMessage(_) => Reason::NotTls,
            TlsError::AlertReceived(_) => Reason::RefusedByPeer,
            TlsError::PeerIncompatible(
                PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled,
            ) => Reason::TlsVersion,
            _ => Reason::HandshakeFailed,
        };
        reason.into()
    }
}

impl Refusal {
    /// The refusal behind a failed handshake's I/O error.
    pub fn of_handshake(error: &io::Error) -> Self {
        match tls_error(error) {
            Some(tls) => tls.into(),
            None => Reason::ClosedEarly.into(),
        }
    }

    /// Writes the one log line: a warning, unless the other side merely hung up (a port probe).
    /// `remote` is the caller's address; none, if the call was ours.
    pub fn log(&self, remote: Option<SocketAddr>) {
        let reason = self.reason.code();
        if self.reason == Reason::ClosedEarly {
            tracing::debug!(reason, remote = remote.map(tracing::field::display), "handshake {reason}");
            return;
        }
        let what = if remote.is_some() { "connection" } else { "call" };
        tracing::warn!(
            reason,
            node = self.node.map(tracing::field::display),
            pin = self.pin.map(|pin| pin.to_string().chars().take(8).collect::<String>()),
            remote = remote.map(tracing::field::display),
            "{what} refused: {reason}",
        );
    }
}

/// The TLS error in a chain of sources, also where an I/O error wraps it.
pub(crate) fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        // `io::Error::source` skips the error that it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
