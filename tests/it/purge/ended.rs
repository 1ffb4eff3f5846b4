//! Calling back while an agreement is suspended, and after its end: it never waits for a resumption.

use guitu::cli::demo::agreements::SHUOZHOU;
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::agreement::Act;
use guitu::domain::claim::Claim;
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};

use super::{Shared, done, purges, rows, share};
use crate::harness::database::on_both_engines;

const REASON: WithdrawReason = WithdrawReason::PersonObjects;

impl Shared {
    async fn act(&self, act: Act) {
        let here = self.here();
        here.node.act(&here.approver, self.agreement, act).await.unwrap();
        self.nodes.settle().await;
        // The lanes race: what came before its basis goes once more.
        self.nodes.clock.set(self.nodes.clock.now().plus(300_000));
        self.nodes.settle().await;
    }

    /// Leaves 朔州 one claim; which.
    async fn narrow(&self) -> Claim {
        let here = self.here();
        let keep = here.node.read(&here.drafter, self.id).await.unwrap().recipients[0].claims[0];
        here.node.narrow(&here.approver, self.id, SHUOZHOU, &[keep], REASON).await.unwrap();
        keep
    }

    async fn status(&self) -> RecipientStatus {
        let here = self.here();
        here.node.read(&here.drafter, self.id).await.unwrap().recipients[0].status
    }
}

on_both_engines! {
    async fn a_narrowing_during_a_suspension_takes_back_at_once_and_gives_later(db) {
        let shared = Shared::new(db.engine).await;
        shared.act(Act::Suspend).await;
        let keep = shared.narrow().await;
        assert_eq!((shared.purge().await, rows(shared.there()).await), (1, 0));
        assert_eq!(done(&purges(shared.here()).await, false)[0].below, Some(2));
        shared.act(Act::Resume).await;
        let there = shared.there();
        let read = there.node.read_received(&there.drafter, shared.sub).await.unwrap();
        let claims: Vec<Claim> = read.claims.iter().map(|claim| claim.claim).collect();
        assert_eq!((read.version, claims), (2, vec![keep]));
        shared.nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn a_withdrawal_passes_a_suspension(db) {
        let shared = Shared::new(db.engine).await;
        shared.act(Act::Suspend).await;
        let here = shared.here();
        here.node.withdraw(&here.approver, shared.id, REASON).await.unwrap();
        assert_eq!((shared.purge().await, shared.status().await), (1, RecipientStatus::Purged));
    }

    async fn a_narrowing_after_a_termination_leaves_nothing(db) {
        let shared = Shared::new(db.engine).await;
        shared.act(Act::Terminate).await;
        shared.narrow().await;
        assert_eq!((shared.purge().await, rows(shared.there()).await), (1, 0));
        shared.nodes.clock.set(shared.nodes.clock.now().plus(Timestamp::DAY));
        shared.nodes.settle().await;
        assert_eq!((shared.status().await, rows(shared.there()).await), (RecipientStatus::Purged, 0));
    }

    async fn both_work_after_the_last_day(db) {
        let shared = Shared::for_days(db.engine, 10).await;
        let second = share(&shared.nodes, shared.agreement, 1).await;
        shared.nodes.settle().await;
        shared.nodes.clock.set(shared.nodes.clock.now().plus(20 * Timestamp::DAY));
        shared.narrow().await;
        let here = shared.here();
        here.node.withdraw(&here.approver, second, REASON).await.unwrap();
        assert_eq!((shared.purge().await, rows(shared.there()).await), (2, 0));
    }
}
