//! Rows of older programs: what they lack is found again when the node opens, and the rest is left alone.

use guitu::cli::demo::agreements::{A1, LINCANG, SHUOZHOU};
use guitu::domain::lead::status::WithdrawReason;

use super::{Shared, done, logged, purges, rows, share};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;

type Received = (String, String, Option<i64>, Option<Vec<u8>>, Option<i64>, Option<String>);

async fn run(at: &TestNode, statements: &[&'static str]) {
    let mut tx = at.node.databases().node.begin().await.unwrap();
    for statement in statements {
        tx.query(statement).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn received(at: &TestNode) -> Vec<Received> {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    let rows = tx.query(
        "/* received */ SELECT roles, claims, agreement_version, agreement_digest, purge_at, purge_cause \
         FROM received ORDER BY x",
    );
    rows.all().await.unwrap()
}

async fn shares(at: &TestNode) -> Vec<(Option<Vec<u8>>, Option<i64>)> {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    tx.query("/* shares */ SELECT agreement_digest, keep_until FROM shares ORDER BY lead")
        .all()
        .await
        .unwrap()
}

const AGAIN: &str = "/* again */ DELETE FROM node_state WHERE name = 'backfilled'";

on_both_engines! {
    async fn what_older_rows_lack_is_found_in_the_log(db) {
        let mut shared = Shared::new(db.engine).await;
        let second = share(&shared.nodes, shared.agreement, 1).await;
        shared.nodes.settle().await;
        let here = shared.here();
        here.node.withdraw(&here.approver, second, WithdrawReason::Mistake).await.unwrap();
        shared.nodes.settle().await;
        let (whole, given) = (received(shared.there()).await, shares(shared.here()).await);
        assert!(whole.len() == 1 && whole[0].3.is_some() && given.iter().all(|share| share.1.is_some()));
        run(shared.there(), &[
            "/* older */ UPDATE received SET roles = '[]', claims = '[]', agreement = NULL, agreement_version = NULL, \
             agreement_digest = NULL, purge_at = NULL, purge_cause = NULL",
            "/* older */ UPDATE purges SET agreement_digest = NULL",
            AGAIN,
        ]).await;
        run(shared.here(), &["/* older */ UPDATE shares SET agreement_digest = NULL, keep_until = NULL", AGAIN]).await;
        for id in [LINCANG, SHUOZHOU] {
            shared.nodes.restart(id).await;
        }
        assert_eq!((received(shared.there()).await, shares(shared.here()).await), (whole, given));
        assert_eq!(shared.purge().await, 1, "the receipt finds its version");
    }

    async fn a_receipt_that_cannot_go_destroys_nothing_twice(db) {
        let shared = Shared::new(db.engine).await;
        let (here, there) = (shared.here(), shared.there());
        here.node.withdraw(&here.approver, shared.id, WithdrawReason::Mistake).await.unwrap();
        shared.nodes.settle().await;
        run(there, &["/* stuck */ UPDATE purges SET agreement_version = agreement_version + 7"]).await;
        assert_eq!((there.node.purge_due().await.unwrap(), there.node.purge_due().await.unwrap()), (0, 0));
        let mut tx = there.node.databases().node.snapshot().await.unwrap();
        let left = tx.query("/* left */ SELECT erasing FROM purges").all::<(Option<String>,)>().await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(left, [(Some("{}".to_owned()),)], "nothing is left to scrub");
        assert_eq!(logged(there, "erased").await.len(), 1);
        run(there, &["/* mended */ UPDATE purges SET agreement_version = agreement_version - 7"]).await;
        assert_eq!((shared.purge().await, rows(there).await), (1, 0));
        assert_eq!((logged(there, "erased").await.len(), done(&purges(here).await, false).len()), (1, 1));
    }

    async fn a_statement_that_cannot_be_read_closes_its_agreement_and_no_other(db) {
        let shared = Shared::new(db.engine).await;
        let there = shared.there();
        let other = shared.nodes.agree(&A1, LINCANG).await;
        let mut tx = there.node.databases().node.begin().await.unwrap();
        let broken = tx.query(
            "/* broken */ UPDATE agreement_statements SET statement = 'a.b.c' WHERE agreement = $1 AND node = $2",
        );
        assert_eq!(broken.bind(other.id).bind(140_600_i64).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        let listed = there.node.agreements().await.unwrap();
        assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), [shared.agreement]);
        let closed = there.node.agreement_page(other.id, other.digest).await;
        assert_eq!(closed.err().map(|error| error.code()), Some("not_found"));
    }
}
