//! Withdrawing and narrowing between whole nodes, in any order, across crashes.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, OsEntropy, Timestamp, uuid_v4};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::status::{RecipientStatus, Status, WithdrawReason};
use guitu::domain::purge::{COPY_DAYS, PurgeCause};
use guitu::exchange::batch::Batch;
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::message::{Header, Kind, Lane, Unsequenced};
use guitu::node::Error;
use guitu::node::draft::Draft;
use guitu::peer::identity::PeerCertificate;
use guitu::store::chain::{self, Direction};
use guitu::store::draft;

use super::{Shared, done, logged, purges, rows, share};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for, pin};

const REASON: WithdrawReason = WithdrawReason::PersonObjects;

fn code<T>(refused: Result<T, Error>) -> &'static str {
    refused.err().map_or("done", |error| error.code())
}

/// The withdrawal that waits for 朔州, as it would be said again.
async fn waiting_withdrawal(shared: &Shared) -> Unsequenced {
    let prepared = shared.here().node.prepare(SHUOZHOU, Lane::Urgent, 0).await.unwrap().unwrap();
    let batch: Batch = serde_json::from_slice(&prepared.bytes).unwrap();
    let headers = batch.items.iter().map(|item| serde_json::from_str::<Header>(item.header.get()).unwrap());
    let said = headers
        .into_iter()
        .find(|header| header.known().is_some_and(|(kind, _)| kind == Kind::Withdrawal))
        .unwrap();
    let (kind, basis) = said.known().map(|(kind, basis)| (kind, basis.clone())).unwrap();
    let Header { to, lane, purpose, statement_digest, .. } = said;
    let (id, disclosed) = (uuid_v4(&OsEntropy), Vec::new());
    Unsequenced { id, to, lane, kind, basis, purpose, statement_digest, disclosed, person_refs_digest: None }
}

on_both_engines! {
    async fn a_withdrawn_lead_is_purged_and_its_receipt_joins_both_logs(db) {
        let shared = Shared::new(db.engine).await;
        let (here, there) = (shared.here(), shared.there());
        assert_eq!(code(here.node.withdraw(&here.drafter, shared.id, REASON).await), "forbidden");
        let view = here.node.withdraw(&here.approver, shared.id, REASON).await.unwrap();
        assert_eq!((view.status, view.recipients[0].status), (Status::Withdrawn, RecipientStatus::Withdrawn));
        assert_eq!(code(here.node.withdraw(&here.approver, shared.id, REASON).await), "not_from_here");
        let again = here.node.share(&here.drafter, shared.id, shared.agreement, None).await;
        assert_eq!(code(again), "not_from_here");
        assert_eq!(purges(here).await.due.len(), 1, "the receipt is expected");
        shared.nodes.settle().await;
        assert_eq!(rows(there).await, 0, "gone with the receipt of the message");
        assert_eq!(code(there.node.read_received(&there.drafter, shared.sub).await), "not_found");
        assert_eq!(purges(there).await.due.len(), 1, "the keys are still to be destroyed");
        assert_eq!((shared.purge().await, shared.purge().await), (1, 0));
        let (owner, recipient) = (purges(here).await, purges(there).await);
        assert!([&owner, &recipient].iter().all(|view| view.due.is_empty() && view.overdue.is_empty()));
        let (filed, own) = (done(&owner, false).remove(0), done(&recipient, true).remove(0));
        assert_eq!((filed.receipt.clone(), filed.sub, filed.below), (own.receipt, shared.sub, None));
        let erased = filed.live_erased_at.unwrap();
        assert_eq!(filed.copies_gone_by, Some(erased + COPY_DAYS * Timestamp::DAY));
        let read = here.node.read(&here.drafter, shared.id).await.unwrap();
        assert_eq!(read.recipients[0].status, RecipientStatus::Purged);
        let [purged_here, purged_there] = [logged(here, "purged").await, logged(there, "purged").await];
        assert_eq!(purged_here[0]["digest"].as_str(), filed.receipt.as_deref());
        assert_eq!(purged_here[0]["digest"], purged_there[0]["digest"]);
        let brought = logged(here, "sent").await.into_iter().find(|entry| entry["header"]["kind"] == "lead").unwrap();
        assert_eq!(logged(there, "erased").await[0]["x"], brought["x"]);
        assert_eq!(logged(there, "withdrawn").await[0]["code"], "person_objects");
        assert!(logged(here, "withdrawn").await[0]["ref"].is_string());
        for id in [LINCANG, SHUOZHOU] {
            shared.nodes.assert_log_holds(id).await;
        }
    }

    async fn what_was_queued_goes_void_and_leaves_a_tombstone(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let id = share(&nodes, agreement, 0).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        here.node.withdraw(&here.approver, id, REASON).await.unwrap();
        nodes.settle().await;
        let receipts = here.node.receipts(&here.drafter, id).await.unwrap();
        assert_eq!(receipts.iter().map(|receipt| receipt.state.as_str()).collect::<Vec<_>>(), ["void"]);
        assert_eq!((rows(there).await, there.node.purge_due().await.unwrap()), (0, 1));
        nodes.settle().await;
        assert_eq!(done(&purges(here).await, false).len(), 1, "answered although it never came");
        assert!(logged(there, "erased").await.is_empty());
    }

    async fn a_lead_that_comes_after_its_withdrawal_is_refused_for_good(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let id = share(&nodes, agreement, 0).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let late = here.node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().unwrap();
        here.node.withdraw(&here.approver, id, REASON).await.unwrap();
        let withdrawal = here.node.prepare(SHUOZHOU, Lane::Urgent, 0).await.unwrap().unwrap();
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        there.node.receive(&connection, &withdrawal.bytes).await.unwrap();
        let receipt = there.node.receive(&connection, &late.bytes).await.unwrap();
        assert!(receipt.contains("withdrawn"), "{receipt}");
        nodes.settle().await;
        let states = here.node.receipts(&here.drafter, id).await.unwrap();
        assert_eq!(states[0].state, "refused:withdrawn");
        assert_eq!(rows(there).await, 0);
    }

    async fn a_repeated_withdrawal_is_answered_again(db) {
        let shared = Shared::new(db.engine).await;
        let here = shared.here();
        here.node.withdraw(&here.approver, shared.id, REASON).await.unwrap();
        let again = waiting_withdrawal(&shared).await;
        assert_eq!(shared.purge().await, 1);
        shared.nodes.clock.set(shared.nodes.clock.now().plus(Timestamp::SECOND));
        let mut tx = here.node.databases().node.begin().await.unwrap();
        draft::add(&mut tx, vec![serde_json::to_string(&Draft::send(again, None)).unwrap()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shared.purge().await, 1);
        assert_eq!(done(&purges(here).await, false).len(), 2);
    }

    async fn a_crash_between_erasure_and_receipt_loses_neither(db) {
        let mut shared = Shared::new(db.engine).await;
        shared.here().node.withdraw(&shared.here().approver, shared.id, REASON).await.unwrap();
        shared.nodes.settle().await;
        shared.nodes.restart(SHUOZHOU).await;
        drop(shared.there().node.erase_due().await.unwrap());
        shared.nodes.restart(SHUOZHOU).await;
        assert_eq!(purges(shared.there()).await.due.len(), 1);
        assert_eq!((shared.purge().await, shared.purge().await), (1, 0));
        assert_eq!(done(&purges(shared.here()).await, false).len(), 1);
        assert_eq!(logged(shared.there(), "erased").await.len(), 1);
    }

    async fn a_narrowed_recipient_keeps_what_it_may_and_stays_narrowed(db) {
        let shared = Shared::new(db.engine).await;
        let (here, there) = (shared.here(), shared.there());
        there.node.answer(&there.drafter, shared.sub, RecipientStatus::Acknowledged, None).await.unwrap();
        shared.nodes.settle().await;
        let given = here.node.read(&here.drafter, shared.id).await.unwrap().recipients[0].claims.clone();
        let keep: Vec<Claim> = given[..3].to_vec();
        let narrow = async |who, to, keep: &[Claim]| {
            code(here.node.narrow(who, shared.id, to, keep, REASON).await)
        };
        for wrong in [&[][..], &given[..], &[Claim::Names][..]] {
            assert_eq!(narrow(&here.approver, SHUOZHOU, wrong).await, "not_narrower");
        }
        assert_eq!(narrow(&here.approver, CHONGQING, &keep).await, "not_found");
        assert_eq!(narrow(&here.drafter, SHUOZHOU, &keep).await, "forbidden");
        assert_eq!(narrow(&here.approver, SHUOZHOU, &keep).await, "done");
        assert_eq!(shared.purge().await, 1);
        let read = there.node.read_received(&there.drafter, shared.sub).await.unwrap();
        let claims: Vec<Claim> = read.claims.iter().map(|claim| claim.claim).collect();
        assert_eq!((read.version, read.status, &claims), (2, RecipientStatus::Acknowledged, &keep));
        assert_eq!(rows(there).await, 1);
        assert_eq!(done(&purges(here).await, false)[0].below, Some(2));
        let lead = here.node.read(&here.drafter, shared.id).await.unwrap();
        assert_eq!((lead.status, &lead.recipients[0].claims), (Status::Shared, &keep));
        here.node.correct(&here.drafter, shared.id, 2, lead.lead).await.unwrap();
        assert_eq!(narrow(&here.approver, SHUOZHOU, &keep[..1]).await, "not_from_here");
        here.node.approve(&here.approver, shared.id).await.unwrap();
        shared.nodes.settle().await;
        let read = there.node.read_received(&there.drafter, shared.sub).await.unwrap();
        assert_eq!((read.version, read.claims.len()), (3, 3));
    }

    async fn whoever_shares_while_it_is_withdrawn_shares_nothing_that_stays(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        for number in 0..4 {
            let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(number);
            let id = here.approved(lead).await;
            let (shared, withdrawn) = tokio::join!(
                here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])),
                here.node.withdraw(&here.approver, id, REASON),
            );
            if withdrawn.is_err() {
                here.node.withdraw(&here.approver, id, REASON).await.unwrap();
            }
            nodes.settle().await;
            let recipients = here.node.read(&here.drafter, id).await.unwrap().recipients;
            assert_eq!((recipients.len() == 1, rows(there).await), (shared.is_ok(), 0));
            assert!(recipients.iter().all(|recipient| recipient.status == RecipientStatus::Withdrawn));
        }
    }

    async fn what_was_judged_before_a_recall_is_judged_again(db) {
        let (peer, lane, way) = (530_900, Lane::Normal, Direction::In);
        let end = |seq| ChainEnd { epoch: None, seq, x: Digest::of(&[1]) };
        let mut tx = db.open.node.begin().await.unwrap();
        for known in [0, 1] {
            let judged = chain::find(&mut tx, peer, lane, way).await.unwrap();
            chain::recall(&mut tx, peer, lane).await.unwrap();
            assert!(!chain::advance(&mut tx, peer, lane, way, judged, end(known + 1)).await.unwrap());
            let again = chain::find(&mut tx, peer, lane, way).await.unwrap();
            assert_eq!((again.end.seq, again.recalls), (known, i64::try_from(known).unwrap() + 1));
            assert!(chain::advance(&mut tx, peer, lane, way, again, end(known + 1)).await.unwrap());
        }
        tx.rollback().await.unwrap();
    }

    async fn a_receipt_that_does_not_come_is_overdue(db) {
        let shared = Shared::new(db.engine).await;
        let here = shared.here();
        here.node.withdraw(&here.approver, shared.id, REASON).await.unwrap();
        shared.nodes.clock.set(shared.nodes.clock.now().plus(4 * Timestamp::DAY));
        let view = purges(here).await;
        assert_eq!((view.due.len(), view.overdue.len()), (0, 1));
        let late = &view.overdue[0];
        assert_eq!((late.node, late.here, late.cause), (SHUOZHOU, false, PurgeCause::Withdrawn));
    }
}
