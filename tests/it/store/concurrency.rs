//! Transactions that run at the same time.

use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::task::JoinSet;

use super::make_items;
use crate::harness::database::on_both_engines;

const AMOUNT: &str = "/* amount */ SELECT amount FROM item WHERE id = 1";

on_both_engines! {
    async fn writers_lose_no_update(db) {
        make_items(&db.open.node).await;
        let mut tx = db.open.node.begin().await.unwrap();
        tx.query("/* put */ INSERT INTO item (id, name, amount) VALUES (1, 'a', 0)").execute().await.unwrap();
        tx.commit().await.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let db = Arc::clone(&db);
            tasks.spawn(async move {
                for _ in 0..25 {
                    let mut tx = db.open.node.begin().await.unwrap();
                    let (amount,) = tx.query(AMOUNT).for_update().one::<(i64,)>().await.unwrap();
                    let write = tx.query("/* set */ UPDATE item SET amount = $1 WHERE id = 1").bind(amount + 1);
                    write.execute().await.unwrap();
                    tx.commit().await.unwrap();
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let mut tx = db.open.node.snapshot().await.unwrap();
        assert_eq!(tx.query(AMOUNT).one::<(i64,)>().await.unwrap(), (200,));
    }

    async fn a_snapshot_sees_one_state_and_blocks_nobody(db) {
        make_items(&db.open.node).await;
        let mut before = db.open.node.snapshot().await.unwrap();
        let count = "/* count */ SELECT count(*) FROM item";
        assert_eq!(before.query(count).one::<(i64,)>().await.unwrap(), (0,));
        let mut tx = db.open.node.begin().await.unwrap();
        tx.query("/* put */ INSERT INTO item (id, name) VALUES (1, 'a')").execute().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(before.query(count).one::<(i64,)>().await.unwrap(), (0,));
        drop(before);
        let mut after = db.open.node.snapshot().await.unwrap();
        assert_eq!(after.query(count).one::<(i64,)>().await.unwrap(), (1,));
    }
    async fn whoever_gives_up_beginning_leaves_nothing_open(db) {
        make_items(&db.open.node).await;
        for _ in 0..8 {
            let mut here = Context::from_waker(Waker::noop());
            assert!(db.open.node.snapshot().as_mut().poll(&mut here).is_pending());
            assert!(db.open.node.begin().as_mut().poll(&mut here).is_pending());
        }
        // Each connection has its turn.
        for id in 1..=16 {
            let mut tx = db.open.node.begin().await.unwrap();
            let put = tx.query("/* put */ INSERT INTO item (id, name) VALUES ($1, $2)");
            let put = put.bind(i64::from(id)).bind(format!("item {id}"));
            put.execute().await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = db.open.node.snapshot().await.unwrap();
        assert_eq!(tx.query("/* count */ SELECT count(*) FROM item").one::<(i64,)>().await.unwrap(), (16,));
    }
}
