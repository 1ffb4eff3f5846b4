//! Peers that are registered and are no nodes: a name, keys, and a port behind which anything may be.

use std::time::Duration;

use guitu::clock::{Clock, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::message::{Epoch, log_origin};
use guitu::peer::identity::Identity;
use guitu::statement::keys::{KeyRecord, SigningKey};
use guitu::tlog::key::{KeyUse, Signer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;

use crate::pair::{Side, identity};

/// Who it says that it is.
pub(crate) struct Stranger {
    pub(crate) id: NodeId,
    pub(crate) identity: Identity,
    /// Its signed descriptor, and the fingerprint of it.
    described: (String, String),
}

impl Stranger {
    /// One with keys of its own that is called at `peer_url`.
    pub(crate) fn new(id: NodeId, peer_url: String) -> Self {
        let (identity, tls_ca) = identity(id);
        let seed = *Digest::of(id.to_string().as_bytes()).bytes();
        let (signing, now) = (SigningKey::from_seed(id, &seed).unwrap(), SystemClock.now());
        let today = CivilDate::of(now);
        let days = [0, 365, 455].map(|days| today.plus_days(days));
        let key = KeyRecord::new(id, signing.verifying_key(), days[0], days[1], days[2]).unwrap();
        let epoch = Epoch { counter: 1, nonce: 7 };
        let log = Signer::from_seed(&log_origin(id, epoch), KeyUse::Log, &seed).unwrap();
        let public = Digest(*log.verifier().public()).to_string();
        let descriptor = Descriptor {
            iss: id,
            iat: today.start().seconds(),
            name: id.to_string(),
            peer_url,
            signing_keys: vec![key],
            log_key: public.clone(),
            cosigner_key: public,
            epoch,
            tls_ca,
            tls_pins: identity.pin().into_iter().collect(),
            upper: None,
            protocol: vec![1],
        };
        let described = (descriptor.sign(&signing).unwrap(), descriptor.fingerprint());
        Self { id, identity, described }
    }

    /// Registers it.
    pub(crate) async fn enrol_at(&self, side: &Side) {
        side.node.enrol(&self.described.0, &self.described.1).await.unwrap();
    }
}

/// How a peer behaves once it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It hangs up at once.
    Resets,
    /// It answers what is no HTTP.
    Garbage,
    /// It answers a byte a second.
    Slow,
    /// It refuses everything.
    Refuses,
}

impl Manner {
    pub(crate) const ALL: [Self; 4] = [Self::Resets, Self::Garbage, Self::Slow, Self::Refuses];
}

/// Answers every call in the present manner, without end.
pub(crate) async fn answer(listener: TcpListener, tls: TlsAcceptor, manner: watch::Receiver<Manner>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // Whoever called may be gone.
        tokio::spawn(one(socket, tls.clone(), *manner.borrow()));
    }
}

async fn one(socket: TcpStream, tls: TlsAcceptor, manner: Manner) -> std::io::Result<()> {
    if manner == Manner::Resets {
        return Ok(());
    }
    let (mut line, mut seconds) = (tls.accept(socket).await?, interval(Duration::from_secs(1)));
    let mut asked = [0; 16 << 10];
    while line.read(&mut asked).await? > 0 {
        match manner {
            Manner::Slow => loop {
                seconds.tick().await;
                line.write_all(b"H").await?;
                line.flush().await?;
            },
            Manner::Refuses => line.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await?,
            _ => line.write_all(&[0xa7; 4_096]).await?,
        }
        line.flush().await?;
    }
    Ok(())
}
