//! Overload: a peer that asks too much or too slowly gets a clear answer, and costs no other peer anything.

mod asked;

use actix_web::middleware::Compress;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};
use guitu::cli::demo::agreements::SHUOZHOU;

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Site};
use crate::harness::instances::{Place, with_places};
use crate::harness::line::Line;
use crate::harness::pair::Duo;
use crate::harness::wait;

const POSITION: &str = "/peer/v1/position";
/// Requests at once, and connections, that the attacked node allows a peer.
const AT_ONCE: usize = 8;
const CONNECTIONS: usize = 24;

/// A peer in good standing that behaves badly.
struct Attacker {
    site: Site,
    target: Site,
    url: String,
}

impl Attacker {
    async fn line(&self) -> Line {
        Line::open(&self.site, &self.target, &self.url).await.unwrap()
    }

    /// A line on which a request with a body has begun.
    async fn posting(&self, headers: &str) -> Line {
        let mut line = self.line().await;
        let head = format!("POST /peer/v1/batches HTTP/1.1\r\nhost: a\r\n{headers}\r\n\r\n");
        line.say(head.as_bytes()).await.unwrap();
        line
    }

    /// The second request of a connection is watched as the first one is.
    async fn sends_heads_byte_by_byte(&self) {
        let mut line = self.line().await;
        line.say(b"GET /peer/v1/posi").await.unwrap();
        let end = line.trickle(b'x').await;
        assert!(end.is_empty() || end.starts_with("HTTP/1.1 408"), "{end}");
        let mut line = self.line().await;
        assert_eq!(line.ask(POSITION).await.unwrap().status, 200);
        line.say(b"GET /peer/v1/posi").await.unwrap();
        assert_eq!(line.trickle(b'x').await, "");
    }

    async fn sends_a_body_byte_by_byte(&self) {
        let end = self.posting("content-length: 100000").await.trickle(b'{').await;
        assert!(end.starts_with("HTTP/1.1 408") && end.contains("\"too_slow\""), "{end}");
    }

    async fn says_nothing(&self) {
        let end = self.line().await.last_words().await;
        assert!(end.is_empty() || end.starts_with("HTTP/1.1 408"), "{end}");
    }

    /// Announced or not: more than a batch may have is not read to its end.
    async fn sends_giants(&self) {
        let answer = self.posting("content-length: 1000000000").await.hear().await.unwrap();
        assert_eq!(answer.status, 413, "{}", answer.body);
        assert!(answer.body.contains("\"too_large\""), "{}", answer.body);
        let mut line = self.posting("transfer-encoding: chunked").await;
        let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
        for _ in 0..6 {
            line.say(&chunk).await;
        }
        let end = line.last_words().await;
        assert!(end.is_empty() || end.starts_with("HTTP/1.1 413"), "{end}");
    }

    async fn sends_a_bomb(&self) {
        let bomb = bomb().await;
        assert!(bomb.len() < 1 << 20);
        let headers = format!("content-encoding: gzip\r\ncontent-length: {}", bomb.len());
        let mut line = self.posting(&headers).await;
        line.say(&bomb).await.unwrap();
        let answer = line.hear().await.unwrap();
        assert_eq!(answer.status, 413, "{}", answer.body);
    }

    async fn sends_garbage(&self) {
        let mut line = self.line().await;
        line.say(&[0xff; 4_096]).await.unwrap();
        let end = line.last_words().await;
        assert!(end.starts_with("HTTP/1.1 400"), "{end}");
        let mut line = self.line().await;
        let header = format!("GET {POSITION} HTTP/1.1\r\nx: {}\r\n", "y".repeat(200_000));
        line.say(header.as_bytes()).await;
        let end = line.last_words().await;
        assert!(end.is_empty() || end.starts_with("HTTP/1.1 431"), "{end}");
    }

    async fn asks_too_much_at_once(&self) {
        let answer = wait::until_some_async("too many at once", LIMIT, async || {
            let mut open = Vec::new();
            for _ in 0..AT_ONCE {
                open.push(self.posting("content-length: 100000").await);
            }
            let answer = self.line().await.ask(POSITION).await.unwrap();
            // On a slow machine the first may have been given up before the last one came.
            (answer.status != 200).then_some(answer)
        });
        let answer = answer.await;
        assert_eq!(answer.status, 429, "{}", answer.body);
        assert!(answer.head.contains("\r\nretry-after: 2\r\n"), "{}", answer.head);
        assert!(answer.body.contains("\"too_many_requests\""), "{}", answer.body);
        // Requests whose lines are gone count no more.
        wait::until_async("room again", LIMIT, async || {
            self.line().await.ask(POSITION).await.unwrap().status == 200
        })
        .await;
    }

    async fn opens_too_many_lines(&self) {
        let mut open = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut line = self.line().await;
            assert_eq!(line.ask(POSITION).await.unwrap().status, 200);
            open.push(line);
        }
        assert!(Line::once(&self.site, &self.target, &self.url, POSITION).await.is_none());
        assert_eq!(open[0].ask(POSITION).await.unwrap().status, 200);
    }
}

/// 64 MiB of nothing, compressed.
async fn bomb() -> Vec<u8> {
    let nothing = || async { HttpResponse::Ok().content_type("text/plain").body(vec![b' '; 64 << 20]) };
    let app = init_service(App::new().wrap(Compress::default()).route("/", web::get().to(nothing))).await;
    let request = TestRequest::get().insert_header(("accept-encoding", "gzip")).to_request();
    read_body(call_service(&app, request).await).await.to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_exchange_goes_on_beside_an_attacker() {
    with_places(Engine::Sqlite, 3, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_on_on_postgres() {
    with_places(Engine::Postgres, 3, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let sites = Duo::init(root.path(), &places, [&[], &[]]);
    let place: Vec<&str> = places[2].iter().map(String::as_str).collect();
    let (site, target) = (Site::init(root.path(), SHUOZHOU, &place), sites[1].clone());
    target.enrol(&site);
    for (key, value) in [("head_seconds", 2), ("body_seconds", 4)] {
        target.set("limits", key, value);
    }
    target.set("limits", "peer_requests_at_once", i64::try_from(AT_ONCE).unwrap());
    target.set("limits", "peer_connections", i64::try_from(CONNECTIONS).unwrap());
    let mut url = String::new();
    let mut duo = Duo::start(sites, |serving| url = serving[1].url("peer")).await;
    let attacker = Attacker { site, target, url };
    let attacks = async {
        tokio::join!(
            attacker.sends_heads_byte_by_byte(),
            attacker.sends_a_body_byte_by_byte(),
            attacker.says_nothing(),
            attacker.sends_giants(),
            attacker.sends_a_bomb(),
            attacker.sends_garbage(),
        );
        attacker.asks_too_much_at_once().await;
    };
    tokio::join!(attacks, duo.share(8));
    attacker.opens_too_many_lines().await;
    duo.share(2).await;
    duo.all_arrived().await;
}
