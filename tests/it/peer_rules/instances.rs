//! Two instances of a node: what one of them hears ends the pause of the other, which holds the lease.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::exchange::message::Lane;
use guitu::node::Node;
use guitu::node::deliver::Dialling;
use guitu::peer::identity::PeerCertificate;
use tokio::time::timeout;

use super::lines::{Closed, Delivering, Fault, Line};
use super::queues::{leave_drafts, shared};
use super::windows::is_acknowledged;
use crate::harness::database::Engine;
use crate::harness::federation::LIMIT;
use crate::harness::nodes::{Nodes, TestNode, pin};
use crate::harness::wait;

/// 临沧 delivers and has failed so often that its next pause lasts six seconds at least; then another instance of it does
/// `what`, again and again, and everything is sent within five.
async fn wakes(what: impl AsyncFn(&Arc<Node>, &TestNode)) {
    let nodes = Nodes::open(Engine::Postgres, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let (lead, said) = shared(&nodes).await;
    let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
    let other = nodes.another(LINCANG).await;
    leave_drafts(here, lead, &said, 1).await;
    let plan = |_: &str, call| if call < 9 { Fault::Reset } else { Fault::None };
    let caller = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
    let line = Arc::new(Line::new(caller, &there.node, plan));
    let delivering = Delivering::start(&here.node, line.clone(), Dialling::default());
    let hears_only = Dialling { fetched_by: vec![CHONGQING, SHUOZHOU], ..Dialling::default() };
    let beside = Delivering::start(&other, Arc::new(Closed), hears_only);
    wait::until_async("failures", LIMIT, async || line.calls.load(Ordering::SeqCst) >= 9).await;
    let sent = async {
        while !is_acknowledged(&here.node, Lane::Normal).await {
            what(&other, here).await;
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), sent).await.expect("before the pause is over");
    delivering.end().await;
    beside.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hello_reaches_the_instance_that_sends() {
    let peer = PeerCertificate { node: SHUOZHOU, pin: pin(SHUOZHOU) };
    wakes(async |other, _| {
        other.hello(&peer, None).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_reaches_the_instance_that_sends() {
    wakes(async |other, here| other.hasten(&here.approver, SHUOZHOU).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_peer_calls_for_reaches_the_instance_that_sends() {
    wakes(async |other, _| other.met(SHUOZHOU)).await;
}
