//! The settings of a node: `guitu.toml` in its folder, and the secrets that the environment may give.
//!
//! Knows keys, their ranges and their defaults; opens nothing and connects to nothing. Invariant: an
//! accepted file has no unknown key and no value out of range, and a refusal names file, line and key
//! and says what to write instead.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::node::NodeId;

mod limits;
mod place;
mod sample;
#[cfg(test)]
mod tests;

pub use limits::Limits;
pub use sample::sample;

/// The file's name in a node folder.
pub const FILE_NAME: &str = "guitu.toml";

/// The shortest retention of the audit log: three years, one of them a leap year.
const MIN_AUDIT_DAYS: u32 = 3 * 365 + 1;
/// The shortest retention of operational log lines: six months.
const MIN_LOG_DAYS: u32 = 180;

/// What a node folder says about its node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The GB/T 2260 code of the node's region.
    pub region: NodeId,
    /// The name that people know it by, 1–100 characters.
    pub name: String,
    /// The base URL under which peers reach it: `https://host:port`, no path; empty: they cannot, and it fetches.
    pub peer_url: String,
    /// Its upper node; none: exempt from filing.
    #[serde(default)]
    pub upper: Option<NodeId>,
    /// Where it listens.
    #[serde(default)]
    pub listen: Listen,
    /// Where its records live.
    #[serde(default)]
    pub database: Database,
    /// What it logs.
    #[serde(default)]
    pub log: Log,
    /// How it sends.
    #[serde(default)]
    pub delivery: Delivery,
    /// How data are called back.
    #[serde(default)]
    pub purge: Purge,
    /// Who witnesses its log.
    #[serde(default)]
    pub witness: Witness,
    /// What one caller may ask of the listeners.
    #[serde(default)]
    pub limits: Limits,
    /// How long what it wrote down is kept.
    #[serde(default)]
    pub retention: Retention,
}

/// The addresses of the three listeners; port 0 means any free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Peers, by mutual TLS.
    pub peer: SocketAddr,
    /// Officers, by TLS.
    pub office: SocketAddr,
    /// Health and metrics: loopback only.
    pub ops: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { peer: loopback, office: loopback, ops: loopback }
    }
}

/// Which engine holds the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// Files in the node folder.
    #[default]
    Sqlite,
    /// Two PostgreSQL databases.
    Postgres,
}

/// Where the records live. URLs may hold passwords, so they are not printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The engine.
    pub kind: DatabaseKind,
    /// PostgreSQL: the database of the records.
    pub url: Option<String>,
    /// PostgreSQL: the key store, another database.
    pub keystore_url: Option<String>,
    /// PostgreSQL: the most connections to each, 2–200.
    pub connections: u32,
    /// PostgreSQL: a pooler in transaction mode sits in between.
    pub pooler: bool,
}

impl Default for Database {
    fn default() -> Self {
        Self { kind: DatabaseKind::Sqlite, url: None, keystore_url: None, connections: 8, pooler: false }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// What the operational log says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`.
    pub level: Level,
    /// How lines are written.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::Info, format: LogFormat::Json }
    }
}

/// The least important lines that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What needs an operator.
    Error,
    /// What may need one.
    Warn,
    /// What happened.
    Info,
    /// What was tried.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// The word in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How messages go out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// How often the outbox is looked at when nothing rings, in milliseconds, 10–60,000.
    pub poll_ms: u64,
    /// Peers that cannot call this node, so that it fetches from them.
    pub fetch_from: Vec<NodeId>,
    /// Peers that this node cannot call, so that they fetch from it.
    pub fetched_by: Vec<NodeId>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { poll_ms: 250, fetch_from: Vec::new(), fetched_by: Vec::new() }
    }
}

/// How data are called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Purge {
    /// Within how many days the recipients of a withdrawn lead send their purge receipts, 1–30.
    pub withdrawal_days: u32,
}

impl Default for Purge {
    fn default() -> Self {
        Self { withdrawal_days: 3 }
    }
}

/// Who witnesses the node's log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Witness {
    /// The peers that get its heads every minute, at most 32; none: the five active ones with the lowest codes.
    pub nodes: Vec<NodeId>,
}

/// How long what a node wrote down is kept. The node itself removes neither: whoever rotates its log lines or
/// archives its databases keeps them as long; `guitu status` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// The audit log and its bundles, days: three years (1,096) at the least.
    pub audit_days: u32,
    /// Operational log lines, days: 180 at the least.
    pub log_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { audit_days: MIN_AUDIT_DAYS, log_days: MIN_LOG_DAYS }
    }
}

/// Why the settings cannot be used. The operator is at fault.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read; is this a folder that `guitu init` made?")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A key or a value is wrong.
    #[error("{path}:{line}: {key}: {message}; {remedy}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its table, `listen.peer`.
        key: String,
        /// What is wrong; never a value.
        message: String,
        /// What to write instead.
        remedy: &'static str,
    },
}

impl Settings {
    /// Reads the settings of a node folder. `environment` gives `GUITU_DATABASE_URL` and
    /// `GUITU_KEYSTORE_URL`, which stand above the file.
    pub fn load(folder: &Path, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let path = folder.join(FILE_NAME);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&path, &text, environment),
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    }

    /// Reads settings from a text; `path` is for the errors.
    pub fn parse(
        path: &Path,
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut settings: Self = toml::from_str(text).map_err(|error| place::locate(path, text, &error))?;
        let said = |name| environment(name).filter(|value| !value.is_empty());
        settings.database.url = said("GUITU_DATABASE_URL").or(settings.database.url);
        settings.database.keystore_url = said("GUITU_KEYSTORE_URL").or(settings.database.keystore_url);
        match settings.fault() {
            Some((key, message)) => Err(place::wrong(path, text, key, message)),
            None => Ok(settings),
        }
    }

    /// The first value out of range: its key and what is wrong.
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        let database = &self.database;
        let postgres = database.kind == DatabaseKind::Postgres;
        let missing = |url: &Option<String>| !url.as_deref().is_some_and(is_postgres_url);
        let checks = [
            (!is_node_name(&self.name), "name", "not 1 to 100 printable characters"),
            (!self.peer_url.is_empty() && !is_base_url(&self.peer_url), "peer_url", "not an https base URL"),
            (!self.listen.ops.ip().is_loopback(), "listen.ops", "not a loopback address"),
            (postgres && missing(&database.url), "database.url", "not a PostgreSQL URL"),
            (postgres && missing(&database.keystore_url), "database.keystore_url", "not a PostgreSQL URL"),
            (!(2..=200).contains(&database.connections), "database.connections", "out of range"),
            (!(10..=60_000).contains(&self.delivery.poll_ms), "delivery.poll_ms", "out of range"),
            (self.delivery.fetch_from.contains(&self.region), "delivery.fetch_from", "the node itself"),
            (self.delivery.fetched_by.contains(&self.region), "delivery.fetched_by", "the node itself"),
            (self.witness.nodes.len() > 32, "witness.nodes", "more than 32 nodes"),
            (self.witness.nodes.contains(&self.region), "witness.nodes", "the node itself"),
            (self.retention.audit_days < MIN_AUDIT_DAYS, "retention.audit_days", "less than three years"),
            (self.retention.log_days < MIN_LOG_DAYS, "retention.log_days", "less than 180 days"),
            (!(1..=30).contains(&self.purge.withdrawal_days), "purge.withdrawal_days", "out of range"),
            (
                !self.upper.is_none_or(|upper| upper.is_above(self.region)),
                "upper",
                "not above the node's region",
            ),
        ];
        let broken = checks.into_iter().find(|(broken, ..)| *broken);
        broken.map(|(_, key, message)| (key, message)).or_else(|| self.limits.fault())
    }
}

/// Whether `name` may name a node: 1–100 characters, none of them a control character.
pub fn is_node_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

/// Whether `url` is `https://host[:port]` without path, query or user.
pub fn is_base_url(url: &str) -> bool {
    let host = url.strip_prefix("https://").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    !host.is_empty() && url.len() <= 300 && host.chars().all(plain) && !host.starts_with(':')
}

/// Whether `url` says that it is the address of a PostgreSQL database.
pub fn is_postgres_url(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}
