//! The documents in `openapi/` are what the code says, and every route of theirs answers to a method.

use std::fs;
use std::path::Path;

use guitu::api::office::openapi_office;
use guitu::api::peer::openapi_peer;
use serde_json::Value;

/// Set it to write the files anew instead of comparing them.
const RENEW: &str = "GUITU_RENEW_OPENAPI";

fn check(name: &str, code: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi").join(name);
    if std::env::var_os(RENEW).is_some() {
        fs::write(&file, code).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(committed == code, "openapi/{name} is not what the code says: run this test with {RENEW}=1");
}

#[test]
fn the_office_document_is_what_the_code_says() {
    check("office.json", &openapi_office());
}

#[test]
fn the_peer_document_is_what_the_code_says() {
    check("peer.json", &openapi_peer());
}

#[test]
fn both_are_openapi_3_1_with_one_name_per_operation() {
    for text in [openapi_office(), openapi_peer()] {
        let document: Value = serde_json::from_str(&text).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        let items = document["paths"].as_object().unwrap().values();
        let operations: Vec<_> = items.flat_map(|item| item.as_object().unwrap().values()).collect();
        let mut names: Vec<_> = operations.iter().map(|one| one["operationId"].as_str().unwrap()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert!(count > 2 && names.len() == count);
        assert!(
            operations.iter().all(|one| one["summary"].as_str().is_some_and(|summary| summary.len() > 8))
        );
    }
}

#[test]
fn only_logging_in_needs_no_session() {
    let document: Value = serde_json::from_str(&openapi_office()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let open = operation.get("security").is_none();
            assert_eq!(open, path == "/office/v1/sessions", "{path}");
        }
    }
}
