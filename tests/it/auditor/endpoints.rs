//! Whatever the office API answers leaves its entry before the answer, and a wrong question is refused by name.

use std::sync::Arc;

use guitu::api::office::openapi_office;
use guitu::node::Node;
use serde_json::Value;

use super::Exchanged;
use super::desk::{fetch, office, serve, session};
use crate::harness::database::Engine;

/// Answered without an entry: no case data, and nothing of the log.
const QUIET: [&str; 11] = [
    "/",
    "/openapi.json",
    "/ca.pem",
    "/office/v1/agreements",
    "/office/v1/agreements/{id}/versions/{digest}/page",
    "/office/v1/agreement-drafts",
    "/office/v1/agreement-drafts/{id}",
    "/office/v1/filings",
    "/office/v1/filings/overdue",
    "/office/v1/statistics",
    "/office/v1/peers",
];

/// Every path of the document that answers to GET.
fn paths() -> Vec<String> {
    let document: Value = serde_json::from_str(&openapi_office()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    paths.filter(|(_, item)| item.get("get").is_some()).map(|(path, _)| path.clone()).collect()
}

/// The path with the records of the fixture, and what it must be asked.
fn question(path: &str, fixture: &Exchanged) -> String {
    let agreement = fixture.agreement.to_string();
    let id = if path.contains("/agreements/") { agreement.clone() } else { fixture.lead.to_string() };
    let query = match path.rsplit_once('/').unwrap().1 {
        "preview" => format!("?agreement={agreement}"),
        "consistency" => "?size1=1".to_owned(),
        "bundle" => "?purpose=audit".to_owned(),
        "coverage" => "?peer=140600".to_owned(),
        _ => String::new(),
    };
    let sub = fixture.sub.to_string();
    path.replace("{id}", &id).replace("{sub}", &sub).replace("{leaf}", "0") + &query
}

/// How many entries there are, and drafts that will be.
async fn written(node: &Node) -> i64 {
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let count = "/* written */ SELECT (SELECT count(*) FROM drafts) + (SELECT count(*) FROM log_entries)";
    tx.query(count).one::<(i64,)>().await.unwrap().0
}

async fn nothing_is_read_without_an_entry(engine: Engine) {
    let fixture = Exchanged::new(engine).await;
    let (here, there) = (Arc::clone(&fixture.here().node), Arc::clone(&fixture.there().node));
    let (own, other) = (office(&here).await, office(&there).await);
    let (own, other) = (serve!(own), serve!(other));
    let mut asked = 0;
    for path in paths() {
        let received = path.contains("/received");
        let (app, node) = if received { (&other, &there) } else { (&own, &here) };
        let of_log =
            ["/log", "/losses", "/alarms", "/refusals", "/risk"].iter().any(|part| path.contains(part));
        let officer = session(app, if of_log { "auditor" } else { "drafter" }).await;
        let before = written(node).await;
        let (status, body) = fetch(app, &question(&path, &fixture), &officer).await;
        let after = written(node).await;
        if QUIET.contains(&path.as_str()) {
            assert_eq!(after, before, "{path} is not quiet");
            continue;
        }
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        assert_eq!(after, before + 1, "{path} leaves one entry before its answer");
        asked += 1;
    }
    assert!(asked >= 15, "{asked} paths");
    let refused = fetch(&own, "/office/v1/log", &session(&own, "drafter").await).await;
    assert_eq!(refused.0, 403);
}

#[actix_web::test]
async fn nothing_is_read_without_an_entry_sqlite() {
    nothing_is_read_without_an_entry(Engine::Sqlite).await;
}

#[actix_web::test]
async fn nothing_is_read_without_an_entry_postgres() {
    nothing_is_read_without_an_entry(Engine::Postgres).await;
}

#[actix_web::test]
async fn a_wrong_question_is_refused_by_the_name_of_its_parameter() {
    let fixture = Exchanged::new(Engine::Sqlite).await;
    let app = office(&fixture.here().node).await;
    let app = serve!(app);
    let auditor = session(&app, "auditor").await;
    let size = fixture.here().log().await.len();
    for (question, status, code) in [
        ("log?type=opened", 400, "type_invalid"),
        ("log?peer=53", 400, "peer_invalid"),
        ("log?agreement=x", 400, "agreement_invalid"),
        ("log?purpose=curiosity", 400, "purpose_invalid"),
        ("log?actor=Zhang", 400, "actor_invalid"),
        ("log?claim=shoe_size", 400, "claim_invalid"),
        ("log?ref=x", 400, "ref_invalid"),
        ("log?x=", 400, "x_invalid"),
        ("log?from=yesterday", 400, "from_invalid"),
        ("log?until=1.5", 400, "until_invalid"),
        ("log?from=5&until=5", 400, "until_invalid"),
        ("log?after=x", 400, "after_invalid"),
        ("log?limit=many", 400, "limit_invalid"),
        ("log?limit=201", 400, "query_invalid"),
        ("log?shoe=44", 400, "query_invalid"),
        ("log/consistency", 400, "size1_invalid"),
        ("log/consistency?size1=0", 400, "size1_invalid"),
        ("log/consistency?size1=2&size2=1", 400, "size2_invalid"),
        ("log/consistency?size1=2&size2=99999", 400, "size2_invalid"),
        ("log/consistency?size1=99999", 400, "size2_invalid"),
        ("log/99999/proof", 404, "not_found"),
        ("log/-1/proof", 404, "not_found"),
        ("log/bundle", 400, "purpose_invalid"),
        ("log/bundle?purpose=curiosity", 400, "purpose_invalid"),
        ("log/bundle?purpose=backup", 400, "purpose_invalid"),
        ("log/coverage", 400, "peer_invalid"),
        ("log/coverage?peer=110000", 404, "not_found"),
        ("log/coverage?peer=140600&epoch=1", 400, "epoch_invalid"),
        ("log/coverage?peer=140600&first=0", 400, "first_invalid"),
        ("log/coverage?peer=140600&first=3&last=2", 400, "last_invalid"),
        ("log/leads/00000000-0000-4000-8000-000000000000", 404, "not_found"),
        ("log/leads/x", 404, "not_found"),
    ] {
        let (got, body) = fetch(&app, &format!("/office/v1/{question}"), &auditor).await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((got, &problem["code"]), (status, &code.into()), "{question}");
    }
    fixture.here().node.sequence().await.unwrap();
    let log = fixture.here().log().await;
    let exported = log[size..].iter().any(|entry| entry.entry["t"] == "export");
    assert!(!exported, "what was refused is no export");
}
