//! PostgreSQL dies under two running nodes and comes back.

use crate::harness::cluster::Cluster;
use crate::harness::effort;
use crate::harness::federation::LIMIT;
use crate::harness::pair::Duo;
use crate::harness::wait;
use crate::harness::wire::{Network, Wire};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_postgres_dies_in_the_middle() {
    let root = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let places = [cluster.place("a").await, cluster.place("b").await];
    let wire = Wire::open().await;
    let sites = Duo::init(root.path(), &places, [&[], &["--peer-url", &wire.url]]);
    let receiver = sites[1].clone();
    let mut duo = Duo::start(sites, |serving| wire.lead_to(&serving[1].url("peer"), &receiver)).await;
    for _ in 0..effort::times(3) {
        wire.becomes(Network::Cut);
        duo.share(6).await;
        wire.becomes(Network::Fair);
        // What waits meets the crash: in the middle of a transaction, or between two.
        wait::until("a message on its way", LIMIT, || wire.met() > 0);
        cluster.crash();
        wait::until_async("both nodes to answer again", LIMIT, async || {
            let mut answers = true;
            for office in &duo.offices {
                let answer = office.approver.call(reqwest::Method::GET, "/office/v1/peers", None).await;
                answers &= answer.is_ok_and(|(status, _)| status == 200);
            }
            answers
        })
        .await;
    }
    duo.all_arrived().await;
}
