//! What is kept too long is purged by itself, also after its agreement ended.

use guitu::cli::demo::agreements::SHUOZHOU;
use guitu::clock::Timestamp;
use guitu::domain::lead::status::RecipientStatus;
use guitu::domain::purge::{PurgeCause, due};

use super::{Shared, done, logged, purges, rows, share};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::NOON;

on_both_engines! {
    async fn a_lead_goes_when_its_retention_is_over_and_says_so_after_the_end(db) {
        let shared = Shared::for_days(db.engine, 10).await;
        let (here, there) = (shared.here(), shared.there());
        let end = due(NOON, 365);
        shared.nodes.clock.set(end.plus(-1));
        assert_eq!(shared.purge().await, 0);
        assert_eq!(purges(there).await.due[0].due_at, Some(end.0));
        assert_eq!(purges(here).await.due[0].due_at, Some(end.plus(3 * Timestamp::DAY).0), "expected");
        shared.nodes.clock.set(end);
        assert_eq!((shared.purge().await, rows(there).await), (1, 0));
        let filed = done(&purges(here).await, false).remove(0);
        assert_eq!((filed.cause, filed.below), (PurgeCause::Retention, Some(2)));
        let read = here.node.read(&here.drafter, shared.id).await.unwrap();
        assert_eq!(read.recipients[0].status, RecipientStatus::Purged);
        let sent = logged(there, "sent").await;
        let receipt = sent.iter().find(|entry| entry["header"]["kind"] == "purge_receipt").unwrap();
        assert_eq!(receipt["header"]["basis"]["type"], "residual");
        assert_eq!(there.node.figures().await.unwrap().received, 0);
    }

    async fn a_recipient_that_keeps_what_it_should_have_purged_is_listed(db) {
        let shared = Shared::new(db.engine).await;
        shared.nodes.clock.set(due(NOON, 365).plus(3 * Timestamp::DAY));
        assert_eq!(purges(shared.here()).await.overdue.len(), 0);
        shared.nodes.clock.set(due(NOON, 365).plus(3 * Timestamp::DAY + 1));
        let late = purges(shared.here()).await.overdue.remove(0);
        assert_eq!((late.node, late.cause, late.below), (SHUOZHOU, PurgeCause::Retention, Some(2)));
        assert_eq!(purges(shared.there()).await.overdue.len(), 1, "nor does it hide that from itself");
    }

    async fn an_ended_agreement_takes_with_it_what_came_under_it(db) {
        let shared = Shared::new(db.engine).await;
        let second = share(&shared.nodes, shared.agreement, 1).await;
        shared.nodes.settle().await;
        let there = &shared.there().node;
        let soon = NOON.plus(2 * Timestamp::DAY);
        let mut tx = there.databases().node.begin().await.unwrap();
        let ended = PurgeCause::AgreementEnded;
        let hastened = there.purge_received_under(&mut tx, shared.agreement, ended, soon).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((hastened, shared.purge().await), (2, 0));
        shared.nodes.clock.set(soon);
        assert_eq!((shared.purge().await, rows(shared.there()).await), (2, 0));
        let filed = done(&purges(shared.here()).await, false);
        assert!(filed.len() == 2 && filed.iter().all(|purge| purge.cause == ended));
        let here = shared.here();
        let read = here.node.read(&here.drafter, second).await.unwrap();
        assert_eq!(read.recipients[0].status, RecipientStatus::Purged);
    }
}
