//! Sharing and sending again: what happens at once, and what one failure leaves alone.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::{agreement_for, leads};
use guitu::clock::{Clock, Timestamp};
use guitu::domain::agreement::Act;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::store::outbox::{self, OutboxRow};
use guitu::store::renewal;
use uuid::Uuid;

use super::queues::states;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{NOON, Nodes, TestNode, leads_for};

/// Leads of 临沧 that both others may have.
fn for_both() -> impl Iterator<Item = Lead> {
    let both = |lead: &Lead| {
        let sharing = agreement_for(LINCANG, lead).filter(|sharing| sharing.agreement.name == A1.name);
        let to = |sharing: &guitu::cli::demo::agreements::Sharing, node: NodeId| {
            sharing.recipients.iter().any(|(recipient, _)| *recipient == node)
        };
        sharing.is_some_and(|sharing| to(&sharing, CHONGQING) && to(&sharing, SHUOZHOU))
    };
    leads(LINCANG, 1, CivilDate::of(NOON)).into_iter().filter(both)
}

/// What the shares of a lead say when they are tried again: recipient and time.
async fn renewals(here: &TestNode, lead: Uuid) -> Vec<(i64, Option<i64>)> {
    let mut tx = here.node.databases().node.snapshot().await.unwrap();
    let rows = tx.query("/* renewals */ SELECT peer, renew_at FROM shares WHERE lead = $1 ORDER BY peer");
    rows.bind(lead).all().await.unwrap()
}

async fn set_roles(here: &TestNode, lead: Uuid, roles: &str) {
    let mut tx = here.node.databases().node.begin().await.unwrap();
    let set = tx.query("/* roles */ UPDATE shares SET roles = $1 WHERE lead = $2").bind(roles).bind(lead);
    assert_eq!(set.execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn two_officers_who_share_at_once_give_one_reference(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let mut tried = 0;
        for lead in for_both().take(4) {
            let id = here.approved(lead).await;
            here.node.share(&here.drafter, id, agreement.id, Some(vec![CHONGQING])).await.unwrap();
            let both = || here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU, SHUOZHOU]));
            let (one, other) = tokio::join!(both(), both());
            assert!(one.is_ok() && other.is_ok());
            nodes.settle().await;
            let states: Vec<String> = states(here, id).await.into_iter().map(|(_, state)| state).collect();
            assert_eq!(states, ["stored", "stored", "stored"], "one each, and both under one reference");
            tried += 1;
        }
        assert!(tried > 1);
    }

    async fn a_lead_that_cannot_go_again_holds_up_no_other(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let mut waiting = Vec::new();
        for lead in leads_for(LINCANG, SHUOZHOU, CivilDate::of(NOON)).into_iter().take(3) {
            let id = here.approved(lead).await;
            here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
            waiting.push(id);
        }
        here.node.act(&here.approver, agreement.id, Act::Suspend).await.unwrap();
        nodes.settle().await;
        assert_eq!(there.node.figures().await.unwrap().received, 0);
        set_roles(here, waiting[0], "not a list").await;
        here.node.act(&here.approver, agreement.id, Act::Resume).await.unwrap();
        nodes.settle().await;
        // What overtook the resumption on the other lane goes once more.
        nodes.clock.set(nodes.clock.now().plus(10 * 60 * Timestamp::SECOND));
        nodes.settle().await;
        assert_eq!(there.node.figures().await.unwrap().received, 2);
        let at = renewals(here, waiting[0]).await[0].1;
        assert!(at.is_some_and(|at| at > nodes.clock.now().0), "it waits for the next time: {at:?}");
        set_roles(here, waiting[0], "[]").await;
        nodes.clock.set(nodes.clock.now().plus(10 * 60 * Timestamp::SECOND));
        nodes.settle().await;
        assert_eq!(there.node.figures().await.unwrap().received, 3);
    }

    async fn what_waits_for_others_is_not_hastened(db) {
        let (mine, others, later) = (530_900_i64, 500_000, 5_000);
        let mut tx = db.open.node.begin().await.unwrap();
        for peer in [mine, others] {
            let (x, header) = (Digest::of(&peer.to_be_bytes()), "{}".to_owned());
            let row = OutboxRow { peer, lane: "normal", epoch: "1".into(), seq: 1, x, header, lead: None, attempts: 1 };
            outbox::add(&mut tx, vec![row]).await.unwrap();
            outbox::retry_at(&mut tx, peer, "normal", "1", 1, later).await.unwrap();
        }
        renewal::hasten(&mut tx, Uuid::from_u128(1), &[mine], 10).await.unwrap();
        for (peer, due) in [(mine, 1), (others, 0)] {
            assert_eq!(outbox::due(&mut tx, peer, 10).await.unwrap().len(), due);
        }
        tx.rollback().await.unwrap();
    }
}
