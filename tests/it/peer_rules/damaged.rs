//! Rows of a sender that are damaged: each costs itself alone, and people are told.

use guitu::cli::demo::agreements::{A1, A2, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::exchange::message::Lane;
use guitu::exchange::problem::{Advice, ItemCode};
use guitu::node::concerns::RefusalView;
use guitu::node::deliver::Step;
use guitu::node::search::Filter;
use uuid::Uuid;

use super::queues::{rows, states};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, leads_for, proposal};

/// 临沧 shares two leads with 朔州, which wait there; their ids.
async fn two_waiting(nodes: &Nodes) -> Vec<Uuid> {
    let agreement = nodes.agree(&A1, LINCANG).await;
    let here = nodes.node(LINCANG);
    let mut ids = Vec::new();
    for lead in leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).into_iter().take(2) {
        let id = here.approved(lead).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        here.node.sequence().await.unwrap();
        ids.push(id);
    }
    ids
}

async fn damage(here: &TestNode, sql: &'static str) {
    let mut tx = here.node.databases().node.begin().await.unwrap();
    assert!(tx.query(sql).execute().await.unwrap() > 0, "{sql}");
    tx.commit().await.unwrap();
}

/// The data key of a record, which `sql` finds, does not open any more.
async fn damage_key(here: &TestNode, sql: &'static str, record: Uuid) {
    let mut tx = here.node.databases().node.snapshot().await.unwrap();
    let (key,) = tx.query(sql).bind(record).one::<(Uuid,)>().await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = here.node.databases().keystore.begin().await.unwrap();
    let damage = "/* damage */ UPDATE data_keys SET wrapped = $1 WHERE id = $2";
    assert_eq!(tx.query(damage).bind([7_u8; 60].as_slice()).bind(key).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn refusals(here: &TestNode) -> Vec<RefusalView> {
    here.node.list_refusals(&here.approver, -1, 10).await.unwrap().items
}

/// How many alarms about unreadable messages were raised, and whether each says what to do.
async fn alarms(here: &TestNode) -> usize {
    let alarms = here.node.alarms().await.unwrap();
    let told = alarms.iter().filter(|alarm| alarm.code == "message_unreadable");
    told.inspect(|alarm| assert_eq!(alarm.advice, Advice::ReportFault)).count()
}

on_both_engines! {
    async fn a_version_that_does_not_open_goes_void_and_the_rest_goes_on(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let leads = two_waiting(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let mut tx = here.node.databases().node.begin().await.unwrap();
        let sql = "/* damage */ UPDATE lead_versions SET disclosures = $1 WHERE lead = $2";
        assert_eq!(tx.query(sql).bind([7_u8; 80].as_slice()).bind(leads[0]).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        nodes.settle().await;
        assert_eq!(states(here, leads[0]).await[0].1, "void");
        assert_eq!(states(here, leads[1]).await[0].1, "stored");
        assert_eq!(rows(there).await, 1);
        let refusals = refusals(here).await;
        assert_eq!(refusals.len(), 1);
        assert_eq!((refusals[0].code, refusals[0].advice), (ItemCode::UNREADABLE, Advice::ReportFault));
        assert!(refusals[0].may_go_again, "once it is mended");
        assert_eq!(alarms(here).await, 1);
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn a_data_key_that_does_not_open_costs_its_own_record_alone(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let leads = two_waiting(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let officer = &here.drafter;
        let read = async |lead: Uuid| here.node.read(officer, lead).await.map(|view| view.id);
        let listed = async || {
            let page = here.node.list(officer, Filter::default(), -1, 10).await.unwrap();
            page.items.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(listed().await, leads);
        damage_key(here, "/* key */ SELECT data_key FROM leads WHERE id = $1", leads[0]).await;
        assert_eq!(read(leads[0]).await.unwrap_err().code(), "record_damaged");
        assert_eq!((read(leads[1]).await.unwrap(), listed().await), (leads[1], vec![leads[1]]));
        nodes.settle().await;
        assert_eq!(states(here, leads[0]).await[0].1, "void");
        assert_eq!(states(here, leads[1]).await[0].1, "stored");
        let refusals = refusals(here).await;
        assert_eq!((refusals.len(), refusals[0].code), (1, ItemCode::UNREADABLE));
        assert_eq!(alarms(here).await, 1);
        let agreement = here.node.agreements().await.unwrap()[0].id;
        here.node.offers(&here.approver, agreement, -1).await.unwrap();

        // The same where it was received, and another one arrives.
        let first = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items.remove(0).sub;
        damage_key(there, "/* key */ SELECT data_key FROM received WHERE sub = $1", first).await;
        let more = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(2);
        let id = here.approved(more).await;
        here.node.share(officer, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        let list = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items;
        assert!(list.len() == 1 && list[0].sub != first);
        let refused = there.node.read_received(&there.drafter, first).await.err().unwrap();
        assert_eq!(refused.code(), "record_damaged");
        there.node.read_received(&there.drafter, list[0].sub).await.unwrap();
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn a_lost_data_key_is_no_erasure(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let leads = two_waiting(&nodes).await;
        let here = nodes.node(LINCANG);
        let mut tx = here.node.databases().node.snapshot().await.unwrap();
        let sql = "/* key */ SELECT data_key FROM leads WHERE id = $1";
        let (key,) = tx.query(sql).bind(leads[0]).one::<(Uuid,)>().await.unwrap();
        tx.rollback().await.unwrap();
        let mut tx = here.node.databases().keystore.begin().await.unwrap();
        let lost = tx.query("/* damage */ DELETE FROM data_keys WHERE id = $1").bind(key).execute().await;
        assert_eq!(lost.unwrap(), 1);
        tx.commit().await.unwrap();
        let read = here.node.read(&here.drafter, leads[0]).await.err().unwrap();
        assert_eq!(read.code(), "record_damaged");
        nodes.settle().await;
        assert_eq!((states(here, leads[0]).await[0].1.as_str(), states(here, leads[1]).await[0].1.as_str()), ("void", "stored"));
        let refusals = refusals(here).await;
        assert_eq!((refusals.len(), refusals[0].code), (1, ItemCode::UNREADABLE));
        assert_eq!(alarms(here).await, 1);
    }

    async fn a_statement_that_is_gone_goes_void_and_the_rest_goes_on(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(CHONGQING));
        let today = CivilDate::of(nodes.clock.now());
        for _ in 0..2 {
            here.node.propose(None, proposal(&A2, today)).await.unwrap();
        }
        here.node.sequence().await.unwrap();
        damage(here, "/* damage */ DELETE FROM statements").await;
        let last = here.node.propose(None, proposal(&A2, today)).await.unwrap();
        nodes.settle().await;
        let known = there.node.agreements().await.unwrap();
        assert_eq!(known.iter().map(|known| known.id).collect::<Vec<_>>(), [last.id]);
        assert!(refusals(here).await.iter().all(|refusal| refusal.code == ItemCode::UNREADABLE));
        assert_eq!((refusals(here).await.len(), alarms(here).await), (2, 1), "told once a day");
    }

    async fn a_header_that_cannot_be_read_stops_its_lane_alone(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let leads = two_waiting(&nodes).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        damage(
            here,
            "/* damage */ UPDATE outbox SET header = '{' WHERE lane = 'normal' AND state = 'waiting' AND \
             seq = (SELECT max(seq) FROM outbox WHERE lane = 'normal' AND state = 'waiting')",
        )
        .await;
        // What stands before it goes.
        assert_eq!(here.round(SHUOZHOU).await, Step::Moved);
        assert_eq!((states(here, leads[0]).await[0].1.as_str(), rows(there).await), ("stored", 1));
        here.node.propose(None, proposal(&A1, CivilDate::of(nodes.clock.now()))).await.unwrap();
        here.node.sequence().await.unwrap();
        for _ in 0..2 {
            assert_eq!(here.round(SHUOZHOU).await, Step::Failed);
            assert_eq!(there.node.agreements().await.unwrap().len(), 2, "urgent ones go on");
        }
        assert_eq!(alarms(here).await, 1, "told once a day");
        let lags = here.node.lags().await.unwrap();
        let lag = lags.iter().find(|lag| (lag.node, lag.lane) == (SHUOZHOU, Lane::Normal)).unwrap();
        assert_eq!((lag.waiting, lag.oldest_ms), (1, None), "and the list is still to be had");
        assert!(lag.blocked_at.is_some() && lag.blocked_by.as_deref() == Some("message_unreadable"));
    }
}
