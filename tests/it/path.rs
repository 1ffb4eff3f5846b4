//! The main path between whole nodes on both engines: a lead crosses, redacted, receipted, logged.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::status::RecipientStatus;
use guitu::node::search::Filter;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for};

on_both_engines! {
    async fn a_lead_crosses_is_receipted_and_acknowledged(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        assert_eq!((agreement.state, agreement.countersigned.len()), ("in_force", 3));
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let today = CivilDate::of(nodes.clock.now());
        let lead = leads_for(LINCANG, SHUOZHOU, today).remove(0);
        let id = here.approved(lead).await;
        here.node.share(&here.drafter, id, agreement.id, None).await.unwrap();
        nodes.settle().await;
        let receipts = here.node.receipts(&here.drafter, id).await.unwrap();
        assert!(!receipts.is_empty() && receipts.iter().all(|receipt| receipt.state == "stored"));
        let received = there.node.list_received(&there.drafter, -1, 100).await.unwrap();
        assert_eq!(received.items.len(), 1);
        let sub = received.items[0].sub;
        there.node.answer(&there.drafter, sub, RecipientStatus::Acknowledged, None).await.unwrap();
        nodes.settle().await;
        let read = here.node.read(&here.drafter, id).await.unwrap();
        let answer = read.recipients.iter().find(|recipient| recipient.node == SHUOZHOU).unwrap();
        assert_eq!(answer.status, RecipientStatus::Acknowledged);
    }

    async fn own_leads_are_found_by_kind_and_region_also_after_the_projection_is_lost(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG]).await;
        let here = nodes.node(LINCANG);
        let today = CivilDate::of(nodes.clock.now());
        let leads = guitu::cli::demo::leads::leads(LINCANG, 1, today);
        for lead in &leads {
            here.node.create(&here.drafter, lead.clone(), None).await.unwrap();
        }
        let kind = leads[0].kind;
        let region = leads[0].places[0].code.prefecture();
        let of_kind = leads.iter().filter(|lead| lead.kind == kind).count();
        let inside = |lead: &&guitu::domain::lead::Lead| {
            lead.kind == kind && lead.places.iter().any(|place| region.contains(place.code))
        };
        let both = leads.iter().filter(inside).count();
        assert!(0 < both && of_kind < leads.len());
        for _ in 0..2 {
            let found = async |region| {
                let filter = Filter { kind: Some(kind), region };
                here.node.list(&here.drafter, filter, -1, 200).await.unwrap().items.len()
            };
            assert_eq!((found(None).await, found(Some(region)).await), (of_kind, both));
            let mut tx = here.node.databases().projections.begin().await.unwrap();
            tx.query("/* test */ DELETE FROM lead_index").execute().await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
