//! A peer that is suspended or revoked: open connections and new ones, while the node runs.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Site};
use crate::harness::instances::{Place, enrolled, with_places};
use crate::harness::line::{Answer, Line};
use crate::harness::wait;

const POSITION: &str = "/peer/v1/position";

/// What a peer meets at the instances of a node: its open lines, and new ones.
struct Caller<'a> {
    from: &'a Site,
    to: &'a Site,
    urls: &'a [String],
}

impl Caller<'_> {
    /// A line to each instance, open and answered.
    async fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for url in self.urls {
            let mut line = Line::open(self.from, self.to, url).await.unwrap();
            assert_eq!(line.ask(POSITION).await.unwrap().status, 200);
            lines.push(line);
        }
        lines
    }

    /// Waits until a new connection to each instance has `status`; none: until it is refused.
    async fn until_new_is(&self, status: Option<u16>) {
        for url in self.urls {
            wait::until_async("the register to be read again", LIMIT, async || {
                let answer = Line::once(self.from, self.to, url, POSITION).await;
                let answer = answer.map(|answer| answer.status);
                assert!(status.is_some() || answer != Some(200), "it bites at once");
                answer == status
            })
            .await;
        }
    }
}

/// The very next request on lines that were open before is refused with a problem.
async fn assert_refused(lines: Vec<Line>) {
    for mut line in lines {
        let Answer { status, body, .. } = line.ask(POSITION).await.unwrap();
        assert_eq!(status, 403, "{body}");
        assert!(body.contains("\"code\""), "{body}");
    }
}

/// What says nothing that a peer may say is refused by name.
async fn assert_wrong_words_are_refused(from: &Site, to: &Site, url: &str) {
    for wrong in ["?size=x", "?size=-1", "?more=1", "/records?after=x", "/records?more=1"] {
        let answer = Line::once(from, to, url, &format!("{POSITION}{wrong}")).await.unwrap();
        assert!(answer.status == 400 && answer.body.contains("query_invalid"), "{wrong}: {answer:?}");
    }
    let mut line = Line::open(from, to, url).await.unwrap();
    for path in [POSITION, "/peer/v1/position/records", "/peer/v1/hello"] {
        let asked = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n[]");
        line.say(asked.as_bytes()).await.unwrap();
        let answer = line.hear().await.unwrap();
        assert!(answer.status == 400 && answer.body.contains("malformed"), "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspension_and_revocation_close_open_connections() {
    with_places(Engine::Sqlite, 3, |places| scenario(places, 1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_bite_at_both_instances_of_a_node_on_postgres() {
    with_places(Engine::Postgres, 3, |places| scenario(places, 2)).await;
}

async fn scenario(places: Vec<Place>, instances: usize) {
    let root = tempfile::tempdir().unwrap();
    let sites = enrolled(root.path(), &[LINCANG, CHONGQING, SHUOZHOU], &places);
    let [home, peer, other] = &sites[..] else { unreachable!("three places") };
    let twin = (instances > 1).then(|| home.twin());
    let serving: Vec<_> = std::iter::once(home).chain(&twin).map(Site::serve).collect();
    let urls: Vec<String> = serving.iter().map(|serving| serving.url("peer")).collect();
    assert_eq!(urls.len(), instances);
    let caller = Caller { from: peer, to: home, urls: &urls };
    let bystander = Caller { from: other, to: home, urls: &urls };
    let spared = bystander.lines().await;
    assert_wrong_words_are_refused(peer, home, &urls[0]).await;

    let lines = caller.lines().await;
    home.change("suspend", peer.node);
    assert_refused(lines).await;
    caller.until_new_is(None).await;
    home.change("resume", peer.node);
    caller.until_new_is(Some(200)).await;
    let lines = caller.lines().await;

    home.change("revoke", peer.node);
    assert_refused(lines).await;
    caller.until_new_is(None).await;
    assert_eq!(home.run(["peer", "resume", &peer.node.to_string()]).code(), Some(1), "revoked is for good");
    caller.until_new_is(None).await;
    for mut line in spared {
        assert_eq!(line.ask(POSITION).await.unwrap().status, 200, "the other peer is not touched");
    }
}
