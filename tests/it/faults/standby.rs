//! PostgreSQL dies under two running nodes and does not come back: its standby, which had everything before a commit
//! was answered, takes over.

use crate::harness::cluster::Cluster;
use crate::harness::effort;
use crate::harness::pair::Duo;
use crate::harness::wire::Wire;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_a_standby_takes_over() {
    for _ in 0..effort::times(1) {
        one_takes_over().await;
    }
}

async fn one_takes_over() {
    let root = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let places = [cluster.place("a").await, cluster.place("b").await];
    cluster.stand_by();
    let wire = Wire::open().await;
    let sites = Duo::init(root.path(), &places, [&[], &["--peer-url", &wire.url]]);
    cluster.pool(&sites, ["a", "b"]);
    let receiver = sites[1].clone();
    let mut duo = Duo::start(sites, |serving| wire.lead_to(&serving[1].url("peer"), &receiver)).await;
    duo.set_out(&wire, 12).await;
    cluster.fail_over();
    duo.both_answer().await;
    duo.share(4).await;
    duo.all_arrived().await;
}
