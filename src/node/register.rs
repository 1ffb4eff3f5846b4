//! The peer register: who is enrolled, with which keys and pins, and whether it is active.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{Error, Node, key, node_of};
use crate::audit::trust::epoch_of;
use crate::audit::{EntryType, Incomplete};
use crate::domain::node::NodeId;
use crate::exchange::descriptor::{Descriptor, DescriptorError};
use crate::exchange::message::{Epoch, cosigner_name, log_origin};
use crate::peer::identity::PeerCertificate;
use crate::peer::pki::certificate_der;
use crate::peer::verifier::{PeerTrust, Standing, TrustedPeer};
use crate::statement::jws;
use crate::statement::keys::KeySet;
use crate::store::db::Tx;
use crate::store::peer::{self as store, PeerRow};
use crate::tlog::key::{KeyUse, VerifierKey};

/// A registered peer, read from the register.
pub struct Registered {
    /// Whether it may exchange.
    pub active: bool,
    /// What it said about itself when it was enrolled.
    pub descriptor: Descriptor,
    /// Its signing keys.
    pub keys: KeySet,
}

/// A registered peer, for people.
#[derive(Serialize)]
pub struct PeerView {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// `active`, `suspended` or `revoked`.
    pub status: String,
    /// The fingerprint that two operators compared.
    pub fingerprint: String,
    /// The base URL of its peer listener.
    pub peer_url: String,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    /// It called us, and showed this certificate.
    Inbound(PeerCertificate),
    /// We called it; the transport saw to it that it is that node.
    Outbound(NodeId),
}

impl Link {
    /// The node there.
    pub const fn node(self) -> NodeId {
        match self {
            Self::Inbound(shown) => shown.node,
            Self::Outbound(node) => node,
        }
    }
}

/// What an operator makes of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerChange {
    /// It may not exchange for now.
    Suspend,
    /// It may exchange again.
    Resume,
    /// It never exchanges again under this enrolment.
    Revoke,
}

/// The rows of the register that can be read. One that is damaged costs no other peer anything.
pub(super) fn readable(rows: &[PeerRow]) -> impl Iterator<Item = (&PeerRow, Registered)> {
    rows.iter().filter_map(|row| match Registered::of(row) {
        Ok(peer) => Some((row, peer)),
        Err(error) => {
            tracing::error!(
                peer.id = row.node,
                code = error.code(),
                "the register's row of {} is damaged: add the peer again",
                row.node
            );
            None
        }
    })
}

impl Registered {
    pub(super) fn of(row: &PeerRow) -> Result<Self, Error> {
        let payload = jws::claimed_payload(&row.descriptor)?;
        let descriptor: Descriptor =
            serde_json::from_value(payload).map_err(|_| Error::Corrupt("descriptor"))?;
        let keys = descriptor.key_set().map_err(|_| Error::Corrupt("descriptor"))?;
        Ok(Self { active: row.status == "active", descriptor, keys })
    }

    /// The epoch and the key of its log under that origin; none if that is no log of its, or was closed before it
    /// was enrolled.
    pub fn log_key(&self, origin: &str) -> Result<Option<(Epoch, VerifierKey)>, Error> {
        let enrolled = self.descriptor.epoch;
        let epoch = epoch_of(self.descriptor.iss, origin);
        let Some(epoch) = epoch.filter(|epoch| *epoch == enrolled || epoch.counter > enrolled.counter) else {
            return Ok(None);
        };
        Ok(Some((epoch, verifier_key(origin, KeyUse::Log, &self.descriptor.log_key)?)))
    }

    /// The key of its cosignatures.
    pub fn cosigner_key(&self) -> Result<VerifierKey, Error> {
        verifier_key(&cosigner_name(self.descriptor.iss), KeyUse::Cosigner, &self.descriptor.cosigner_key)
    }
}

fn verifier_key(name: &str, key_use: KeyUse, text: &str) -> Result<VerifierKey, Error> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok();
    let public = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let public =
        public.ok_or(Error::Unreadable("a log key of the descriptor is not 32 bytes of base64url"))?;
    VerifierKey::new(name, key_use, public)
        .map_err(|_| Error::Unreadable("a log key of the descriptor is unusable"))
}

impl Node {
    /// The peer as the register has it now; none if it is not enrolled.
    pub async fn registered(&self, tx: &mut Tx, peer: NodeId) -> Result<Option<Registered>, Error> {
        store::find(tx, key(peer)).await?.map(|row| Registered::of(&row)).transpose()
    }

    /// The keys of those of these nodes that are enrolled.
    pub(super) async fn keys_of(
        &self,
        tx: &mut Tx,
        nodes: &BTreeSet<NodeId>,
    ) -> Result<HashMap<NodeId, KeySet>, Error> {
        if nodes.is_empty() {
            return Ok(HashMap::new());
        }
        let nodes: Vec<i64> = nodes.iter().map(|node| key(*node)).collect();
        let rows = store::find_all(tx, &nodes).await?;
        rows.iter().map(|row| Registered::of(row).map(|peer| (peer.descriptor.iss, peer.keys))).collect()
    }

    /// The peer at the other end of a connection, if it is active and shows a certificate that it named.
    /// Read in the request's own transaction, so that revocation bites at once on every instance.
    pub async fn admitted(&self, tx: &mut Tx, connection: &PeerCertificate) -> Result<Registered, Error> {
        self.linked(tx, Link::Inbound(*connection)).await
    }

    /// The same for either end of a connection that one of the two made.
    pub(super) async fn linked(&self, tx: &mut Tx, link: Link) -> Result<Registered, Error> {
        let peer = self.registered(tx, link.node()).await?.ok_or(Error::PeerNotActive)?;
        let shown = match link {
            Link::Inbound(shown) => peer.descriptor.tls_pins.contains(&shown.pin),
            Link::Outbound(_) => true,
        };
        if peer.active && shown { Ok(peer) } else { Err(Error::PeerNotActive) }
    }

    /// Reads a descriptor for comparison: the fingerprint that two operators read to each other.
    pub fn examine(&self, descriptor: &str) -> Result<Descriptor, Error> {
        let descriptor = Descriptor::open(descriptor.trim(), self.now()).map_err(|error| match error {
            DescriptorError::Signature(error) => Error::Statement(error),
            DescriptorError::Malformed(what) => Error::Unreadable(what),
            DescriptorError::Protocol => {
                Error::Unreadable("the descriptor names no protocol version we speak")
            }
        })?;
        if descriptor.iss == self.id {
            return Err(Error::Unreadable("this is the node's own descriptor"));
        }
        certificate_der(&descriptor.tls_ca).map_err(|_| Error::Unreadable("tls_ca is not a certificate"))?;
        let peer = Registered {
            active: true,
            keys: descriptor.key_set().map_err(|_| Error::Unreadable("keys"))?,
            descriptor,
        };
        peer.log_key(&log_origin(peer.descriptor.iss, peer.descriptor.epoch))?;
        peer.cosigner_key()?;
        Ok(peer.descriptor)
    }

    /// Enrols a peer whose fingerprint was compared, or takes its newer descriptor. A revoked peer stays
    /// revoked.
    pub async fn enrol(&self, descriptor: &str, fingerprint: &str) -> Result<PeerView, Error> {
        let opened = self.examine(descriptor)?;
        if opened.fingerprint() != fingerprint {
            return Err(Error::Unreadable("the fingerprint is not the one of this descriptor"));
        }
        let mut tx = self.db.node.begin().await?;
        store::take_turn(&mut tx, key(opened.iss)).await?;
        let known = store::find(&mut tx, key(opened.iss)).await?;
        if known.as_ref().is_some_and(|row| row.status == "revoked") {
            return Err(Error::PeerNotActive);
        }
        let row = PeerRow {
            node: key(opened.iss),
            status: known.as_ref().map_or_else(|| "active".into(), |row| row.status.clone()),
            descriptor: descriptor.trim().to_owned(),
            fingerprint: fingerprint.to_owned(),
            changed_at: self.now().0,
        };
        store::put(&mut tx, &row).await?;
        self.log_change(&mut tx, opened.iss, "enrolled").await?;
        self.log_key_changes(&mut tx, known.as_ref(), &row).await?;
        tx.commit().await?;
        self.sequence_soon();
        peer_view(&row)
    }

    /// Every registered peer.
    pub async fn peers(&self) -> Result<Vec<PeerView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        store::all(&mut tx).await?.iter().map(peer_view).collect()
    }

    /// The descriptor that a peer was enrolled with, as signed by it.
    pub async fn descriptor_of(&self, peer: NodeId) -> Result<String, Error> {
        let mut tx = self.db.node.snapshot().await?;
        store::find(&mut tx, key(peer)).await?.map(|row| row.descriptor).ok_or(Error::NotFound)
    }

    /// Changes a peer's status. It takes effect on the next request and the next connection, everywhere.
    pub async fn change_peer(&self, peer: NodeId, change: PeerChange) -> Result<PeerView, Error> {
        let mut tx = self.db.node.begin().await?;
        store::take_turn(&mut tx, key(peer)).await?;
        let mut row = store::find(&mut tx, key(peer)).await?.ok_or(Error::NotFound)?;
        let status = match (row.status.as_str(), change) {
            ("active", PeerChange::Suspend) => "suspended",
            ("suspended", PeerChange::Resume) => "active",
            ("active" | "suspended", PeerChange::Revoke) => "revoked",
            _ => return Err(Error::Conflict),
        };
        status.clone_into(&mut row.status);
        row.changed_at = self.now().0;
        store::put(&mut tx, &row).await?;
        self.log_change(&mut tx, peer, status).await?;
        tx.commit().await?;
        self.sequence_soon();
        peer_view(&row)
    }

    /// What the TLS verifier trusts, from the register as it is now.
    pub async fn peer_trust(&self) -> Result<PeerTrust, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let mut peers = Vec::new();
        for row in store::all(&mut tx).await? {
            let peer = Registered::of(&row)?;
            let authority =
                certificate_der(&peer.descriptor.tls_ca).map_err(|_| Error::Corrupt("descriptor"))?;
            let standing = match row.status.as_str() {
                "active" => Standing::Active,
                "suspended" => Standing::Suspended,
                _ => Standing::Revoked,
            };
            let pins = peer.descriptor.tls_pins;
            peers.push(TrustedPeer {
                node: peer.descriptor.iss,
                standing,
                authorities: vec![authority],
                pins,
            });
        }
        Ok(PeerTrust { peers })
    }

    async fn log_change(&self, tx: &mut Tx, peer: NodeId, what: &str) -> Result<(), Error> {
        let (actor, code) = (Some(self.operator()), Some(what.into()));
        let body = Incomplete { actor, peer: Some(peer), code, ..Incomplete::default() };
        self.note(tx, EntryType::PeerChange, body).await
    }
}

fn peer_view(row: &PeerRow) -> Result<PeerView, Error> {
    let peer = Registered::of(row)?;
    Ok(PeerView {
        node: node_of(row.node)?,
        name: peer.descriptor.name,
        status: row.status.clone(),
        fingerprint: row.fingerprint.clone(),
        peer_url: peer.descriptor.peer_url,
    })
}
