//! What is built into the program and its tests on a node's platform, as cargo resolves it.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The platform that nodes run on; packages for others are not looked at.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

pub(crate) struct Graph {
    metadata: Metadata,
    built: BTreeSet<(String, String)>,
}

impl Graph {
    pub(crate) fn read() -> Self {
        let mut command = MetadataCommand::new();
        command.manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        command.other_options(vec!["--locked".into(), "--filter-platform".into(), PLATFORM.into()]);
        Self { metadata: command.exec().unwrap(), built: built() }
    }

    /// Every package in the build (normal, build and dev), ourselves excepted.
    pub(crate) fn packages(&self) -> Vec<&Package> {
        let built = |package: &&Package| {
            self.built.contains(&(package.name.to_string(), package.version.to_string()))
                && self.metadata.root_package().is_none_or(|root| root.id != package.id)
        };
        self.metadata.packages.iter().filter(built).collect()
    }

    /// The names under which our code reaches what Cargo.toml asks for, and whether for tests only.
    pub(crate) fn direct(&self) -> Vec<(String, bool)> {
        let root = self.metadata.root_package().unwrap();
        let name = |dependency: &cargo_metadata::Dependency| {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            (name, dependency.kind == DependencyKind::Development)
        };
        root.dependencies.iter().map(name).collect()
    }
}

/// Name and version of all that `cargo tree` shows: metadata also lists optional packages that no
/// feature turns on.
fn built() -> BTreeSet<(String, String)> {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["tree", "--locked", "--target", PLATFORM, "-e", "normal,build,dev"]);
    let output = command.args(["--prefix", "none", "-f", "{p}"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let words = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    String::from_utf8(output.stdout).unwrap().lines().filter_map(words).collect()
}
