//! Nodes whose PostgreSQL stands behind a pooler in transaction mode: no statement may count on its session.

use crate::harness::cluster::Cluster;
use crate::harness::pair::Duo;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_exchange_behind_a_pooler_in_transaction_mode() {
    let root = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let places = [cluster.place("a").await, cluster.place("b").await];
    let sites = Duo::init(root.path(), &places, [&[], &[]]);
    cluster.pool(&sites, ["a", "b"]);
    let mut duo = Duo::start(sites, |_| ()).await;
    duo.share(8).await;
    duo.all_arrived().await;
}
