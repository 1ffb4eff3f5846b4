//! A node folder: its settings, its certificates, its secrets, and the node that they open.
//!
//! Knows file names. Invariant: `guitu init` writes the names that every other command reads.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::{Blame as _, Failure};
use crate::clock::{OsEntropy, SystemClock};
use crate::config::{Database, DatabaseKind, Settings};
use crate::node::Node;
use crate::node::keys::{Seed, Seeds};
use crate::node::open::{self, Location, PostgresOptions};
use crate::peer::key_file::{Purpose, read_seed};

/// The CA's certificate.
pub const CA_CERT: &str = "ca.pem";
/// The CA's private key.
pub const CA_KEY: &str = "ca.key";
/// The certificate for peers.
pub const NODE_CERT: &str = "node.pem";
/// Its private key.
pub const NODE_KEY: &str = "node.key";
/// The certificate for officers.
pub const OFFICE_CERT: &str = "office.pem";
/// Its private key.
pub const OFFICE_KEY: &str = "office.key";
/// The signed descriptor, for the partners' `guitu peer add`.
pub const DESCRIPTOR: &str = "descriptor.jws";
/// Where the running node listens.
pub const RUN: &str = "run.json";

/// The folder of one node.
#[derive(Clone, Debug)]
pub struct NodeFolder {
    dir: PathBuf,
    /// What `guitu.toml` says.
    pub settings: Settings,
}

impl NodeFolder {
    /// Reads the settings of the folder.
    pub fn read(dir: &Path) -> Result<Self, Failure> {
        let settings = Settings::load(dir, |name| std::env::var(name).ok()).or_input()?;
        Ok(Self { dir: dir.to_owned(), settings })
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The text of a file of the folder.
    pub fn text(&self, name: &str) -> Result<String, Failure> {
        read(&self.file(name))
    }

    /// Where the node's databases are.
    pub fn location(&self) -> Location {
        location(&self.dir, &self.settings.database)
    }

    /// Opens the node, migrating its databases. Safe while the node runs in another process.
    pub async fn open_node(&self) -> Result<Arc<Node>, Failure> {
        operated(Node::open(self.node_settings()?).await)
    }

    /// Opens the node like [`NodeFolder::open_node`], to look at it: nothing is added to its log.
    pub async fn open_waiting(&self) -> Result<Arc<Node>, Failure> {
        operated(Node::open_waiting(self.node_settings()?).await)
    }

    fn node_settings(&self) -> Result<open::Settings, Failure> {
        crate::peer::identity::install_provider();
        Ok(open::Settings {
            id: self.settings.region,
            location: self.location(),
            seeds: self.seeds()?,
            descriptor: fs::read_to_string(self.file(DESCRIPTOR)).ok().map(|text| text.trim_end().to_owned()),
            withdrawal_days: self.settings.purge.withdrawal_days,
            witnesses: self.settings.witness.nodes.clone(),
            outside: Some(self.dir.clone()),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        })
    }

    fn seeds(&self) -> Result<Seeds, Failure> {
        let seed = |purpose: Purpose| -> Result<Seed, Failure> {
            read_seed(&self.file(&purpose.file_name()), purpose).or_input()
        };
        Ok(Seeds {
            signing: seed(Purpose::Signing)?,
            log: seed(Purpose::Log)?,
            cosigning: seed(Purpose::Cosigning)?,
            storage: seed(Purpose::Storage)?,
            office: seed(Purpose::Office)?,
        })
    }
}

fn operated(opened: Result<Arc<Node>, crate::node::Error>) -> Result<Arc<Node>, Failure> {
    let node = opened.map_err(|error| Failure::from(error).during("the node could not be opened"))?;
    node.operated_by(&operator());
    Ok(node)
}

/// What the system calls whoever runs this process: the number of the account that its kernel says, and behind
/// root's the account that took root's place.
fn operator() -> String {
    let Ok(own) = fs::metadata("/proc/self") else { return "unknown".to_owned() };
    match (own.uid(), std::env::var("SUDO_UID")) {
        (0, Ok(behind)) => format!("0 {behind}"),
        (uid, _) => uid.to_string(),
    }
}

/// The text of a file that the user named.
pub fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .or_input()
        .map_err(|failure| failure.during(format!("{} cannot be read", path.display())))
}

/// Writes a file that is not secret, as a whole or not at all.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_as(path, text, 0o644)
}

/// The same for what only its owner shall read.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    write_as(path, text, 0o600)
}

fn write_as(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut staged = path.as_os_str().to_owned();
    staged.push(format!(".{}.new", std::process::id()));
    // Nothing that is there already is written through.
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(&staged);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&staged, path))
        .or_environment()
        .map_err(|failure| failure.during(format!("{} cannot be written", path.display())))
}

fn location(dir: &Path, database: &Database) -> Location {
    let options = |url: &Option<String>| PostgresOptions {
        url: url.clone().unwrap_or_default(),
        connections: database.connections,
        pooler: database.pooler,
    };
    match database.kind {
        DatabaseKind::Sqlite => Location::Sqlite(dir.to_owned()),
        DatabaseKind::Postgres => {
            Location::Postgres { main: options(&database.url), keystore: options(&database.keystore_url) }
        }
    }
}
