//! The office API over a real node, without sockets: sessions, versions, refusals.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, Error};
use guitu::api::frame::frame;
use guitu::api::office::{Front, Office};
use guitu::api::ops::metrics::Metrics;
use guitu::cli::demo::agreements::{A1, LINCANG, SHUOZHOU};
use guitu::clock::{Clock, ManualClock, Timestamp};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::unit::{Duty, UnitType};
use guitu::exchange::message::Lane;
use guitu::exchange::problem::ItemCode;
use guitu::exchange::receipt::{CoreEntry, Outcome};
use guitu::node::Node;
use guitu::store::{refusal, state};
use serde_json::{Value, json};

use crate::harness::database::{Engine, TestDatabase};
use crate::harness::nodes::{leads_for, open, seeds};

pub(crate) const PASSWORD: &str = "correct horse battery";
const NOW: Timestamp = Timestamp(1_790_000_000_000);

struct Desk {
    _database: TestDatabase,
    node: Arc<Node>,
    clock: Arc<ManualClock>,
    office: Office,
}

impl Desk {
    async fn open() -> Self {
        let database = TestDatabase::new(Engine::Sqlite).await;
        let clock = Arc::new(ManualClock::at(NOW));
        let node = open(LINCANG, database.location.clone(), seeds(), Arc::clone(&clock)).await;
        for (name, duty) in [
            ("drafter", Duty::Drafter),
            ("approver", Duty::Approver),
            ("auditor", Duty::Auditor),
            ("guard", Duty::SecurityAdmin),
        ] {
            node.add_user(name, PASSWORD, &[duty], UnitType::Police).await.unwrap();
        }
        let office = Office::new(Arc::clone(&node), Arc::new(Metrics::default()), Front::default()).unwrap();
        Self { _database: database, node, clock, office }
    }

    fn lead(&self) -> Value {
        let today = CivilDate::of(self.clock.now());
        serde_json::to_value(leads_for(LINCANG, SHUOZHOU, today).remove(0)).unwrap()
    }
}

/// Status, `ETag` and body of the answer.
pub(crate) async fn ask<S, B>(app: &S, request: TestRequest) -> (u16, String, Value)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = call_service(app, request.to_request()).await;
    let tag = response.headers().get("etag").map_or("", |tag| tag.to_str().unwrap()).to_owned();
    (response.status().as_u16(), tag, read_body_json(response).await)
}

pub(crate) fn log_in(user: &str, password: &str) -> TestRequest {
    let body = json!({"user": user, "password": password});
    TestRequest::post().uri("/office/v1/sessions").set_json(body)
}

pub(crate) fn bearer(request: TestRequest, session: &Value) -> TestRequest {
    request.insert_header(("Authorization", format!("Bearer {}", session["token"].as_str().unwrap())))
}

macro_rules! app {
    ($desk:expr) => {
        init_service(App::new().configure(|config| $desk.office.configure(config)).wrap(from_fn(frame))).await
    };
}

// Behind the macro, so that it sees it.
mod masks;

#[actix_web::test]
async fn a_lead_goes_from_draft_to_approved_by_two_people() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (status, _, drafter) = ask(&app, log_in("drafter", PASSWORD)).await;
    assert_eq!((status, &drafter["duties"]), (201, &json!(["drafter"])));
    let (_, _, approver) = ask(&app, log_in("approver", PASSWORD)).await;
    let create = || TestRequest::post().uri("/office/v1/leads").insert_header(("Idempotency-Key", "k1"));
    let (status, tag, made) = ask(&app, bearer(create().set_json(desk.lead()), &drafter)).await;
    assert_eq!((status, tag.as_str()), (201, "\"1\""), "{made}");
    let (_, _, again) = ask(&app, bearer(create().set_json(desk.lead()), &drafter)).await;
    assert_eq!(again["id"], made["id"]);
    let uri = format!("/office/v1/leads/{}", made["id"].as_str().unwrap());
    let put = |tag: Option<&'static str>| {
        let request = TestRequest::put().uri(&uri).set_json(desk.lead());
        bearer(
            tag.map_or(TestRequest::put().uri(&uri).set_json(desk.lead()), |tag| {
                request.insert_header(("If-Match", tag))
            }),
            &drafter,
        )
    };
    assert_eq!(ask(&app, put(None)).await.0, 428);
    assert_eq!(ask(&app, put(Some("\"9\""))).await.0, 412);
    assert_eq!(ask(&app, put(Some("\"1\""))).await.1, "\"2\"");
    let step = |name: &str, who: &Value| bearer(TestRequest::post().uri(&format!("{uri}/{name}")), who);
    assert_eq!(ask(&app, step("submit", &drafter)).await.2["status"], "submitted");
    let (status, _, refused) = ask(&app, step("approve", &drafter)).await;
    assert_eq!((status, &refused["code"]), (403, &json!("forbidden")));
    assert_eq!(ask(&app, step("approve", &approver)).await.2["status"], "approved");
}

#[actix_web::test]
async fn terms_of_unknown_words_are_refused_field_by_field() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, approver) = ask(&app, log_in("approver", PASSWORD)).await;
    let terms = crate::harness::nodes::proposal(&A1, CivilDate::of(desk.clock.now()));
    let mut terms = serde_json::to_value(terms).unwrap();
    let cell = json!({"row": "dna", "role": "origin", "claim": "dna_reference", "condition": "always"});
    terms["purposes"] = json!(["revenge"]);
    terms["profile"] = json!({"id": "x", "version": 1, "cells": [cell]});
    let propose = TestRequest::post().uri("/office/v1/agreements").set_json(&terms);
    let (status, _, refused) = ask(&app, bearer(propose, &approver)).await;
    assert_eq!((status, &refused["code"]), (422, &json!("fields_invalid")));
    let found: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
    for pointer in ["/purposes/0", "/profile/cells/0/claim"] {
        assert!(found.contains(&&json!(pointer)), "{pointer}: {found:?}");
    }
    assert!(refused["errors"].as_array().unwrap().iter().all(|one| one["code"] == "unknown_code"));
    let list = bearer(TestRequest::get().uri("/office/v1/agreements"), &approver);
    assert_eq!(ask(&app, list).await.2, json!([]));
}

#[actix_web::test]
async fn a_node_without_an_upper_node_tells_nobody_and_says_so() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, approver) = ask(&app, log_in("approver", PASSWORD)).await;
    let tell = async |from: &str, until: &str| {
        let body = json!({"from": from, "until": until});
        let request = TestRequest::post().uri("/office/v1/statistics").set_json(body);
        let (status, _, refused) = ask(&app, bearer(request, &approver)).await;
        (status, refused["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(tell("2026-08", "2026-08").await, (409, "filing_exempt".into()));
    assert_eq!(tell("2026-08", "2099-01").await, (409, "month_not_over".into()));
    assert_eq!(tell("2026-08", "2026-07").await, (422, "months_out_of_range".into()));
    assert_eq!(tell("2026-13", "2026-08").await, (422, "fields_invalid".into()));
    for path in ["statistics", "filings", "filings/overdue", "agreement-drafts"] {
        let request = TestRequest::get().uri(&format!("/office/v1/{path}"));
        assert_eq!(ask(&app, bearer(request, &approver)).await.2, json!([]), "{path}");
    }
}

#[actix_web::test]
async fn guesses_of_one_password_are_slowed_down_whether_the_account_exists_or_not() {
    let desk = Desk::open().await;
    let app = app!(desk);
    for user in ["drafter", "nobody"] {
        for _ in 0..10 {
            assert_eq!(ask(&app, log_in(user, "wrong password!")).await.0, 401);
        }
        let refused = call_service(&app, log_in(user, PASSWORD).to_request()).await;
        assert_eq!(
            refused.headers().get("retry-after").unwrap(),
            "5",
            "before that it would be refused again"
        );
        assert_eq!(refused.status().as_u16(), 429);
        let refused: Value = read_body_json(refused).await;
        assert_eq!(refused["code"], "too_many_requests");
    }
    assert_eq!(ask(&app, log_in("approver", PASSWORD)).await.0, 201);
    desk.clock.set(NOW.plus(5_000));
    assert_eq!(ask(&app, log_in("drafter", PASSWORD)).await.0, 201);
    assert_eq!(ask(&app, log_in("drafter", "wrong password!")).await.0, 401, "the run is over");
    desk.clock.set(NOW.plus(5_000 + 60_000));
    desk.node.tell_all_refused().await.unwrap();
    assert_eq!(
        [told(&desk, "refused").await, told(&desk, "unknown_name").await],
        [12, 11],
        "none is dropped"
    );
}

/// How many log-ins the log tells with this code.
async fn told(desk: &Desk, code: &str) -> u64 {
    desk.node.sequence().await.unwrap();
    let mut tx = desk.node.databases().node.snapshot().await.unwrap();
    let rows = guitu::store::log::entries(&mut tx, 0, 1_000).await.unwrap();
    let entries = rows.iter().map(|(_, entry)| serde_json::from_str::<Value>(entry).unwrap());
    entries.filter(|entry| entry["code"] == code).map(|entry| entry["count"].as_u64().unwrap()).sum()
}

#[actix_web::test]
async fn a_session_ends_with_time_and_with_the_account() {
    let desk = Desk::open().await;
    let app = app!(desk);
    for (user, password) in [("drafter", "wrong password!"), ("nobody", PASSWORD)] {
        let (status, _, refused) = ask(&app, log_in(user, password)).await;
        assert_eq!((status, &refused["code"]), (401, &json!("bad_credentials")));
    }
    let list = || TestRequest::get().uri("/office/v1/leads");
    assert_eq!(ask(&app, list()).await.2["code"], "token_missing");
    let (_, _, session) = ask(&app, log_in("drafter", PASSWORD)).await;
    assert_eq!(ask(&app, bearer(list(), &session)).await.0, 200);
    desk.node.disable_user("drafter").await.unwrap();
    assert_eq!(ask(&app, bearer(list(), &session)).await.2["code"], "token_refused");
    let (_, _, auditor) = ask(&app, log_in("auditor", PASSWORD)).await;
    let log = || TestRequest::get().uri("/office/v1/log?limit=200");
    let (status, _, entries) = ask(&app, bearer(log(), &auditor)).await;
    assert_eq!(status, 200);
    assert!(!entries.to_string().contains("drafter"), "names stay out of the log");
    desk.clock.set(NOW.plus(15 * 60_000));
    assert_eq!(ask(&app, bearer(log(), &auditor)).await.0, 401);
}

/// Three messages of ours that 朔州 refused for good, and an alarm about the last.
async fn file_concerns(node: &Node) {
    let mut tx = node.databases().node.begin().await.unwrap();
    for seq in 1..=3 {
        let entry = CoreEntry {
            at: NOW,
            epoch: "1-0000000000000001".parse().unwrap(),
            from: LINCANG,
            lane: Lane::Normal,
            leaf: seq,
            log_origin: "elsewhere".into(),
            result: Outcome::Refused(ItemCode::OverDisclosure),
            seq,
            to: SHUOZHOU,
            x: Digest::of(&seq.to_be_bytes()),
        };
        refusal::add(&mut tx, NOW.0, SHUOZHOU, &entry, ItemCode::OverDisclosure).await.unwrap();
    }
    let x = Some(Digest::of(&3_u64.to_be_bytes()));
    state::alarm(&mut tx, NOW.0, "over_disclosure", Some(140_600), x, None).await.unwrap();
    tx.commit().await.unwrap();
}

#[actix_web::test]
async fn alarms_and_final_refusals_are_for_those_who_watch() {
    let desk = Desk::open().await;
    let app = app!(desk);
    file_concerns(&desk.node).await;
    let get = |path: &str| TestRequest::get().uri(&format!("/office/v1/{path}"));
    let may = [("drafter", 403, 403), ("approver", 403, 200), ("auditor", 200, 200), ("guard", 200, 200)];
    for (user, alarms, refusals) in may {
        let (_, _, session) = ask(&app, log_in(user, PASSWORD)).await;
        for (path, expected) in [("alarms", alarms), ("refusals", refusals)] {
            assert_eq!(ask(&app, bearer(get(path), &session)).await.0, expected, "{user} {path}");
        }
    }
    let (_, _, auditor) = ask(&app, log_in("auditor", PASSWORD)).await;
    let (_, _, first) = ask(&app, bearer(get("refusals?limit=2"), &auditor)).await;
    let x = Digest::of(&3_u64.to_be_bytes());
    let newest = json!({
        "id": 3, "at": NOW, "code": "over_disclosure", "peer": SHUOZHOU, "lane": "normal", "seq": 3, "x": x,
        "advice": "compare_logs", "action": "核对双方日志并保全证据", "may_go_again": false, "again_at": null
    });
    assert_eq!((&first["items"][0], first["items"].as_array().unwrap().len()), (&newest, 2));
    let more = format!("refusals?limit=2&after={}", first["next"]);
    let (_, _, last) = ask(&app, bearer(get(&more), &auditor)).await;
    assert_eq!(
        (&last["items"][0]["seq"], &last["items"][1], &last["next"]),
        (&json!(1), &json!(null), &json!(null))
    );
    let (_, _, alarms) = ask(&app, bearer(get("alarms"), &auditor)).await;
    let alarm = json!({
        "at": NOW, "code": "over_disclosure", "peer": SHUOZHOU, "x": x, "place": null, "proof": null,
        "advice": "compare_logs"
    });
    assert_eq!(alarms, json!({"items": [alarm], "next": null}));
    desk.node.sequence().await.unwrap();
    let log = ask(&app, bearer(get("log?limit=200"), &auditor)).await.2.to_string();
    for what in ["alarms", "refusals"] {
        let entry = format!("\"code\":\"{what}\",\"count\":");
        assert!(log.contains(&entry), "reading {what} is in the log");
    }
}

#[actix_web::test]
async fn a_genotype_is_refused_and_logged_without_its_value() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, drafter) = ask(&app, log_in("drafter", PASSWORD)).await;
    let (_, _, auditor) = ask(&app, log_in("auditor", PASSWORD)).await;
    let mut lead = desk.lead();
    lead["narrative"] = json!("TH01 6,9.3 FGA 21,22");
    let create = TestRequest::post().uri("/office/v1/leads").set_json(lead);
    let (status, _, refused) = ask(&app, bearer(create, &drafter)).await;
    assert_eq!((status, &refused["code"]), (422, &json!("genotype")));
    assert_eq!(refused["errors"][0]["pointer"], "/narrative");
    let log = TestRequest::get().uri("/office/v1/log?limit=200");
    let entries = ask(&app, bearer(log, &auditor)).await.2.to_string();
    assert!(entries.contains("\"code\":\"genotype\"") && !entries.contains("9.3"));
}

#[actix_web::test]
async fn a_recall_needs_an_approver_and_known_codes() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, drafter) = ask(&app, log_in("drafter", PASSWORD)).await;
    let (_, _, approver) = ask(&app, log_in("approver", PASSWORD)).await;
    let create = TestRequest::post().uri("/office/v1/leads").set_json(desk.lead());
    let (_, _, made) = ask(&app, bearer(create, &drafter)).await;
    let at = |id: &str, name: &str| format!("/office/v1/leads/{id}/{name}");
    let id = made["id"].as_str().unwrap();
    let post = async |uri: &str, body: Value, who: &Value| {
        let (status, _, answer) = ask(&app, bearer(TestRequest::post().uri(uri).set_json(body), who)).await;
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let because = json!({"reason": "mistake"});
    let narrow = json!({"recipient": "140600", "keep": ["sex"], "reason": "mistake"});
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (uri, body, who, status, code) in [
        (at(id, "withdraw"), because.clone(), &drafter, 403, "forbidden"),
        (at(nobody, "withdraw"), because.clone(), &approver, 404, "not_found"),
        (at(id, "withdraw"), json!({"reason": "because"}), &approver, 422, "fields_invalid"),
        (at(id, "withdraw"), json!({}), &approver, 422, "fields_invalid"),
        (at(id, "narrow"), narrow.clone(), &drafter, 403, "forbidden"),
        (at(id, "narrow"), narrow.clone(), &approver, 409, "not_from_here"),
        (at(id, "narrow"), json!({"recipient": "1", "keep": ["x"]}), &approver, 422, "fields_invalid"),
        (at(id, "withdraw"), because.clone(), &approver, 200, ""),
        (at(id, "withdraw"), because, &approver, 409, "not_from_here"),
    ] {
        assert_eq!(post(&uri, body, who).await, (status, code.to_owned()), "{uri}");
    }
    let list = TestRequest::get().uri("/office/v1/purges");
    let (status, _, purges) = ask(&app, bearer(list, &approver)).await;
    assert_eq!((status, purges), (200, json!({"due": [], "overdue": [], "done": []})));
}

#[actix_web::test]
async fn only_a_known_peer_is_hastened_and_not_by_everybody() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, approver) = ask(&app, log_in("approver", PASSWORD)).await;
    let (_, _, auditor) = ask(&app, log_in("auditor", PASSWORD)).await;
    let hasten = |peer: &str| TestRequest::post().uri(&format!("/office/v1/peers/{peer}/hasten"));
    for (request, status, code) in [
        (hasten("140600"), 401, "no_session"),
        (bearer(hasten("140600"), &auditor), 403, "forbidden"),
        (bearer(hasten("140600"), &approver), 404, "not_found"),
        (bearer(hasten("nobody"), &approver), 404, "not_found"),
    ] {
        let (found, _, refused) = ask(&app, request).await;
        assert_eq!(found, status, "{code}: {refused}");
        assert!(status == 401 || refused["code"] == code, "{refused}");
    }
}
