//! What peers refused for good: who sees it, what to do about it, and sending it once more.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::exchange::message::Lane;
use guitu::exchange::problem::{Advice, ItemCode};
use guitu::exchange::receipt::{CoreEntry, Outcome};
use guitu::node::{Error, Officer};
use guitu::store::refusal;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, leads_for};

/// A message that 朔州 took is listed as refused with that code; its number in the list.
async fn refuse(here: &TestNode, x: &str, seq: u64, code: ItemCode) -> i64 {
    let node = &here.node;
    let entry = CoreEntry {
        from: node.id(),
        to: SHUOZHOU,
        epoch: node.epoch(),
        lane: Lane::Normal,
        seq,
        x: x.parse().unwrap(),
        result: Outcome::Refused(code),
        log_origin: node.log_origin(),
        leaf: 1,
        at: node.now(),
    };
    let mut tx = node.databases().node.begin().await.unwrap();
    refusal::add(&mut tx, node.now().0, SHUOZHOU, &entry, code).await.unwrap();
    tx.commit().await.unwrap();
    node.list_refusals(&here.approver, -1, 1).await.unwrap().items[0].id
}

async fn refused(here: &TestNode, officer: &Officer, id: i64) -> &'static str {
    here.node.send_refused_again(officer, id).await.unwrap_err().code()
}

on_both_engines! {
    async fn what_was_refused_for_good_goes_once_more_and_once_only(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let lead = here.approved(lead).await;
        here.node.share(&here.drafter, lead, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        let sent = here.node.receipts(&here.drafter, lead).await.unwrap().remove(0);
        let id = refuse(here, &sent.x, sent.seq, ItemCode::KindNotCovered).await;
        let listed = here.node.list_refusals(&here.approver, -1, 10).await.unwrap().items.remove(0);
        assert_eq!((listed.advice, listed.action), (Advice::RenewAgreement, "续签或修订协议后重新共享"));
        assert!(listed.may_go_again && listed.again_at.is_none());

        assert_eq!(refused(here, &here.drafter, id).await, "forbidden");
        assert_eq!(refused(here, &here.auditor, id).await, "forbidden");
        assert_eq!(refused(here, &here.approver, 77).await, "not_found");
        let view = here.node.send_refused_again(&here.approver, id).await.unwrap();
        assert_eq!((view.may_go_again, view.again_at), (false, Some(nodes.clock.now().0)));
        assert_eq!(refused(here, &here.approver, id).await, "conflict");
        nodes.settle().await;
        let receipts = here.node.receipts(&here.drafter, lead).await.unwrap();
        let states: Vec<&str> = receipts.iter().map(|receipt| receipt.state.as_str()).collect();
        assert_eq!(states, ["stored", "stored"]);
        assert_ne!(receipts[0].x, receipts[1].x, "a new message");
        assert_eq!(there.node.lags().await.unwrap().len(), 4);

        let id = refuse(here, &sent.x, sent.seq, ItemCode::OverDisclosure).await;
        let again = here.node.send_refused_again(&here.approver, id).await.unwrap_err();
        assert!(matches!(again, Error::NotAgain(Advice::CompareLogs)), "{again}");
        let gone = refuse(here, &Digest::of(b"no message").to_string(), 9, ItemCode::KindNotCovered).await;
        assert_eq!(refused(here, &here.approver, gone).await, "not_found");
    }
}
