//! Leases: one holder at a time, a token that rises with each change of it, and a count of those that died.

use guitu::store::db::Pool;
use guitu::store::lease::{self, Held};

use crate::harness::database::on_both_engines;

async fn take(pool: &Pool, holder: &str, now: i64) -> Option<Held> {
    let mut tx = pool.begin().await.unwrap();
    let held = lease::take(&mut tx, "work", holder, now, now + 10).await.unwrap();
    tx.commit().await.unwrap();
    held
}

on_both_engines! {
    async fn a_lease_has_one_holder_and_says_which_one(db) {
        let pool = &db.open.node;
        let held = |token, attempts| Some(Held { token, attempts });
        assert_eq!(take(pool, "a", 0).await, held(1, 1));
        assert_eq!(take(pool, "b", 9).await, None);
        assert_eq!(take(pool, "a", 9).await, held(1, 0), "renewed");
        assert_eq!(take(pool, "b", 18).await, None);
        // It ran out: whoever comes is another attempt.
        assert_eq!(take(pool, "b", 19).await, held(2, 1));
        assert_eq!(take(pool, "c", 30).await, held(3, 2));
        assert_eq!(take(pool, "a", 40).await, held(4, 3));
        let mut tx = pool.begin().await.unwrap();
        lease::release(&mut tx, "a").await.unwrap();
        lease::release(&mut tx, "nobody").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(take(pool, "b", 41).await, held(5, 1), "given back, not run out");
    }
}
