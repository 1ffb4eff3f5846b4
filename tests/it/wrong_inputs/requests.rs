//! Every operation of both documents, with every input spoilt, on a real node: a problem document with a code that the
//! document names, and the node lives on.

use guitu::api::office::openapi_office;
use guitu::api::peer::openapi_peer;
use guitu::cli::demo::agreements::{CHONGQING, LINCANG};
use serde_json::{Value, json};

use super::operations::{Contract, Operation, Parameter};
use crate::harness::federation::{LIMIT, Serving, Site, plain};
use crate::harness::line::{Answer, Line};
use crate::harness::process::Signal;
use crate::openapi::filled;

const JSON: &str = "application/json";

/// No body that is taken in is as large.
const LARGE: usize = 1 << 20;

/// In a path or a query: too short, too long, control characters, no UTF-8, a path within the path.
const WORDS: [&str; 7] = ["x", "%01%02%1f", "%00", "%ff%fe%80", "..%2f..%2f", "%F0%9F%98%80", "-1"];

/// A listener, and who asks it.
pub(super) struct Listener<'a> {
    from: &'a Site,
    to: &'a Site,
    url: String,
    /// The header line that lets one in.
    token: String,
    pub(super) contract: Contract,
    line: Option<Line>,
}

impl<'a> Listener<'a> {
    pub(super) fn office(site: &'a Site, serving: &Serving, token: String) -> Self {
        let contract = Contract::read(&openapi_office());
        Self { from: site, to: site, url: serving.url("office"), token, contract, line: None }
    }

    fn peer(from: &'a Site, to: &'a Site, serving: &Serving) -> Self {
        let contract = Contract::read(&openapi_peer());
        Self { from, to, url: serving.url("peer"), token: String::new(), contract, line: None }
    }

    /// Sends a request, on the connection of the one before if that is open.
    pub(super) async fn ask(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut line = match self.line.take() {
            Some(line) => line,
            None => Line::open(self.from, self.to, &self.url).await.unwrap(),
        };
        let (token, length) = (&self.token, body.len());
        // With a version: what needs none does not look at it.
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: a\r\n{token}if-match: \"1\"\r\ncontent-type: {kind}");
        let mut request = format!("{head}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
        // What is announced as too large is refused before it is there, and the rest would not be taken in.
        request.extend(&body[..length.min(LARGE)]);
        // In one piece: a second one would wait until the first is acknowledged.
        _ = line.say(&request).await;
        let answer = line.hear().await.unwrap_or_else(|| panic!("no answer to {method} {path}"));
        if !answer.head.contains("connection: close") {
            self.line = Some(line);
        }
        answer
    }

    /// A refusal whose code the document names.
    fn assert_refused(&self, operation: &Operation, what: &str, answer: &Answer) -> Value {
        let Operation { method, path, .. } = operation;
        let Answer { status, head, body } = answer;
        assert!((400..500).contains(status), "{method} {path}, {what}: {status} {body}");
        assert!(head.contains("content-type: application/problem+json"), "{method} {path}, {what}: {head}");
        let problem: Value = serde_json::from_str(body).unwrap();
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["status"], *status);
        let named = self.contract.names(operation, *status, code);
        assert!(named, "{method} {path}, {what}: the document does not name {code} with {status}");
        problem
    }

    /// Whatever is no body of the operation.
    async fn refuses_no_bodies(&mut self, operation: &Operation) {
        let Some((kind, schema)) = &operation.body else { return };
        let path = filled(&operation.path);
        let optional = self.contract.has_type(schema, &Value::Null);
        let mut rows: Vec<(&str, &str, Vec<u8>)> = vec![
            ("malformed", kind, b"{\"a\":".to_vec()),
            ("two values", kind, b"{} {}".to_vec()),
            ("no UTF-8", kind, b"{\"a\":\"\xff\xfe\"}".to_vec()),
            ("nested lists", kind, ["[".repeat(1_000), "]".repeat(1_000)].concat().into_bytes()),
            ("nested objects", kind, ["{\"a\":".repeat(1_000), "}".repeat(1_000)].concat().into_bytes()),
            ("another type", "text/html", b"<p>".to_vec()),
            ("10 MB", kind, vec![b' '; 10 << 20]),
        ];
        if !optional {
            rows.push(("nothing", kind, Vec::new()));
        }
        if kind == JSON {
            let others = self.contract.of_other_types(schema);
            rows.extend(others.into_iter().map(|other| ("a value of another type", JSON, bytes(&other))));
        }
        for (what, kind, body) in rows {
            let answer = self.ask(&operation.method, &path, kind, &body).await;
            self.assert_refused(operation, what, &answer);
        }
    }

    /// At each place of the body, values of each type that does not belong there. `told`: the place is named.
    async fn refuses_other_types(&mut self, operation: &Operation, told: bool) {
        let Some((kind, schema)) = &operation.body else { return };
        let path = filled(&operation.path);
        for (place, schema) in self.contract.places(schema) {
            let pointer = place.pointer();
            for value in self.contract.of_other_types(&schema) {
                let answer = self.ask(&operation.method, &path, kind, &bytes(&place.with(&value))).await;
                let problem = self.assert_refused(operation, &format!("{pointer} {value}"), &answer);
                let mut errors = problem["errors"].as_array().into_iter().flatten();
                let found = errors.any(|one| one["pointer"] == pointer && one["code"] == "wrong_type");
                assert!(found || !told, "{} {path} does not name {pointer}: {problem}", operation.method);
            }
        }
    }

    /// Values of parameters that are none. A text may be any text, and a cursor before the first begins at the first.
    async fn refuses_parameters(&mut self, operation: &Operation) {
        let long = "9".repeat(3_000);
        // A body that nobody reads would end the connection.
        let body: &[u8] = if operation.body.is_some() { b"{}" } else { b"" };
        for parameter in &operation.parameters {
            for word in WORDS.into_iter().chain([long.as_str()]) {
                let path = spoilt(operation, parameter, word);
                let answer = self.ask(&operation.method, &path, JSON, body).await;
                let has_type = |value| self.contract.has_type(&parameter.schema, &value);
                let fits = has_type(json!("")) || word == "-1" && has_type(json!(-1));
                if !(parameter.place == "query" && fits && (200..300).contains(&answer.status)) {
                    self.assert_refused(operation, &path, &answer);
                }
            }
        }
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// The path with good values of all parameters but this one.
fn spoilt(operation: &Operation, wrong: &Parameter, word: &str) -> String {
    let mut path = operation.path.clone();
    if wrong.place == "path" {
        path = path.replace(&format!("{{{}}}", wrong.name), word);
    }
    let queries = operation.parameters.iter().filter(|one| one.place == "query");
    let query = queries.filter_map(|one| {
        let value = if one.name == wrong.name { word } else { good(&one.name)? };
        Some(format!("{}={value}", one.name))
    });
    let query: Vec<String> = query.collect();
    format!("{}?{}", filled(&path), query.join("&"))
}

/// A good value of a query's parameter that must be there.
fn good(name: &str) -> Option<&'static str> {
    match name {
        "agreement" => Some("00000000-0000-4000-8000-000000000000"),
        "owner" | "peer" => Some("500000"),
        "lane" => Some("normal"),
        "purpose" => Some("family_tracing"),
        "size1" | "size2" | "first" | "last" => Some("1"),
        _ => None,
    }
}

/// The node is ready, ends when it is told to, and nothing in it panicked.
async fn assert_unharmed(mut serving: Serving) {
    assert!(plain(&format!("{}/ready", serving.url("ops"))).await.contains("\"ready\""));
    assert!(serving.process.is_running());
    let outcome = serving.process.stop(Signal::Terminate, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_of_the_office_refuses_bodies_that_it_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::init(folder.path(), LINCANG, &[]);
    let serving = site.serve();
    let office = serving.office(&site).await;
    let mut listener = Listener::office(&site, &serving, office.drafter.authorization());
    for operation in listener.contract.operations() {
        listener.refuses_no_bodies(&operation).await;
        listener.refuses_other_types(&operation, true).await;
    }
    assert_unharmed(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_of_the_office_refuses_parameters_that_it_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::init(folder.path(), LINCANG, &[]);
    let serving = site.serve();
    let office = serving.office(&site).await;
    let mut listener = Listener::office(&site, &serving, String::new());
    // Where a duty stands before the parameters, somebody has it.
    for officer in [&office.drafter, &office.approver, &office.auditor] {
        listener.token = officer.authorization();
        for operation in listener.contract.operations() {
            listener.refuses_parameters(&operation).await;
        }
    }
    assert_unharmed(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_for_peers_refuses_what_it_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there] = [LINCANG, CHONGQING].map(|node| Site::init(folder.path(), node, &[]));
    here.enrol(&there);
    here.set("limits", "peer_requests_per_second", 100_000);
    let serving = here.serve();
    let mut listener = Listener::peer(&there, &here, &serving);
    for operation in listener.contract.operations() {
        listener.refuses_no_bodies(&operation).await;
        listener.refuses_other_types(&operation, false).await;
        listener.refuses_parameters(&operation).await;
    }
    assert_unharmed(serving).await;
}
