//! The certificates of a running node, read again when their files change.
//!
//! Knows files and their times. Invariant: listeners and transport show a certificate only if it reads
//! whole and, for peers, names this node; a bad file leaves the old one in service and one log line.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;

use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::{NODE_CERT, NODE_KEY, NodeFolder, OFFICE_CERT, OFFICE_KEY};
use crate::clock::{Clock, SystemClock};
use crate::domain::node::NodeId;
use crate::peer::identity::{Identity, office_server_config, peer_server_config};
use crate::peer::transport::HttpsTransport;
use crate::peer::verifier::PeerVerifier;

/// How often the files' times are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// What the certificates of a node folder are used for.
pub(super) struct Certificates {
    node: NodeId,
    files: [PathBuf; 4],
    clock: Arc<dyn Clock>,
    verifier: Arc<PeerVerifier>,
    /// The peer listener's configuration.
    pub(super) peer: Arc<ArcSwap<ServerConfig>>,
    /// The office listener's configuration.
    pub(super) office: Arc<ArcSwap<ServerConfig>>,
    /// The outbound side.
    pub(super) transport: Arc<HttpsTransport>,
}

impl Certificates {
    /// Reads the certificates of a node folder.
    pub(super) fn load(folder: &NodeFolder, verifier: &Arc<PeerVerifier>) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let files = [NODE_CERT, NODE_KEY, OFFICE_CERT, OFFICE_KEY].map(|name| folder.file(name));
        let (identity, peer, office) = read(&files, folder.settings.region, verifier, &clock)?;
        let transport = Arc::new(HttpsTransport::new(identity, Arc::clone(verifier), Arc::clone(&clock)));
        Ok(Self {
            node: folder.settings.region,
            files,
            clock,
            verifier: Arc::clone(verifier),
            peer: Arc::new(ArcSwap::from_pointee(peer)),
            office: Arc::new(ArcSwap::from_pointee(office)),
            transport,
        })
    }

    /// Looks at the files for ever, and takes what changed into service.
    pub(super) async fn watch(self) {
        let mut seen = self.times();
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            let now = self.times();
            if now == seen {
                continue;
            }
            seen = now;
            match read(&self.files, self.node, &self.verifier, &self.clock) {
                Ok((identity, peer, office)) => {
                    self.peer.store(Arc::new(peer));
                    self.office.store(Arc::new(office));
                    self.transport.replace_identity(identity);
                    tracing::info!("certificates reloaded");
                }
                Err(failure) => {
                    let reason = failure.line();
                    tracing::error!(%reason, "the certificates changed and cannot be used; the old ones stay");
                }
            }
        }
    }

    fn times(&self) -> [Option<SystemTime>; 4] {
        self.files.each_ref().map(|file| std::fs::metadata(file).and_then(|data| data.modified()).ok())
    }
}

type Read = (Identity, ServerConfig, ServerConfig);

fn read(
    [node_cert, node_key, office_cert, office_key]: &[PathBuf; 4],
    node: NodeId,
    verifier: &Arc<PeerVerifier>,
    clock: &Arc<dyn Clock>,
) -> Result<Read, Failure> {
    let identity = Identity::load(node_cert, node_key).or_input()?;
    if identity.node() != Some(node) {
        return Err(Failure::wrong(format!("{} does not name node {node}", node_cert.display())));
    }
    let office = Identity::load(office_cert, office_key).or_input()?;
    let peer = peer_server_config(&identity, Arc::clone(verifier), Arc::clone(clock)).or_input()?;
    let office = office_server_config(&office, Arc::clone(clock)).or_input()?;
    Ok((identity, peer, office))
}
