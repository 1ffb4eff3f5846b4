//! Exchange goes on while a witness is away: messages flow, receipts come, and people are told.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use guitu::node::heads::Pushed;

use super::{codes, push};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for};

const MINUTE: i64 = 60_000;

on_both_engines! {
    async fn a_witness_that_is_away_stops_no_exchange(db) {
        let witness: NodeId = "520000".parse().unwrap();
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU, witness]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            nodes.node(node).transport.away.lock().unwrap().insert(witness);
        }
        let mut cases = leads_for(LINCANG, CHONGQING, CivilDate::of(nodes.clock.now())).into_iter().cycle();
        for minute in 0..8 {
            let id = here.approved(cases.next().unwrap()).await;
            here.node.share(&here.drafter, id, agreement.id, Some(vec![CHONGQING])).await.unwrap();
            nodes.settle().await;
            let receipts = here.node.receipts(&here.drafter, id).await.unwrap();
            assert_eq!(receipts.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(), ["stored"]);
            assert!(receipts[0].receipt.is_some(), "and it is the receiver's own entry");
            for (node, pushed) in push(here).await {
                assert_eq!(pushed == Pushed::Failed, node == witness, "minute {minute}: {node} {pushed:?}");
            }
            nodes.clock.set(nodes.clock.now().plus(MINUTE));
        }
        assert_eq!(codes(here).await, ["witness_late"], "once");
        assert_eq!(here.node.late_witnesses(), [witness]);
        here.transport.away.lock().unwrap().clear();
        assert!(push(here).await.contains(&(witness, Pushed::Cosigned)));
        assert_eq!(here.node.late_witnesses(), [], "it has caught up");
        assert_eq!(codes(here).await, ["witness_late"]);
        nodes.assert_log_holds(LINCANG).await;
    }

    async fn a_witness_that_is_no_peer_is_late(db) {
        let stranger: NodeId = "520000".parse().unwrap();
        let mut nodes = Nodes::open(db.engine, &[LINCANG, SHUOZHOU]).await;
        nodes.name_witnesses(LINCANG, &[SHUOZHOU, stranger]).await;
        let here = nodes.node(LINCANG);
        here.approved(leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0)).await;
        push(here).await;
        assert_eq!(here.node.late_witnesses(), [], "it has five minutes");
        nodes.clock.set(nodes.clock.now().plus(8 * MINUTE));
        push(here).await;
        assert_eq!(here.node.late_witnesses(), [stranger]);
        assert_eq!(codes(here).await, ["witness_late"]);
    }
}
