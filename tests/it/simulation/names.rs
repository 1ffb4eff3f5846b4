//! The list of decisions in SQL names statements that the product has.

use std::fs;
use std::path::Path;

/// The text of every file under the folder.
fn texts(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all += &if path.is_dir() { texts(&path) } else { fs::read_to_string(&path).unwrap() };
    }
    all
}

#[test]
fn every_decision_that_is_named_is_a_statement_of_the_store() {
    let head = include_str!("mod.rs");
    let list = head.split("# Decisions that are taken in SQL").nth(1).unwrap();
    let list = list.split("Decided in `node`").next().unwrap();
    let named: Vec<&str> = list.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    let store = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store"));
    let missing: Vec<_> = named.iter().filter(|name| !store.contains(&format!("/* {name} */"))).collect();
    assert!(named.len() > 40 && missing.is_empty(), "{} are named, {missing:?} are not there", named.len());
}
