//! The documents in `openapi/` are what the code says and what the listeners serve: each path answers to the
//! methods that are written there and to no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use guitu::api::office::openapi_office;
use guitu::api::peer::openapi_peer;
use guitu::cli::demo::agreements::{CHONGQING, LINCANG};
use guitu::domain::digest::Digest;
use reqwest::Method;
use serde_json::Value;

use crate::architecture::source::sources;
use crate::harness::federation::{Serving, Site};
use crate::harness::line::Line;
use crate::harness::officer::Officer;

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
            let free = ["/", "/openapi.json", "/ca.pem", "/office/v1/sessions"];
            assert_eq!(open, free.contains(&path.as_str()), "{path}");
        }
    }
}

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// Path, method and whether the document has it, for every method on every path of the document.
fn asked(document: &str) -> Vec<(String, &'static str, bool)> {
    let document: Value = serde_json::from_str(document).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let asked = |(path, item): (&String, &Value)| {
        METHODS.map(|method| (filled(path), method, item.get(method).is_some()))
    };
    paths.flat_map(asked).collect()
}

/// The path with a value of its form for each parameter.
pub(crate) fn filled(path: &str) -> String {
    let id = "00000000-0000-4000-8000-000000000000";
    let digest = Digest::of(b"terms").to_string();
    let path = path.replace("/refusals/{id}", "/refusals/1").replace("{id}", id).replace("{sub}", id);
    let path = path.replace("{digest}", &digest).replace("{answered}", &digest).replace("{leaf}", "0");
    path.replace("{party}", "140600").replace("{node}", "140600")
}

fn agrees(path: &str, method: &str, documented: bool, status: u16) {
    assert_ne!(status, 404, "{method} {path} is not served");
    assert_eq!(status == 405, !documented, "{method} {path}: {status}");
}

async fn office_serves_its_document(here: &Site, serving: &Serving) {
    let nobody = Officer::nobody(&serving.url("office"), &fs::read(here.file("ca.pem")).unwrap());
    for (path, method, documented) in asked(&openapi_office()) {
        let (status, _) = nobody.call(method.to_uppercase().parse().unwrap(), &path, None).await.unwrap();
        agrees(&path, method, documented, status);
    }
    let nowhere = nobody.call(Method::GET, "/office/v1/nowhere", None).await.unwrap();
    assert_eq!(nowhere.0, 404);
}

async fn peer_serves_its_document(from: &Site, to: &Site, serving: &Serving) {
    let url = serving.url("peer");
    for (path, method, documented) in asked(&openapi_peer()) {
        let mut line = Line::open(from, to, &url).await.unwrap();
        let head = format!(
            "{} {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            method.to_uppercase()
        );
        line.say(head.as_bytes()).await.unwrap();
        let answer = line.last_words().await;
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        agrees(&path, method, documented, status);
    }
    let nowhere = Line::once(from, to, &url, "/peer/v1/nowhere").await.unwrap();
    assert_eq!(nowhere.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_listeners_serve_what_their_documents_say_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there] = [LINCANG, CHONGQING].map(|node| Site::init(folder.path(), node, &[]));
    here.enrol(&there);
    let serving = here.serve();
    office_serves_its_document(&here, &serving).await;
    peer_serves_its_document(&there, &here, &serving).await;
}

#[test]
fn routes_stand_in_the_tables_only() {
    let says = |text: &str| {
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        ["web::resource(", "web::scope(", "web::route(", ".route("].iter().any(|word| shipped.contains(word))
    };
    let found: BTreeSet<String> =
        sources("src").into_iter().filter(|source| says(&source.text)).map(|source| source.path).collect();
    // The macro behind both tables, and the operator's listener, which has four routes and no document.
    assert_eq!(found, ["src/api/ops/mod.rs", "src/api/served.rs"].map(str::to_owned).into());
}
