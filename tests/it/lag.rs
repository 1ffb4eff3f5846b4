//! How far behind each peer is: what waits and since when, what goes again, what was refused, what is under way.

use guitu::api::ops::metrics::Metrics;
use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use guitu::exchange::message::Lane;
use guitu::exchange::problem::ItemCode;
use guitu::exchange::receipt::{CoreEntry, Outcome};
use guitu::node::deliver::Step;
use guitu::node::lag::LagView;
use guitu::store::refusal;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, Weather, leads_for};

async fn lag(here: &TestNode, peer: NodeId, lane: Lane) -> LagView {
    let lags = here.node.lags().await.unwrap();
    lags.into_iter().find(|lag| (lag.node, lag.lane) == (peer, lane)).unwrap()
}

/// 朔州 has refused for good what stands at that number.
async fn refuse(here: &TestNode, seq: u64) {
    let (lane, result) = (Lane::Normal, Outcome::Refused(ItemCode::Schema));
    let node = &here.node;
    let entry = CoreEntry {
        from: node.id(),
        to: SHUOZHOU,
        epoch: node.epoch(),
        lane,
        seq,
        x: guitu::domain::digest::Digest::of(b"x"),
        result,
        log_origin: node.log_origin(),
        leaf: 1,
        at: node.now(),
    };
    let mut tx = node.databases().node.begin().await.unwrap();
    refusal::add(&mut tx, 1, SHUOZHOU, &entry, ItemCode::Schema).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn what_waits_is_told_for_each_peer_and_lane(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let settled = lag(here, SHUOZHOU, Lane::Normal).await;
        assert_eq!((settled.waiting, settled.oldest_ms, settled.in_flight), (0, None, 0));
        *here.transport.weather.lock().unwrap() = Weather::Down;
        let leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
        for lead in leads.into_iter().take(2) {
            let id = here.approved(lead).await;
            here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
            here.node.sequence().await.unwrap();
            nodes.clock.set(nodes.clock.now().plus(40_000));
        }
        assert_eq!(here.round(SHUOZHOU).await, Step::Failed);
        refuse(here, 1).await;
        let behind = lag(here, SHUOZHOU, Lane::Normal).await;
        // The signatures of the agreement go before the first lead.
        assert_eq!((behind.waiting, behind.oldest_ms), (5, Some(80_000)));
        assert_eq!((behind.failed, behind.in_flight, behind.refused, behind.again), (1, 0, 1, 0));
        for (peer, lane) in [(SHUOZHOU, Lane::Urgent), (CHONGQING, Lane::Normal)] {
            let other = lag(here, peer, lane).await;
            assert_eq!((other.waiting, other.oldest_ms, other.refused, other.failed), (0, None, 0, 0));
        }
        let (figures, lags) = (here.node.figures().await.unwrap(), here.node.lags().await.unwrap());
        assert_eq!((figures.outbox_waiting, lags.len()), (5, 4));
        let metrics = Metrics::default();
        metrics.measured(&figures, &lags, 0);
        let text = metrics.text().unwrap();
        assert!(text.contains(&format!("guitu_peer_oldest_seconds{{node=\"{SHUOZHOU}\",lane=\"normal\"}} 80")), "{text}");
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        nodes.settle().await;
        let caught_up = lag(here, SHUOZHOU, Lane::Normal).await;
        assert_eq!((caught_up.waiting, caught_up.oldest_ms), (0, None));
    }

    async fn what_goes_again_by_itself_is_counted(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, CHONGQING).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let mut tx = there.node.databases().node.begin().await.unwrap();
        tx.query("/* forget */ DELETE FROM agreement_statements").execute().await.unwrap();
        tx.query("/* stranger */ DELETE FROM peers WHERE node = $1").bind(500_000_i64).execute().await.unwrap();
        tx.commit().await.unwrap();
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let id = here.approved(lead).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        here.node.sequence().await.unwrap();
        assert_eq!(here.round(SHUOZHOU).await, Step::Moved);
        let behind = lag(here, SHUOZHOU, Lane::Normal).await;
        assert!(behind.again > 0, "{behind:?}");
        assert_eq!((behind.waiting, behind.refused, behind.failed), (0, 0, 0));
    }
}
