//! A public id belongs to its owner's lead: whoever else uses it takes nothing from it.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};
use guitu::exchange::receipt::Outcome;
use guitu::node::received::LeadOf;
use serde_json::json;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for};
use crate::harness::rogue::Rogue;

on_both_engines! {
    async fn nobody_squats_the_id_of_anothers_lead(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let mut leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
        let (owner, there) = (nodes.node(CHONGQING), nodes.node(SHUOZHOU));
        let id = owner.approved(leads.remove(0)).await;
        let sub = owner.node.read(&owner.drafter, id).await.unwrap().sub;

        let pair = [leads.remove(0), leads.remove(0)];
        let mut squatter = Rogue::open(&nodes, (LINCANG, SHUOZHOU), &agreement, pair).await;
        let squat = squatter.lead(LINCANG, sub, 9, &[("sex", json!("2"))]);
        let batch = squatter.batch(vec![squat]);
        assert_eq!(squatter.send(batch).await.unwrap().entries[0].result, Outcome::Stored);
        owner.node.share(&owner.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        owner.push(SHUOZHOU).await;
        let sent = owner.node.receipts(&owner.drafter, id).await.unwrap();
        assert_eq!(sent[0].state, "stored", "whoever came first");

        let refused = there.node.read_received(&there.drafter, sub).await;
        assert_eq!(refused.err().map(|error| error.code()), Some("unreadable"));
        let of = |owner| LeadOf { sub, owner: Some(owner) };
        let seen = RecipientStatus::Acknowledged;
        let read = there.node.answer(&there.drafter, of(CHONGQING), seen, None).await.unwrap();
        assert_eq!((read.owner, read.version, read.status), (CHONGQING, 1, seen));
        let read = there.node.read_received(&there.drafter, of(LINCANG)).await.unwrap();
        assert_eq!((read.owner, read.version, read.status), (LINCANG, 9, RecipientStatus::Pending));

        owner.node.withdraw(&owner.approver, id, WithdrawReason::Mistake).await.unwrap();
        owner.push(SHUOZHOU).await;
        let left = there.node.read_received(&there.drafter, sub).await.unwrap();
        assert_eq!((left.owner, left.version), (LINCANG, 9));
    }
}
