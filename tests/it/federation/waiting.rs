//! Two nodes that start together and have lost what would tell them that their logs are whole: each asks the other, and
//! neither waits for ever. Real processes, mutual TLS.

use guitu::cli::demo::agreements::{A2, CHONGQING, LINCANG};
use serde_json::Value;

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, agree};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::line::Line;
use crate::harness::process::Signal;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_wait_answer_each_other() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_wait_answer_each_other_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let sites = enrolled(root.path(), &[LINCANG, CHONGQING], &places);
    let serving = [sites[0].serve(), sites[1].serve()];
    let offices = [serving[0].office(&sites[0]).await, serving[1].office(&sites[1]).await];
    agree(&A2, &[&sites[0], &sites[1]], &[&offices[0], &offices[1]]).await;
    let url = serving[0].url("peer");
    for (site, served) in sites.iter().zip(serving) {
        assert_eq!(served.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
        std::fs::remove_file(site.file("last-head")).unwrap();
    }

    let mut first = sites[0].launch();
    first.line_with("\"waits\":", LIMIT);
    let ask = async |path: &str| {
        let answer = Line::once(&sites[1], &sites[0], &url, path).await.unwrap();
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap())
    };
    let (status, said) = ask("/peer/v1/position").await;
    assert!(status == 200 && said["checkpoint"].is_null() && said["your_head"].is_string(), "{said}");
    assert_eq!(ask("/peer/v1/position/records").await.0, 200);
    let (status, said) = ask("/peer/v1/batches?lane=normal").await;
    assert_eq!((status, &said["code"]), (503, &"log_not_settled".into()), "and nothing else");

    let second = sites[1].serve();
    first.line_with("\"ops\":", LIMIT);
    assert_eq!(second.process.stop(Signal::Terminate, LIMIT).code(), Some(0));
    assert_eq!(first.stop(Signal::Terminate, LIMIT).code(), Some(0));
}
