//! Refusals that heal by themselves, and messages that go void while the chain goes on.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::agreement::Act;
use guitu::domain::date::CivilDate;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, Weather, leads_for};

on_both_engines! {
    async fn a_lead_before_its_agreement_is_refused_and_heals_by_itself(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (here, there, third) = (nodes.node(LINCANG), nodes.node(SHUOZHOU), nodes.node(CHONGQING));
        // 重庆 proposed it, and 朔州 does not know 重庆's key yet.
        let agreement = nodes.agree(&A1, CHONGQING).await;
        assert_eq!(agreement.countersigned.len(), 3);
        let mut tx = there.node.databases().node.begin().await.unwrap();
        tx.query("/* forget */ DELETE FROM agreement_statements").execute().await.unwrap();
        let gone = tx.query("/* stranger */ DELETE FROM peers WHERE node = $1").bind(500_000_i64);
        assert_eq!(gone.execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let id = here.approved(lead).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        here.push(SHUOZHOU).await;
        let states = here.node.receipts(&here.drafter, id).await.unwrap();
        assert_eq!(states[0].state, "refused:agreement_not_yet_known");
        let listed = there.node.list_received(&there.drafter, -1, 10).await.unwrap();
        assert!(listed.items.is_empty());
        let descriptor = here.node.descriptor_of(CHONGQING).await.unwrap();
        let fingerprint = here.node.examine(&descriptor).unwrap().fingerprint();
        there.node.enrol(&descriptor, &fingerprint).await.unwrap();
        nodes.clock.set(nodes.clock.now().plus(300_000));
        nodes.settle().await;
        assert!(third.node.knows(SHUOZHOU).await.unwrap());
        let listed = there.node.list_received(&there.drafter, -1, 10).await.unwrap();
        assert_eq!(listed.items.len(), 1, "exactly one lead");
        let states = here.node.receipts(&here.drafter, id).await.unwrap();
        assert_eq!(states.len(), 2);
        assert_eq!(states[1].state, "stored");
        let mut tx = here.node.databases().node.snapshot().await.unwrap();
        let attempts = tx.query("/* attempts */ SELECT attempts FROM outbox WHERE lead IS NOT NULL ORDER BY seq");
        assert_eq!(attempts.all::<(i64,)>().await.unwrap(), [(1,), (2,)]);
    }

    async fn leads_go_void_after_the_last_day_and_the_chain_goes_on(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let short = nodes.agree_for(&A1, LINCANG, 10).await;
        let long = nodes.agree_for(&A1, LINCANG, 300).await;
        let mut leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
        let early = here.approved(leads.remove(0)).await;
        here.node.share(&here.drafter, early, short.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.clock.set(short.terms.valid_until.plus_days(1).start());
        let later = here.approved(leads.remove(0)).await;
        here.node.share(&here.drafter, later, long.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        let void = here.node.receipts(&here.drafter, early).await.unwrap();
        let stored = here.node.receipts(&here.drafter, later).await.unwrap();
        assert_eq!((void[0].state.as_str(), stored[0].state.as_str()), ("void", "stored"));
        let listed = there.node.list_received(&there.drafter, -1, 10).await.unwrap();
        assert_eq!(listed.items.len(), 1);
        let entries = there.log().await;
        let settled = entries.iter().filter(|entry| {
            entry.entry["header"]["from"] == LINCANG.to_string()
                && entry.entry["header"]["lane"] == "normal"
                && entry.entry["header"]["to"] == SHUOZHOU.to_string()
        });
        let settled: Vec<(u64, &str)> = settled
            .map(|entry| (entry.entry["header"]["seq"].as_u64().unwrap(), entry.entry["t"].as_str().unwrap()))
            .collect();
        assert!(settled.iter().zip(1_u64..).all(|((seq, _), n)| *seq == n), "no gap: {settled:?}");
        assert_eq!(settled.iter().filter(|(_, t)| *t == "void").count(), 1);
        let sent = here.log().await;
        assert!(sent.iter().any(|entry| entry.entry["t"] == "sent" && entry.entry["x"] == void[0].x));
        assert_eq!(void[0].receipt.as_ref().unwrap().result.code(), "void");
    }

    async fn a_version_that_was_refused_does_not_send_a_newer_one_twice(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let agreement = nodes.agree(&A1, CHONGQING).await.id;
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let id = here.approved(lead.clone()).await;
        here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
        there.node.act(&there.approver, agreement, Act::Suspend).await.unwrap();
        *here.transport.weather.lock().unwrap() = Weather::AnswerLost;
        here.push(SHUOZHOU).await;
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        here.node.correct(&here.drafter, id, 1, lead).await.unwrap();
        here.node.approve(&here.approver, id).await.unwrap();
        there.node.act(&there.approver, agreement, Act::Resume).await.unwrap();
        here.push(SHUOZHOU).await;
        nodes.clock.set(nodes.clock.now().plus(300_000));
        nodes.settle().await;
        let states = here.node.receipts(&here.drafter, id).await.unwrap();
        let states: Vec<&str> = states.iter().map(|receipt| receipt.state.as_str()).collect();
        assert_eq!(states, ["refused:agreement_suspended", "stored"]);
        assert_eq!(there.node.list_received(&there.drafter, -1, 10).await.unwrap().items.len(), 1);
    }
}
