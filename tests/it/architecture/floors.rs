//! Imports go down only, rooms on one floor do not see each other, and the lower rooms are pure.

use super::paths::Path;
use super::source::{Finding, Source};

const FLOORS: [(&str, u8); 15] = [
    ("clock", 0),
    ("domain", 1),
    ("statement", 2),
    ("redaction", 2),
    ("tlog", 2),
    ("exchange", 3),
    ("audit", 4),
    ("store", 5),
    ("peer", 5),
    ("node", 6),
    ("api", 7),
    ("console", 8),
    ("cli", 9),
    ("main", 10),
    ("lib", 10),
];

/// The highest floor without async, database, network, files or logs.
const PURE_UP_TO: u8 = 4;

/// Rooms that stand beside the floors: who may read them.
const BESIDE: [(&str, &[&str]); 2] = [
    ("config", &["node", "cli", "main"]),
    ("telemetry", &["store", "peer", "node", "api", "console", "cli", "main"]),
];

/// What rooms other than `node` may take from `store` and `peer`: reader, room, modules of it. Listeners take the
/// verifier, with whom it lets in and why not; `guitu serve` is where certificates, verifier and transport are put
/// together.
const EXCEPTIONS: [(&str, &str, &[&str]); 2] = [
    ("api", "peer", &["verifier"]),
    ("cli", "peer", &["pki", "key_file", "identity", "verifier", "transport"]),
];

const IMPURE_CRATES: [&str; 4] = ["tokio", "sqlx", "reqwest", "tracing"];
const IMPURE_STD: [&str; 4] = ["fs", "net", "thread", "process"];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Rule: imports go down only.
pub(crate) fn imports(source: &Source) -> Vec<Finding> {
    let Some(room) = source.room() else { return Vec::new() };
    if floor(room).is_none() && BESIDE.iter().all(|(name, _)| *name != room) {
        return vec![source.finding(1, "rooms", format_args!("`{room}` has no floor"))];
    }
    let breach = |path: &Path| {
        let target = path.segments.get(1).filter(|_| path.starts_with(&["crate"]))?;
        let why = forbidden(room, target, path)?;
        Some(source.finding(path.line, "floors", format_args!("`{room}` uses `{}`: {why}", path.written())))
    };
    source.paths.iter().filter_map(breach).collect()
}

/// Why `room` may not use `path`, which leads into the room `target`.
fn forbidden(room: &str, target: &str, path: &Path) -> Option<&'static str> {
    if target == room {
        return None;
    }
    if target == "*" {
        return (!["main", "lib"].contains(&room)).then_some("a glob of the root hides the room");
    }
    if let Some((_, readers)) = BESIDE.iter().find(|(name, _)| *name == target) {
        return (!readers.contains(&room)).then_some("it is not among the readers");
    }
    let there = floor(target)?;
    // config and telemetry know the pure rooms only.
    let here = floor(room).unwrap_or(PURE_UP_TO + 1);
    if there >= here {
        return Some("it is not on a lower floor");
    }
    let guarded = ["store", "peer"].contains(&target);
    (guarded && room != "node" && !excepted(room, target, path)).then_some("only node uses store and peer")
}

fn excepted(room: &str, target: &str, path: &Path) -> bool {
    let module = path.segments.get(2).map_or("", String::as_str);
    EXCEPTIONS
        .iter()
        .any(|(reader, from, modules)| *reader == room && *from == target && modules.contains(&module))
}

/// Rule: the rooms from clock to audit are pure.
pub(crate) fn purity(source: &Source) -> Vec<Finding> {
    if source.room().and_then(floor).is_none_or(|floor| floor > PURE_UP_TO) {
        return Vec::new();
    }
    let asyncs = source.tokens.iter().filter(|token| token.is("async"));
    let mut found: Vec<Finding> =
        asyncs.map(|token| source.finding(token.line, "purity", "async in a pure room")).collect();
    let impure = source.paths.iter().filter(|path| is_impure(path));
    let what = |path: &Path| format!("`{}` in a pure room", path.written());
    found.extend(impure.map(|path| source.finding(path.line, "purity", what(path))));
    found
}

fn is_impure(path: &Path) -> bool {
    let segment = |at: usize| path.segments.get(at).map_or("", String::as_str);
    let first = segment(0);
    IMPURE_CRATES.contains(&first)
        || ["actix", "tokio_", "tracing_", "sqlx_"].iter().any(|prefix| first.starts_with(prefix))
        || first == "std" && (IMPURE_STD.contains(&segment(1)) || segment(1) == "*")
}

#[cfg(test)]
mod tests {
    use super::super::source::found_in;
    use super::*;

    #[test]
    fn a_room_does_not_look_up() {
        let text =
            "//! x\nuse crate::domain::Lead;\nuse crate::{clock, node::Publish};\nuse super::super::api::X;";
        assert_eq!(found_in(imports, "src/exchange/batch.rs", text), [(3, "floors"), (4, "floors")]);
        assert_eq!(found_in(imports, "src/store/db.rs", "fn f() -> guitu::cli::X {}"), [(1, "floors")]);
    }

    #[test]
    fn neighbours_do_not_see_each_other() {
        assert_eq!(found_in(imports, "src/tlog/note.rs", "\nuse crate::statement::Key;"), [(2, "floors")]);
        assert_eq!(found_in(imports, "src/tlog/note.rs", "use crate::tlog::tree;"), []);
    }

    #[test]
    fn only_node_uses_store_and_peer() {
        assert_eq!(
            found_in(imports, "src/node/publish.rs", "use crate::store::lead; use crate::peer::send;"),
            []
        );
        assert_eq!(found_in(imports, "src/api/office.rs", "use crate::store::lead;"), [(1, "floors")]);
        assert_eq!(found_in(imports, "src/api/tls.rs", "use crate::peer::verifier::Verifier;"), []);
        assert_eq!(found_in(imports, "src/api/tls.rs", "use crate::peer::{verifier, pki};"), [(1, "floors")]);
        assert_eq!(found_in(imports, "src/cli/pki.rs", "use crate::peer::key_file::read;"), []);
        assert_eq!(found_in(imports, "src/console/mod.rs", "use crate::peer::pki;"), [(1, "floors")]);
    }

    #[test]
    fn config_has_two_readers_and_knows_only_pure_rooms() {
        assert_eq!(found_in(imports, "src/node/mod.rs", "use crate::config::Config;"), []);
        assert_eq!(found_in(imports, "src/api/mod.rs", "use crate::config::Config;"), [(1, "floors")]);
        assert_eq!(
            found_in(imports, "src/config.rs", "use crate::domain::X; use crate::store::Y;"),
            [(1, "floors")]
        );
    }

    #[test]
    fn globs_of_the_root_and_unknown_rooms_are_refused() {
        assert_eq!(found_in(imports, "src/api/mod.rs", "use crate::*;"), [(1, "floors")]);
        assert_eq!(found_in(imports, "src/shed.rs", ""), [(1, "rooms")]);
    }

    #[test]
    fn pure_rooms_stay_pure() {
        let text =
            "use std::{fmt, fs};\nasync fn f() {}\nfn g() { tracing::info!(\"x\") }\nuse actix_web::web;";
        let found = found_in(purity, "src/audit/entry.rs", text);
        assert_eq!(found, [(2, "purity"), (1, "purity"), (3, "purity"), (4, "purity")]);
        assert_eq!(found_in(purity, "src/node/mod.rs", text), []);
        assert_eq!(found_in(purity, "src/clock.rs", "use std::time::SystemTime;"), []);
    }
}
