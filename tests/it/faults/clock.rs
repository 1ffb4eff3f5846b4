//! The clock of a machine jumps under a running node: a little is nobody's business, more stops the exchange until it
//! is right again, and nothing is lost or doubled by it.

use crate::harness::database::Engine;
use crate::harness::effort;
use crate::harness::federation::LIMIT;
use crate::harness::instances::{Place, with_places};
use crate::harness::pair::Duo;
use crate::harness::shifted::ShiftedClock;
use crate::harness::wait;

const MINUTE: i64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_loses_and_doubles_nothing() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_does_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let mut sites = Duo::init(root.path(), &places, [&[], &[]]);
    let clocks = ["sender", "receiver"].map(|name| ShiftedClock::new(root.path(), name));
    for (site, clock) in sites.iter_mut().zip(&clocks) {
        site.clock = Some(clock.clone());
    }
    let mut duo = Duo::start(sites, |_| ()).await;
    for _ in 0..effort::times(1) {
        for (who, minutes) in [(0, 4), (1, 4), (0, -4), (1, -4)] {
            clocks[who].be_off(minutes * MINUTE);
            duo.log_in_again(who).await;
            duo.share(2).await;
            duo.offices[0].settled().await;
            clocks[who].be_off(0);
            duo.log_in_again(who).await;
        }
        for (who, minutes) in [(0, 11), (1, -11), (0, -11), (1, 11)] {
            let before = failed(&duo).await;
            clocks[who].be_off(minutes * MINUTE);
            duo.log_in_again(who).await;
            duo.share(2).await;
            wait::until_async("a batch that is refused", LIMIT, async || failed(&duo).await > before).await;
            assert!(duo.waiting().await >= 2);
            clocks[who].be_off(0);
            duo.log_in_again(who).await;
            duo.called().await;
            duo.offices[0].settled().await;
        }
    }
    let sender = &mut duo.serving[0].as_mut().unwrap().process;
    let line = sender.line_with("clock_skew", LIMIT);
    assert!(line.contains("WARN"), "{line}");
    duo.all_arrived().await;
}

/// How many batches of the sender brought no receipt.
async fn failed(duo: &Duo) -> u64 {
    let lanes = duo.offices[0].approver.get("/office/v1/peers").await;
    lanes.as_array().unwrap().iter().map(|lane| lane["failed"].as_u64().unwrap()).sum()
}
