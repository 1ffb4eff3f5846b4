//! PostgreSQL dies under two running nodes and comes back.

use crate::harness::cluster::Cluster;
use crate::harness::effort;
use crate::harness::pair::Duo;
use crate::harness::wire::Wire;

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
        // What waits meets the crash: in the middle of a transaction, or between two.
        duo.set_out(&wire, 6).await;
        cluster.crash();
        duo.both_answer().await;
    }
    duo.all_arrived().await;
}
