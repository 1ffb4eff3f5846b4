//! Bodies that nobody should send, over real sockets: a problem document with a code, and connection and node live on.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG};
use serde_json::Value;

use crate::harness::federation::{LIMIT, Site};
use crate::harness::line::{Answer, Line};
use crate::harness::process::Signal;

/// Headers beside the usual ones, body, status and code.
type Row = (&'static str, Vec<u8>, u16, &'static str);

const JSON: &str = "content-type: application/json";

/// What both listeners refuse, each in its words: malformed, not UTF-8, nested, of another type.
fn rows(
    malformed: &'static str,
    not_utf8: &'static str,
    deep: &'static str,
    shapeless: (u16, &'static str),
) -> Vec<Row> {
    vec![
        (JSON, b"{\"kind\":".to_vec(), 400, malformed),
        (JSON, b"{} {}".to_vec(), 400, malformed),
        (JSON, b"{\"kind\":\"\xff\xfe\"}".to_vec(), 400, not_utf8),
        (JSON, "[".repeat(100_000).into_bytes(), 400, deep),
        (JSON, "{\"a\":".repeat(100_000).into_bytes(), 400, deep),
        (JSON, b"[]".to_vec(), shapeless.0, shapeless.1),
        (JSON, b"{\"kind\":7,\"items\":\"x\"}".to_vec(), shapeless.0, shapeless.1),
        (
            "content-type: application/json\r\ncontent-encoding: gzip",
            b"no gzip".to_vec(),
            400,
            "body_incomplete",
        ),
    ]
}

fn problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{code}: {}", answer.body);
    assert!(answer.head.contains("content-type: application/problem+json"), "{}", answer.head);
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&document["code"], &document["status"]), (&code.into(), &status.into()));
}

/// Where to send, and what lets one in.
struct Door<'a> {
    from: &'a Site,
    to: &'a Site,
    url: String,
    path: &'static str,
    /// A path that answers 200, asked on the same connection afterwards.
    alive: &'static str,
    token: String,
}

impl Door<'_> {
    async fn line(&self) -> Line {
        Line::open(self.from, self.to, &self.url).await.unwrap()
    }

    fn head(&self, headers: &str, length: usize) -> String {
        let Self { path, token, .. } = self;
        format!("POST {path} HTTP/1.1\r\nhost: a\r\n{token}{headers}\r\ncontent-length: {length}\r\n\r\n")
    }

    /// Each is refused, and the same connection goes on.
    async fn refuses(&self, rows: Vec<Row>) {
        let mut line = self.line().await;
        for (headers, body, status, code) in rows {
            line.say(self.head(headers, body.len()).as_bytes()).await.unwrap();
            line.say(&body).await.unwrap();
            problem(&line.hear().await.unwrap(), status, code);
            let lives = line.ask(self.alive).await.is_some_and(|answer| answer.status == 200);
            assert!(lives, "the connection ended after {code}");
        }
    }

    /// 10 MB are refused before they are read, announced or not.
    async fn refuses_ten_megabytes(&self) {
        let part = vec![b' '; 1 << 20];
        let mut line = self.line().await;
        line.say(self.head(JSON, 10 << 20).as_bytes()).await.unwrap();
        // The listener may hang up before all of it is written.
        for _ in 0..10 {
            _ = line.say(&part).await;
        }
        problem(&line.hear().await.unwrap(), 413, "too_large");
        assert_eq!(self.line().await.ask(self.alive).await.unwrap().status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_ends_a_node() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there] = [LINCANG, CHONGQING].map(|node| Site::init(folder.path(), node, &[]));
    here.enrol(&there);
    let mut serving = here.serve();
    let token = serving.office(&here).await.drafter.authorization();
    let (from, to, url) = (&here, &here, serving.url("office"));
    let office = Door { from, to, url, path: "/office/v1/leads", alive: "/openapi.json", token };
    office.refuses(rows("malformed_json", "not_utf8", "too_deep", (422, "fields_invalid"))).await;
    let others =
        ["content-type: text/plain", "content-type: application/x-www-form-urlencoded", "accept: */*"];
    office.refuses(others.map(|kind| (kind, b"{}".to_vec(), 415, "not_json_media_type")).into()).await;
    let twice = b"{\"kind\":\"a\",\"kind\":\"b\"}".to_vec();
    office.refuses(vec![(JSON, twice, 400, "duplicate_member")]).await;
    office.refuses_ten_megabytes().await;

    let (from, url, token) = (&there, serving.url("peer"), String::new());
    let peer = Door { from, to, url, path: "/peer/v1/batches", alive: "/peer/v1/position", token };
    peer.refuses(rows("malformed", "malformed", "malformed", (400, "malformed"))).await;
    peer.refuses(vec![("content-type: text/plain", b"{}".to_vec(), 400, "malformed")]).await;
    peer.refuses_ten_megabytes().await;

    assert!(serving.process.is_running());
    let outcome = serving.process.stop(Signal::Terminate, LIMIT);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}
