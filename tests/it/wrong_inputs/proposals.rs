//! What an officer may propose as an agreement: each field's wrong inputs at the office API, by code and pointer.

use std::sync::Arc;

use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use guitu::api::frame::frame;
use guitu::api::office::{Front, Office};
use guitu::api::ops::metrics::Metrics;
use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::agreement::MAX_PARTIES;
use guitu::domain::date::CivilDate;
use guitu::domain::profile::Profile;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::agree::Proposal;
use serde_json::{Value, json};

use super::fields::{Wrong, assert_covered, shapeless, spoilt};
use crate::harness::database::Engine;
use crate::harness::nodes::{Nodes, proposal};
use crate::office_app::{PASSWORD, ask, bearer, log_in};

/// Pointer of the field, its wrong value, the code, and where the finding points.
pub(super) type Row = (&'static str, Value, &'static str, &'static str);

/// A row whose finding points to the field itself.
fn at(pointer: &'static str, value: Value, code: &'static str) -> Row {
    (pointer, value, code, pointer)
}

fn wrong_frame() -> Vec<Row> {
    vec![
        at("/purposes", json!([]), "purposes_missing"),
        at("/purposes", json!(vec!["rescue"; 65]), "too_many"),
        ("/purposes", json!(["rescue", "rescue"]), "purpose_repeated", "/purposes/1"),
        at("/purposes/0", json!("sale"), "unknown_code"),
        at("/kinds", json!([]), "kinds_missing"),
        ("/kinds", json!(["missing_child", "missing_child"]), "kind_repeated", "/kinds/1"),
        at("/kinds", json!(vec!["missing_child"; 65]), "too_many"),
        at("/kinds/0", json!("child"), "unknown_code"),
        at("/valid_from", json!("2026-02-30"), "date"),
        at("/valid_from", json!(""), "date"),
        ("/valid_from", json!("2199-12-31"), "end_before_start", "/valid_until"),
        at("/valid_until", json!("1899-12-31"), "date"),
        at("/valid_until", json!("1990-01-01"), "end_before_start"),
        at("/retention_days", json!(0), "retention_range"),
        at("/retention_days", json!(3_651), "retention_range"),
        at("/retention_days", json!(-1), "out_of_range"),
        at("/retention_days", json!(4_294_967_296_u64), "out_of_range"),
        at("/retention_days", json!(1.5), "wrong_type"),
        at("/text_digest", json!(""), "digest"),
        at("/text_digest", json!("A".repeat(44)), "digest"),
    ]
}

fn wrong_parties() -> Vec<Row> {
    let other = json!({"node": "500000", "roles": ["transit"], "government": "甲", "office": "乙"});
    let mut rows = vec![
        at("/parties", json!([]), "party_count"),
        at("/parties", json!(vec![other.clone(); MAX_PARTIES + 1]), "too_many"),
        ("/parties", json!([other.clone(), other.clone()]), "proposer_not_a_party", "/proposer"),
        ("/parties/0", other, "party_repeated", "/parties/1/node"),
        at("/parties/0/node", json!("53090"), "region_code"),
        at("/parties/0/node", json!("云南临沧市"), "region_code"),
        at("/parties/0/roles", json!([]), "roles_missing"),
        ("/parties/0/roles", json!(["origin", "origin"]), "role_repeated", "/parties/0/roles/1"),
        at("/parties/0/roles", json!(vec!["origin"; 65]), "too_many"),
        at("/parties/0/roles/0", json!("buyer"), "unknown_code"),
    ];
    for pointer in ["/parties/0/government", "/parties/0/office"] {
        for (value, code) in [
            (String::new(), "name_length"),
            (" ".to_owned(), "name_length"),
            ("市".repeat(101), "name_length"),
            ("市".repeat(501), "too_long"),
            ("a\nb".to_owned(), "name_length"),
            ("检出TH01 6,9.3".to_owned(), "genotype"),
        ] {
            rows.push(at(pointer, json!(value), code));
        }
    }
    rows
}

fn wrong_profile() -> Vec<Row> {
    let foreign = json!({"row": "birth", "role": "origin", "claim": "means", "condition": "always"});
    vec![
        ("/profile", json!({}), "missing", "/profile/cells"),
        at("/profile/id", json!(""), "name_length"),
        at("/profile/id", json!("p".repeat(65)), "name_length"),
        at("/profile/id", json!("p".repeat(501)), "too_long"),
        at("/profile/id", json!("TH01 6,9.3"), "genotype"),
        at("/profile/version", json!(0), "version_zero"),
        at("/profile/version", json!(-1), "out_of_range"),
        at("/profile/version", json!(4_294_967_296_u64), "out_of_range"),
        at("/profile/cells", json!(vec![foreign.clone(); 401]), "too_many"),
        // A cell is listed once.
        ("/profile/cells", json!([foreign.clone(), foreign]), "fields_invalid", ""),
        ("/profile/cells/0", json!({}), "missing", "/profile/cells/0/row"),
        at("/profile/cells/0/row", json!("reporter"), "unknown_code"),
        at("/profile/cells/0/role", json!("buyer"), "unknown_code"),
        at("/profile/cells/0/claim", json!("shoe_size"), "unknown_code"),
        ("/profile/cells/0/claim", json!("means"), "claim_not_of_row", "/profile/cells/0"),
        at("/profile/cells/0/condition", json!("sometimes"), "unknown_code"),
    ]
}

/// What every field refuses, by its shape.
fn by_shape(good: &Value) -> Vec<(String, Wrong, &'static str)> {
    let optional = |pointer: &str, wrong: &Wrong| {
        pointer == "/profile" && matches!(wrong, Wrong::Missing | Wrong::Is(Value::Null))
    };
    let rows = shapeless(good).into_iter().filter(|(pointer, wrong)| !optional(pointer, wrong));
    rows.map(|(pointer, wrong)| {
        let code = match wrong {
            Wrong::Missing => "missing",
            Wrong::More => "unknown_field",
            Wrong::Is(_) => "wrong_type",
        };
        (pointer, wrong, code)
    })
    .collect()
}

/// What each field refuses by its meaning.
pub(super) fn told() -> Vec<Row> {
    [wrong_frame(), wrong_parties(), wrong_profile()].concat()
}

fn rows(good: &Value) -> Vec<(String, Wrong, &'static str, String)> {
    let told = told();
    assert_covered(good, told.iter().map(|(pointer, ..)| *pointer));
    let told = told
        .into_iter()
        .map(|(pointer, value, code, at)| (pointer.to_owned(), Wrong::Is(value), code, at.to_owned()));
    let shaped =
        by_shape(good).into_iter().map(|(pointer, wrong, code)| (pointer.clone(), wrong, code, pointer));
    told.chain(shaped).collect()
}

/// Whether the problem document has the finding, and nothing of the value.
fn tells(problem: &Value, code: &str, pointer: &str) -> bool {
    let whole = problem["code"] == code && pointer.is_empty();
    whole
        || problem["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|one| one["code"] == code && one["pointer"] == pointer)
}

async fn every_field_of_a_proposal_is_refused_at_its_place(engine: Engine) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let node = Arc::clone(&nodes.node(LINCANG).node);
    node.add_user("proposer", PASSWORD, &[Duty::Approver], UnitType::Police).await.unwrap();
    let office = Office::new(Arc::clone(&node), Arc::new(Metrics::default()), Front::default()).unwrap();
    let app =
        init_service(App::new().configure(|config| office.configure(config)).wrap(from_fn(frame))).await;
    let (_, _, session) = ask(&app, log_in("proposer", PASSWORD)).await;
    let terms = proposal(&A1, CivilDate::of(nodes.clock.now()));
    let good = serde_json::to_value(Proposal { profile: Some(Profile::default_matrix()), ..terms }).unwrap();
    let propose =
        |body: &Value| bearer(TestRequest::post().uri("/office/v1/agreements").set_json(body), &session);
    for (pointer, wrong, code, at) in rows(&good) {
        let (status, _, problem) = ask(&app, propose(&spoilt(&good, &pointer, &wrong))).await;
        assert_eq!(status, 422, "{pointer} {wrong:?}: {problem}");
        assert!(tells(&problem, code, &at), "{pointer} {wrong:?} {code} at {at}: {problem}");
    }
    assert!(node.agreements().await.unwrap().is_empty(), "nothing is kept");
    assert_eq!(ask(&app, propose(&good)).await.0, 201);
}

#[actix_web::test]
async fn every_field_of_a_proposal_is_refused_at_its_place_sqlite() {
    every_field_of_a_proposal_is_refused_at_its_place(Engine::Sqlite).await;
}

#[actix_web::test]
async fn every_field_of_a_proposal_is_refused_at_its_place_postgres() {
    every_field_of_a_proposal_is_refused_at_its_place(Engine::Postgres).await;
}
