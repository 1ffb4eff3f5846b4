//! Backups (备份) of the records and, apart from them, of the key store; and nodes made from them.
//!
//! A backup is a folder with a manifest and one database, as `store::copy` documents it. A backup of the records
//! never holds a key: what was erased after it was made stays erased, because it is restored beside the newest key
//! store. That is why copies of the key store are refused once they are older than
//! [`COPY_DAYS`](crate::domain::purge::COPY_DAYS): purge receipts say that by then no older one is used.
//!
//! Invariant: a restored node says so until it goes on in a new epoch (`standing`); it must not serve before.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Error, Node};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::purge::copy_is_fresh;
use crate::store::copy::{self, CopyError, Engine, Saved};
use crate::store::databases::Location;
use crate::store::db::Tx;
use crate::store::migrate::Schema;
use crate::store::state;

/// The manifest's name in the folder of a backup.
const MANIFEST: &str = "backup.json";
/// The version of the folder's format.
const FORMAT: u32 = 1;
/// The fact of a node that was restored and is in no new epoch yet.
pub(super) const RESTORED: &str = "restored";

codes! {
    /// What a backup is of.
    pub enum Part {
        Data = "data" "记录",
        Keystore = "keystore" "密钥库",
    }
}

/// What stands beside the copy in the folder of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format.
    pub format: u32,
    /// Whose it is.
    pub node: NodeId,
    /// What it is of.
    pub part: Part,
    /// Which engine reads it.
    pub engine: Engine,
    /// The last migration of its schema.
    pub schema: i64,
    /// When it was begun, milliseconds.
    pub made_at: Timestamp,
    /// SHA-256 of the copy.
    pub digest: Digest,
}

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder for the backup exists: the operator names another.
    #[error("the folder for the backup exists already")]
    Exists,
    /// No backup, or a damaged one: the operator takes another.
    #[error("this is no backup, or it is damaged")]
    Damaged,
    /// A backup of the records was given for the key store, or the other way round.
    #[error("this backup is of the other part: records and key store are told apart")]
    OtherPart,
    /// A backup of another node.
    #[error("this is a backup of {0}, another node")]
    OtherNode(NodeId),
    /// A backup from the other database engine.
    #[error("this backup is for {0}")]
    OtherEngine(&'static str),
    /// Made by a newer program.
    #[error("this backup has schema {0}, which is newer than this program")]
    Newer(i64),
    /// There is a node already.
    #[error("the place to restore to is not empty")]
    NotEmpty,
    /// Neither in place nor given.
    #[error("there is no key store: give its newest copy with --keystore")]
    NoKeystore,
    /// Older than purge receipts promise.
    #[error(
        "the copy of the key store is older than 7 days (or from the future) and may hold keys that were destroyed: take a newer one"
    )]
    Stale,
    /// Keys that came or went between the two copies would be missing, or would be there again.
    #[error("the copy of the key store is older than the backup of the records: take a newer one")]
    KeystoreBehind,
    /// The machine or the database failed.
    #[error(transparent)]
    Copy(CopyError),
}

impl From<CopyError> for BackupError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Damaged => Self::Damaged,
            other => Self::Copy(other),
        }
    }
}

impl From<std::io::Error> for BackupError {
    fn from(error: std::io::Error) -> Self {
        Self::Copy(error.into())
    }
}

/// What is restored, and where.
pub struct Restore<'a> {
    /// Whose node it is.
    pub node: NodeId,
    /// Where its databases shall be.
    pub location: &'a Location,
    /// The folder of a backup of the records, of any age.
    pub data: &'a Path,
    /// The folder of the newest copy of the key store; none: the key store is in place.
    pub keystore: Option<&'a Path>,
    /// The time.
    pub now: Timestamp,
}

impl Node {
    /// Writes a backup of one part into `folder`, which must not exist. When this returns it is durable and
    /// complete; on an error, the folder is no backup. Nobody waits for it.
    pub async fn backup(&self, part: Part, folder: &Path) -> Result<Manifest, BackupError> {
        fs::DirBuilder::new().mode(0o700).create(folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => BackupError::Exists,
            _ => error.into(),
        })?;
        let made_at = self.now();
        let pool = match part {
            Part::Data => &self.db.node,
            Part::Keystore => &self.db.keystore,
        };
        let saved = copy::save(pool, part.schema(), &part.copy_in(folder)).await?;
        let Saved { engine, version: schema, digest } = saved;
        let manifest = Manifest { format: FORMAT, node: self.id, part, engine, schema, made_at, digest };
        let text = serde_json::to_vec_pretty(&manifest).map_err(|_| BackupError::Damaged)?;
        let staged = folder.join("backup.new");
        fs::write(&staged, text)?;
        fs::File::open(&staged)?.sync_all()?;
        fs::rename(&staged, folder.join(MANIFEST))?;
        Ok(manifest)
    }

    /// When the backup was made from which this node was restored, RFC 3339; none once it goes on in a new
    /// epoch.
    pub async fn restored(&self) -> Result<Option<String>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        Ok(state::fact(&mut tx, RESTORED).await?)
    }
}

/// The restored node goes on in a new epoch.
pub(super) async fn forget_restored(tx: &mut Tx) -> Result<(), Error> {
    Ok(state::forget_fact(tx, RESTORED).await?)
}

/// Makes a node's databases from a backup of its records and its newest key store. When this returns, they are
/// durable, and the node says that it was restored. A refusal changes nothing.
pub async fn restore(order: Restore<'_>) -> Result<Manifest, BackupError> {
    let data = open(&order, order.data, Part::Data)?;
    let keystore = order.keystore.map(|folder| open(&order, folder, Part::Keystore)).transpose()?;
    if keystore.as_ref().is_some_and(|copy| !copy_is_fresh(copy.made_at, order.now)) {
        return Err(BackupError::Stale);
    }
    if keystore.as_ref().is_some_and(|copy| copy.made_at < data.made_at) {
        return Err(BackupError::KeystoreBehind);
    }
    if !copy::is_empty(order.location, Schema::Node).await? {
        return Err(BackupError::NotEmpty);
    }
    match (copy::is_empty(order.location, Schema::Keystore).await?, keystore.is_some()) {
        (true, false) => return Err(BackupError::NoKeystore),
        (false, true) => return Err(BackupError::NotEmpty),
        _ => {}
    }
    if let (Some(folder), Some(copy)) = (order.keystore, &keystore) {
        let file = Part::Keystore.copy_in(folder);
        copy::load(order.location, Schema::Keystore, &file, copy.schema, None).await?;
    }
    forget_projections(order.location)?;
    let (file, made_at) = (Part::Data.copy_in(order.data), data.made_at.rfc3339());
    copy::load(order.location, Schema::Node, &file, data.schema, Some((RESTORED, &made_at))).await?;
    Ok(data)
}

/// The manifest of a backup that fits the node, with a whole copy beside it.
fn open(order: &Restore<'_>, folder: &Path, part: Part) -> Result<Manifest, BackupError> {
    let text = fs::read(folder.join(MANIFEST)).map_err(|_| BackupError::Damaged)?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| BackupError::Damaged)?;
    let engine = copy::engine_of(order.location);
    if manifest.format != FORMAT {
        return Err(BackupError::Damaged);
    }
    if manifest.part != part {
        return Err(BackupError::OtherPart);
    }
    if manifest.node != order.node {
        return Err(BackupError::OtherNode(manifest.node));
    }
    if manifest.engine != engine {
        return Err(BackupError::OtherEngine(manifest.engine.label()));
    }
    if manifest.schema > part.schema().newest() {
        return Err(BackupError::Newer(manifest.schema));
    }
    match copy::digest_of(&part.copy_in(folder)) {
        Ok(digest) if digest == manifest.digest => Ok(manifest),
        _ => Err(BackupError::Damaged),
    }
}

/// What is left of the projections of the node that was: they are rebuilt.
fn forget_projections(at: &Location) -> Result<(), BackupError> {
    let Location::Sqlite(folder) = at else { return Ok(()) };
    for name in ["projections.db", "projections.db-wal", "projections.db-shm"] {
        copy::remove(&folder.join(name))?;
    }
    Ok(())
}

impl Part {
    const fn schema(self) -> Schema {
        match self {
            Self::Data => Schema::Node,
            Self::Keystore => Schema::Keystore,
        }
    }

    fn copy_in(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.copy", self.code()))
    }
}
