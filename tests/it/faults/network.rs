//! The network between two running nodes fails in every way, and whoever answers in the peer's place lies.

use crate::harness::database::Engine;
use crate::harness::effort;
use crate::harness::federation::LIMIT;
use crate::harness::instances::{Place, with_places};
use crate::harness::pair::Duo;
use crate::harness::wait;
use crate::harness::wire::{Network, Wire};

/// What a message meets on its way.
const TROUBLES: [Network; 10] = [
    Network::Cut,
    Network::Reset,
    Network::Silent,
    Network::AnswerLost,
    Network::Slow,
    Network::SlowLiar,
    Network::Liar(b"\xff\xfe garbage \x00"),
    Network::Liar(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"header\":\"e.e\"}"),
    Network::Liar(b"HTTP/1.1 409 Conflict\r\ncontent-length: 50\r\n\r\n{\"expected\":{\"epoch\":null,\"seq\":0,\"x\":\"AAAAAAAA\"}}"),
    Network::Liar(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_trouble_of_the_network_loses_or_doubles_a_lead() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_does_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let wire = Wire::open().await;
    let sites = Duo::init(root.path(), &places, [&[], &["--peer-url", &wire.url]]);
    let receiver = sites[1].clone();
    let mut duo = Duo::start(sites, |serving| wire.lead_to(&serving[1].url("peer"), &receiver)).await;
    for _ in 0..effort::times(1) {
        for trouble in TROUBLES {
            wire.becomes(trouble);
            duo.share(1).await;
            duo.called().await;
            wait::until(&format!("a message that meets {trouble:?}"), LIMIT, || wire.met() > 0);
        }
        wire.becomes(Network::Fair);
        duo.called().await;
        duo.offices[0].settled().await;
    }
    let lanes = duo.offices[0].approver.get("/office/v1/peers").await;
    let normal = lanes.as_array().unwrap().iter().find(|lane| lane["lane"] == "normal").unwrap();
    assert!(normal["failed"].as_u64().unwrap() > 0, "{normal}");
    duo.all_arrived().await;
}
