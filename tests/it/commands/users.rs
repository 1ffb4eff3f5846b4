//! `guitu user`: who is added, listed and disabled; a disabled user's token is worth nothing at once.

use guitu::cli::demo::agreements::LINCANG;
use reqwest::Method;
use serde_json::{Value, json};

use super::{refused, said};
use crate::harness::federation::{Site, assert_done};
use crate::harness::officer::Officer;

fn names(site: &Site) -> Vec<(String, bool)> {
    let outcome = site.run(["user", "list"]);
    assert_done(&outcome);
    let list = said(&outcome);
    let one = |user: &Value| (user["name"].as_str().unwrap().to_owned(), user["active"].as_bool().unwrap());
    list.as_array().unwrap().iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_user_neither_logs_in_nor_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::init(folder.path(), LINCANG, &[]);
    let serving = site.serve();
    let office = serving.office(&site).await;
    let leads = async |officer: &Officer| officer.call(Method::GET, "/office/v1/leads", None).await.unwrap();
    assert_eq!(leads(&office.drafter).await.0, 200);
    assert_done(&site.run(["user", "disable", "drafter"]));
    let (status, problem) = leads(&office.drafter).await;
    assert_eq!((status, &problem["code"]), (401, &json!("token_refused")));
    assert_eq!(leads(&office.approver).await.0, 200, "the others go on");
    let nobody = Officer::nobody(&serving.url("office"), &std::fs::read(site.file("ca.pem")).unwrap());
    let body = json!({"user": "drafter", "password": std::fs::read_to_string(folder.path().join("password")).unwrap()});
    let (status, problem) = nobody.call(Method::POST, "/office/v1/sessions", Some(&body)).await.unwrap();
    assert_eq!((status, &problem["code"]), (401, &json!("bad_credentials")));
    let expected = [("approver", true), ("auditor", true), ("drafter", false)];
    assert_eq!(names(&site), expected.map(|(name, active)| (name.to_owned(), active)));
}

#[test]
fn whoever_cannot_be_a_user_is_refused_and_nobody_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::init(folder.path(), LINCANG, &[]);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (good, short) = (file("good", "correct horse battery"), file("short", "eleven char"));
    let long = file("long", &"x".repeat(129));
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    let add = |name: &str, duties: &[&str], password: &str| {
        let duties = duties.iter().flat_map(|duty| ["--duty", duty]);
        let rest = ["--unit", "police", "--password-file", password];
        site.run(["user", "add", name].into_iter().chain(duties).chain(rest))
    };
    let before = names(&site);
    let long_name = "n".repeat(65);
    for name in ["", "two words", "a/b", "a\nb", &long_name] {
        refused(&add(name, &["drafter"], &good), 2, "a name has 1 to 64 letters");
    }
    refused(&add("new", &["king"], &good), 2, "it is one of drafter, approver");
    refused(&add("new", &[], &good), 2, "--duty");
    refused(&add("new", &["auditor", "drafter"], &good), 2, "exclude one another");
    refused(&add("new", &["drafter", "drafter"], &good), 2, "stand twice");
    for password in [&short, &long, &missing] {
        assert_eq!(add("new", &["drafter"], password).code(), Some(2), "{password}");
    }
    assert_eq!(add("drafter", &["drafter"], &good).code(), Some(1), "the name is taken");
    assert_eq!(site.run(["user", "disable", "nobody"]).code(), Some(1));
    assert_eq!(names(&site), before);
    assert_done(&add("new", &["drafter"], &good));
    assert_eq!(names(&site).len(), before.len() + 1);
}
