//! Opening a node: databases migrated, epoch settled, keys grown, log founded.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::watch;

use super::keys::{KeyRefused, NodeKeys, Seeds};
use super::{Error, Node, record};
use crate::clock::{Clock, Entropy, random};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::descriptor::{Descriptor, PROTOCOL};
use crate::exchange::forms::day;
use crate::exchange::message::Epoch;
use crate::statement::jws;
use crate::statement::keys::{ACCEPT_DAYS, KeyRecord, KeySet};
use crate::store::databases::Databases;
use crate::store::keystore::Keystore;
use crate::store::seal::StorageKey;
use crate::store::{epoch, log, state};
use crate::tlog::tree::Frontier;

pub use crate::store::databases::Location;
pub use crate::store::db::{PostgresOptions, Server};

/// How long a signing key signs, days.
pub(super) const SIGNING_DAYS: i64 = 730;

/// What it takes to open a node.
pub struct Settings {
    /// The node's name.
    pub id: NodeId,
    /// Where its databases are.
    pub location: Location,
    /// Its seeds.
    pub seeds: Seeds,
    /// Its signed descriptor, once there is one.
    pub descriptor: Option<String>,
    /// Within how many days recipients answer a withdrawal.
    pub withdrawal_days: u32,
    /// The peers that witness its log; none: the first active ones.
    pub witnesses: Vec<NodeId>,
    /// The folder of what outlives the database: the last head and the tombstones; none: neither is kept.
    pub outside: Option<PathBuf>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// What a descriptor says beside the node's keys.
pub struct Presence {
    /// The name that people know the node by.
    pub name: String,
    /// The base URL of its peer listener.
    pub peer_url: String,
    /// The CA that issues its TLS certificates, PEM.
    pub tls_ca: String,
    /// The pins of the certificates that it presents.
    pub tls_pins: Vec<Digest>,
    /// Its upper node.
    pub upper: Option<NodeId>,
}

impl Node {
    /// Opens a node that needs no word of its peers. When this returns, its schemas are this program's and its log
    /// has a head; what a crash left as drafts is sequenced, unless the database is known to be an older one. Safe if several
    /// instances open at once.
    pub async fn open(settings: Settings) -> Result<Arc<Self>, Error> {
        let node = Self::open_waiting(settings).await?;
        if !node.is_set_back().await? {
            node.begin().await?;
        }
        Ok(node)
    }

    /// Opens a node that waits: it sequences nothing, so says nothing, before [`Node::begin`].
    pub async fn open_waiting(settings: Settings) -> Result<Arc<Self>, Error> {
        let Settings { id, location, seeds, descriptor, withdrawal_days, witnesses, outside, clock, entropy } =
            settings;
        let db = Databases::open(&location).await?;
        let epochs = found(&db, id, entropy.as_ref()).await?;
        let (epoch, _) = epochs.last().copied().ok_or(Error::Corrupt("epoch"))?;
        let upper = super::upper::named_in(descriptor.as_deref())?;
        let keys = NodeKeys::new(id, epoch, &seeds, descriptor)
            .map_err(|KeyRefused(_)| Error::Unreadable("a seed makes no key"))?;
        let storage = StorageKey::from_bytes(*seeds.storage);
        let keystore = Keystore::new(db.keystore.clone(), storage, Arc::clone(&entropy));
        let instance = hex::encode(random::<8>(entropy.as_ref()));
        let (recorder, asked) = record::desk();
        let handed = super::handed::Handed::since(clock.now());
        let node = Self {
            id,
            upper,
            epoch,
            epochs,
            waits: watch::Sender::new(true),
            outside,
            db,
            keystore,
            keys,
            clock,
            entropy,
            withdrawal_days,
            witnesses,
            late: Mutex::default(),
            instance,
            operator: std::sync::OnceLock::new(),
            turn: super::sequence::Turn::default(),
            recorder,
            bell: watch::Sender::new(0),
            couriers: Mutex::new(HashMap::new()),
            traffic: super::traffic::Traffic::default(),
            handed,
            checkpoint: Mutex::new(None),
            closing: tokio::sync::watch::Sender::new(false),
        };
        let node = Arc::new(node);
        tokio::spawn(record::run(Arc::downgrade(&node), asked));
        Ok(node)
    }

    /// The log is whole: the node goes on. What a crash left as drafts is sequenced before anything else happens.
    pub async fn begin(&self) -> Result<(), Error> {
        self.waits.send_replace(false);
        self.sequence_rest().await?;
        self.backfill().await
    }

    /// The node's descriptor with what it says now, unsigned. The keys that it named before stay in it.
    pub fn describe(&self, presence: Presence) -> Result<Descriptor, Error> {
        let now = self.now();
        let today = CivilDate::of(now);
        let (until, accept) = (today.plus_days(SIGNING_DAYS), today.plus_days(SIGNING_DAYS + ACCEPT_DAYS));
        let signing = self.keys.signing();
        let mut signing_keys = self.described()?.map_or_else(Vec::new, |said| said.signing_keys);
        if !signing_keys.iter().any(|record| record.kid() == signing.kid()) {
            let key = KeyRecord::new(self.id, signing.verifying_key(), today, until, accept);
            signing_keys.push(key.map_err(|_| Error::Corrupt("signing key"))?);
        }
        Ok(Descriptor {
            iss: self.id,
            iat: day(now),
            name: presence.name,
            peer_url: presence.peer_url,
            signing_keys,
            log_key: URL_SAFE_NO_PAD.encode(self.keys.log().verifier().public()),
            cosigner_key: URL_SAFE_NO_PAD.encode(self.keys.cosigner().verifier().public()),
            epoch: self.epoch,
            tls_ca: presence.tls_ca,
            tls_pins: presence.tls_pins,
            upper: presence.upper,
            protocol: PROTOCOL.to_vec(),
        })
    }
}

impl Node {
    /// What the node's own descriptor says, if it has one.
    pub(super) fn described(&self) -> Result<Option<Descriptor>, Error> {
        let Some(text) = self.descriptor() else { return Ok(None) };
        let payload = jws::claimed_payload(text)?;
        serde_json::from_value(payload).map(Some).map_err(|_| Error::Corrupt("own descriptor"))
    }

    /// The node's own keys, those before the present one too, to read its own signatures when others carry them.
    pub(super) fn own_keys(&self) -> Result<KeySet, Error> {
        let day = |year, month, day| CivilDate::new(year, month, day).map_err(|_| Error::Corrupt("own keys"));
        let (from, until, accept) = (day(2000, 1, 1)?, day(2198, 1, 1)?, day(2199, 1, 1)?);
        let signing = self.keys.signing();
        let present = KeyRecord::new(self.id, signing.verifying_key(), from, until, accept);
        let before = self.described()?.map_or_else(Vec::new, |said| said.signing_keys).into_iter();
        let mut records: Vec<_> = before.filter(|record| record.kid() != signing.kid()).collect();
        records.push(present.map_err(|_| Error::Corrupt("own keys"))?);
        KeySet::new(self.id, records).map_err(|_| Error::Corrupt("own keys"))
    }
}

/// Settles the node's name and epoch, and founds its log; its epochs.
async fn found(db: &Databases, id: NodeId, entropy: &dyn Entropy) -> Result<Vec<(Epoch, u64)>, Error> {
    let mut tx = db.node.begin().await?;
    let owner = state::settle_fact(&mut tx, "node", &id.to_string()).await?;
    if owner != id.to_string() {
        return Err(Error::Unreadable("the database belongs to another node"));
    }
    if epoch::all(&mut tx).await?.is_empty() {
        epoch::add(&mut tx, Epoch::first(entropy), 0).await?;
    }
    log::found(&mut tx, &Frontier::default().to_bytes()).await?;
    let epochs = epoch::all(&mut tx).await?;
    tx.commit().await?;
    Ok(epochs)
}
