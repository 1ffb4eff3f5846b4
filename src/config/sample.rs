//! The commented file that `guitu init` writes: the documentation of every key.

use super::{Database, DatabaseKind, Listen};
use crate::domain::node::NodeId;

const RETENTION: &str = "[retention]
# How long the audit log and its bundles are kept, in days: three years (1096) or more.
audit_days = 1096
# How long the node's log lines are kept, in days: 180 or more. The node removes neither by itself; set the rotation
# of its output, and the archive of its backups, to these.
log_days = 180
";

/// A complete `guitu.toml` with comments. Without `--database-url` secrets stay in the environment.
pub fn sample(
    region: NodeId,
    name: &str,
    peer_url: &str,
    upper: Option<NodeId>,
    listen: &Listen,
    database: &Database,
) -> String {
    let upper = upper.map_or_else(|| "# upper = \"530000\"".to_owned(), |node| format!("upper = \"{node}\""));
    let (name, peer_url) = (quoted(name), quoted(peer_url));
    let Listen { peer, office, ops } = listen;
    let database = database_lines(database);
    format!(
        r#"# The node of one region. Times are UTC; secrets lie in the *.seed and *.key files beside this one.

# The GB/T 2260 code of the region (six digits). It names the node and never changes.
region = "{region}"
# The name that partners see, 1-100 characters.
name = {name}
# The base URL that peers dial. It stands in the signed descriptor: after a change, exchange descriptors again.
peer_url = {peer_url}
# The upper node (上级), if there is one; without it agreements need no filing (备案).
{upper}

[listen]
# Peers, by mutual TLS. Port 0 takes any free port; then peer_url must be forwarded to it.
peer = "{peer}"
# Officers and auditors, by TLS.
office = "{office}"
# Health and metrics for the operator: loopback only.
ops = "{ops}"

[database]
{database}

[log]
# error, warn, info, debug or trace. Lines never hold case data.
level = "info"
# json or text.
format = "json"

{DELIVERY}
[purge]
# Within how many days the recipients of a withdrawn lead (撤回) send their purge receipts, 1-30. Later ones are
# listed as overdue.
withdrawal_days = 3

[witness]
# The peers that witness this node's log: they get its newest head every minute, and its bundles name them as the
# witness set that it aims at. None named: the five active ones with the lowest codes. An auditor counts those that the
# trust file names (guitu audit trust --witness): more than half of them, and at least two, must have cosigned.
nodes = []

{LIMITS}
{RETENTION}"#
    )
}

const DELIVERY: &str = "[delivery]
# How often the outbox is looked at when nothing rings, in milliseconds, 10-60000.
poll_ms = 250
# Peers that cannot call this node, so that it fetches from them; and peers that it cannot call: they fetch from it.
fetch_from = []
fetched_by = []
";

const LIMITS: &str = "[limits]
# Requests that one peer may send in a second, 1-100000, and have open at once, 2-1000. Beyond them it gets 429 and
# comes back after Retry-After.
peer_requests_per_second = 1000
peer_requests_at_once = 32
# Connections that one peer may hold, 2-10000.
peer_connections = 64
# How long the head of a request may take, in seconds, 1-60, and its body, 1-300.
head_seconds = 10
body_seconds = 30
";

fn database_lines(database: &Database) -> String {
    let url = |key: &str, url: Option<&String>| match url {
        Some(url) => format!("{key} = {}", quoted(url)),
        None => format!("# {key} = \"postgres://user:password@host/database\""),
    };
    let kind = match database.kind {
        DatabaseKind::Sqlite => "sqlite",
        DatabaseKind::Postgres => "postgres",
    };
    format!(
        r#"# sqlite: files in this folder. postgres: two databases, which must exist.
kind = "{kind}"
# The records and the log. GUITU_DATABASE_URL in the environment stands above it.
{}
# The key store, in a database of its own with backups of its own. GUITU_KEYSTORE_URL stands above it.
{}
# The most connections to each PostgreSQL database, 2-200.
connections = {}
# Whether a pooler in transaction mode sits before PostgreSQL.
pooler = {}"#,
        url("url", database.url.as_ref()),
        url("keystore_url", database.keystore_url.as_ref()),
        database.connections,
        database.pooler,
    )
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
