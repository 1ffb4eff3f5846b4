//! A genotype at any place of any body of the office: refused before anything else is looked at, and logged.

use guitu::cli::demo::agreements::LINCANG;
use serde_json::{Value, json};

use super::requests::Listener;
use crate::harness::federation::Site;
use crate::openapi::filled;

/// Two alleles of one locus.
const GENOTYPE: &str = "TH01 6,9.3";

/// Logging in: whoever has no account must not be able to fill the log.
const LOG_IN: &str = "/office/v1/sessions";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genotype_in_any_field_is_refused_and_logged() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::init(folder.path(), LINCANG, &[]);
    let serving = site.serve();
    let office = serving.office(&site).await;
    let mut listener = Listener::office(&site, &serving, office.drafter.authorization());
    let (mut logged, mut unlogged) = (0, 0);
    for operation in listener.contract.operations() {
        let Some((kind, schema)) = &operation.body else { continue };
        let path = filled(&operation.path);
        for (place, schema) in listener.contract.places(schema) {
            if !listener.contract.has_type(&schema, &json!("")) {
                continue;
            }
            let body = place.with(&json!(GENOTYPE)).to_string();
            let answer = listener.ask(&operation.method, &path, kind, body.as_bytes()).await;
            let what = format!("{} {path} {}: {}", operation.method, place.pointer(), answer.body);
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!((answer.status, &problem["code"]), (422, &json!("genotype")), "{what}");
            assert_eq!(problem["errors"][0]["pointer"], place.pointer(), "{what}");
            assert!(!answer.body.contains("9.3"), "{what}");
            *(if path == LOG_IN { &mut unlogged } else { &mut logged }) += 1;
        }
    }
    assert!(logged > 100 && unlogged == 2, "{logged} {unlogged}");
    let log = office.auditor.log().await;
    let about = |entry: &&Value| entry["t"] == "alarm" && entry["code"] == "genotype";
    assert_eq!(log.iter().filter(about).count(), logged);
    assert!(!Value::from(log).to_string().contains("TH01"));
    let said = serving.process.stdout() + &serving.process.stderr();
    assert!(!said.contains("TH01"), "{said}");
}
