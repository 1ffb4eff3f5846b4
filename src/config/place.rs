//! Where in the file a fault lies, and what to write there instead. Never repeats a value: it may be
//! a password.

use std::path::Path;

use super::ConfigError;

/// What each key wants.
const REMEDIES: &[(&str, &str)] = &[
    ("region", "write the six digits of the region's GB/T 2260 code, such as \"530900\""),
    ("name", "write the office's name in quotes, 1 to 100 characters"),
    (
        "peer_url",
        "write the address that peers dial, such as \"https://node.example:8443\", without a path, or \"\" if they cannot",
    ),
    ("upper", "write another node's six digits, or leave the key out"),
    ("listen.peer", "write an address and a port, such as \"0.0.0.0:8443\" or \"127.0.0.1:0\""),
    ("listen.office", "write an address and a port, such as \"0.0.0.0:9443\" or \"127.0.0.1:0\""),
    ("listen.ops", "write a loopback address and a port, such as \"127.0.0.1:9100\""),
    ("database.kind", "write \"sqlite\" or \"postgres\""),
    ("database.url", "write \"postgres://user@host/database\", or set GUITU_DATABASE_URL"),
    ("database.keystore_url", "write the URL of another database, or set GUITU_KEYSTORE_URL"),
    ("database.connections", "write a number from 2 to 200"),
    ("database.pooler", "write true or false"),
    ("log.level", "write \"error\", \"warn\", \"info\", \"debug\" or \"trace\""),
    ("log.format", "write \"json\" or \"text\""),
    ("delivery.poll_ms", "write milliseconds, a number from 10 to 60000"),
    ("delivery.fetch_from", "write region codes of peers that cannot call this node"),
    ("delivery.fetched_by", "write region codes of peers that this node cannot call"),
    ("witness.nodes", "write at most 32 region codes of peers"),
    ("purge.withdrawal_days", "write days, a number from 1 to 30"),
    ("limits.peer_requests_per_second", "write a number from 1 to 100000"),
    ("limits.peer_requests_at_once", "write a number from 2 to 1000"),
    ("limits.peer_connections", "write a number from 2 to 10000"),
    ("limits.head_seconds", "write seconds, a number from 1 to 60"),
    ("limits.body_seconds", "write seconds, a number from 1 to 300"),
    ("retention.audit_days", "write days, 1096 or more"),
    ("retention.log_days", "write days, 180 or more"),
];

const ANY: &str = "compare the file with the comments that `guitu init` writes";

/// The refusal for what the TOML reader found.
pub(super) fn locate(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let said = error.message().lines().next().unwrap_or_default();
    let key = named_in(said, before).unwrap_or_else(|| key_at(text, line));
    ConfigError::Wrong { path: path.to_owned(), line, remedy: remedy(&key), message: reworded(said), key }
}

/// The refusal for a value that is out of range.
pub(super) fn wrong(path: &Path, text: &str, key: &'static str, message: &str) -> ConfigError {
    let line = (1..=text.lines().count()).find(|line| key_at(text, *line) == key).unwrap_or(1);
    ConfigError::Wrong {
        path: path.to_owned(),
        line,
        key: key.to_owned(),
        message: message.to_owned(),
        remedy: remedy(key),
    }
}

fn remedy(key: &str) -> &'static str {
    REMEDIES.iter().find(|(name, _)| *name == key).map_or(ANY, |(_, remedy)| remedy)
}

/// The reader quotes values that do not fit; only what was expected is repeated.
fn reworded(said: &str) -> String {
    let quotes = ["invalid type: ", "invalid value: ", "unknown variant "];
    match said.rsplit_once("expected ") {
        Some((_, expected)) if quotes.iter().any(|start| said.starts_with(start)) => {
            format!("not of the right kind, expected {expected}")
        }
        _ => said.to_owned(),
    }
}

/// The field that the reader misses or does not know.
fn named_in(said: &str, before: &str) -> Option<String> {
    let rest = said.strip_prefix("missing field `").or_else(|| said.strip_prefix("unknown field `"))?;
    let (field, _) = rest.split_once('`')?;
    Some(qualified(table(before), field))
}

/// The key that stands on a line, with its table.
fn key_at(text: &str, line: usize) -> String {
    let upto: Vec<&str> = text.lines().take(line).collect();
    let here = upto.last().copied().unwrap_or_default();
    if here.trim_start().starts_with('#') {
        return String::new();
    }
    let before = upto.join("\n");
    let (table, key) = match here.split_once('=') {
        Some((key, _)) => (table(&before), key.trim()),
        None => (None, here.trim().trim_matches(['[', ']'])),
    };
    // A value on a line of its own may be a secret: only what a key can be is repeated.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if key.chars().all(plain) { qualified(table, key) } else { String::new() }
}

fn qualified(table: Option<&str>, key: &str) -> String {
    table.map_or_else(|| key.to_owned(), |table| format!("{table}.{key}"))
}

fn table(before: &str) -> Option<&str> {
    let mut heads = before.lines().rev().filter_map(|line| line.trim().strip_prefix('['));
    heads.next().and_then(|head| head.split(']').next())
}
