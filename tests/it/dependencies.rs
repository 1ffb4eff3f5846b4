//! What we may depend on: licences, sources, banned crates, versions, and use.
//!
//! Each list of exceptions fails when an entry is no longer needed.

mod graph;
mod licence;

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::source::{Source, sources};
use graph::Graph;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

const LICENCES: [&str; 10] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "Unlicense",
    "0BSD",
];

/// Package, licence, why it is accepted for this package only.
const OTHER_LICENCES: [(&str, &str, &str); 1] =
    [("webpki-roots", "CDLA-Permissive-2.0", "a list of public roots: data, permissive, linked by sqlx")];

/// Package, a version prefix, why not.
const BANNED: [(&str, &str, &str); 7] = [
    ("ring", "", "one provider of cryptography: aws-lc"),
    ("openssl", "", "one provider of cryptography: aws-lc"),
    ("openssl-sys", "", "one provider of cryptography: aws-lc"),
    ("native-tls", "", "one implementation of TLS: rustls"),
    ("actix-governor", "", "GPL-3.0"),
    ("h2", "0.3.", "RUSTSEC-2026-0258"),
    ("sqlx-mysql", "", "two databases: SQLite and PostgreSQL"),
];

/// Packages with several versions in one build, and who keeps the older one.
const SEVERAL_VERSIONS: [(&str, &str); 15] = [
    ("base64", "jsonwebtoken and sqlx have 0.22, tlog_tiles (tests) 0.21"),
    ("block-buffer", "digest 0.10 below"),
    ("cpufeatures", "sha2 0.10 below"),
    ("crypto-common", "digest 0.10 below"),
    ("digest", "sha2 0.10 below"),
    ("hashbrown", "hashlink, of sqlx, has 0.16"),
    ("http", "actix-http has 0.2, reqwest 1"),
    ("pem", "jsonwebtoken has 3, rcgen 4"),
    ("rand_core", "ed25519-dalek (tests) has 0.6"),
    ("sha2", "sqlx-core has 0.10, sqlx-postgres 0.11"),
    ("syn", "macro crates move from 2 to 3"),
    ("synstructure", "asn1-rs-derive has 0.13"),
    ("thiserror", "tlog_tiles (tests) has 1"),
    ("thiserror-impl", "thiserror 1 above"),
    ("untrusted", "aws-lc-rs has 0.7, rustls-webpki 0.9"),
];

/// Direct dependencies that no line of code names, and what they are for.
const UNNAMED: [(&str, &str); 0] = [];

#[test]
fn every_licence_is_permissive() {
    let graph = Graph::read();
    let packages = graph.packages();
    assert!(packages.len() > 100, "only {} packages found", packages.len());
    let each = packages.iter().map(|package| (package.name.as_str(), package.license.as_deref()));
    assert_eq!(licence_breaches(each), [] as [String; 0]);
}

/// Packages whose licence is not enough, and exceptions that nothing needs.
fn licence_breaches<'a>(packages: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Vec<String> {
    let mut unneeded: BTreeSet<&str> = OTHER_LICENCES.iter().map(|(package, ..)| *package).collect();
    let mut breaches = Vec::new();
    for (package, expression) in packages {
        let expression = expression.unwrap_or("");
        let listed = |id: &str| LICENCES.contains(&id);
        let excepted =
            |id: &str| OTHER_LICENCES.iter().any(|(name, other, _)| *name == package && *other == id);
        if licence::is_satisfied(expression, &listed) == Ok(true) {
            continue;
        }
        match licence::is_satisfied(expression, &|id| listed(id) || excepted(id)) {
            Ok(true) => _ = unneeded.remove(package),
            outcome => breaches.push(format!("{package}: {expression:?} ({outcome:?})")),
        }
    }
    breaches.extend(unneeded.into_iter().map(|package| format!("{package}: the exception is not needed")));
    breaches
}

#[test]
fn every_package_comes_from_the_registry() {
    let graph = Graph::read();
    for package in graph.packages() {
        let source = package.source.as_ref().map(|source| source.repr.as_str());
        assert_eq!(source, Some(REGISTRY), "{}", package.name);
    }
}

#[test]
fn banned_packages_are_absent() {
    let graph = Graph::read();
    for package in graph.packages() {
        assert_eq!(ban(&package.name, &package.version.to_string()), None, "{}", package.name);
    }
}

fn ban(package: &str, version: &str) -> Option<&'static str> {
    let banned = BANNED.iter().find(|(name, prefix, _)| *name == package && version.starts_with(prefix));
    banned.map(|(_, _, why)| *why)
}

#[test]
fn several_versions_have_a_reason() {
    let graph = Graph::read();
    let packages = graph.packages();
    let each = packages.iter().map(|package| (package.name.as_str(), package.version.to_string()));
    let several = several(each);
    let listed: BTreeSet<&str> = SEVERAL_VERSIONS.iter().map(|(package, _)| *package).collect();
    let unexplained: Vec<_> = several.iter().filter(|(package, _)| !listed.contains(*package)).collect();
    let unneeded: Vec<_> = listed.iter().filter(|package| !several.contains_key(*package)).collect();
    assert!(
        unexplained.is_empty() && unneeded.is_empty(),
        "no reason: {unexplained:?}, not needed: {unneeded:?}"
    );
}

fn several<'a>(packages: impl Iterator<Item = (&'a str, String)>) -> BTreeMap<&'a str, BTreeSet<String>> {
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (package, version) in packages {
        versions.entry(package).or_default().insert(version);
    }
    versions.retain(|_, found| found.len() > 1);
    versions
}

#[test]
fn every_direct_dependency_is_used() {
    let (src, tests) = (sources("src"), sources("tests"));
    let direct = Graph::read().direct();
    let used = |(name, for_tests): &(String, bool)| names(&src, name) || *for_tests && names(&tests, name);
    let (used, unused): (Vec<_>, Vec<_>) = direct.into_iter().partition(used);
    let unnamed = |name: &str| UNNAMED.iter().any(|(dependency, _)| *dependency == name);
    let unused: Vec<_> = unused.into_iter().map(|(name, _)| name).filter(|name| !unnamed(name)).collect();
    let unneeded: Vec<_> = used.into_iter().map(|(name, _)| name).filter(|name| unnamed(name)).collect();
    assert!(
        unused.is_empty() && unneeded.is_empty(),
        "unused: {unused:?}, exception not needed: {unneeded:?}"
    );
}

/// Whether code (not a comment, not a string) names the crate.
fn names(sources: &[Source], name: &str) -> bool {
    sources.iter().any(|source| source.paths.iter().any(|path| path.starts_with(&[name])))
}

#[test]
fn the_licence_rule_can_fail() {
    let other = ("webpki-roots", Some("CDLA-Permissive-2.0"));
    let of = |expression| licence_breaches([("x", Some(expression)), other].into_iter());
    assert_eq!(of("MIT OR GPL-3.0-only"), [] as [String; 0]);
    assert_eq!(of("MIT AND GPL-3.0-only").len(), 1);
    assert_eq!(of("CDLA-Permissive-2.0").len(), 1);
    assert_eq!(licence_breaches([("x", None), other].into_iter()).len(), 1);
    assert_eq!(licence_breaches([("x", Some("MIT"))].into_iter()).len(), 1, "an exception without need");
}

#[test]
fn the_other_rules_can_fail() {
    assert!(ban("ring", "0.17.14").is_some() && ban("h2", "0.3.27").is_some());
    assert_eq!((ban("h2", "0.4.1"), ban("serde", "1.0.0")), (None, None));
    let two = several([("a", "1".to_owned()), ("a", "2".to_owned()), ("b", "1".to_owned())].into_iter());
    assert_eq!(two.into_keys().collect::<Vec<_>>(), ["a"]);
    let source = [Source::new("src/a.rs", "// serde\nuse tokio::net;")];
    assert!(names(&source, "tokio") && !names(&source, "serde"));
}
