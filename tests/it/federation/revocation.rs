//! A peer that is suspended or revoked: open connections and new ones, while the node runs.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};

use super::raw::Line;
use crate::harness::federation::{LIMIT, Site};
use crate::harness::wait;

const POSITION: &str = "/peer/v1/position";

/// What a peer meets at a listener: its open line, and a new one.
struct Caller<'a> {
    from: &'a Site,
    to: &'a Site,
    url: &'a str,
}

impl Caller<'_> {
    async fn line(&self) -> Line {
        let mut line = Line::open(self.from, self.to, self.url).await.unwrap();
        assert_eq!(line.ask(POSITION).await.unwrap().status, 200);
        line
    }

    /// Waits until a new connection has `status`; none: until it is refused.
    async fn until_new_is(&self, status: Option<u16>) {
        wait::until_async("the register to be read again", LIMIT, async || {
            let answer = Line::once(self.from, self.to, self.url, POSITION).await;
            answer.map(|answer| answer.status) == status
        })
        .await;
    }

    /// The very next request on a line that was open before is refused with a problem.
    async fn assert_refused(&self, mut line: Line) {
        let answer = line.ask(POSITION).await.unwrap();
        assert_eq!(answer.status, 403, "{}", answer.body);
        assert!(answer.body.contains("\"code\""), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspension_and_revocation_close_open_connections() {
    let root = tempfile::tempdir().unwrap();
    let sites = [LINCANG, CHONGQING, SHUOZHOU].map(|node| Site::init(root.path(), node, &[]));
    for site in &sites {
        for other in sites.iter().filter(|other| other.node != site.node) {
            site.enrol(other);
        }
    }
    let serving: Vec<_> = sites.iter().map(Site::serve).collect();
    let [home, peer, other] = &sites;
    let url = serving[0].url("peer");
    let caller = Caller { from: peer, to: home, url: &url };
    let bystander = Caller { from: other, to: home, url: &url };
    let mut spared = bystander.line().await;

    let line = caller.line().await;
    home.change("suspend", peer.node);
    caller.assert_refused(line).await;
    caller.until_new_is(None).await;
    home.change("resume", peer.node);
    caller.until_new_is(Some(200)).await;
    let line = caller.line().await;

    home.change("revoke", peer.node);
    caller.assert_refused(line).await;
    caller.until_new_is(None).await;
    assert_eq!(home.run(["peer", "resume", &peer.node.to_string()]).code(), Some(1), "revoked is for good");
    caller.until_new_is(None).await;
    assert_eq!(spared.ask(POSITION).await.unwrap().status, 200, "the other peer is not touched");
}
