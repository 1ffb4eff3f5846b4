//! The operator's listener: `/health` as long as the process serves, `/ready` as long as its databases answer.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use guitu::api::listener::Serving;
use guitu::api::ops::metrics::Metrics;
use guitu::api::serve_ops;
use guitu::cli::demo::agreements::LINCANG;
use guitu::clock::{ManualClock, Timestamp};
use guitu::node::Node;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, open, seeds};

/// Status, head and body of what the path answers.
async fn get(address: SocketAddr, method: &str, path: &str) -> (u16, String, String) {
    let mut line = TcpStream::connect(address).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nhost: ops\r\nconnection: close\r\n\r\n");
    line.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    line.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

async fn json_of(address: SocketAddr, path: &str) -> (u16, Value) {
    let (status, _, body) = get(address, "GET", path).await;
    (status, serde_json::from_str(&body).unwrap())
}

fn serve(node: &Arc<Node>) -> (SocketAddr, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = Serving { workers: 1, ..Serving::default() };
    let server = serve_ops(listener, serving, Arc::clone(node), Arc::new(Metrics::default())).unwrap();
    let handle = server.handle();
    tokio::spawn(server);
    (address, handle)
}

on_both_engines! {
    async fn a_node_that_waits_is_alive_and_not_ready(db) {
        let mut nodes = Nodes::open(db.engine, &[LINCANG]).await;
        nodes.reopen(LINCANG, None).await;
        let node = &nodes.node(LINCANG).node;
        let (address, handle) = serve(node);
        let (status, problem) = json_of(address, "/ready").await;
        assert_eq!((status, &problem["code"]), (503, &json!("log_not_settled")));
        assert_eq!(json_of(address, "/health").await.0, 200);
        node.begin().await.unwrap();
        assert_eq!(json_of(address, "/ready").await, (200, json!({"status": "ready"})));
        handle.stop(false).await;
    }

    async fn a_node_is_ready_as_long_as_its_databases_answer(db) {
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let node = open(LINCANG, db.location.clone(), seeds(), clock).await;
        let (address, handle) = serve(&node);
        assert_eq!(json_of(address, "/health").await, (200, json!({"status": "ok"})));
        assert_eq!(json_of(address, "/ready").await, (200, json!({"status": "ready"})));
        let (status, head, metrics) = get(address, "GET", "/metrics").await;
        assert!(status == 200 && head.contains("content-type: application/openmetrics-text"), "{head}");
        for line in ["guitu_outbox_waiting 0", "guitu_log_size ", "guitu_peers 0", "# EOF"] {
            assert!(metrics.contains(line), "{line}: {metrics}");
        }
        assert!(metrics.contains("route=\"/ready\",status=\"200\"}"), "{metrics}");
        for (method, path, status) in [("POST", "/health", 405), ("GET", "/office/v1/leads", 404), ("GET", "/", 404)] {
            assert_eq!(get(address, method, path).await.0, status, "{method} {path}");
        }

        match db.engine {
            Engine::Postgres => db.remove().await,
            Engine::Sqlite => node.databases().close().await,
        }
        let (status, problem) = json_of(address, "/ready").await;
        assert_eq!((status, &problem["code"]), (503, &json!("not_ready")));
        assert_eq!(json_of(address, "/health").await.0, 200, "the process serves all the same");
        let (status, _, answer) = get(address, "GET", "/metrics").await;
        assert!((500..=503).contains(&status) && !answer.contains("sqlx"), "{status} {answer}");
        handle.stop(false).await;
    }
}
